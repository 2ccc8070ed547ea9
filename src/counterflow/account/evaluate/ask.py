"""What is asked of a panel: units, first treated period, estimators, choices. A registered design asks the same way."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Ask", "Special"]


@dataclass(frozen=True, slots=True)
class Special:
    """A predictor averaged over its own periods, as `special.predictors` of R's Synth.

    Args:
        column: the column.
        singles: places of single periods.
        span: first and last place of a range, or None.
        words: as it was written.
    """

    column: str
    singles: frozenset[float]
    span: tuple[float, float] | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to a panel.

    Args:
        methods: names of the estimators, in the order they are printed.
        treated: names as the user gave them (one text may name several between commas).
        start: first treated period.
        donors: the only units to compare with; all others where empty.
        exclude: units to leave out.
        since: first period to use; the panel's where empty.
        until: last period to use.
        predictors: columns averaged over the periods before the start, for synthetic control.
        special: predictors averaged over their own periods.
        fit: the periods over which predictor weights are chosen; see `predictors.fit_window`.
        control: never or notyet, for staggered methods.
        covariates: columns for staggered methods.
        anticipation: periods before the start in which it may already act.
        margin: the largest effect that counts as none, for an equivalence test; None where not asked.
        placebos: most placebo assignments to draw; all of them where there are fewer.
        seed: of the draws.
        level: coverage of the intervals.
        breaks: whether to run placebos in time and leave-one-out too.
        options: what only one method takes, by name.
    """

    methods: tuple[str, ...]
    treated: tuple[str, ...] = ()
    start: str = ""
    donors: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    predictors: tuple[str, ...] = ()
    special: tuple[Special, ...] = ()
    fit: str = ""
    control: str = "never"
    covariates: tuple[str, ...] = ()
    anticipation: int = 0
    margin: float | None = None
    placebos: int = 500
    seed: int = 1
    level: float = 0.95
    breaks: bool = True
    options: dict[str, str] = field(default_factory=dict)
