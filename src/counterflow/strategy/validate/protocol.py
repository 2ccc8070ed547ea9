"""The protocol: which tests there are, in which order they run, and what they say together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterflow.core.errors import UnknownName
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import shipped
from counterflow.strategy.validate import (
    arithmetic,
    facts,
    forward,
    held_out,
    history,
    others,
    policies,
    published_engine,
)
from counterflow.strategy.validate.pages import figure
from counterflow.strategy.validate.published import published
from counterflow.strategy.validate.rows import Row, bars
from counterflow.strategy.validate.setting import Setting

__all__ = ["TESTS", "Told", "validate"]

#: the tests in the order they run; each gives its rows
TESTS: dict[str, Callable[[Setting], list[Row]]] = {
    "V1": published_engine.check,
    "V2": history.check,
    "V3": held_out.check,
    "V4": policies.check,
    "V5": forward.check,
    "V6": facts.check,
    "V7": facts.check_1992,
    "V8": others.check,
    "V9": arithmetic.check,
}


@dataclass(frozen=True)
class Told:
    """What the validation found.

    Args:
        rows: one line of each bar.
        about: version of the model, posterior, draws, seed, what was held against.
        quick: whether it was the short form.
    """

    rows: tuple[Row, ...]
    about: dict[str, Any]
    quick: bool

    @property
    def missed(self) -> tuple[Row, ...]:
        """Rows whose bar is missed."""
        return tuple(each for each in self.rows if each.passed is False)

    @property
    def said(self) -> tuple[str, ...]:
        """What a person must know, in words."""
        met = sum(each.passed is True for each in self.rows)
        open_ = [each.id for each in self.rows if each.verdict == "not judged"]
        words = [f"{met} bars met, {len(self.missed)} missed, {len(open_)} not judged. All values are model estimates."]
        words += [f"MISSED {r.id}: {figure(r.value)} {r.unit}, bar {r.bar}. {r.note}" for r in self.missed]
        words += ["Not judged: " + ", ".join(open_) + " (reasons in the rows' notes)."] if open_ else []
        words += ["Short form: fewer draws and tests; run it without --quick for the gate."] if self.quick else []
        return tuple(words)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        passed = [each.passed for each in self.rows]
        counts = {"met": passed.count(True), "missed": passed.count(False), "open": passed.count(None)}
        return self.about | counts | {"said": list(self.said), "rows": [each.as_dict() for each in self.rows]}


def validate(*, quick: bool = False, only: tuple[str, ...] = (), folder: Path | None = None, seed: int = 1) -> Told:
    """Run the protocol.

    Args:
        quick: the short form.
        only: ids of tests ("V2") or bars ("V2.mean_error"); all if empty.
        folder: published results with full digits in place of those shipped.
        seed: seed of draws and intervals.

    Raises:
        UnknownName: a test or bar that there is none of.
        InputError: the folder is not what it should be.
    """
    wanted = _wanted(only)
    setting = Setting(quick=quick, seed=seed, reference=published(folder))
    rows = [row for test in TESTS if test in wanted for row in TESTS[test](setting)]
    if only:
        rows = [row for row in rows if row.test in only or any(row.id == x or row.id.startswith(x + ".") for x in only)]
    fitted = shipped()
    about = {
        "model_version": parameters().version, "posterior": fitted.about if fitted else None, "draws": setting.count,
        "seed": seed, "held_against": setting.reference.source, "quick": quick,
    }  # fmt: skip
    return Told(tuple(rows), about, quick)


def _wanted(only: tuple[str, ...]) -> set[str]:
    known = [*TESTS, *bars()]
    for name in only:
        if name not in known and not name.startswith("V2.series.") and not name.startswith("V8.other."):
            raise UnknownName("test or bar of the validation", name, known)
    return {name.partition(".")[0] for name in only} or set(TESTS)
