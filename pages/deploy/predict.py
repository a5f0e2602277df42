"""What if: ask a model, and watch its stages agree or not."""

from core.i18n import _
from core.process import cache
from core.ui import address, folding, frame
from core.ui.predict import run_choice, version_choice, what_if
from core.ui.predict.scoring import upload
from trainers import tasks

frame.title(_("Predict"), _("What does the model answer, and what changes its mind?"))

models = cache.models()
run_id = address.value("run")
if not run_id and not any(model.versions for model in models):
    frame.empty(
        _("**There is no model to ask yet.** Train one and register it, or load the demo on the first page."),
        "registry",
        _("Register a model"),
    )
    frame.stop()

choices = folding.choices("predict_choices")
with choices:
    model, chosen, beside = run_choice.choose(run_id) if run_id else version_choice.choose(models)
if not version_choice.allowed(chosen):
    frame.stop()

asked = version_choice.open_versions(model, chosen, beside)
if asked:
    choices.sum_up(version_choice.summary(asked))
    what_if.show(asked, version_choice.help_of(asked[0], tasks()))
    version_choice.show_facts(asked[0])
    upload.show_scoring(asked)
version_choice.show_next(chosen)
