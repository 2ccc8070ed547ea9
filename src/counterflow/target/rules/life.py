"""The life of a rule: drafted, tested on stored weeks, approved by another person, active for a while, retired.

    draft → tested → approved → active → expired          retired at any time; a later version supersedes an earlier

A version is never overwritten: a change is a new version, tested and approved anew. A rule has an end, at most a year
after its start, and a day of review. There is no emergency way in: for what cannot wait for a test there is a lookout
(72 hours, reviewed the next day). To retire takes one person, because stopping is the safe direction.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.tables import TARGET_RULE, TARGET_RULE_ACT
from counterflow.target.acts import another_person, required, seal
from counterflow.target.rules.conditions import Rule
from counterflow.target.rules.wording import rule_text

if TYPE_CHECKING:
    from counterflow.store.repository import Store
    from counterflow.store.workspace import Workspace

__all__ = [
    "LARGEST_SHARE",
    "LONGEST_LIFE",
    "Version",
    "approve_rule",
    "begins",
    "draft_rule",
    "retire_rule",
    "rule_sha256",
    "stored_rule",
    "versions",
]

LONGEST_LIFE = dt.timedelta(days=366)
#: a rule that hits more than this share of the tested records selects nothing; it is a change of strategy
LARGEST_SHARE = 0.20
#: an approval rests on a test of at least so many stored days, and not older than this
SHORTEST_TEST = dt.timedelta(days=7)
OLDEST_TEST = dt.timedelta(days=31)
_FIRST_REVIEW = dt.timedelta(days=90)
_SHORTEST_GROUND = 8


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule as it stands.

    Args:
        row: its row of `target_rule`.
        state: draft | tested | approved | active | expired | superseded | retired.
        test: its latest back-test (without the body), None where there is none.
        acts: what people decided about it, in order.
    """

    row: dict[str, Any]
    state: str
    test: dict[str, Any] | None
    acts: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """Return rule and version in words."""
        return f"{self.row['rule']} version {self.row['version']}"


def rule_sha256(rule: Rule) -> str:
    """Return the SHA-256 of what a rule says: its canonical text without the ground."""
    return hashlib.sha256(rule_text(rule, ground=False).encode()).hexdigest()


def draft_rule(
    workspace: Workspace,
    rule: Rule,
    *,
    person: str,
    starts: dt.date,
    ends: dt.date,
    review_on: dt.date | None = None,
    of: str | None = None,
) -> dict[str, Any]:
    """Keep a rule as a draft and return its row; the same draft again returns the row that is there.

    Args:
        workspace: where.
        rule: what it says; with a ground.
        person: who drafts it.
        starts: first day on which it may act.
        ends: last day.
        review_on: day by which somebody looks at it; 90 days after the start, at most the end, where None.
        of: rule of which this is a new version; None for a new rule.

    Raises:
        InputError: no ground, no end, or days that do not go together.
        UnknownName: there is no such rule.
    """
    review = review_on or min(starts + _FIRST_REVIEW, ends)
    _check_days(starts, ends, review, workspace.clock().date())
    earlier: list[dict[str, Any]] = workspace.store.rows(
        "SELECT rule, version, sha256, starts, ends FROM target_rule ORDER BY rule, version"
    )
    if of is not None and of not in {row["rule"] for row in earlier}:
        raise UnknownName("rule", of, sorted({row["rule"] for row in earlier}))
    said: dict[str, Any] = {"sha256": rule_sha256(rule), "starts": starts, "ends": ends}
    for known in earlier:
        if (of is None or known["rule"] == of) and all(known[name] == value for name, value in said.items()):
            return stored_version(workspace.store, known["rule"], known["version"])
    name = of or f"R-{len({one['rule'] for one in earlier}) + 1}"
    version = 1 + sum(one["rule"] == name for one in earlier)
    row = said | {
        "rule": name, "version": version, "text": rule_text(rule, ground=False),
        "ground": required("ground", rule.ground, shortest=_SHORTEST_GROUND), "review_on": review,
        "person": required("person", person),
    }  # fmt: skip
    body = {"rule": name, "version": version, "act": "draft", "sha256": row["sha256"], **_days_of(row)}
    with workspace.store.transaction():
        entry = seal(
            workspace, "target-rule", f"{name}/{version}", [row["ground"], row["person"]], body, [row["person"]]
        )
        row |= {"drafted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("target_rule", pa.Table.from_pylist([row], schema=TARGET_RULE))
    return row


def _days_of(row: dict[str, Any]) -> dict[str, str]:
    return {name: row[name].isoformat() for name in ("starts", "ends", "review_on")}


def _check_days(starts: dt.date, ends: dt.date, review: dt.date, today: dt.date) -> None:
    if ends < starts:
        raise InputError("A rule ends before it starts.", hint="Swap the days.", column="until", value=ends)
    if ends - starts > LONGEST_LIFE:
        hint = f"Give an end up to {starts + LONGEST_LIFE}; renew it then with a new back-test."
        raise InputError("A rule lives a year at most.", hint=hint, column="until", value=ends)
    if ends < today:
        hint = f"Give an end from {today}."
        raise InputError("This rule would be over already.", hint=hint, column="until", value=ends)
    if not starts <= review <= ends:
        hint = f"Give a day from {starts} to {ends}."
        raise InputError("The review lies outside the rule's life.", hint=hint, column="review", value=review)


def versions(store: Store, today: dt.date) -> list[Version]:
    """Return every version of every rule, in order, with the state it is in on `today`."""
    rows = store.rows("SELECT * FROM target_rule ORDER BY length(rule), rule, version")
    tests = store.rows(
        "SELECT test, rule, version, sha256, starts, ends, records, hits, tested_at FROM target_rule_test"
        " ORDER BY tested_at, ledger_seq"
    )
    acts = store.rows("SELECT * FROM target_rule_act ORDER BY acted_at, ledger_seq")
    made = [_version(row, tests, acts, today) for row in rows]
    return [_superseded(one, made, today) for one in made]


def _version(
    row: dict[str, object], tests: list[dict[str, object]], acts: list[dict[str, object]], today: dt.date
) -> Version:
    mine = [a for a in acts if a["rule"] == row["rule"] and a["version"] == row["version"]]
    same = ("rule", "version", "sha256")
    tested = [t for t in tests if all(t[name] == row[name] for name in same)]
    named: dict[str, Any] = dict(row)
    done = {str(a["act"]) for a in mine}
    if "retire" in done:
        state = "retired"
    elif "approve" not in done:
        state = "expired" if today > named["ends"] else "tested" if tested else "draft"
    elif today > named["ends"]:
        state = "expired"
    else:
        state = "active" if today >= named["starts"] else "approved"
    return Version(named, state, tested[-1] if tested else None, tuple(mine))


def _superseded(one: Version, every: list[Version], today: dt.date) -> Version:
    """An approved version gives way on the first day of a later approved one, and does not come back with its end."""
    if one.state not in {"active", "approved"}:
        return one
    later = any(
        v.row["rule"] == one.row["rule"]
        and v.row["version"] > one.row["version"]
        and any(a["act"] == "approve" for a in v.acts)
        and begins(v) <= today
        for v in every
    )
    return Version(one.row, "superseded", one.test, one.acts) if later else one


def begins(version: Version) -> dt.date:
    """Return the first day on which an approved version acts: none before the day of its approval."""
    approved = [act["acted_at"].date() for act in version.acts if act["act"] == "approve"]
    starts: dt.date = version.row["starts"]
    return max(starts, *approved) if approved else starts


def _find(store: Store, rule: str, version: int | None, today: dt.date) -> Version:
    every = versions(store, today)
    mine = [v for v in every if v.row["rule"] == rule]
    if not mine:
        raise UnknownName("rule", rule, sorted({str(v.row["rule"]) for v in every}))
    if version is None:
        return mine[-1]
    for one in mine:
        if one.row["version"] == version:
            return one
    hint = f"It has 1 to {len(mine)}."
    raise InputError(f"{rule} has no version {version}.", hint=hint, column="version", value=version)


def stored_version(store: Store, rule: str, version: int) -> dict[str, Any]:
    """Return the row of one version."""
    return dict(store.rows("SELECT * FROM target_rule WHERE rule = ? AND version = ?", [rule, version])[0])


def stored_rule(store: Store, rule: str, version: int | None, today: dt.date) -> Version:
    """Return a version of a rule, the latest where None.

    Raises:
        UnknownName: there is no such rule.
        InputError: it has no such version.
    """
    return _find(store, rule, version, today)


def approve_rule(
    workspace: Workspace, rule: str, *, person: str, ground: str, version: int | None = None
) -> dict[str, Any]:
    """Approve a version, so that it acts from its first day to its last; return the act.

    Raises:
        AccessError: the one who drafted it may not approve it.
        InputError: it was not tested, the test is old, short or hits too much, or it is over, retired or approved.
    """
    today = workspace.clock().date()
    one = _find(workspace.store, rule, version, today)
    named = another_person(str(one.row["person"]), person, "Whoever drafted a rule does not approve it.")
    if one.state in {"retired", "expired", "superseded"}:
        raise InputError(f"{one.name} is {one.state}.", hint="Draft a new version of it.", column="rule", value=rule)
    if one.state in {"approved", "active"}:
        return dict(next(a for a in one.acts if a["act"] == "approve"))
    test = _require_test(one, today)
    body = {"sha256": one.row["sha256"], "test": test["test"], **_days_of(one.row)}
    return _act(workspace, one, "approve", ground, named, body, test=str(test["test"]))


def _require_test(one: Version, today: dt.date) -> dict[str, Any]:
    """Return the back-test that an approval can rest on."""
    test, again = one.test, f"Run `target rule backtest {one.row['rule']} --version {one.row['version']}`."
    if test is None:
        message = f"{one.name} was never tested on stored weeks."
        raise InputError(message, hint=again, column="rule", value=one.row["rule"])
    if today - test["tested_at"].date() > OLDEST_TEST:
        message = f"The back-test of {one.name} is from {test['tested_at']:%Y-%m-%d}, more than 31 days ago."
        raise InputError(message, hint=again, column="test", value=test["test"])
    if test["ends"] - test["starts"] + dt.timedelta(days=1) < SHORTEST_TEST:
        raise InputError("The back-test covers less than a week.", hint=again, column="test", value=test["test"])
    if test["hits"] > LARGEST_SHARE * test["records"]:
        share = 100 * test["hits"] / test["records"]
        hint = f"Narrow it below {100 * LARGEST_SHARE:g} %; what is wanted everywhere is a matter of capacity."
        raise InputError(f"{one.name} hits {share:.3g} % of the stored records: it selects nothing.", hint=hint,
                         column="test", value=test["test"])  # fmt: skip
    return dict(test)


def retire_rule(
    workspace: Workspace, rule: str, *, person: str, ground: str, version: int | None = None
) -> list[dict[str, Any]]:
    """Retire a version, all of the rule where None: it acts no more, from now on. One person may; return the acts.

    Raises:
        InputError: it is retired already.
    """
    today = workspace.clock().date()
    latest = _find(workspace.store, rule, version, today)
    mine = [v for v in versions(workspace.store, today) if v.row["rule"] == rule]
    living = [v for v in (mine if version is None else [latest]) if v.state != "retired"]
    if not living:
        raise InputError(f"{latest.name} is retired already.", hint="Nothing is to do.", column="rule", value=rule)
    return [_act(workspace, one, "retire", ground, required("person", person), {}) for one in living]


def _act(
    workspace: Workspace, one: Version, act: str, ground: str, person: str, body: dict[str, Any], *, test: str = ""
) -> dict[str, Any]:
    rule, version = str(one.row["rule"]), int(one.row["version"])
    row: dict[str, Any] = {
        "rule": rule, "version": version, "act": act, "test": test or None, "person": person,
        "ground": required("ground", ground, shortest=_SHORTEST_GROUND),
    }  # fmt: skip
    whole = {"rule": rule, "version": version, "act": act, **body}
    # under one salt, so that an outsider sees that drafter and approver are not one
    persons = [str(one.row["person"]), person] if act == "approve" else [person]
    with workspace.store.transaction():
        entry = seal(workspace, "target-rule", f"{rule}/{version}/{act}", [row["ground"], person], whole, persons)
        row |= {"acted_at": entry.time, "ledger_seq": entry.seq}
        workspace.store.append("target_rule_act", pa.Table.from_pylist([row], schema=TARGET_RULE_ACT))
    return row
