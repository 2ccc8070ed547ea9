"""One line per rule of a simple check: what it is called, how much it weighs, and what it says.

Checks on whole columns decide by masks; what a finding of each rule looks like stands in one table per check,
so that its codes, strengths and sentences are read side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from counterflow.core.check import Code, Resources
from counterflow.core.errors import ConfigError, nearest
from counterflow.screen.masks import findings_where, told

__all__ = ["Rule", "by_code", "codes_of", "own_settings"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a check.

    Args:
        code: code of its findings.
        harm_class: harm class of its findings.
        strength: strength of its findings.
        field: column it speaks of.
        sentence: what a finding says; ``{}`` stands for the figure.
        means: one line on what the code means.
    """

    code: str
    harm_class: str
    strength: float
    field: str
    sentence: str
    means: str

    def found(
        self, mask: pa.Array, batch: pa.RecordBatch, figures: pa.Array | None = None, **columns: object
    ) -> pa.RecordBatch:
        """Return its findings on the rows of `mask`.

        Args:
            mask: booleans, one per row.
            batch: the check's input.
            figures: what stands for ``{}`` in the sentence, and is quoted; None where it has none.
            columns: other columns of a finding.
        """
        if figures is not None:
            before, _, behind = self.sentence.partition("{}")
            columns = {"sentence": told(before, figures, behind), "matched": told(figures), **columns}
        values: dict[str, object] = {"sentence": self.sentence, "strength": self.strength, **columns}
        return findings_where(mask, batch, code=self.code, harm_class=self.harm_class, field=self.field, **values)


def by_code(*rules: Rule) -> Mapping[str, Rule]:
    """Return the rules by code."""
    return {rule.code: rule for rule in rules}


def codes_of(rules: Mapping[str, Rule]) -> tuple[Code, ...]:
    """Return what the rules can find, as a check lists it."""
    return tuple(Code(rule.code, rule.harm_class, rule.means) for rule in rules.values())


def own_settings(resources: Resources, check: str, known: Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """Return a check's own settings, each held against the values it may have.

    Args:
        resources: what the check is made from.
        check: id of the check.
        known: setting to the values it may have, the first being the default; None where it has no settings.

    Raises:
        ConfigError: a setting that the check does not have, or a value that it may not have.
    """
    allowed = {name: tuple(values) for name, values in (known or {}).items()}
    settings = {name: values[0] for name, values in allowed.items()}
    for name, value in resources.settings.get(check, {}).items():
        if name not in allowed:
            close = nearest(name, allowed) or sorted(allowed)
            hint = f"It has {', '.join(close)}." if close else "It has none; remove the line."
            raise ConfigError(f"The check {check!r} has no setting {name!r}.", hint=hint)
        if value not in allowed[name]:
            raise ConfigError(
                f"Setting {name} = {value!r} of the check {check!r} does not fit.",
                hint=f"Use {' or '.join(repr(v) for v in allowed[name])}.",
            )
        settings[name] = str(value)
    return settings
