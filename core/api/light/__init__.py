"""Light pages for the phones of a class, under /c: made here, with no session, for a hundred at once."""
