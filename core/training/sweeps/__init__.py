"""Sweeps: many settings of one algorithm tried one after the other, each a child run of the sweep's own run."""
