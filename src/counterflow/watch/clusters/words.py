"""What a scan must say of itself, so that nobody takes it for more than it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from counterflow.watch.clusters.chance import Null
from counterflow.watch.clusters.cluster import Cluster
from counterflow.watch.clusters.study import Study
from counterflow.watch.grid import Grid

__all__ = ["METHOD", "SOURCES", "said_of"]

METHOD = {
    "population": "prospective space-time scan, Poisson, each period's cases spread by population",
    "history": "prospective space-time permutation scan: each place's own share of all cases is expected",
}
SOURCES = (
    "Kulldorff, J. R. Statist. Soc. A 164 (2001) 61-72",
    "Kulldorff et al., PLoS Med 2 (2005) e59",
    "Abrams, Kulldorff & Kleinman, Int. J. Health Geogr. 9 (2010) 61",
    "Tango, Takahashi & Kohriyama, Biometrics 67 (2011) 106-115",
)
#: a place that ran this much above its expectation before the window differs lastingly
_LASTING = 1.5
_FEW = 30


def said_of(grid: Grid, study: Study, null: Null, clusters: Sequence[Cluster], *, one_by_one: bool) -> tuple[str, ...]:
    """Return the sentences that stand beside the result."""
    said = [
        "Only clusters that are alive in the last period are looked for. What rises everywhere at once is no cluster.",
        _of_spread(study),
    ]
    unknown = int(np.isnan(grid.counts).sum())
    if unknown:
        said.append(
            f"{unknown} counts are not known (a gap, suppressed, not looked for): these cells are left out, and nothing"
            " is expected in them. A cluster of places whose counts are suppressed cannot be seen."
        )
    if np.isnan(grid.counts[:, -1]).any():
        lacking = int(np.isnan(grid.counts[:, -1]).sum())
        said.append(f"{lacking} of {len(grid.counts)} places have no count in the last period.")
    recent = study.counts[:, -study.windows :].sum()
    if recent == 0:
        said.append(f"No case was counted in the last {study.windows} periods: there is nothing to cluster.")
    elif recent < _FEW:
        said.append(f"Only {recent:.0f} cases were counted in the last {study.windows} periods: little can be found.")
    if recent and not null.fits:
        said.append("Replicates do not follow a Gumbel distribution (few cases): p is the Monte-Carlo rank.")
    if clusters:
        said.append(
            "A cluster was picked because it is the most striking of many: its ratio overstates, and its edges are"
            " not sharp."
        )
    if len(clusters) > 1 and not one_by_one:
        said.append(
            "Second and later clusters are held against the most likely one of replicates: their p is on the safe side."
        )
    said += _lasting(clusters)
    return tuple(said)


def _of_spread(study: Study) -> str:
    spread = study.spread
    if not spread.cases:
        return (
            "Too few cases before the window to tell whether counts vary beyond Poisson; p is Poisson's, and if they"
            " do, it is too small."
        )
    measured = (
        f"Before the window, counts vary beyond Poisson by a standard deviation of {100 * spread.lasting**0.5:.0f} %"
        f" of the expected that lasts and {100 * spread.cell**0.5:.0f} % that does not"
        f" ({max(spread.standard_errors, 0):.1f} standard errors from none)"
    )
    if study.noisy:
        return f"{measured}: replicates vary as much (negative binomial), so that p is not Poisson's too small one."
    if spread.beyond_chance:
        return (
            f"{measured}, but p is Poisson's as asked: IT IS TOO SMALL, there will be more false alarms than it says."
        )
    return f"{measured}: no more than chance gives, so p is Poisson's."


def _lasting(clusters: Sequence[Cluster]) -> list[str]:
    return [
        f"Around {c.centre} counts were {c.ratio_before:.1f} times the expected before the window, too: the places may"
        " differ lastingly; without the population column each place is compared with its own past."
        for c in clusters
        if c.ratio_before is not None and c.ratio_before >= _LASTING
    ]
