"""The places of the console, as the navigation shows them: one line per page."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GROUPS", "PLACES", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation.

    Args:
        name: what templates say in `here`.
        path: where it is.
        words: what it is called.
        icon: a vendored icon.
        resource: who may read it (or do `action` on it) sees it in the navigation.
        group: heading it stands under.
        key: letter that goes there after `g`.
        action: what one must be allowed to do there.
        instead_of: resource; who may read it does not see this place, because theirs leads here.
    """

    name: str
    path: str
    words: str
    icon: str
    resource: str
    group: str
    key: str = ""
    action: str = "read"
    instead_of: str = ""


GROUPS = ("Work", "Look up", "Judge", "House")
PLACES: tuple[Place, ...] = (
    Place("board", "/", "Board", "layout-dashboard", "board", "Judge", "b"),
    Place("today", "/today", "Today", "clipboard-list", "sheet", "Work", "t"),
    Place("queue", "/queue", "Queue", "list-filter", "queue", "Work", "q"),
    Place("rules", "/rules", "Rules", "target", "rules", "Work", "r"),
    Place("intake", "/intake", "Intake", "inbox", "coverage", "Work", "i"),
    Place("watch", "/watch", "Watch", "activity", "watch", "Work", "w"),
    Place("rates", "/rates", "Rates", "gauge", "rates", "Judge", "f"),
    Place("map", "/map", "Map", "map", "map", "Judge", "m"),
    Place("targets", "/targets", "Targets", "chart-line", "targets", "Judge", "j"),
    Place("strategy", "/strategy", "Strategy", "scale", "strategy", "Judge", "n"),
    Place("actions", "/actions", "Actions", "scroll-text", "actions", "Judge", "x"),
    Place("evaluations", "/evaluations", "Evaluations", "file-check", "evaluations", "Judge", "v"),
    Place("fairness", "/fairness", "Fairness", "badge-check", "fairness", "Judge", "d"),
    Place("care", "/care", "Care", "users", "care", "Judge", "c"),
    Place("orders", "/orders", "Orders", "shopping-cart", "orders", "Work", "o"),
    Place("redress", "/redress", "Redress", "hand-helping", "redress", "Judge", "e"),
    Place(
        "redress-intake", "/redress/new", "Take a request in", "hand-helping", "redress-intake", "Work", "e",
        action="act", instead_of="redress",
    ),
    Place("parties", "/parties", "Parties", "user-search", "parties", "Look up", "p"),
    Place("substances", "/substances", "Substances", "flask-conical", "substances", "Look up", "s"),
    Place("training", "/training", "Training", "graduation-cap", "training", "House", "y"),
    Place("admin", "/admin", "Admin", "settings", "users", "House", "a"),
    Place("help", "/help", "Help", "circle-help", "help", "House", "h"),
    Place("requests", "/requests", "Acts of two", "badge-check", "requests", "House", "u"),
    Place("oversight", "/oversight", "Oversight", "shield-alert", "integrity", "House", "z"),
    Place("audit", "/audit", "Audit", "shield-check", "ledger", "House", "l"),
)  # fmt: skip
