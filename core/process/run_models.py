"""Models of runs that are asked without being registered: which there are, and what stands beside them."""

from __future__ import annotations

from core.errors import PizarraError
from core.i18n import N_
from core.process import cache, model_tasks
from core.process.asked import live
from core.store.registry.registered_models import RegisteredModel
from core.store.runs.run_models import RunModel
from core.store.runs.tables import ENDED, MODELS_TAG, SWEEP_TAG, TASK_TAG, TRIAL_TAG, Run


def says_a_model(run: Run) -> bool:
    """Tell whether a run says that it logged a model; one that does not may have one among its files."""
    return MODELS_TAG in run.tags or bool(cache.logged_models(run.experiment_id, run.run_id))


def can_be_asked(run: Run) -> bool:
    """Tell whether asking a run's model can be offered, without looking for its files.

    A run of a task of ours that finished has a model, unless it is a sweep or a trial of one: phones that wait for
    theirs ask this every two seconds.
    """
    if SWEEP_TAG in run.tags or TRIAL_TAG in run.tags:
        return False
    return run.status == "FINISHED" and not run.deleted and (bool(run.tags.get(TASK_TAG)) or says_a_model(run))


def models_to_ask(run: Run) -> list[RunModel]:
    """Return the models of a run that can be asked, newest first; there is one at least.

    Raises:
        PizarraError: the run was deleted, has not ended, or left no model.
    """
    named = run.called or run.run_id
    if run.deleted:
        raise PizarraError(
            N_("Only a run that is there can be asked, but the run {run} was deleted."),
            N_("Bring it back on the Experiments page, or ask another run."),
            run=named,
        )
    found = cache.run_models(run.run_id)
    if ready := [model for model in found if model.ready]:
        return ready
    if run.status not in ENDED:
        raise PizarraError(
            N_("A run can be asked once its model is there, but the run {run} has not ended yet."),
            N_("Wait until it has ended, then open this page again."),
            run=named,
        )
    if found:
        raise PizarraError(
            N_("A run can be asked once its model was logged to the end, but that of the run {run} was not: MLflow "
               "says {status}."),
            N_("Train it again, or ask another run."),
            run=named,
            status=found[0].status,
        )  # fmt: skip
    raise PizarraError(
        N_("Only a run with a model can be asked, but the run {run} logged none."),
        N_("Choose a run that finished training."),
        run=named,
    )


def live_models(run: Run) -> list[RegisteredModel]:
    """Return the registered models that answer the question of a run and are live, those of nothing else first.

    A run that names no task is taken to ask what the models ask that were made in its experiment.
    """
    models = [model for model in cache.models() if live(model)]
    if task := run.tags.get(TASK_TAG, ""):
        return model_tasks.models_of(models, task)
    return [model for model in models if run.experiment_id in _experiments_of(model)]


def usual_beside(run: Run) -> RegisteredModel | None:
    """Return the registered model whose live versions are asked beside a run, None where nobody knows one.

    Only a task makes sure that both answer the same question.
    """
    return next(iter(live_models(run)), None) if run.tags.get(TASK_TAG) else None


def _experiments_of(model: RegisteredModel) -> set[str]:
    known = cache.known_runs([version.run_id for version in live(model) if version.run_id])
    return set(known.info["experiment_id"].astype(str)) if len(known) else set()
