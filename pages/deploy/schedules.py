"""Schedules: what is done by itself, when next, and what came of it."""

from core.i18n import _
from core.ui import frame
from core.ui.schedules import made, making

frame.title(_("Schedules"), _("What is done by itself, and when?"))

if frame.allows("schedule", _("Only the presenter sees and makes schedules.")):
    made.show()
    making.offer()
frame.next_step("predict", _("Score a table now"))
