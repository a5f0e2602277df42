"""Everything between a task's declaration and a finished run."""
