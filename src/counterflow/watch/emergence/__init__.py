"""Substances seen for the first time or growing, aware of who began to look when; changes of regime."""
