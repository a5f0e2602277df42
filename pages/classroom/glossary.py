"""Glossary: the words of the field in both languages, each with what it means."""

from core.i18n import _
from core.ui import frame, terms

frame.title(_("Glossary"), _("What does this word mean, and what is it in the other language?"))

terms.show_all()

frame.next_step("lesson", _("Use them in the lesson"))
