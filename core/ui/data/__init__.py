"""The Data page's own parts: bringing a table of one's own, and what becomes of those that are kept."""
