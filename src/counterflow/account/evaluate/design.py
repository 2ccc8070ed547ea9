"""An evaluation design: everything that could be chosen after seeing the outcomes, chosen before.

Written as TOML, read strictly: an unknown key is a spelling error, a missing choice is a choice left open.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from counterflow.account.evaluate.ask import Ask
from counterflow.account.evaluate.columns import named_columns, named_specials
from counterflow.account.given import Rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["ESTIMATORS", "PLACEBOS", "Design", "design_of_plan", "design_of_text", "read_design"]

ESTIMATORS = (
    "sdid", "sc", "asc", "did", "callaway-santanna", "sun-abraham", "imputation", "event-study", "its",
    "controlled-its",
)  # fmt: skip
PLACEBOS = ("space", "time", "leave-one-out")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEYS: dict[str, tuple[str, ...]] = {
    "": ("design", "title", "question", "who", "panel", "treatment", "analysis", "decision", "power"),
    "panel": ("source", "unit", "time", "outcome", "outcome_unit", "group", "cluster", "first_known"),
    "treatment": ("units", "start"),
    "analysis": (
        "estimators", "donors", "donor_rule", "exclude", "from", "to", "predictors", "special", "fit", "covariates",
        "control", "anticipation", "margin", "level", "placebos", "options",
    ),
    "decision": ("rule",),
    "power": ("smallest_effect", "method", "source", "waived"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One design as its author wrote it.

    Args:
        design: id.
        title: title.
        question: what is asked, in words.
        who: the office or role that registers it.
        source: which data, who keeps them, under which definition.
        unit: column of the unit.
        time: column of the period.
        outcome: column of the outcome.
        outcome_unit: what it counts.
        group: column of first treated periods, where units start apart.
        cluster: column of clusters.
        first_known: day from which anyone can know an outcome after the start.
        units: treated units, where they start together.
        start: their first treated period.
        estimators: two or more.
        donor_rule: who may be compared with, in words.
        margin: smallest effect that would have mattered.
        rule: what is done on which result.
        smallest_effect: effect that the design would find with 80 % power.
        power_waived: why no power was computed.
        more: the other choices of `[analysis]` and `[power]`, as written.
    """

    design: str
    title: str
    question: str
    who: str
    source: str
    unit: str
    time: str
    outcome: str
    outcome_unit: str
    group: str
    cluster: str
    first_known: dt.date | None
    units: tuple[str, ...]
    start: str
    estimators: tuple[str, ...]
    donor_rule: str
    margin: float | None
    rule: str
    smallest_effect: float | None
    power_waived: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def plan(self) -> str:
        """Return all of it as JSON, keys sorted: what is kept, and what the seal's digest is of."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=str)

    def digest(self) -> str:
        """Return the SHA-256 of the plan."""
        return hashlib.sha256(self.plan().encode()).hexdigest()

    def ask(self, rows: Rows, seed: int = 1) -> Ask:
        """Return the question to a panel that the design fixes.

        Args:
            rows: the panel's file, whose columns predictors must name.
            seed: of the placebo draws.

        Raises:
            UnknownName: a column of the design is not in the file.
        """
        more = self.more
        return Ask(
            methods=self.estimators,
            treated=self.units,
            start=self.start,
            donors=tuple(more.get("donors", ())),
            exclude=tuple(row["unit"] for row in more.get("exclude", ())),
            since=str(more.get("from", "")),
            until=str(more.get("to", "")),
            predictors=named_columns(rows, more.get("predictors", ())),
            special=named_specials(rows, more.get("special", ())),
            fit=str(more.get("fit", "")),
            control=more.get("control", "never"),
            covariates=named_columns(rows, more.get("covariates", ())),
            anticipation=more.get("anticipation", 0),
            margin=self.margin,
            level=more.get("level", 0.95),
            seed=seed,
            options={name: str(value) for name, value in more.get("options", {}).items()},
        )


def design_of_plan(plan: str) -> Design:
    """Return a design from the JSON that `Design.plan` wrote."""
    tree = json.loads(plan)
    known = tree["first_known"]
    return Design(
        **tree
        | {
            "first_known": dt.date.fromisoformat(known) if known else None,
            "units": tuple(tree["units"]),
            "estimators": tuple(tree["estimators"]),
        }
    )


def read_design(path: Path) -> Design:
    """Read a design from a TOML file.

    Raises:
        InputError: the file cannot be read, or a choice is missing, left open or contradicts another.
        UnknownName: a key, estimator or placebo that is not known.
    """
    try:
        return design_of_text(path.read_text("utf-8"), path)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"This is not text in UTF-8: {error}.", file=path) from error


def design_of_text(text: str, path: Path | None = None) -> Design:
    """Read a design from the text of a TOML file; see `read_design`."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"This is not TOML: {error}.", file=path, hint="Mend the line it names.") from error
    return _Reader(path, tree).design()


class _Reader:
    """Takes the parts of a design from a tree, naming file and key where one is wrong."""

    def __init__(self, path: Path | None, tree: Mapping[str, Any]) -> None:
        self.path = path
        self.tree = tree
        for part, keys in _KEYS.items():
            for name in self.part(part):
                if name not in keys:
                    raise UnknownName(f"key of {part or 'a design'}", name, keys, file=path)

    def design(self) -> Design:
        """Return the design, everything checked."""
        analysis = dict(self.part("analysis"))
        name = self.text("", "design")
        if not _ID.fullmatch(name):
            raise self.wrong("An id is 1 to 64 letters, digits, dots, dashes or underscores.", "design", name)
        made = Design(
            design=name, title=self.text("", "title"), question=self.text("", "question"), who=self.text("", "who"),
            source=self.text("panel", "source"), unit=self.text("panel", "unit"), time=self.text("panel", "time"),
            outcome=self.text("panel", "outcome"), outcome_unit=self.text("panel", "outcome_unit"),
            group=self.text("panel", "group", needed=False), cluster=self.text("panel", "cluster", needed=False),
            first_known=self.day("panel", "first_known"), units=self.texts("treatment", "units"),
            start=self.text("treatment", "start", needed=False), estimators=self.estimators(),
            donor_rule=self.text("analysis", "donor_rule"), margin=self.number("analysis", "margin"),
            rule=self.text("decision", "rule"), smallest_effect=self.number("power", "smallest_effect"),
            power_waived=self.text("power", "waived", needed=False),
            more={k: v for k, v in analysis.items() if k not in {"estimators", "donor_rule", "margin"}}
            | {f"power_{k}": v for k, v in self.part("power").items() if k in {"method", "source"}},
        )  # fmt: skip
        self.hold_together(made)
        return made

    def hold_together(self, made: Design) -> None:
        """Refuse a design whose choices contradict each other or are left open."""
        if bool(made.group) == bool(made.units and made.start):
            hint = "Write [treatment] units and start, or panel.group, the column of each unit's first treated period."
            raise self.wrong("Who is treated from when on is said once.", "treatment", hint=hint)
        if made.smallest_effect is None and not made.power_waived:
            hint = "Run counterflow account design power, or write waived = with the reason."
            raise self.wrong("Power is computed before the start, or waived with words.", "power", hint=hint)
        if made.margin is not None and made.margin <= 0:
            raise self.wrong("A margin is above 0.", "analysis.margin", made.margin)
        for row in made.more.get("exclude", ()):
            if not isinstance(row, dict) or set(row) != {"unit", "why"}:
                hint = 'Write exclude = [{unit = "Alaska", why = "…"}].'
                raise self.wrong("An exclusion names a unit and why.", "analysis.exclude", row, hint=hint)
            if row["unit"] in made.units:
                raise self.wrong("A treated unit is excluded.", "analysis.exclude", row["unit"])
        for name in made.more.get("placebos", ()):
            if name not in PLACEBOS:
                raise UnknownName("kind of placebo", str(name), PLACEBOS, file=self.path)
        if made.more.get("control", "never") not in {"never", "notyet"}:
            raise UnknownName("control", str(made.more["control"]), ("never", "notyet"), file=self.path)
        open_text = next((v for v in _texts_in(asdict(made)) if re.search(r"<[^<>]+>", v)), None)
        if open_text:
            raise self.wrong("This is still to be completed.", None, open_text, hint="Replace what stands in < >.")

    def part(self, name: str) -> Mapping[str, Any]:
        """Return a table of the file; the file itself where `name` is empty."""
        found = self.tree.get(name, {}) if name else self.tree
        if not isinstance(found, dict):
            raise self.wrong(f"[{name}] is a table.", name, found)
        return found

    def estimators(self) -> tuple[str, ...]:
        """Return the estimators: two at least, since one alone cannot be contradicted."""
        names = self.texts("analysis", "estimators")
        for name in names:
            if name not in ESTIMATORS:
                raise UnknownName("estimator", name, ESTIMATORS, file=self.path)
        if len(set(names)) <= 1:
            hint = f"Name two that rest on different assumptions, of {', '.join(ESTIMATORS)}."
            raise self.wrong("A design names at least two estimators.", "analysis.estimators", hint=hint)
        return names

    def text(self, part: str, name: str, *, needed: bool = True) -> str:
        """Return a text."""
        value = self.part(part).get(name, "")
        value = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(value, dt.date):
            value = value.isoformat()
        if not isinstance(value, str) or (needed and not value.strip()):
            raise self.wrong("A design needs this, in words.", f"{part}.{name}".lstrip("."), value)
        return value.strip()

    def texts(self, part: str, name: str) -> tuple[str, ...]:
        """Return a list of texts, empty where there is none."""
        value = self.part(part).get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.wrong(f'This is a list: {name} = ["…", "…"].', f"{part}.{name}", value)
        return tuple(v.strip() for v in value)

    def number(self, part: str, name: str) -> float | None:
        """Return a number, None where there is none."""
        value = self.part(part).get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise self.wrong("This is a number.", f"{part}.{name}", value)
        return None if value is None else float(value)

    def day(self, part: str, name: str) -> dt.date | None:
        """Return a day, None where there is none."""
        value = self.part(part).get(name)
        if value is not None and type(value) is not dt.date:
            hint = f"Write it without quotes, as {name} = 2027-04-01."
            raise self.wrong("This is a day.", f"{part}.{name}", value, hint=hint)
        return value

    def wrong(self, words: str, column: str | None, value: object = None, *, hint: str = "") -> InputError:
        """Return the error that names file and key."""
        return InputError(words, file=self.path, column=column, value=value, hint=hint)


def _texts_in(tree: object) -> Sequence[str]:
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, dict):
        return [text for value in tree.values() for text in _texts_in(value)]
    if isinstance(tree, list | tuple):
        return [text for value in tree for text in _texts_in(value)]
    return []
