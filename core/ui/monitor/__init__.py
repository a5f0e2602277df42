"""The Monitor page's own parts."""
