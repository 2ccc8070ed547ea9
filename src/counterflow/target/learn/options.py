"""What may be decided about learning, all of it recorded with the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from counterflow.core.errors import ConfigError, nearest
from counterflow.core.settings import TargetSettings

__all__ = ["LearnOptions"]


def _stated_severity() -> dict[str, float]:
    return dict(TargetSettings().severity)


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """How a model is learnt.

    Args:
        severity: harm class to severity points; says which classes are of the top tier.
        top_at: points from which a class is of the top tier.
        top_weight: what a find of the top tier counts in the default order beside any find (see `rank.default_score`).
        trees, leaves, rate, least_rows: size of the forest for any find; its learning rate; fewest rows in a leaf.
        top_trees, top_leaves, top_least_rows: size of the forests for the top tier.
        enough_finds: finds, and inspections without one, that a forest needs; below, past rates are used.
        encoding: how training rows are told the past: ``cross`` (all of it but their own fold: histories as full as
            those to be scored), ``past`` (what was known on their own day) or ``auto``: ``cross`` where nine in ten
            inspections were drawn by chance, so that labels say nothing about how rows were chosen, else ``past``.
        folds: folds of ``cross``.
        weight_clip: most that the row of a random draw counts beside a targeted one; 1 ignores how rows were chosen.
        calibration: ``platt``, ``isotonic`` or ``none``.
        held_out: share of the latest inspections on which probabilities are calibrated.
        delay_days: an outcome is seen this many days later than it became known.
        without: columns left out of every feature.
        trust_limit: keys of which the values differ so little beyond chance that they need this many inspections to
            say anything are left out; 0 keeps all.
    """

    severity: Mapping[str, float] = field(default_factory=_stated_severity)
    top_at: float = 40.0
    top_weight: float = 20.0
    trees: int = 300
    leaves: int = 127
    rate: float = 0.05
    least_rows: int = 5
    top_trees: int = 150
    top_leaves: int = 15
    top_least_rows: int = 20
    enough_finds: int = 20
    encoding: Literal["auto", "cross", "past"] = "auto"
    folds: int = 10
    weight_clip: float = 4.0
    calibration: Literal["platt", "isotonic", "none"] = "platt"
    held_out: float = 0.2
    delay_days: int = 0
    without: frozenset[str] = frozenset()
    trust_limit: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not 0 < self.held_out < 1 or self.top_weight < 0 or self.weight_clip < 1 or self.folds < 2:
            raise ConfigError(
                "Learning needs 0 < held_out < 1, top_weight >= 0, weight_clip >= 1 and at least 2 folds.",
                hint="See LearnOptions in docs/methods/targeting-model.md.",
            )

    @classmethod
    def fast(cls, **changed: Any) -> LearnOptions:
        """Return options for many fits on a few thousand inspections: small forests, no calibration."""
        small: dict[str, Any] = {
            "trees": 60, "leaves": 15, "least_rows": 10, "rate": 0.1, "top_trees": 30, "top_leaves": 7,
            "encoding": "past", "calibration": "none",
        }  # fmt: skip
        return cls(**small | changed)

    def top(self, classes: Iterable[str]) -> tuple[str, ...]:
        """Return those of `classes` that are of the top tier, in order.

        Raises:
            ConfigError: a class has no severity.

        >>> LearnOptions().top(["drug", "revenue"])
        ('drug',)
        """
        names = sorted(classes)
        for name in names:
            if name not in self.severity:
                close = nearest(name, self.severity, 1)
                raise ConfigError(
                    f"Outcomes of harm class {name!r} have no severity.",
                    hint=f"Write it under [target.severity]{f', or mend it to {close[0]!r}' if close else ''}.",
                )
        return tuple(name for name in names if self.severity[name] >= self.top_at)

    def to_json(self) -> str:
        """Return it as text that `from_json` reads."""
        plain = asdict(self) | {"severity": dict(self.severity), "without": sorted(self.without)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> LearnOptions:
        """Read what `to_json` wrote."""
        said: dict[str, Any] = json.loads(text)
        return cls(**said | {"without": frozenset(said["without"])})
