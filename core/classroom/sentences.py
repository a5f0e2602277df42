"""What a question reads as, in the reader's language, from its kind and what it is about."""

from __future__ import annotations

from collections.abc import Mapping

from core.classroom.asked import TOO_CLOSE, Asked
from core.i18n import _, current_language


def sentence(asked: Asked, questions: Mapping[str, str] | None = None) -> str:
    """Return the question as a sentence, as it is: escape it where it is shown.

    ``questions`` are those that tasks ask, by the name of the task.

    >>> sentence(Asked("which_run", subject={"metric": "f1"}))
    'Which of these runs wins on f1?'
    """
    own, about = asked.sentence(current_language()), asked.subject
    if own:
        return own
    match asked.kind:
        case "which_run":
            return _("Which of these runs wins on {metric}?").format(metric=about.get("metric", ""))
        case "flip":
            words = _("The model says {answer}. Which of these, moved alone, would make it say something else?")
            return words.format(answer=about.get("model_says", ""))
    question = (questions or {}).get(str(about.get("task", "")), "")
    if question:
        return _(question)
    return _("A real case: what is {target}?").format(target=about.get("target") or about.get("model", ""))


def choice_words(asked: Asked, value: str) -> str:
    """Return what a choice reads as, as it is.

    >>> asked = Asked("which_run", (), (("r1", {}), (TOO_CLOSE, {})), {"runs": {"r1": "forest"}})
    >>> choice_words(asked, "r1"), choice_words(asked, TOO_CLOSE)
    ('forest', 'Too close to call')
    """
    if asked.kind == "which_run" and value == TOO_CLOSE:
        return _("Too close to call")
    if asked.kind == "which_run":
        return str(asked.subject.get("runs", {}).get(value, value))
    return asked.choice(value, current_language())
