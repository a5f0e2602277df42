"""Routes on the same port as the pages: for programs, and light pages for the phones of a class."""
