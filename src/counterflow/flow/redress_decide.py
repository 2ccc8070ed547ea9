"""Deciding a request, and carrying what was wrong right through: to findings, scores, identities and whoever was told.

Nothing is mended by a way of its own. A list hit is cleared as every cleared pair is; a suspicion is refuted as an
outcome, whose notices reach all who heard of it; a record is parted from an entity by a decision that holds on every
later run; a finding is set aside by a row that every later screening minds. Scores are made of those tables anew for
each plan, so the correction is in the next one; sheets that were made before are told to their offices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.core.persons import same_person
from counterflow.core.tables import NOTICE, REDRESS_CORRECTION
from counterflow.flow.redress import VERDICTS, find_request, named, put_act, worded
from counterflow.flow.redress_touch import touched
from counterflow.store.workspace import Workspace

__all__ = ["CORRECTIONS", "decide", "reopen"]

#: what each kind of correction does, in words
CORRECTIONS: Mapping[str, str] = {
    "cleared": "this party is not the listed one: the pair alerts no more and weighs nothing",
    "set-aside": "this finding is wrong: it is shown, and weighs nothing",
    "refuted": "the suspicion is refuted: everybody who heard of it is told",
    "parted": "this record is of another party: it is taken out, now and on every later run",
}
_LONGEST_REASON = 400


def decide(
    workspace: Workspace, request: str, *, verdict: str, words: str, choices: Sequence[str], person: str
) -> dict[str, Any]:
    """Decide a request and put right what it names; return the verdict, the corrections, and who was told.

    Args:
        workspace: where.
        request: its id.
        verdict: granted | partly | refused.
        words: the ground, so that the asker and another person can follow.
        choices: what is put right, each by the `choice` of `redress_touch.touched`.
        person: who decides.

    Raises:
        AccessError: the person took the request in, or made a decision that it is about.
        InputError: it is decided already, or verdict and choices do not go together.
        UnknownName: no such verdict, or a choice is not there any more.
    """
    held = find_request(workspace, request)
    if verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    if held["state"] != "open":
        raise InputError("This request is decided already.", hint="Reopen it first, with the reason.", value=request)
    ground, who = worded("words", words), named(person)
    found = touched(workspace, held)
    _require_another(held, found["people"], who)
    picked = _picked(found, choices)
    if verdict == "refused" and picked:
        raise InputError("A refusal puts nothing right.", hint="Grant it, in part or whole, or choose nothing.")
    with workspace.store.transaction():
        put_act(workspace, request, "decided", person=who, words=ground, verdict=verdict)
        made = [
            _correct(workspace, request, number, kind, row, ground, who)
            for number, (kind, row) in enumerate(picked, start=_next_number(workspace, request))
        ]
        if made:
            rows = pa.Table.from_pylist(made, schema=REDRESS_CORRECTION)
            workspace.store.append("redress_correction", rows)
            body = {"request": request, "corrections": [{k: one[k] for k in ("correction", "kind")} for one in made]}
            workspace.ledger.append("redress-correction", body)
        _settle(workspace, {kind for kind, _ in picked})
        told = _tell(workspace, request, found, picked, who)
    return {"request": request, "verdict": verdict, "corrections": made, "told": told}


def reopen(workspace: Workspace, request: str, *, words: str, person: str) -> dict[str, Any]:
    """Open a decided request again: something came to light, or a correction no longer holds."""
    held = find_request(workspace, request)
    if held["state"] == "open":
        raise InputError("This request is open.", value=request)
    return put_act(workspace, request, "reopened", person=person, words=worded("words", words))


def _require_another(held: Mapping[str, Any], people: Sequence[str], who: str) -> None:
    if same_person(str(held["person"]), who):
        raise AccessError(f"{who} took this request in, and somebody else decides it.", hint="Ask another supervisor.")
    own = [name for name in people if same_person(name, who)]
    if own:
        raise AccessError(
            f"{who} made a decision that this request is about.", hint="Somebody who had no part in it decides."
        )


def _picked(found: Mapping[str, Any], choices: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return kind and row of each choice; of several rows that one choice means, all."""
    by: dict[str, list[dict[str, Any]]] = {}
    for row in (*found["findings"], *found["suspicions"], *found["entities"]):
        if row["choice"]:
            by.setdefault(row["choice"], []).append(row)
    for choice in choices:
        if choice not in by:
            raise UnknownName("correction", choice, by)
    return [(choice.partition(":")[0], by[choice][0]) for choice in dict.fromkeys(choices)]


def _next_number(workspace: Workspace, request: str) -> int:
    rows = workspace.store.rows("SELECT count(*) AS n FROM redress_correction WHERE request = ?", [request])
    return int(str(rows[0]["n"])) + 1


def _correct(
    workspace: Workspace, request: str, number: int, kind: str, row: Mapping[str, Any], ground: str, who: str
) -> dict[str, Any]:
    """Put one thing right by the means of its room; return the row of the correction."""
    reason = f"redress {request}: {ground}"[:_LONGEST_REASON]
    means = {"cleared": _clear, "refuted": _refute, "parted": _part}.get(kind)
    done = means(workspace, row, reason, who) if means is not None else {}
    return {
        "correction": f"{request}.{number}", "request": request, "act": "make", "kind": kind, "source": row["source"],
        "record_id": row["record_id"], "part": row.get("part") or "", "check": row.get("check"),
        "code": row.get("code"), "reference": row.get("reference"), "means": None, "person": who,
        "made_at": workspace.clock(), **done,
    }  # fmt: skip


def _clear(workspace: Workspace, row: Mapping[str, Any], reason: str, who: str) -> dict[str, Any]:
    from counterflow.screen.parties.clearings import add_clearing
    from counterflow.screen.resources import latest_lists

    if not row["name"]:
        raise InputError("The name of this party has been erased.", hint="There is nothing left that could alert.")
    list_name = str(row["reference_version"] or "").partition("@")[0]
    entry = f"{list_name}@{row['reference']}" if list_name else str(row["reference"])
    made = add_clearing(
        workspace, row["name"], entry, reason=reason, person=who, lists=latest_lists(workspace.store),
        born=row["born"] or "", country=row["country"] or "", identifier=row["identifier"] or "",
    )  # fmt: skip
    return {"means": made["clearing"]}


def _refute(workspace: Workspace, row: Mapping[str, Any], reason: str, who: str) -> dict[str, Any]:
    from counterflow.target.outcomes.take import record_said

    said = {
        "record_id": row["record_id"], "source": row["source"], "plan": row["plan"], "state": row["state"],
        "confirmation": "refuted", "harm_class": row["harm_class"] or "", "time": workspace.clock().isoformat(),
    }  # fmt: skip
    record_said(workspace, [said], person=who, where=reason.partition(":")[0])
    return {"means": row["plan"], "code": row["harm_class"]}


def _part(workspace: Workspace, row: Mapping[str, Any], reason: str, who: str) -> dict[str, Any]:
    from counterflow.link.resolution.review import split_entity

    member = "/".join((row["source"], row["record_id"], row["part"] or ""))
    split_entity(workspace, row["entity"], [member], reason=reason, person=who)
    decision = workspace.store.rows(
        "SELECT decision FROM entity_decision WHERE source = ? AND record_id = ? ORDER BY decided_at DESC LIMIT 1",
        [row["source"], row["record_id"]],
    )
    return {"means": str(decision[0]["decision"])}


def _settle(workspace: Workspace, kinds: set[str]) -> None:
    """Bring the stored findings into step at once."""
    if "cleared" in kinds:
        from counterflow.screen.parties.settling import settle_clearings

        settle_clearings(workspace)
    if "set-aside" in kinds:
        from counterflow.screen.set_aside import settle_set_aside

        settle_set_aside(workspace.store)


def _tell(
    workspace: Workspace, request: str, found: Mapping[str, Any], picked: Sequence[tuple[str, Mapping[str, Any]]],
    who: str,
) -> list[str]:  # fmt: skip
    """Tell the offices whose sheets chose a record, and everybody who heard of a suspicion, what was put right."""
    now = workspace.clock()
    notices: dict[tuple[str, str, str], dict[str, Any]] = {}
    for kind, row in picked:
        key = (row["source"], row["record_id"])
        offices = [d["office"] for d in found["draws"] if (d["source"], d["record_id"]) == key and d["office"]]
        heard = [n["recipient"] for n in found["told"] if (n["source"], n["record_id"]) == key]
        for recipient in dict.fromkeys([*offices, *heard]):
            about = f"corrected on request {request}: {CORRECTIONS[kind]}; undo what was done because of it"
            notices[(*key, recipient)] = {"source": key[0], "record_id": key[1], "recipient": recipient,
                                          "told": "corrected", "about": about, "told_at": now}  # fmt: skip
    if notices:
        workspace.store.append("notice", pa.Table.from_pylist(list(notices.values()), schema=NOTICE))
    recipients = list(dict.fromkeys(recipient for _, _, recipient in notices))
    for recipient in recipients:
        count = sum(key[2] == recipient for key in notices)
        words = f"corrections on {count} record{'' if count == 1 else 's'}; a notice stands with each"
        put_act(workspace, request, "told", person=who, words=words, recipient=recipient)
    return recipients
