"""Training: choose as an officer would, on invented records, then see what was inside and how the ranking did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from counterflow.console.layout import page
from counterflow.demo import exercise as exercises
from counterflow.demo.exercise import Exercise, Scored
from counterflow.report import numbers
from counterflow.report.grid import grid
from counterflow.web.forms import Filled, filled
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter()

_Name = Annotated[str, Path(max_length=20)]


@router.get("/training", response_class=HTMLResponse, dependencies=[needs("training")])
def index(request: Request) -> HTMLResponse:
    """Show the exercises done so far, all together, and the way into a new one."""
    workspace = site_of(request).workspace
    held = exercises.exercises_of(workspace)
    done = [(each, exercises.scored(workspace, each)) for each in held if each.ended_at]
    return page(request, "training/index.html", {
        "ready": exercises.has_truth(workspace), "records": exercises.RECORDS, "choices": exercises.CHOICES,
        "open": [each for each in held if not each.ended_at], "sheet": _sheet(done),
        "rows": grid([_row(each, came) for each, came in done]), "done": [each.exercise for each, _ in done],
    })  # fmt: skip


@router.post("/training")
def begin(request: Request, who: Annotated[Visitor, needs("training", "act")]) -> Response:
    """Begin an exercise."""
    with site_of(request).acting() as workspace:
        made = exercises.begin(workspace, who.person)
    return RedirectResponse(f"/training/{made.exercise}", status_code=303)


@router.get("/training/{exercise}", response_class=HTMLResponse, dependencies=[needs("training")])
def show(request: Request, exercise: _Name) -> HTMLResponse:
    """Show the records on the table; of an exercise that ended, what was in them too."""
    workspace = site_of(request).workspace
    held = exercises.read(workspace, exercise)
    came = exercises.scored(workspace, held) if held.ended_at else None
    items = [_item(row, held, came) for row in exercises.shown(workspace, held)]
    if came is not None:  # first what was met and missed, then the rest
        items.sort(key=lambda item: (not item["hid"], not item["chosen"]))
    told = {"exercise": held, "items": items, "came": came, "sheet": _sheet([(held, came)] if came else [])}
    return page(request, "training/exercise.html", told)


@router.post("/training/{exercise}")
def end(
    request: Request,
    who: Annotated[Visitor, needs("training", "act")],
    form: Annotated[Filled, Depends(filled)],
    exercise: _Name,
) -> Response:
    """End an exercise with what was chosen."""
    with site_of(request).acting() as workspace:
        exercises.end(workspace, exercise, who.person, form.all("record"))
    return RedirectResponse(f"/training/{exercise}", status_code=303)


def _sheet(done: list[tuple[Exercise, Scored]]) -> list[dict[str, str]]:
    """Return the score sheet over exercises: person, ranking and chance, each against what was hidden."""
    if not done:
        return []
    hidden = sum(came.hidden for _, came in done)
    opened = sum(len(each.chosen) for each, _ in done)
    told = [
        ("You met", sum(came.found for _, came in done)),
        ("The ranking would have met", sum(came.ranked for _, came in done)),
        ("Chance meets on average", round(sum(came.chance for _, came in done), 1)),
    ]  # fmt: skip
    return [
        {
            "label": label,
            "value": f"{value} of {hidden}",
            "detail": f"hidden, by opening {numbers.counted(opened, 'record')}",
        }
        for label, value in told
    ]


def _row(each: Exercise, came: Scored) -> dict[str, Any]:
    return {
        "Exercise": each.exercise, "Who": each.person, "Ended": numbers.when(each.ended_at), "Opened": len(each.chosen),
        "Hidden": came.hidden, "Met": came.found, "By the ranking": came.ranked, "By chance": f"{came.chance:.1f}",
    }  # fmt: skip


def _item(row: Mapping[str, Any], held: Exercise, came: Scored | None) -> dict[str, Any]:
    name = str(row["record_id"])
    inside = came.truth.get(name) if came else None
    declared = [
        f"{numbers.amount(row['mass_kg'])} kg" if row["mass_kg"] is not None else "mass not given",
        f"{numbers.amount(row['value'])} {row['currency'] or ''}".strip() if row["value"] is not None else "no value",
        f"HS {row['hs']}" if row["hs"] else "no HS code", f"from {row['departure'] or 'an unknown country'}",
        row["lane"],
    ]  # fmt: skip
    return {
        "name": name, "goods": row["goods"] or "no goods text", "declared": " · ".join(str(d) for d in declared if d),
        "findings": row["findings"], "chosen": name in held.chosen, "hid": inside is not None,
        "ranked": came is not None and name in came.by_rank, "inside": _inside(inside) if inside else "",
    }  # fmt: skip


def _inside(truth: Mapping[str, Any]) -> str:
    scheme, harm_class = (str(truth[name]).replace("-", " ") for name in ("scheme", "harm_class"))
    return f"{scheme} ({harm_class}), {numbers.amount(truth['hidden_kg'])} kg hidden"
