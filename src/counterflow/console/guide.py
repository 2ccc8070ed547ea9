"""Help: where to begin for each kind of user, what every word means, and where the rest is written."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from counterflow.access.policy import ROLES
from counterflow.console.layout import page
from counterflow.report.glossary import anchor, terms
from counterflow.web.visitor import needs

__all__ = ["router"]

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Way:
    """Where somebody begins: a heading, and steps as (what to do, page)."""

    title: str
    steps: tuple[tuple[str, str], ...]


WAYS = (
    Way("At the line, or in a targeting centre", (
        ("See what to inspect and why, record what happened with two keys, print the sheet", "/today"),
        ("Look through everything that was screened, filter it, look at one record", "/queue"),
        ("Write a rule, see what it would have done, have a second person put it in force", "/rules"),
        ("See what share is found, what is missed, and what more minutes would change", "/rates"),
    )),
    Way("Compliance at a carrier, distributor or marketplace", (
        ("Ask whether an order may be shipped, and work the orders that wait", "/orders"),
        ("Look a customer up on the lists, clear who is somebody else, with a ground", "/parties"),
        ("See where a substance is controlled, since when, by which words", "/substances"),
        ("Bring in your own spreadsheet and get a reasoned answer for each row", "/intake"),
    )),
    Way("Public health and drug intelligence", (
        ("See what is starting, how sure that is, and who must be told first", "/watch"),
        ("See where, on a map drawn without any network", "/map"),
        ("See what was told to whom, and whether it was answered", "/watch#response"),
    )),
    Way("Inspector general, auditor", (
        ("Browse the ledger, verify it, take an evidence pack away that others can check", "/audit"),
        ("See who read what, for which purpose, and which emergencies wait for review", "/requests"),
        ("See results beside outcomes, burden and requests of people affected", "/"),
        ("See how somebody affected was answered, and by when", "/redress"),
    )),
    Way("To learn without harm", (
        ("Choose on invented records, then see the truth and your score", "/training"),
    )),
)  # fmt: skip


@router.get("/help", response_class=HTMLResponse, dependencies=[needs("help")])
def show(request: Request) -> HTMLResponse:
    """Show where to begin, and the glossary."""
    words = [(name, says, anchor(name)) for name, says in terms().items()]
    return page(request, "help/page.html", {"ways": WAYS, "words": words, "roles": ROLES})
