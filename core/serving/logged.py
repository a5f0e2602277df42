"""The prediction log of the open store, and its shadow: one each for this process."""

from __future__ import annotations

import atexit
from pathlib import Path

from core.process import shared
from core.process.held import held
from core.process.memory import kept
from core.serving.log.files import folder_of_store
from core.serving.log.prediction_log import Limits, PredictionLog
from core.serving.log.summary import Disagreement, disagreement
from core.serving.shadow import Shadow
from core.settings import settings


def log_folder() -> Path:
    """Return where the log of the open store lies."""
    return _folder(shared.store_name())


def prediction_log(store: str = "") -> PredictionLog:
    """Return the log of a store, by its name, or of the open one."""
    return _log(store or shared.store_name())


def shadow(store: str = "") -> Shadow:
    """Return what asks other versions, for the log of a store or of the open one."""
    return _shadow(store or shared.store_name())


def _folder(store: str) -> Path:
    return folder_of_store(settings().cache_dir, store)


@kept(lambda model, production, staging: (log_folder(), model, production, staging), max_entries=64, seconds=10.0)
def asked_of_both(model: str, production: int, staging: int) -> Disagreement:
    """Return how often two versions disagreed on what was really asked, by the log of the open store."""
    return disagreement(log_folder(), model, production, staging)


@held(lambda log: log.close())
def _log(store: str) -> PredictionLog:
    chosen = settings()
    made = PredictionLog(_folder(store), Limits(chosen.log, chosen.log_mb, chosen.log_mask))
    atexit.register(made.close)  # what waits is written where the program ends in peace
    return made


@held(lambda shadow: shadow.close())
def _shadow(store: str) -> Shadow:
    return Shadow(_log(store), settings().shadow)
