"""What each role may do with each kind of thing, and for which purpose. What no rule allows is refused.

A verdict always carries its reason: the rule that allows, or that none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "ACTIONS",
    "APART",
    "PURPOSES",
    "RESOURCES",
    "ROLES",
    "RULES",
    "Resource",
    "Rule",
    "Verdict",
    "matrix",
    "purposes_of",
    "usual_purpose",
    "verdict",
]

ROLES: Mapping[str, str] = {
    "viewer": "sees figures that name nobody",
    "analyst": "works with records, parties, orders and counts; writes rules; decides nothing alone",
    "officer": "inspects: sees the sheets, records what was found",
    "supervisor": "answers for an office: agrees to what needs two, sees why a record ranks where it does",
    "inspector": "inspector general: reads what was decided, reviews overrides, agrees for oversight",
    "auditor": "checks the ledger, the reads and the figures; changes nothing",
    "admin": "keeps users, tokens and settings; sees no case",
}
ACTIONS: Mapping[str, str] = {
    "read": "look at it",
    "act": "do the daily work on it",
    "decide": "agree as the second person, or decide for the office",
    "export": "take it out of the house",
    "manage": "set it up",
}
PURPOSES: Mapping[str, str] = {
    "inspection": "choosing and inspecting consignments",
    "compliance": "knowing customers and answering orders",
    "investigation": "following a case",
    "health-response": "warning and helping people in danger",
    "oversight": "checking how this house uses its powers",
    "research": "figures that name nobody",
    "redress": "answering somebody affected",
    "administration": "keeping the system",
    "training": "learning on invented data",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing that pages show and acts change.

    Args:
        says: what it is.
        sensitive: whether it can name a person or a case: each read is then logged with its purpose.
    """

    says: str
    sensitive: bool = False


RESOURCES: Mapping[str, Resource] = {
    "board": Resource("the board: results beside outcomes and burden"),
    "rates": Resource("interdiction, what is missed, drift, what-if"),
    "map": Resource("ports, lanes and areas"),
    "coverage": Resource("what who sent, how complete and how late"),
    "intake": Resource("loading files"),
    "screen": Resource("screening records that are sent and not kept", sensitive=True),
    "quarantine": Resource("rows that could not be taken", sensitive=True),
    "queue": Resource("the list of screened records", sensitive=True),
    "record": Resource("one record with all that concerns it", sensitive=True),
    "sheet": Resource("inspection sheets", sensitive=True),
    "outcome": Resource("what an inspection found", sensitive=True),
    "whatif-rank": Resource("what would change a record's rank", sensitive=True),
    "rules": Resource("targeting rules"),
    "campaigns": Resource("campaigns and lookouts"),
    "models": Resource("models and severities"),
    "orders": Resource("orders and what was decided on them", sensitive=True),
    "customers": Resource("customers and their files", sensitive=True),
    "substances": Resource("substances, their law, list versions"),
    "lists": Resource("lists of parties and their versions"),
    "parties": Resource("looking a party up", sensitive=True),
    "clearings": Resource("clearings and dispositions of list alerts", sensitive=True),
    "entities": Resource("who is behind parties", sensitive=True),
    "watch": Resource("counts of harm and supply, alarms, answers"),
    "strategy": Resource("what a mix of measures would do, by a model"),
    "targets": Resource("indicators, targets, what was promised and what was paid"),
    "actions": Resource("what we set out to do, what was expected of it, and how it was scored"),
    "evaluations": Resource("designs and results of evaluations"),
    "fairness": Resource("burden and disparity by group"),
    "care": Resource("access to care, and where to place it"),
    "integrity": Resource("patterns in officers' decisions, and what became of them", sensitive=True),
    "watch-local": Resource("harm below the county", sensitive=True),
    "ledger": Resource("the ledger: entries, heads, verification"),
    "evidence": Resource("evidence packs for an outsider"),
    "requests": Resource("acts that wait for a second person", sensitive=True),
    "overrides": Resource("what one person did alone in an emergency, and its review", sensitive=True),
    "erasure": Resource("erasing personal data", sensitive=True),
    "reads": Resource("who read what, and for which purpose", sensitive=True),
    "users": Resource("people and their roles"),
    "tokens": Resource("tokens of programs"),
    "settings": Resource("settings and health of this installation"),
    "redress": Resource("requests by people affected", sensitive=True),
    "redress-intake": Resource("taking in what somebody affected asks", sensitive=True),
    "training": Resource("the training world and its score sheet"),
    "help": Resource("help pages"),
    "own": Resource("one's own session, purpose and password"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What some roles may do with some resources, and for which purposes (none named: any that the person has)."""

    roles: frozenset[str]
    resources: frozenset[str]
    actions: frozenset[str]
    why: str
    purposes: frozenset[str] = frozenset()


def _rule(roles: str, resources: str, actions: str, why: str, purposes: str = "") -> Rule:
    everyone = frozenset(ROLES) if roles == "*" else frozenset(roles.split())
    return Rule(everyone, frozenset(resources.split()), frozenset(actions.split()), why, frozenset(purposes.split()))


_CASES = "queue record sheet outcome parties entities clearings"
_ORDERS = "orders customers"
RULES: tuple[Rule, ...] = (
    _rule("*", "own help", "read act", "everybody has a session, a purpose and help"),
    _rule("*", "training", "read act", "everybody may train on invented data"),
    _rule(
        "viewer analyst officer supervisor inspector auditor",
        "board rates map coverage substances watch strategy", "read", "figures and law that name nobody",
    ),
    _rule("analyst supervisor inspector auditor", "strategy", "act", "whoever weighs a policy may run the model"),
    _rule(
        "viewer analyst officer supervisor inspector auditor",
        "targets actions evaluations fairness care", "read", "what is promised and what came of it is open",
    ),
    _rule("analyst supervisor", "targets actions evaluations care", "act", "an analyst proposes, measures and judges"),
    _rule("analyst supervisor inspector auditor", "fairness", "act", "whoever judges may run its tests again"),
    _rule("supervisor", "targets actions evaluations", "decide", "the second person on a locked target or an action"),
    _rule("inspector", "targets actions evaluations", "decide", "oversight agrees where the office is judged",
          "oversight"),
    _rule("supervisor inspector auditor", "targets actions evaluations fairness care", "export",
          "what leaves the house is answered for"),
    _rule("inspector", "integrity", "read act decide", "only oversight looks at patterns in officers' decisions",
          "oversight training"),
    _rule("analyst officer supervisor", _CASES, "read", "case work", "inspection investigation compliance training"),
    _rule("analyst officer supervisor", "rules campaigns models lists requests", "read", "what the work rests on"),
    _rule("analyst", "queue record parties clearings entities rules campaigns", "act", "an analyst proposes",
          "inspection investigation compliance training"),
    _rule("analyst", "intake quarantine", "read act", "an analyst brings data in"),
    _rule("analyst supervisor", "lists substances", "act", "lists are brought up to date"),
    _rule("analyst officer supervisor", "screen", "act", "whoever works on records may have some screened",
          "inspection investigation compliance training"),
    _rule("officer", "outcome queue record sheet", "act", "an officer records what was found",
          "inspection training"),
    _rule("officer supervisor", "campaigns", "act", "lookouts are set at the line", "inspection training"),
    _rule("officer", "rules", "act", "officers write what they know as rules; another person lets them act",
          "inspection training"),
    _rule("supervisor", "intake quarantine", "read act decide", "a supervisor answers for what comes in"),
    _rule("supervisor", f"{_CASES} rules campaigns models lists", "act decide",
          "a supervisor decides for the office", "inspection investigation compliance training"),
    _rule("supervisor auditor", "whatif-rank", "read", "oversight of ranking; every look is logged"),
    _rule("analyst supervisor", _ORDERS, "read act", "the work on orders", "compliance investigation training"),
    _rule("supervisor", _ORDERS, "decide", "the second person on an order", "compliance training"),
    _rule("analyst supervisor", "watch", "act", "counts are loaded, alarms told and answered",
          "health-response training"),
    _rule("supervisor", "watch", "decide", "an alarm's end is decided", "health-response training"),
    _rule("analyst supervisor", "watch-local", "read", "small areas serve the health response only",
          "health-response training"),
    _rule("inspector auditor", "watch-local", "read", "oversight checks how small areas were answered", "oversight"),
    _rule("supervisor", "watch-local", "decide", "health agrees to open a small area", "health-response"),
    _rule("inspector", "watch-local", "decide", "oversight agrees to open a small area", "oversight"),
    _rule("analyst officer supervisor", "requests", "act", "whoever works may ask for an act that needs two"),
    _rule("supervisor", "requests", "decide", "a supervisor is the second person"),
    _rule("supervisor inspector auditor", "overrides", "read", "what was done alone is looked at"),
    _rule("supervisor inspector", "overrides", "decide", "another person says whether it was justified"),
    _rule("analyst supervisor", "erasure", "read act", "what may be kept no longer is erased on request"),
    _rule("supervisor", "erasure", "decide", "a supervisor agrees to an erasure"),
    _rule("supervisor", "queue record orders watch board rates", "export", "what leaves the house is answered for"),
    _rule("inspector auditor", f"{_CASES} {_ORDERS} quarantine rules campaigns models lists requests redress", "read",
          "oversight sees what was decided", "oversight training"),
    _rule("inspector auditor", "ledger evidence reads", "read export", "oversight checks and takes proof away"),
    _rule("supervisor admin", "ledger", "read", "whoever answers for the house may see its ledger"),
    _rule("inspector auditor", "board rates", "export", "oversight takes figures away"),
    _rule("analyst supervisor", "redress", "read act", "somebody affected is answered", "redress training"),
    _rule("analyst officer supervisor", "redress-intake", "act",
          "whoever hears somebody affected takes the request in; reading it is another matter",
          "inspection redress training"),
    _rule("supervisor", "redress", "decide", "a supervisor decides a request", "redress training"),
    _rule("admin", "users tokens settings", "read act manage", "an admin keeps the system"),
    _rule("admin auditor inspector", "users tokens settings", "read", "who may do what is open to audit"),
)  # fmt: skip

#: roles that do not meet in one person, and why
APART: tuple[tuple[str, str, str], ...] = (
    ("admin", "supervisor", "who gives powers does not use the second signature"),
    ("admin", "inspector", "who gives powers does not check their use"),
    ("admin", "auditor", "who gives powers does not check their use"),
    *(
        (checker, worker, "who checks the work does not do it")
        for checker in ("inspector", "auditor")
        for worker in ("analyst", "officer", "supervisor")
    ),
)

_USUAL = {
    "officer": "inspection", "supervisor": "inspection", "analyst": "investigation", "inspector": "oversight",
    "auditor": "oversight", "admin": "administration", "viewer": "research",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is allowed, and the reason in words."""

    allowed: bool
    reason: str


def usual_purpose(roles: Iterable[str]) -> str:
    """Return the purpose that a person with `roles` starts with.

    >>> usual_purpose(["viewer", "officer"])
    'inspection'
    """
    held = set(roles)
    return next((purpose for role, purpose in _USUAL.items() if role in held), "research")


def purposes_of(roles: Iterable[str], rules: Iterable[Rule] = RULES) -> tuple[str, ...]:
    """Return the purposes that somebody with `roles` may name, in the order of `PURPOSES`.

    >>> purposes_of(["admin"])
    ('administration', 'training')
    """
    held = frozenset(roles)
    named = {purpose for rule in rules if held & rule.roles for purpose in rule.purposes}
    named |= {_USUAL[role] for role in held if role in _USUAL} | {"training"}
    return tuple(purpose for purpose in PURPOSES if purpose in named)


def matrix(rules: Iterable[Rule] = RULES) -> list[dict[str, str]]:
    """Return every role × resource × action: whether it is allowed, for which purposes, and why.

    Where it is, `purposes` names them (`any` where the rule names none); where not, `why` says that no rule allows it.
    """
    held = tuple(rules)
    return [
        _cell(role, resource, action, [r for r in held if _fits(r, role, resource, action)])
        for role in ROLES
        for resource in RESOURCES
        for action in ACTIONS
    ]


def _fits(rule: Rule, role: str, resource: str, action: str) -> bool:
    return role in rule.roles and resource in rule.resources and action in rule.actions


def _cell(role: str, resource: str, action: str, found: list[Rule]) -> dict[str, str]:
    purposes = sorted({purpose for rule in found for purpose in rule.purposes})
    everything = any(not rule.purposes for rule in found)
    return {
        "role": role,
        "resource": resource,
        "action": action,
        "allowed": "yes" if found else "no",
        "purposes": ("any" if everything else " ".join(purposes)) if found else "",
        "logged": "yes" if RESOURCES[resource].sensitive else "no",
        "why": "; ".join(dict.fromkeys(rule.why for rule in found)) or "no rule allows it",
    }


def verdict(roles: Iterable[str], resource: str, action: str, purpose: str, rules: Iterable[Rule] = RULES) -> Verdict:
    """Return whether somebody with `roles` may do `action` on `resource` for `purpose`.

    >>> verdict(["officer"], "outcome", "act", "inspection")
    Verdict(allowed=True, reason='an officer records what was found')
    >>> verdict(["viewer"], "record", "read", "research").allowed
    False
    """
    held = frozenset(roles)
    near = [r for r in rules if resource in r.resources and action in r.actions and held & r.roles]
    fits = [r for r in near if not r.purposes or purpose in r.purposes]
    if fits:
        return Verdict(True, fits[0].why)
    said = RESOURCES[resource].says if resource in RESOURCES else resource
    if near:
        named = sorted(frozenset().union(*(r.purposes for r in near)))
        return Verdict(
            False, f"To {action} – {said} – asks for the purpose {' or '.join(named)}, not {purpose or 'none'}."
        )
    mine = ", ".join(sorted(held)) or "nobody in particular"
    return Verdict(False, f"No rule lets {mine} {action}: {said}.")
