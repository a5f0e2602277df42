"""How long things take, always as a ratio to MLflow's own way or the library call beneath, in one run."""
