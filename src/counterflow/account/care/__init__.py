"""Access to care and where to place it: who reaches what, who lives in a desert, which sites reach most."""
