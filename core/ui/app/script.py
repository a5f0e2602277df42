"""What runs for a visitor: the frame, the pages by section, then the chosen page.

It lies in a folder of its own because Streamlit puts the script's folder first on the import path.
"""

from core.ui import frame

frame.begin()
page = frame.navigate()
with frame.around(page):
    page.run()
