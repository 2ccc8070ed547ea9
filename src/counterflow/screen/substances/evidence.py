"""What the fields of one item say: substances met, each with its strongest evidence and every span, and what is wrong.

Several fields may speak of one substance (a name and its CAS number): the strongest decides, all are told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from counterflow.reference.class_rules import ClassRule

__all__ = ["SHOWN", "ClassFinding", "Described", "Fault", "Item", "Met", "Reach", "Weight"]

#: characters of a value that are quoted
SHOWN = 80


#: Whether an entry (id of its instrument, what it extends to) reaches the form met: yes, no (left out by name), or None
#: (the text does not decide), and why.
Reach: TypeAlias = Callable[[str, Collection[str]], tuple[bool | None, str]]


class Weight(IntEnum):
    """How much evidence is worth for a verdict, weakest first."""

    ELSEWISE = 1  # named, but as something else: a test kit, "free of"
    DOUBTFUL = 2  # an ambiguous word, or weakened by what stands beside it
    SURE = 3


@dataclass(slots=True)
class Met:
    """One substance met in one item.

    Args:
        substance: its id.
        weight: of the strongest evidence.
        spans: field and place of all evidence.
        words: what was met, strongest first, in words.
        reach: whether an entry of law reaches the form met (a salt, an isomer); None where the substance itself was
            met. Only of the strongest evidence.
    """

    substance: str
    weight: Weight
    spans: list[str]
    words: list[str]
    reach: Reach | None = None

    def add(self, weight: Weight, spans: list[str], words: str, reach: Reach | None = None) -> None:
        """Add further evidence of the same substance."""
        self.spans += [span for span in spans if span not in self.spans]
        if weight > self.weight or (weight == self.weight and self.reach and not reach):
            self.words.insert(0, words)
            self.weight, self.reach = weight, reach
        elif words not in self.words:
            self.words.append(words)


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that cannot be read as what it should be; `substance`: the one probably meant, else empty."""

    field: str
    span: str
    words: str
    substance: str = ""


@dataclass(frozen=True, slots=True)
class ClassFinding:
    """What one class rule says of a structure: IN, OUT or UNCLEAR, what stands at its sites, and one sentence."""

    rule: ClassRule
    verdict: str
    sites: str
    reason: str


@dataclass(frozen=True, slots=True)
class Described:
    """A structure, and the class rules that describe it.

    Args:
        span: where it was given.
        words: what was given, in words.
        substance: id of the listed substance that it is; empty where it is none.
        findings: what the class rules say of it, one at least IN or UNCLEAR.
    """

    span: str
    words: str
    substance: str
    findings: tuple[ClassFinding, ...]


@dataclass(slots=True)
class Item:
    """All that was found in one item.

    Args:
        met: substances by id, in the order met.
        described: structures given, with the class rules that speak of them.
        faults: fields that could not be read.
        notes: what else a person should know.
        said: field to the substances that it names for sure; told where they disagree.
    """

    met: dict[str, Met] = field(default_factory=dict)
    described: list[Described] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    said: dict[str, set[str]] = field(default_factory=dict)

    def add(
        self,
        source: str,
        substance: str,
        weight: Weight,
        places: list[tuple[int, int]],
        words: str,
        reach: Reach | None = None,
    ) -> None:
        """Add evidence of a substance met in the field `source` at these places."""
        spans = [f"{source}:{start}-{end}" for start, end in places]
        if weight is Weight.SURE:
            self.said.setdefault(source, set()).add(substance)
        known = self.met.get(substance)
        if known is None:
            self.met[substance] = Met(substance, weight, spans, [words], reach)
        else:
            known.add(weight, spans, words, reach)

    def disagreement(self) -> str:
        """Return which fields name different substances, in words; empty where they agree."""
        fields = list(self.said.items())
        for place, (one, named) in enumerate(fields):
            for other, also in fields[place + 1 :]:
                if not named & also:
                    return (
                        f"the fields disagree: {one} says {', '.join(sorted(named))},"
                        f" {other} says {', '.join(sorted(also))}"
                    )
        return ""
