"""Pizarra's entry point: the frame, the pages by section, then the chosen page."""

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports
from core.ui import frame

frame.begin()
page = frame.navigate()
with frame.around(page):
    page.run()
