"""Oversight: patterns in officers' decisions, reviews that hear the officer, pairs of four eyes, logs held against us.

For inspectors only; every look is on record. Officers stand under codes. A file that is sent is judged and let go; its
answer stays in this server's memory, for who sent it, until another takes its place.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from counterflow.account.oversight.coded_table import table_of_columns
from counterflow.account.oversight.events import events_of, read_events
from counterflow.account.oversight.four_eyes import four_eyes
from counterflow.account.oversight.integrity import Report, integrity
from counterflow.console.layout import page
from counterflow.console.oversight_view import log_rows, pair_rows, patterns_view, review_view, reviews_view
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.demo.officer_year import officer_year
from counterflow.flow import account_reviews as desk
from counterflow.flow.account_oversight import SOURCE, acts_of_two, name_behind, own_integrity, reconciliations
from counterflow.store.loads import is_synthetic
from counterflow.web.forms import Filled, filled
from counterflow.web.limits import takes
from counterflow.web.site import Site, site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_MOST_BYTES = 64 << 20
_LONGEST = 4000
#: answers kept in memory, one for each who asked
_MOST_KEPT = 8
_PRACTICE = "a SYNTHETIC year"
_PRACTICE_SEED = 2

_Id = Annotated[str, Path(max_length=40)]
_Form = Annotated[Filled, Depends(filled)]
_Acts = Annotated[Visitor, needs("integrity", "act")]


@router.get("/oversight", response_class=HTMLResponse)
def show(
    request: Request, who: Annotated[Visitor, needs("integrity")], of: Annotated[str, Query(max_length=10)] = "own"
) -> HTMLResponse:
    """Show patterns in this house's decisions, or in those of the file that this inspector sent last."""
    site = site_of(request)
    workspace = site.workspace
    report, why_not = _report(site, who, of)
    if report is not None:
        who.saw([str(row["officer"]) for row in report.rows])
    people = site.access.people
    pairs = [
        row | {"asker": people.name_of(row["asker"]), "second": people.name_of(row["second"])}
        for row in four_eyes(acts_of_two(workspace))
    ]
    told: dict[str, Any] = {
        "why_not": why_not, "of": of, "held": _kept(site).get(who.person) is not None,
        "reviews": reviews_view(desk.all_reviews(workspace)), "pairs": pair_rows(pairs),
        "logs": log_rows(reconciliations(workspace)), "may_act": who.may("integrity", "act"),
        "may_practise": is_synthetic(workspace.store), "days": desk.REPLY_DAYS, "most": _MOST_BYTES >> 20,
        "patterns": None if report is None else patterns_view(report),
    }  # fmt: skip
    return page(request, "oversight/page.html", told)


@router.post("/oversight/file", response_class=HTMLResponse)
@takes(_MOST_BYTES + (1 << 20))
async def send(request: Request, who: _Acts) -> Response:
    """Judge a file of decisions; it is let go at once."""
    async with received(request, most_bytes=_MOST_BYTES) as file:
        named = file.path.with_name(file.name) if file.name else file.path
        if named != file.path and not named.exists():
            file.path.rename(named)
        try:
            report = await run_in_threadpool(lambda: integrity(read_events(named)))
        finally:
            if named != file.path and named.exists():
                named.rename(file.path)
    _keep(site_of(request), who, report)
    return RedirectResponse("/oversight?of=file", status_code=303)


@router.post("/oversight/practice")
def practise(request: Request, who: _Acts) -> Response:
    """Judge a synthetic year, to learn on; only in a training world."""
    site = site_of(request)
    if not is_synthetic(site.workspace.store):
        raise UsageError("Practice is for training worlds.", hint="Send a file of real decisions instead.")
    rows = officer_year(_PRACTICE_SEED).rows
    _keep(site, who, integrity(events_of(table_of_columns(rows, _PRACTICE), {})))
    return RedirectResponse("/oversight?of=file", status_code=303)


@router.post("/oversight/reviews", response_class=HTMLResponse)
def begin(request: Request, who: Annotated[Visitor, needs("integrity", "decide")], form: _Form) -> Response:
    """Open a review: the officer is asked, with a day for the reply."""
    site = site_of(request)
    report, why_not = _report(site, who, form.get("of", "own")[:10])
    if report is None:
        raise UsageError(why_not, hint="Open the page again.")
    days = form.get("days", "") or str(desk.REPLY_DAYS)
    with site.acting() as workspace:
        made = desk.open_review(
            workspace, report, form.need("officer", "the officer", 200),
            question=form.need("question", "what the officer is asked", _LONGEST), person=who.person,
            days=int(days) if days.isdecimal() and len(days) < 5 else 0,
        )  # fmt: skip
    return RedirectResponse(f"/oversight/reviews/{made['review']}", status_code=303)


@router.get("/oversight/reviews/{review}", response_class=HTMLResponse)
def one(request: Request, review: _Id, who: Annotated[Visitor, needs("integrity")]) -> HTMLResponse:
    """Show one review: the pattern, the question, the reply, what was concluded."""
    workspace = site_of(request).workspace
    held = desk.find_review(workspace, review)
    who.saw([review, str(held["officer"])])
    told = review_view(held, _name(site_of(request), held))
    rights = {"may_act": who.may("integrity", "act"), "may_decide": who.may("integrity", "decide")}
    return page(request, "oversight/review.html", told | rights)


@router.post("/oversight/reviews/{review}/act", response_class=HTMLResponse)
def act(request: Request, review: _Id, who: _Acts, form: _Form) -> Response:
    """Put a reply or a note on record."""
    what, words = form.need("act", "what was done", 20), form.need("words", "the words", _LONGEST)
    with site_of(request).acting() as workspace:
        if what == "reply":
            desk.replied(workspace, review, words=words, person=who.person)
        elif what == "note":
            desk.note(workspace, review, words=words, person=who.person)
        else:
            raise UsageError(f"There is no act {what!r}.", hint="reply or note.")
    return RedirectResponse(f"/oversight/reviews/{review}", status_code=303)


@router.post("/oversight/reviews/{review}/conclude", response_class=HTMLResponse)
def conclude(
    request: Request, review: _Id, who: Annotated[Visitor, needs("integrity", "decide")], form: _Form
) -> Response:
    """Conclude a review with a ground, or open it again."""
    words, verdict = form.need("words", "the ground", _LONGEST), form.need("verdict", "the conclusion", 20)
    with site_of(request).acting() as workspace:
        if verdict == "reopen":
            desk.reopen(workspace, review, words=words, person=who.person)
        else:
            desk.conclude(workspace, review, verdict=verdict, words=words, person=who.person)
    return RedirectResponse(f"/oversight/reviews/{review}", status_code=303)


def _report(site: Site, who: Visitor, of: str) -> tuple[Report | None, str]:
    """Return the patterns that are asked for, or none and why not."""
    if of == "file":
        kept = _kept(site).get(who.person)
        return (kept, "") if kept is not None else (None, "No file of yours is held: send one.")
    workspace = site.workspace
    place = "oversight_own"
    size = workspace.ledger.size
    held = site.extra.get(place)
    if held is None or held[0] != size:
        try:
            held = (size, own_integrity(workspace), "")
        except InputError as error:
            held = (size, None, f"{error.message} {error.hint}")
        site.extra[place] = held
    return held[1], held[2]


def _kept(site: Site) -> dict[str, Report]:
    kept: dict[str, Report] = site.extra.setdefault("oversight_files", {})
    return kept


def _keep(site: Site, who: Visitor, report: Report) -> None:
    kept = _kept(site)
    kept.pop(who.person, None)
    while len(kept) >= _MOST_KEPT:
        kept.pop(next(iter(kept)))
    kept[who.person] = report


def _name(site: Site, held: dict[str, Any]) -> str:
    """Return who stands behind a code of this house: told only here, where a review is open on two signals."""
    if held["of"] != SOURCE:
        return ""
    try:
        return name_behind(site.workspace, str(held["officer"]))
    except UnknownName:
        return ""
