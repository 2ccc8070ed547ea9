"""Choosing: who is eligible, the random draw, and the minutes filled with what is worth most."""
