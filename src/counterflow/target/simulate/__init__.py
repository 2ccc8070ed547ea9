"""Simulation: the weekly loop with partial labels, strategies side by side, before anything is tried on people."""
