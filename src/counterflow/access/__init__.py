"""Who may do what, and why: people, roles, purposes, tokens, sessions, acts that need two, and what was read."""
