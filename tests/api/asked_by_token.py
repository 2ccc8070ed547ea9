"""A person with a token at a real door, for tests that ask as programs do."""

from counterflow.access.policy import ACTIONS, RESOURCES, verdict

ROLES = ("analyst", "officer", "supervisor")


def token_for(site, *, name="Petra Program", roles=ROLES, purpose="training", scopes=None):
    """Name a person and return the text of a token that may do all that they may."""
    site.access.people.add(name, list(roles), by="command-line")
    every = [f"{r}:{a}" for r in RESOURCES for a in ACTIONS if verdict(roles, r, a, purpose).allowed]
    text, _ = site.access.tokens.make(name, label="a test", scopes=scopes or every, purpose=purpose, by="command-line")
    return text
