"""The compiled model: names and places of everything in it, its parameters, drivers and engine."""
