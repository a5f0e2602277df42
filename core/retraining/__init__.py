"""Train a version's task anew with new rows, and say fairly whether the new one is better: on old rows and on new."""
