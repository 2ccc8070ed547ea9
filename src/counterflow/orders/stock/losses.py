"""Losses that recur: small ones, each within what scales explain, that always go the same way or come too often.

Three tests, each with what it rests on:

- **sign**: honest differences are as often over as short; that n of N periods are short has the tail of a binomial with
  one half (Arbuthnott 1710; Fisher 1925, section 18).
- **drift**: CUSUM (Page 1954, Biometrika 41) of the shortage in units of the tolerance, with an allowance of a quarter
  of it for each period; told when the sum passes one whole tolerance though no single period did.
- **rate**: the number of losses and spillages of a quarter against the mean of the four quarters before (Poisson).

Told from 1 in 100. "Any continuing pattern of loss of seemingly insignificant quantities" counts as significant in
guidance on 21 CFR 1301.76(b) (DEA, 70 FR 47094, 12 August 2005; quoted from a university's guidance, read).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from counterflow.orders.stock.desk import Desk

__all__ = ["RECURRING", "recurring"]

TOLD = 0.01
_ALLOWANCE = 0.25
#: what `recurring` returns
RECURRING = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("product", pa.string(), nullable=False),
        pa.field("measure", pa.string()),
        pa.field("test", pa.string(), metadata={"doc": "sign | drift | rate"}),
        pa.field("since", pa.date32()),
        pa.field("until", pa.date32()),
        pa.field("quantity", pa.float64(), metadata={"doc": "sum that is missing or was lost"}),
        pa.field("strength", pa.float64(), metadata={"doc": "probability by chance; of drift, sum in tolerances"}),
        pa.field("words", pa.string()),
    ]
)
_RATES = """SELECT site, product, any_value(measure) AS measure, t, count(*)::DOUBLE AS n, sum(q) AS quantity,
    min(day) AS since, max(day) AS until FROM (
  SELECT *, year(day) * 4 + quarter(day) AS t FROM event WHERE kind IN ('loss', 'spillage')) GROUP BY site,
    product, t"""
_BEFORE = """SELECT a.*, coalesce((SELECT sum(b.n) FROM rates b WHERE b.site = a.site AND b.product = a.product
    AND b.t BETWEEN a.t - 4 AND a.t - 1), 0) / 4 AS usual FROM rates a
  WHERE a.n >= 3 AND a.t - 4 >= (SELECT min(year(day) * 4 + quarter(day)) FROM event)"""


def recurring(desk: Desk, reconciled: pa.Table) -> pa.Table:
    """Return what recurs, from the periods that `reconcile` returned and the losses on record."""
    rows = [*_by_period(reconciled), *_by_rate(desk)]
    rows.sort(key=lambda row: (row["site"], row["product"], row["test"]))
    return pa.Table.from_pylist(rows, schema=RECURRING)


def _by_period(reconciled: pa.Table) -> Iterator[dict[str, Any]]:
    held: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in reconciled.to_pylist():
        if row["difference"] is not None:
            held[row["site"], row["product"], row["measure"]].append(row)
    for (site, product, measure), periods in held.items():
        periods.sort(key=lambda row: row["count_to"])
        key = {"site": site, "product": product, "measure": measure}
        yield from (key | row for row in (_sign(periods), _drift(periods)) if row)


def _sign(periods: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    from scipy.stats import binomtest

    differing = [row["difference"] for row in periods if row["difference"] != 0]
    short = sum(difference < 0 for difference in differing)
    if not short:
        return None
    chance = float(binomtest(short, len(differing), 0.5, alternative="greater").pvalue)
    missing = -sum(differing)
    if chance >= TOLD or missing <= 0:
        return None
    words = f"{short} of {len(differing)} periods that did not balance were short; by chance 1 in {1 / chance:,.0f}."
    return _row("sign", periods, missing, chance, words)


def _drift(periods: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    total, missing, since = 0.0, 0.0, 0
    for number, row in enumerate(periods):
        if row["standing"] == "short":
            return None
        through = row["opening"] + row["receipts"] + row["returns"]
        tolerated = through * row["tolerance_pct"] / 100
        step = -row["difference"] / tolerated - _ALLOWANCE if tolerated > 0 else 0.0
        total, missing, since = (
            (total + step, missing - row["difference"], since) if total + step > 0 else (0.0, 0.0, number + 1)
        )
        if total > 1:
            words = (
                f"Each period is within its tolerance, but from {periods[since]['count_from']} to {row['count_to']}"
                f" {missing:,.6g} {row['measure']} went missing in all, in {number + 1 - since} periods."
            )
            return _row("drift", periods[since : number + 1], missing, total, words)
    return None


def _by_rate(desk: Desk) -> Iterator[dict[str, Any]]:
    from scipy.stats import poisson

    rates = desk.store.query(_RATES)
    for row in desk.rows(_BEFORE, rates=rates):
        usual = max(row["usual"], 0.25)
        chance = float(poisson.sf(row["n"] - 1, usual))
        if chance < TOLD:
            words = f"{row['n']:.0f} losses from {row['since']} to {row['until']}; {row['usual']:.3g} a quarter before."
            yield {
                "site": row["site"], "product": row["product"], "measure": row["measure"], "test": "rate",
                "since": row["since"], "until": row["until"], "quantity": row["quantity"], "strength": chance,
                "words": words,
            }  # fmt: skip


def _row(test: str, periods: Sequence[dict[str, Any]], missing: float, strength: float, words: str) -> dict[str, Any]:
    return {
        "test": test,
        "since": periods[0]["count_from"],
        "until": periods[-1]["count_to"],
        "quantity": missing,
        "strength": strength,
        "words": words,
    }
