"""Which run is better, by how much, why, and is it more than chance: pure functions over tables of runs."""
