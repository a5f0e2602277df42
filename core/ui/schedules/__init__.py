"""The Schedules page's own parts."""
