"""What a pack holds: indicators, targets with their readings, claims, actuals, commitments, steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from counterflow.account.indicators.amounts import Amount
from counterflow.account.indicators.days import Period

__all__ = [
    "DIRECTIONS",
    "KINDS",
    "Actual",
    "Baseline",
    "Break",
    "Claim",
    "Commitment",
    "Indicator",
    "Milestone",
    "Pack",
    "Problem",
    "Reading",
    "Step",
    "Target",
]

KINDS = ("input", "output", "outcome", "counter", "rate")
DIRECTIONS = ("up", "down")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a pack that does not hold.

    Args:
        target: id of the target, or of whatever else it is about; "" for the pack.
        key: what is wrong in it.
        value: what stands there, as text.
        code: short name of the kind of problem.
        problem: in words.
        hint: what to do.
        severity: error | warning | note.
        line: in the file; None where not known.
    """

    target: str
    key: str
    value: str
    code: str
    problem: str
    hint: str
    severity: str
    line: int | None

    def as_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Break:
    """A day on which the definition of an indicator changed; `linked` where the series was carried over it."""

    on: dt.date
    words: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured.

    Args:
        id: its name in the pack.
        words: what it is called.
        unit: of its values.
        kind: input | output | outcome | counter | rate.
        direction: up | down: which way is better.
        definition: version of its definition.
        meaning: the definition in words.
        source: who counts it.
        as_of: last day of the data that the source had.
        owner: who answers for it.
        sdg: targets of the Sustainable Development Goals that it serves.
        breaks: days on which its definition changed.
        outcome: of an output: indicator of the result that it stands beside.
        counter: of an output: indicator of what it may do harm to.
        rate: of an output: indicator of the share of all there is.
        series: name of a series that this house holds already; "" for none.
        stated: the unit as it was written, with what it multiplies by: `million doses`.
    """

    id: str
    words: str = ""
    unit: str = ""
    kind: str = ""
    direction: str = ""
    definition: str = ""
    meaning: str = ""
    source: str = ""
    as_of: Period | None = None
    owner: str = ""
    sdg: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    outcome: str = ""
    counter: str = ""
    rate: str = ""
    series: str = ""
    stated: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a target starts from."""

    amount: Amount
    period: Period | None
    source: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A value that should be reached on the way."""

    period: Period
    amount: Amount


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which a target can be read.

    Args:
        id: "" for the only one.
        amount: what is to be reached; None where only a relative change is promised and no baseline is known.
        deadline: by when.
        words: why it can be read so.
    """

    id: str
    amount: Amount | None
    deadline: Period
    words: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Something promised.

    Args:
        id: its name in the pack.
        indicator: what is measured.
        readings: one, or each way in which the promise can be read; none where it cannot be read at all.
        baseline: where it starts.
        milestones: values on the way, by day.
        change: relative change promised, as a share (+1.0 for `increased by 100 %`); None where none is.
        form: level | cumulative | any-time: when it counts as reached.
        quote: the words in which it was promised.
        document: where those words stand.
        row: id of the row in the list of recommendations.
        owner: who answers for it.
        source: who says so.
        lock: day from which expectations do not change any more.
        line: in the file.
        sound: whether nothing that is an error was found in it.
    """

    id: str
    indicator: str
    readings: tuple[Reading, ...] = ()
    baseline: Baseline | None = None
    milestones: tuple[Milestone, ...] = ()
    change: float | None = None
    form: str = "level"
    quote: str = ""
    document: str = ""
    row: str = ""
    owner: str = ""
    source: str = ""
    lock: dt.date | None = None
    line: int | None = None
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that a document states: no promise, to be held against what was counted."""

    id: str
    indicator: str
    amount: Amount | None
    period: Period | None
    quote: str = ""
    document: str = ""
    row: str = ""
    source: str = ""
    note: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Actual:
    """What was counted for a period."""

    indicator: str
    period: Period
    amount: Amount
    low: float | None = None
    high: float | None = None
    source: str = ""
    as_of: dt.date | None = None
    definition: str = ""
    note: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a partner undertook, and how long requests to them wait."""

    id: str
    partner: str
    promise: str
    due: Period | None = None
    indicator: str = ""
    answer_days: float | None = None
    requests: tuple[tuple[dt.date, dt.date | None], ...] = ()
    quote: str = ""
    row: str = ""
    source: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was mandated: when it was due and when it was done, so that slip is a number of days."""

    id: str
    words: str
    due: Period | None
    done: Period | None = None
    expected: Period | None = None
    mandate: str = ""
    quote: str = ""
    row: str = ""
    source: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """A set of targets, as read from one file.

    Args:
        name: what it is called.
        title: in words.
        edition: of which day.
        tolerance: share by which an actual may deviate from what was expected before a note is due.
        fiscal: first month of its fiscal years.
        due_days: days after the end of a period by which its actual is due; None where nothing is said.
        template: whether it is a form to fill in: what is not filled in yet is a note, not an error.
        indicators: by id.
        targets: what is promised.
        claims: numbers that are stated.
        actuals: what was counted, as far as the pack holds it.
        commitments: what partners undertook.
        steps: what was mandated.
        sources: titles by id.
        problems: all that does not hold.
        sha256: of its text.
    """

    name: str
    title: str = ""
    edition: str = ""
    tolerance: float = 0.1
    fiscal: int = 10
    due_days: int | None = None
    template: bool = False
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    claims: tuple[Claim, ...] = ()
    actuals: tuple[Actual, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    steps: tuple[Step, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    sha256: str = ""

    @property
    def ok(self) -> bool:
        """Return whether nothing in it is an error."""
        return not any(one.severity == "error" for one in self.problems)
