from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from core.errors import ModelError
    from core.ui import afterwards

    def refuse() -> None:
        afterwards.say("place", ModelError("It must be chalk, but it is cheese.", "Take chalk."))

    afterwards.show("place")
    afterwards.show("small", st.caption)
    st.button("do", on_click=lambda: afterwards.say("place", "It is done."))
    st.button("refuse", on_click=refuse)
    st.button("whisper", on_click=lambda: afterwards.say("small", "By the way."))
    st.button("nothing")
    if st.button("change one's mind"):
        afterwards.say("place", "It is done.")
        afterwards.heard("place")
        st.rerun()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def shown(app: AppTest) -> list[str]:
    return [one.value for one in [*app.success, *app.error, *app.caption]]


def test_what_was_done_is_said_once_in_the_next_run() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert shown(app) == []
    assert shown(press(app, "do")) == ["It is done."]
    assert shown(press(app, "nothing")) == []


def test_an_error_is_shown_as_errors_are() -> None:
    app = press(AppTest.from_function(page, default_timeout=60).run(), "refuse")
    assert [one.value for one in app.error] == ["Take chalk."]
    assert shown(press(app, "nothing")) == []


def test_words_are_shown_as_their_place_asks() -> None:
    app = press(AppTest.from_function(page, default_timeout=60).run(), "whisper")
    assert [one.value for one in app.caption] == ["By the way."]
    assert not app.success


def test_what_was_heard_is_not_said() -> None:
    assert shown(press(AppTest.from_function(page, default_timeout=60).run(), "change one's mind")) == []
