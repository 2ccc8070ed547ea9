"""Officers' rules: a small typed language, tried on stored weeks before two people let it act, and ending by itself."""
