"""The running server: console and API behind one guard, over one opened workspace."""
