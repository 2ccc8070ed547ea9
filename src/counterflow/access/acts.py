"""Acts that need two people: what each is called, who may agree, and the function that does it.

An act is a line here. Its function lives in a room or in flow (which know nothing of access) and is found by name when
it is needed; it is called as

    perform(workspace, subject, payload, *, asked_by, agreed_by, ground) -> dict

with the names of both people, inside one transaction with the row that says who agreed. What it returns (ids, counts)
is kept as the result. `own`, where given, is called as `own(workspace, subject, payload)` and returns the names of the
people whose own decision is in question: none of them can be the second person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from counterflow.core.errors import CounterflowError, InputError, UnknownName

__all__ = ["ACTS", "Act", "act_named", "function_of", "own_people", "payload_read"]


@dataclass(frozen=True, slots=True)
class Act:
    """One act that needs two.

    Args:
        words: what is done, as the end of "may I …?".
        resource: kind of thing that it is done to; who asks needs `ask_for` on it, who agrees needs `agree_with`.
        perform: function that does it, as `module:name`.
        own: function that names the people whose own decision is in question; None where there are none.
        emergency: whether one person may do it alone where nobody else can be had, reviewed within 72 hours.
        ask_for: action that the asker needs on the resource.
        agree_with: action that the second person needs on it.
    """

    words: str
    resource: str
    perform: str
    own: str | None = None
    emergency: bool = False
    ask_for: str = "act"
    agree_with: str = "decide"


ACTS: dict[str, Act] = {
    "queue-release": Act(
        "release records of the queue: nobody needs to look at them any more",
        "queue",
        "counterflow.flow.queue_acts:agreed_release",
        own="counterflow.flow.queue_acts:hands_of",
        emergency=True,
    ),
    "queue-export": Act(
        "take many rows of the queue out of the house",
        "queue",
        "counterflow.flow.queue_export:agreed_export",
        ask_for="export",
    ),
    "order-decision": Act(
        "decide about an order, an alarm or a customer where the house asks for two",
        "orders",
        "counterflow.flow.order_decisions:agreed",
    ),
    "order-report-withdrawal": Act(
        "withdraw a report to an authority", "orders", "counterflow.flow.order_decisions:agreed_withdrawal"
    ),
    "party-confirm": Act(
        "say that a party on record is the listed one",
        "clearings",
        "counterflow.flow.party_confirming:agreed_confirmation",
        own="counterflow.flow.party_confirming:judges_of",
    ),
    "list-edit": Act("edit a list of the house", "lists", "counterflow.flow.house_list:agreed_edit"),
    "target-edit": Act(
        "change what a locked target expects",
        "targets",
        "counterflow.flow.account_promises:agreed_edit",
        own="counterflow.flow.account_promises:lockers_of",
    ),
    "erase-records": Act(
        "erase the personal data of records", "erasure", "counterflow.access.deletions:erase", ask_for="act"
    ),
    "erase-before": Act(
        "erase the personal data of records whose time is over", "erasure", "counterflow.access.deletions:erase_old"
    ),
}


def act_named(name: str, known: Mapping[str, Act] = ACTS) -> Act:
    """Return the act of this name.

    Raises:
        UnknownName: there is none.
    """
    if name not in known:
        raise UnknownName("act that needs two people", name, known)
    return known[name]


def function_of(place: str) -> Callable[..., Any]:
    """Return the function that `module:name` names."""
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


@contextmanager
def payload_read(act: str) -> Iterator[None]:
    """Say in words that a payload is not what its act takes: a program may have sent anything as one.

    Raises:
        InputError: it is not.
    """
    try:
        yield
    except CounterflowError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        hint = "Ask for it on the page where the act belongs, or send the payload that the act takes."
        said = f"What is asked for cannot be done as {act}: {type(error).__name__} {str(error)[:100]}."
        raise InputError(said, hint=hint, column="payload") from error


def own_people(act: Act, workspace: object, subject: str, payload: Mapping[str, Any], name: str = "") -> Sequence[str]:
    """Return the names of the people whose own decision is in question.

    Raises:
        InputError: the payload is not what the act takes.
    """
    with payload_read(name or act.words):
        return [] if act.own is None else list(function_of(act.own)(workspace, subject, payload))
