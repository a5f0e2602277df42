"""The entry for programs alone: the routes under /api, and at the root too, without any pages (make api)."""

from core import settings
from core.logs import take_over

from core.api.alone import alone  # isort: skip
from core.api.door import place  # isort: skip

take_over()
app = alone(tasks="trainers", at=place(settings.public_path()))
