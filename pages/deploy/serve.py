"""Serve: how other programs ask a model, tried from here, to be copied from here."""

from functools import partial

from core.i18n import _
from core.process import cache
from core.ui import folding, frame
from core.ui.serve import choice, copying, head, looking_up, mistakes, sending, token_list, traffic
from trainers import tasks

frame.title(_("Serve"), _("How do other programs ask this model?"))

models = cache.models()
if not any(model.versions for model in models):
    frame.empty(
        _("**There is no model to serve yet.** Train one and register it; programs can ask it at once."),
        "registry",
        _("Register a model"),
    )
    frame.stop()

choices = folding.choices("serve_choices", phones=True)
with choices:
    asked = choice.choose(models)
choices.sum_up(choice.summary(asked))

address = head.show(asked)
traffic.show(asked.model.name)

parts = {
    "send": (_("Send a request"), partial(sending.show, asked, tasks())),
    "calls": (_("Calls to copy"), partial(copying.show, asked, address)),
    "kept": (_("Answers kept for look-up"), partial(looking_up.show, asked, address)),
    "errors": (_("What an error looks like"), partial(mistakes.show, asked)),
    "tokens": (_("Tokens"), partial(token_list.show, [model.name for model in models])),
}
frame.one_of(parts, key="serve_parts", name="look")
frame.next_step("registry", _("Promote a version of this model"), model=asked.model.name)
