"""V1: given the published parameters and inputs, does our engine give the published base run?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterflow.strategy.validate.rows import Row, row, unjudged
from counterflow.strategy.validate.setting import Setting, end_of

__all__ = ["check"]

Floats = npt.NDArray[np.float64]
_AS_OF = end_of(2020)
_PARTS = {
    "V1.treatment": ("on_methadone", "on_buprenorphine", "on_naltrexone", "buprenorphine_demand_met"),
    "V1.naloxone": ("kits_used", "naloxone_at_hand"),
    "V1.others": (
        "overdose_deaths", "overdose_deaths_rx", "overdose_deaths_illicit", "nonfatal_overdoses", "rx_misuse",
        "rx_disorder_no_illicit", "rx_disorder_with_illicit", "occasional_illicit", "illicit_disorder", "disorder",
    ),
}  # fmt: skip


def check(setting: Setting) -> list[Row]:
    """Return the rows of V1; without the folder of the published run they are not judged."""
    folder = setting.reference.folder
    if folder is None:
        why = "the published inputs and base run are not shipped; give their folder with --reference"
        return [unjudged(bar, why, as_of=_AS_OF) for bar in _PARTS]
    from counterflow.strategy.model.published_run import PUBLISHED_NAMES, published_run

    run, published = published_run(folder)
    return [_row(bar, {name: (run.of(name)[0], published[PUBLISHED_NAMES[name]]) for name in names}, run.years)
            for bar, names in _PARTS.items()]  # fmt: skip


def _row(bar: str, pairs: dict[str, tuple[Floats, Floats]], years: npt.NDArray[np.int64]) -> Row:
    said, worst = [], 0.0
    for name, (ours, theirs) in pairs.items():
        there = theirs > 0
        gaps = np.abs(ours[there] / theirs[there] - 1)
        worst = max(worst, float(gaps.max()))
        said.append(f"{name} {gaps.max():.3%} in {years[there][gaps.argmax()]}")
    return row(bar, worst, n=len(pairs), as_of=_AS_OF, note="; ".join(said))
