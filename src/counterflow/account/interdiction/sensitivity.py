"""How well an inspection detects what is there, and how that doubt reaches the estimate.

An inspection that finds nine of ten leaves one; a rate among inspected records is then a tenth too low.
Sensitivity comes from *blind re-inspection or planted items* (k found of m known ones), from a *stated prior*
(a Beta distribution), or, when nobody tested it, from the detection rate that the capacity file declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterflow.account.interdiction.intervals import Share, beta_interval, clopper_pearson
from counterflow.core.errors import UsageError

__all__ = ["DECLARED_WORTH", "Sensitivity", "correct_for", "parse_sensitivity", "sample_level"]

#: A declared detection rate is believed as much as this many blind tests would be: our judgement; blind tests that
#: were made (`account.sensitivity_found` of `account.sensitivity_of`) take its place.
DECLARED_WORTH = 20.0

#: Part of the error probability given to the sample; the rest goes to sensitivity. Any split keeps the level;
#: most of the width comes from the sample, so most of the allowance goes there.
_SAMPLE_PART = 0.8


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The chance that inspecting a violative record finds it, with its doubt.

    Args:
        kind: known (taken as certain), tested (k of m), prior (Beta), declared (capacity file), unstated
            (taken as 1).
        value: point, in (0, 1].
        hits: k of tested; a of the Beta of prior and declared.
        misses: m - k of tested; b of the Beta.
        words: where it comes from, in words.
    """

    kind: Literal["known", "tested", "prior", "declared", "unstated"]
    value: float
    hits: float
    misses: float
    words: str

    @classmethod
    def tested(cls, found: int, of: int) -> Sensitivity:
        """Return what blind re-inspection or planted items showed: `found` of `of` known ones."""
        if not 0 < found <= of:
            raise UsageError(
                f"Sensitivity from blind tests needs 0 < found <= tested, not {found} of {of}.",
                hint="With none of the planted items found nothing can be corrected: mend the inspection.",
            )
        return cls("tested", found / of, found, of - found, f"{found} of {of} blind tests found")

    @classmethod
    def prior(cls, a: float, b: float) -> Sensitivity:
        """Return a stated prior Beta(a, b), both at least 1."""
        if not (a >= 1 and b >= 1):
            raise UsageError(f"A Beta prior needs both parameters at least 1, not {a:g} and {b:g}.")
        return cls("prior", a / (a + b), a, b, f"stated prior Beta({a:g}, {b:g})")

    @classmethod
    def known(cls, value: float = 1.0) -> Sensitivity:
        """Return a sensitivity taken as certain: for planted data whose truth is known."""
        if not 0 < value <= 1:
            raise UsageError(f"A sensitivity lies above 0 and at most at 1, not {value:g}.")
        return cls("known", value, 0.0, 0.0, f"taken as {value:g}, without doubt")

    @classmethod
    def declared(cls, rate: float | None, worth: float = DECLARED_WORTH) -> Sensitivity:
        """Return the capacity file's rate, believed as `worth` blind tests; 1 is taken at its word."""
        if rate is None or not rate > 0:
            words = "not stated, so taken as 1: what inspection cannot find is not in these figures"
            return cls("unstated", 1.0, 0.0, 0.0, words)
        if rate >= 1:
            return cls("declared", 1.0, 0.0, 0.0, "declared as 1 in the capacity file, untested")
        words = f"declared as {rate:.3g} in the capacity file, believed as {worth:g} blind tests"
        return cls("declared", rate, rate * worth, (1 - rate) * worth, words)

    @property
    def certain(self) -> bool:
        """True where no doubt about it is carried."""
        return self.hits == 0 and self.misses == 0

    def interval(self, level: float) -> tuple[float, float]:
        """Return its interval: Clopper-Pearson when tested, central Beta when a prior."""
        if self.certain:
            return self.value, self.value
        if self.kind == "tested":
            return clopper_pearson(self.hits, self.hits + self.misses, level)
        low, high = beta_interval(self.hits, self.misses, level)
        return min(low, self.value), max(high, self.value)

    def as_dict(self, level: float) -> dict[str, object]:
        """Return plain data for JSON."""
        low, high = self.interval(level)
        return {"kind": self.kind, "value": self.value, "low": low, "high": high, "words": self.words}


def sample_level(sensitivity: Sensitivity, level: float) -> float:
    """Return the level that the sample's own interval must have, so that the corrected one keeps `level`."""
    return level if sensitivity.certain else 1 - (1 - level) * _SAMPLE_PART


def correct_for(apparent: Share, sensitivity: Sensitivity, level: float) -> Share:
    """Return the true share behind an apparent one, made with `sample_level(sensitivity, level)`.

    Rogan & Gladen, Am J Epidemiol 107 (1978) 71-76, with specificity 1, since only confirmed finds count:
    true = apparent / sensitivity. The interval divides end by end, with the error probability split between
    the two parts (Bonferroni), so it keeps its level whenever both parts keep theirs. Lang & Reiczigel, Prev
    Vet Med 113 (2014) 13-22 give a shorter one for normal-sized samples; at zero to three finds theirs is not
    guaranteed, this is.
    """
    low_se, high_se = sensitivity.interval(1 - (1 - level) * (1 - _SAMPLE_PART))
    value = None if apparent.value is None else min(apparent.value / sensitivity.value, 1.0)
    low = min(apparent.low / high_se, 1.0)
    high = min(apparent.high / low_se, 1.0) if low_se > 0 else 1.0
    return Share(value, low, high, apparent.effective_n)


def parse_sensitivity(text: str) -> Sensitivity:
    """Read a sensitivity as a user writes it: ``18/20`` (tested), ``beta:18,2`` (prior) or ``0.9`` (known).

    >>> parse_sensitivity("18/20").value
    0.9
    """
    try:
        if "/" in text:
            found, tested = text.split("/")
            return Sensitivity.tested(int(found), int(tested))
        if text.startswith("beta:"):
            a, b = text.removeprefix("beta:").split(",")
            return Sensitivity.prior(float(a), float(b))
        return Sensitivity.known(float(text))
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a sensitivity.",
            hint="Write 18/20 (found of blind tests), beta:18,2 (a stated prior) or 0.9 (taken as known).",
        ) from error
