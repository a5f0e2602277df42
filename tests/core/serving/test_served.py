from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import mlflow
import pytest
from sklearn.linear_model import LogisticRegression

from core.errors import PizarraError, StoreError
from core.process import asked
from core.serving import served
from core.serving.problems import NotReadyError, NotThereError
from core.serving.served import Serving
from core.settings import settings
from core.store.connection import Store
from core.store.registry import promotion
from core.store.registry.promotion import Move
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, SUGAR

SOON = 20.0  # seconds: what is promised is two, but the machine may be busy


@pytest.fixture
def serving(in_use: Store) -> Iterator[Serving]:
    made = Serving()
    yield made
    made.close()


def answers(serving: Serving, which: str = "Production") -> int:
    return serving.find(FLOWERS, which).version.number


@pytest.mark.long
def test_a_stage_answers_with_the_version_that_it_holds(serving: Serving) -> None:
    assert answers(serving) == 2
    assert answers(serving, "Staging") == 3
    assert answers(serving, "1") == 1


@pytest.mark.long
def test_what_is_open_answers_at_once(serving: Serving) -> None:
    assert serving.at_once(FLOWERS, "Production") is None
    opened = serving.find(FLOWERS, "Production")
    known = serving.at_once(FLOWERS, "Production")
    assert known is not None
    assert known.asked is opened.asked


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*transition_model_version_stage:FutureWarning")  # MLflow's own way
def test_a_promotion_by_another_program_is_followed_without_a_failing_request(serving: Serving, in_use: Store) -> None:
    asked_by: list[list[int]] = [[], [], []]
    wrong: list[Exception] = []
    ended = Event()

    def ask(said: list[int]) -> None:
        while not ended.wait(0.001):
            try:
                said.append(
                    (serving.at_once(FLOWERS, "Production") or serving.find(FLOWERS, "Production")).version.number
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, it failed
                wrong.append(error)

    assert answers(serving) == 2
    threads = [Thread(target=ask, args=(said,)) for said in asked_by]
    for thread in threads:
        thread.start()
    try:
        mlflow.MlflowClient(in_use.uri, in_use.uri).transition_model_version_stage(
            FLOWERS, "3", "Production", archive_existing_versions=True
        )
        assert until(lambda: all(said[-1:] == [3] for said in asked_by), SOON)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert all(said == sorted(said) for said in asked_by)  # once it was the new version it was never the old one again
    with pytest.raises(NotThereError, match="Staging"):
        answers(serving, "Staging")


@pytest.mark.long
def test_what_came_into_a_stage_is_open_before_somebody_asks(serving: Serving, in_use: Store) -> None:
    assert answers(serving) == 2
    promotion.move(in_use, ANA, Move(FLOWERS, 3, "Production", why="It is better."))
    assert until(
        lambda: (known := serving.at_once(FLOWERS, "Production")) is not None and known.version.number == 3, SOON
    )


@pytest.mark.long
def test_an_archived_model_no_longer_answers(serving: Serving, in_use: Store) -> None:
    assert answers(serving) == 2
    promotion.move(in_use, ANA, Move(FLOWERS, 2, "Archived", why="It is old."))
    assert until(lambda: _is_gone(serving), SOON)


def _is_gone(serving: Serving) -> bool:
    try:
        serving.find(FLOWERS, "Production")
    except NotThereError:
        return True
    return False


@pytest.mark.long
def test_a_new_cut_off_counts(serving: Serving, in_use: Store) -> None:
    assert serving.find(FLOWERS, "Production").asked.cutoff is None
    in_use.client.set_registered_model_tag(FLOWERS, "pizarra.cutoff", "0.3")
    assert until(lambda: serving.find(FLOWERS, "Production").asked.cutoff == 0.3, SOON)


def test_an_unknown_model_is_said(serving: Serving) -> None:
    for name in ("nobody", "a/b", "", "x" * 300):
        with pytest.raises(NotThereError, match="There is no registered model"):
            serving.find(name, "Production")


@pytest.mark.long
def test_a_model_that_runs_code_waits_for_a_word(
    serving: Serving, in_use: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow.set_tracking_uri(in_use.uri)
    with mlflow.start_run(experiment_id="0"):
        mlflow.sklearn.log_model(
            LogisticRegression().fit([[0.0], [1.0]], [0, 1]), name="model", registered_model_name="pickled",
            serialization_format="pickle", pip_requirements=[], input_example=[[0.5]],
        )  # fmt: skip
    with pytest.raises(NotReadyError, match="is stored in a way that runs code when it is opened"):
        serving.find("pickled", "1")
    monkeypatch.setenv("PIZARRA_ALLOW_CODE", "another, pickled")
    settings.cache_clear()
    monkeypatch.setattr(served, "AGAIN", 0.0)
    assert serving.find("pickled", "1").asked.predictor.task == "classification"


def test_files_that_are_gone_are_said_and_looked_for_again(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def gone(*_arguments: object, **_named: object) -> object:
        tried.append(1)
        raise asked.cache.StoreError("The files are gone.")

    with monkeypatch.context() as patched:
        patched.setattr(asked.cache, "asked_model", gone)
        for _ in range(3):
            with pytest.raises(
                NotReadyError, match=r"Version 2 of iris-classifier does not load: The files are gone\."
            ):
                serving.find(FLOWERS, "Production")
        assert len(tried) == 1  # a crowd of requests must not each wait for the same failure
    monkeypatch.setattr(served, "AGAIN", 0.0)
    assert answers(serving) == 2


@pytest.fixture
def lost(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is asked at once and no longer answers, with what was read of it and opened before."""
    assert (serving.served(), answers(serving), answers(serving, "Staging")) == ((SUGAR, "Production"), 2, 3)

    def silent() -> object:
        raise StoreError("Nobody is there.")

    monkeypatch.setattr(served, "FRESH", 0.0)
    monkeypatch.setattr(served.shared, "store", silent)


@pytest.mark.long
@pytest.mark.usefixtures("lost")
def test_while_the_store_does_not_answer_what_is_open_does(serving: Serving) -> None:
    assert answers(serving) == 2
    assert until(lambda: serving.silent(FLOWERS), SOON)
    for which, number in {"Production": 2, "Staging": 3}.items():
        found = serving.at_once(FLOWERS, which)
        assert found is not None
        assert found.version.number == number
    with pytest.raises(PizarraError, match="Nobody is there"):
        serving.find(FLOWERS, "1")  # which nobody has opened
    with pytest.raises(NotReadyError, match="Nobody is there"):
        serving.model("never asked about")
    assert serving.served() == (SUGAR, "Production")


@pytest.mark.long
@pytest.mark.usefixtures("lost")
def test_but_not_for_good(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "GRACE", 0.0)
    assert serving.at_once(FLOWERS, "Production") is None
    for ask in (lambda: answers(serving), serving.served):
        with pytest.raises(NotReadyError, match="The store of the models does not answer: Nobody is there"):
            ask()


@pytest.mark.long
def test_nobody_waits_for_a_store_that_is_slow_to_fail(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for, let_go = Event(), Event()
    answers(serving)

    def slow() -> object:
        asked_for.set()
        let_go.wait(SOON)
        raise StoreError("Nobody is there.")

    monkeypatch.setattr(served, "FRESH", 0.0)
    monkeypatch.setattr(served.shared, "store", slow)
    try:
        assert asked_for.wait(SOON)
        assert serving.at_once(FLOWERS, "Production") is not None
    finally:
        let_go.set()


@pytest.mark.long
def test_the_served_model_is_the_newest_in_production(serving: Serving, in_use: Store) -> None:
    assert serving.served() == (SUGAR, "Production")
    promotion.move(in_use, ANA, Move(FLOWERS, 3, "Production", why="It is better."))
    assert serving.served() == (FLOWERS, "Production")


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("named", "wanted"),
    [(FLOWERS, (FLOWERS, "Production")), (f"{FLOWERS}/Staging", (FLOWERS, "Staging")),
     (f"{FLOWERS}/@champion", (FLOWERS, "@champion"))],
)  # fmt: skip
def test_the_settings_may_name_the_served_model(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, named: str, wanted: tuple[str, str]
) -> None:
    monkeypatch.setenv("PIZARRA_SERVED_MODEL", named)
    settings.cache_clear()
    assert serving.served() == wanted


def test_where_nothing_is_in_production_none_is_served(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    made = Serving()
    with pytest.raises(NotThereError, match="No model is in Production, so none is served"):
        made.served()
    made.close()


def test_who_is_no_longer_asked_about_is_no_longer_looked_at(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "IDLE", 0.0)
    answers(serving)
    assert until(lambda: serving._watching is None, SOON)
    assert answers(serving) == 2
