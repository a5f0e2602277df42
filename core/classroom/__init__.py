"""A class: who presents, who has come, and what becomes of both when the dashboard starts again."""
