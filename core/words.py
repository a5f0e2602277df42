"""How the field's words are shown: stages, statuses and stages of progress, by shape and word and colour."""

from __future__ import annotations

from core import i18n
from core.access import THE_CLASS
from core.alerts.sentences import RULE, WATCH, doer_words, entry_words
from core.comparison.gates import read_gates
from core.comparison.noise import Outcome
from core.i18n import N_, _, duration, ngettext, number
from core.prediction.classes import CLUSTER, INLIER, OUTLIER
from core.prediction.oddities import Verdict
from core.store.full_disk import FULL
from core.store.registry.events import Event
from core.store.registry.registered_models import Version
from core.store.registry.stages import GATES_TAG, Stage
from core.store.runs.tables import (
    ASIDE_TAG,
    ASKED_ROWS_TAG,
    FAILURE_TAG,
    MOST_ROUNDS_TAG,
    PROGRESS_TAG,
    ROUNDS_TAG,
    SPEED_TAG,
    Run,
)
from core.text import plain

MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "$*_`[]<>~\\"})  # what a number's unit may have
MOST_MOVES = 4  # of an entry of the timeline that are named
STAGE_SHAPES: dict[Stage, str] = {"None": "○", "Staging": "◐", "Production": "●", "Archived": "▢"}
STAGE_COLORS: dict[Stage, str] = {
    "None": "gray",
    "Staging": "orange",
    "Production": "green",
    "Archived": "violet",
}
STAGE_TITLES: dict[Stage, str] = {
    "None": N_("No stage"), "Staging": N_("Staging"), "Production": N_("Production"), "Archived": N_("Archived"),
}  # fmt: skip
STAGE_MEANINGS: dict[Stage, str] = {
    "None": N_("Registered, not yet tried"),
    "Staging": N_("Being tried out"),
    "Production": N_("Used for real"),
    "Archived": N_("No longer used, kept to look back"),
}
# Shape and word say how typical an input is; a colour comes on top
TYPICALITY: dict[Verdict, str] = {
    "typical": N_("● Typical"), "unusual": N_("▲ Unusual"), "never seen": N_("■ Never seen"),
}  # fmt: skip
STATUS_TITLES = {
    "SCHEDULED": N_("Queued"), "RUNNING": N_("Running"), "FINISHED": N_("Finished"),
    "FAILED": N_("Failed"), "KILLED": N_("Stopped"),
}  # fmt: skip
STATUS_SHAPES = {"SCHEDULED": "…", "RUNNING": "▶", "FINISHED": "✓", "FAILED": "✗", "KILLED": "■"}
PROGRESS = {
    "queued": (0.05, N_("Waiting for its turn")),
    "sweeping": (0.3, N_("Trying many settings, each as a run of its own")),
    "loading": (0.2, N_("Loading the data")),
    "cross-validating": (0.3, N_("Learning from parts of the training rows, and trying it on the others")),
    "fitting": (0.4, N_("Learning from the training rows")),
    "evaluating": (0.7, N_("Trying it on rows it has not seen")),
    "saving": (0.85, N_("Saving the model and its files")),
}
ALGORITHM_TITLES = {
    "baseline": N_("Baseline"),
    "logistic_regression": N_("Logistic regression"),
    "linear_regression": N_("Linear regression"),
    "nearest_neighbours": N_("Nearest neighbours"),
    "random_forest": N_("Random forest"),
    "hist_gradient_boosting": N_("Gradient boosting"),
    "xgboost": N_("XGBoost"),
}


def amount(value: float, unit: str = "") -> str:
    """Return a number with its unit as markdown; two signs of the dollar would make a formula of what is between."""
    return i18n.amount(value, unit).translate(MARKUP)


def found(answer: str) -> str:
    """Return the words for what a model found that has no classes: an outlier, or the cluster of a number."""
    known = {OUTLIER: _("an outlier"), INLIER: _("no outlier")}
    number_of_it = answer.removeprefix(CLUSTER.format(number=""))
    is_cluster = number_of_it != answer and number_of_it.lstrip("-").isdecimal()
    return _("cluster {number}").format(number=number_of_it) if is_cluster else known.get(answer, answer)


def stage(name: Stage) -> str:
    """Return a stage's shape and word."""
    return f"{STAGE_SHAPES[name]} {_(STAGE_TITLES[name])}"


def version(number: int | str) -> str:
    """Return what a version is called within a sentence."""
    return _("version {number}").format(number=number)


def version_title(number: int | str) -> str:
    """Return what a version is called where a heading, a label or a sentence begins with it."""
    return _("Version {number}").format(number=number)


def registration(version: Version) -> str:
    """Say that a version's registration failed or goes on; empty where it ended well."""
    if version.ready:
        return ""
    if version.status == "PENDING_REGISTRATION":
        return _("… being registered")
    return _("✗ registration failed") if version.status == "FAILED_REGISTRATION" else f"? {version.status}"


def staged_version(number: int | str, name: Stage) -> str:
    """Return a version's stage and number."""
    return f"{stage(name)} · {version(number)}"


def status(name: str) -> str:
    """Return a status's shape and word; a status of another program is shown as it is."""
    return f"{STATUS_SHAPES.get(name, '?')} {_(STATUS_TITLES[name]) if name in STATUS_TITLES else name}"


def progress(run: Run, place: int | None = None) -> tuple[float, str]:
    """Return how far a run is (0 to 1) and what it is doing; ``place`` is its place in line."""
    done, words = PROGRESS.get(run.tags.get(PROGRESS_TAG, ""), (0.0, N_("Running")))
    if place is None:
        return done, _(words)
    return done, _("Waiting for a free worker: number {place} in line").format(place=number(place, 0))


def trained(run: Run) -> str:
    """Say how long a run took that ended well."""
    if run.seconds is None:
        return _("Trained. How long it took cannot be told.")
    return _("Trained in {duration}.").format(duration=duration(run.seconds))


def stopped_early(run: Run) -> str:
    """Say when a learner in rounds stopped and what it learned from; empty where it was not to stop early."""
    told = [run.tags.get(tag, "") for tag in (ROUNDS_TAG, MOST_ROUNDS_TAG, ASIDE_TAG)]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in told):
        return ""
    rounds, most, aside = map(int, told)
    if rounds < most:
        words = _("It stopped early: it has {rounds} of at most {most} rounds.")
    else:
        words = _("It was free to stop early and has all {most} rounds.")
    words += " " + _("Of the training rows {aside} were set aside to say when, and it did not learn from them.")
    return words.format(rounds=number(rounds, 0), most=number(most, 0), aside=number(aside, 0))


def speed(run: Run) -> str:
    """Say how fast a run's model answered after it was fitted; empty where nobody measured."""
    try:
        rate, asked = float(run.tags.get(SPEED_TAG, "")), int(run.tags.get(ASKED_ROWS_TAG, ""))
    except ValueError:
        return ""
    if not (0 < rate < 1e9 and 0 < asked < 1e9):
        return ""
    if rate >= 1:
        words = _("It answered {rate} rows a millisecond here, asked about {count} at once.")
    else:
        words = _("It took {time} ms a row here, asked about {count} at once.")
    short = {"rate": float(f"{rate:.2g}"), "time": float(f"{1 / rate:.2g}"), "count": asked}
    return words.format(**{name: number(value) for name, value in short.items()})


def failure(run: Run) -> str:
    """Return why a run ended early as markdown-safe text; our own reasons are in the reader's language."""
    return plain(reason(run), 600)


def reason(run: Run) -> str:
    """Return why a run ended early, as plain text: our own sentence is a line of its own, and MLflow's follow."""
    return reason_words(run.tags.get(FAILURE_TAG, "")) or _("The run says no reason.")


def reason_words(kept: str) -> str:
    """Return a reason that was kept in a tag; empty where there is none."""
    lines = filter(None, kept.split("\n"))
    return " ".join(_(line) if not at or line == FULL else line for at, line in enumerate(lines))


def algorithm(name: str) -> str:
    """Return an algorithm's title; one of another program is shown as it is."""
    return _(ALGORITHM_TITLES.get(name, name)) if name else ""


def change(mine: float, theirs: float, better: bool | None, outcome: Outcome = "unknown") -> str:
    """Return how a number differs from that of Production: sign, size and word, in colour where it is no chance.

    ``better`` says whether higher is, None where neither end is or nothing tells; ``outcome`` is what was found when
    the difference was weighed. Two logged numbers were not.
    """
    delta = mine - theirs
    if outcome == "identical" or abs(delta) < 1e-12:
        return f":gray[= {_('the same')}]"
    sign = "▲" if delta > 0 else "▼"
    if outcome == "better" and better is not None:
        word, color = (_("better"), "green") if (delta > 0) == better else (_("worse"), "red")
    else:
        word, color = _("higher") if delta > 0 else _("lower"), "gray"
        sign = f"≈ {sign}" if outcome == "close" else sign
    return f":{color}[{sign} {number(abs(delta))} {word}]"


def event(entry: Event) -> str:
    """Return what an entry of the timeline did, as one sentence; names from the store as they are."""
    moves = [
        _("version {number}: {before} → {after}").format(
            number=change.version, before=stage(change.before), after=stage(change.after)
        )
        for change in entry.changes
    ]
    if len(moves) > MOST_MOVES:
        rest = len(moves) - MOST_MOVES
        moves = [*moves[:MOST_MOVES], ngettext("{count} more", "{count} more", rest)]
    match entry.kind:
        case "undo":
            begin = _("entry {number} was taken back").format(number=entry.undoes)
        case "settle":
            begin = _("what another program left was settled")
        case "gates":
            begin = _("the gates are now: {rules}").format(rules=_rules(entry.why) or _("none"))
        case "cutoff" if entry.why:
            begin = _("the cut-off is now {cutoff}").format(cutoff=entry.why)
        case "cutoff":
            begin = _("the cut-off was taken away")
        case "delete":
            numbers = ", ".join(map(str, entry.deleted[:MOST_MOVES]))
            begin = _("deleted for good: version {numbers}").format(numbers=numbers or "–")
        case "alert" | "rule":
            begin = entry_words(entry.about) or entry.why
        case _move:
            begin = ""
    return ": ".join(filter(None, (begin, "; ".join(moves))))


def person(name: str, unnamed: str = N_("somebody")) -> str:
    """Return a stored name for the reader; where nobody gave one it is ``unnamed``."""
    return _(name) if name == THE_CLASS else name or _(unnamed)


def who(entry: Event) -> str:
    """Return who did what an entry of the timeline says."""
    if entry.by.startswith((WATCH, RULE)):
        return doer_words(entry.by)
    presenters = entry.kind in {"gates", "cutoff", "delete"}
    return person(entry.by, N_("the presenter") if presenters else N_("somebody"))


def _rules(kept: str) -> str:
    """Return gates as an entry keeps them in the reader's language."""
    return "; ".join(each.words for each in read_gates({GATES_TAG: kept.replace("; ", "\n")}))


def gone_runs(count: int) -> str:
    """Say how many of the chosen runs cannot be had."""
    return ngettext(
        "{count} of the chosen runs is not in this store, or was deleted.",
        "{count} of the chosen runs are not in this store, or were deleted.",
        count,
    )
