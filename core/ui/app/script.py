"""What runs for a visitor: the frame, the pages by section, then the chosen page.

It lies in a folder of its own because Streamlit puts the script's folder first on the import path.
"""

from core.i18n import current_language, speaking
from core.process import turns
from core.ui import frame
from core.ui.ask import along, offer

frame.begin()
page = frame.navigate()
with turns.in_turn(), speaking(current_language()), frame.around(page, offer.show):
    along.show(frame.name_of(page))
    page.run()
