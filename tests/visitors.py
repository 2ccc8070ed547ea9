"""Who asks, said by the test: a doorman that believes a header, and clients that send it."""

import json
from contextlib import ExitStack, contextmanager

from fastapi.testclient import TestClient

from counterflow.access.policy import usual_purpose
from counterflow.web.visitor import Visitor

HEADER = "x-test-visitor"
CSRF = "form-of-this-session"


class TestDoorman:
    """Believes what the test says; nobody where it says nothing."""

    __test__ = False

    def __call__(self, request):
        said = request.headers.get(HEADER)
        if not said:
            return Visitor("")
        told = json.loads(said)
        return Visitor(told["person"], frozenset(told["roles"]), told["purpose"], told["session"], "session", CSRF)


def visiting(roles, *, purpose=None, person=None, session=None):
    """Return the header of a visitor; a session of their own for each person."""
    roles = roles.split()
    person = person or f"{roles[0].title()} One"
    told = {
        "person": person,
        "roles": roles,
        "purpose": purpose or usual_purpose(roles),
        "session": session or f"s-{person}",
    }
    return {HEADER: json.dumps(told)}


@contextmanager
def clients(app):
    """Give `client_as(roles, purpose=, person=, page=True)`: pages are asked for as HTML, otherwise as JSON."""
    with ExitStack() as opened:

        def give(roles, *, page=True, **who):
            headers = visiting(roles, **who) | {
                "accept": "text/html" if page else "application/json",
                "x-csrf-token": CSRF,
            }
            return opened.enter_context(TestClient(app, base_url="http://127.0.0.1", headers=headers))

        yield give
