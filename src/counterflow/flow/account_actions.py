"""Actions where rooms meet: the model's forecast, watch's counts and places, the health watch that an alert opens."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.account.actions.alerting import alert_of, alerts_of, plan_alert, send_alert
from counterflow.account.actions.alerts import Place
from counterflow.account.actions.closing import closing_of
from counterflow.account.actions.counts import Counts, read_counts
from counterflow.account.actions.derived import derive
from counterflow.account.actions.forecast import Forecast, from_model
from counterflow.account.actions.plan import Action, read_action, silent_on
from counterflow.account.actions.record import experience_of, single_values
from counterflow.account.actions.scoring import Seen, score_action, scores_of
from counterflow.account.actions.sealing import action_named, as_emergency, as_late, seal_action
from counterflow.account.evaluate.registry import named_design
from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.account_counts import counted, places_around

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["Proposal", "alert", "propose", "score", "whole"]

#: share of reports that a period of the history must have
_COMPLETE = 0.95


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an author hands in.

    Args:
        file: TOML of the action.
        model: forecast of the strategy room, as JSON; None where there is none.
        history: table of counts by period instead of what watch holds.
        standing: sealed, unforecast (an emergency) or late.
        reason: why it could not be sealed before.
        text: what was sent under the file's name; None where the file is to be read.
    """

    file: Path
    model: Path | None = None
    history: Path | None = None
    standing: str = "sealed"
    reason: str = ""
    text: str | None = None


def propose(workspace: Workspace, given: Proposal) -> tuple[dict[str, Any], list[str]]:
    """Seal an action with its author's forecast, the model's, and ours from the counts.

    The same again changes nothing. Returns its row and what is said.

    Raises:
        InputError: it cannot be read, has no forecast, has started, or its place is not known.
    """
    action, now = read_action(given.file, given.text), workspace.clock()
    noted: list[str] = []
    if given.model is not None:
        form = _form(given.model)
        action = action.with_forecasts(from_model(form, action.starts, action.ends))
        if action.area != form["area"]["name"]:
            noted.append(f"the model's forecast is of {form['area']['name']}, the action of {action.area or 'no area'}")
    if given.standing == "unforecast":
        action = as_emergency(action, given.reason, now)
    elif given.standing == "late":
        action = as_late(action, given.reason, now)
    if action.design:
        named_design(workspace, action.design)
    said = _place_checked(workspace, action)
    held = _held(workspace, action)
    if held is not None:
        return seal_action(workspace, held), ["It was sealed before; nothing has changed."]
    derived, more = _derived(workspace, action, given.history, now.date())
    silent = silent_on([*action.forecasts, *derived])
    if silent:
        more.append(f"nothing is said of {', '.join(silent)}: a reader cannot tell that from no effect")
    return seal_action(workspace, action.with_forecasts(derived)), [*noted, *said, *more]


def _form(path: Path) -> dict[str, Any]:
    """Return a forecast of the strategy room, whole and unchanged.

    Raises:
        InputError: it is none.
    """
    from counterflow.strategy.forecast.form import check

    try:
        form = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", file=path) from error
    except ValueError as error:
        hint = "`counterflow strategy action … --format json --out FILE` writes it."
        raise InputError("This is not JSON.", file=path, hint=hint) from error
    if not isinstance(form, dict):
        raise InputError("This is no forecast of an action.", file=path)
    check(form)
    return form


def _place_checked(workspace: Workspace, action: Action) -> list[str]:
    """Stop where the area is no place that watch knows, once it knows any."""
    if not action.area:
        return ["no area is named: no alert can be sent, and nothing is counted for it"]
    found = workspace.store.rows("SELECT place FROM series_count UNION SELECT place FROM watch_place")
    known = {str(row["place"]) for row in found}
    if known and action.area not in known:
        raise UnknownName("place", action.area, known)
    return [] if known else [f"watch knows no places yet: {action.area!r} is taken as it stands"]


def _held(workspace: Workspace, action: Action) -> Action | None:
    """Return the action with the forecasts that were made when it was sealed, where the same was sealed before."""
    known = workspace.store.rows("SELECT action FROM action WHERE action = ? AND form IS NOT NULL", [action.action])
    if not known:
        return None
    sealed = action_named(workspace, action.action)["forecasts"]
    given = len(action.forecasts)
    return action.with_forecasts(sealed[given:]) if list(action.forecasts) == sealed[:given] else None


def _derived(
    workspace: Workspace, action: Action, history: Path | None, today: dt.date
) -> tuple[list[Forecast], list[str]]:
    said: list[str] = []
    if history is not None:
        counts = read_counts(history, today)
    else:
        counts, said = counted(workspace, action.area, action.counts, today)
    made: list[Forecast] = []
    for measure, one in counts.items():
        settled = _settled(one)
        known = experience_of(workspace, action.kind, action.substance_class, measure)
        rows, more = derive(action, settled, known, today)
        made += rows
        said += more
    return made, said


def _settled(counts: Counts) -> Counts:
    """Return counts without the youngest periods whose reports are not in."""
    last = len(counts.periods)
    while last and (counts.periods[last - 1].complete or 1.0) < _COMPLETE:
        last -= 1
    return replace(counts, periods=counts.periods[:last])


def alert(
    workspace: Workspace, action: str, *, to: list[str], person: str, tell_class: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tell the health side of an action, put it on record, and open a health watch over the alert's months.

    Returns:
        The row on record, and the alert as it is handed over.

    Raises:
        InputError: no place holds enough possible targets, nobody receives it, or it was sent before.
    """
    from counterflow.watch.response.health import Span, open_row

    row = action_named(workspace, action)
    targets = row["possible_targets"]
    places = [Place(name, level, targets.get(name)) for name, level in _around(workspace, row["area"])]
    made, place = plan_alert(row, places, tell_class=tell_class)
    first, last = made.days()
    with workspace.store.transaction():
        span = Span(made.area, made.level, made.substance_class, first, last)
        watch = open_row(workspace, action, span, person=person)
        kept = send_alert(workspace, action, made, place, received_by=to, person=person, watch=str(watch["watch"]))
    return kept, made.as_dict()


def _around(workspace: Workspace, area: str) -> list[tuple[str, str]]:
    if not area:
        raise InputError("The action names no area.", column="area",
                         hint="Health can be told of a place only: seal it with area = PLACE.")  # fmt: skip
    return places_around(workspace.store, area)


def score(
    workspace: Workspace, action: str, *, person: str, outcomes: Path | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Score an action against watch's counts, a file, and what its closing says; harm first.

    Raises:
        InputError: as in `account.actions.scoring.score_action`.
    """
    row, today = action_named(workspace, action), workspace.clock().date()
    counts, _ = counted(workspace, row["area"], row["counts"], today)
    if outcomes is not None:
        counts = {**counts, **read_counts(outcomes, today)}
    closed = closing_of(workspace, action)
    single = single_values(closed["outputs"] if closed else None)
    return score_action(workspace, action, Seen(counts, single), person=person)


def whole(workspace: Workspace, action: str) -> dict[str, Any]:
    """Return all that is known of one action: plan, alerts as they were sent, closing, scores, what is due.

    Raises:
        UnknownName: there is none of this id.
    """
    row, scores = action_named(workspace, action), scores_of(workspace, action)
    closed = closing_of(workspace, action)
    sent = alerts_of(workspace, action)
    scores.sort(key=lambda one: (not one["harm"], one["window"] != "first weeks", one["number"]))
    return {
        "action": row, "closing": closed, "outputs": json.loads(closed["outputs"]) if closed else {},
        "alerts": [one | {"as_sent": alert_of(one)} for one in sent], "scores": scores,
        "state": state_of(row, closed, scores, workspace.clock().date()),
        "harm": any(one["harm"] for one in scores), "silent_on": silent_on(row["forecasts"]),
    }  # fmt: skip


def state_of(row: dict[str, Any], closed: dict[str, Any] | None, scores: list[dict[str, Any]], today: dt.date) -> str:
    """Return where an action stands: to come, running, to close, to score, waiting, scored or cancelled."""
    if closed is not None and closed["cancelled"]:
        return "cancelled"
    if closed is None:
        return "to come" if today < row["starts"] else "running" if today <= row["ends"] else "to close"
    done = {int(one["number"]) for one in scores}
    open_ones = [one for n, one in enumerate(row["forecasts"], 1)
                 if n not in done and one.basis == "value" and len(one.levels) > 1]  # fmt: skip
    if not open_ones:
        return "scored"
    return "to score" if any(today > one.ends for one in open_ones) else "waiting"
