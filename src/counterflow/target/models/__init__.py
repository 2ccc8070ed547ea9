"""Models of the workspace: training one on stored outcomes, keeping it, and choosing the one that a plan may use."""
