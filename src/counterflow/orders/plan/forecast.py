"""What a setting costs on a firm's own history (alarms, hours, backlog), and what it finds of planted diversion.

The history says what the setting would have rung on, had it been live; nobody knows which of those months were in
order. Diversion is planted into copies of the same history to see how soon it is found. Both rest on the past: a firm
whose customers change will see other figures, and what is planted is no forecast of what criminals do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.seeds import generator
from counterflow.orders.plan.candidates import Candidate, Firm
from counterflow.orders.plan.diversion import STANDARD, Diversion, Planting, plant
from counterflow.orders.plan.found import HORIZON, Found, delays, figures, month_numbers, raised_in

__all__ = ["FORECAST", "Trial", "forecast"]

Floats = npt.NDArray[np.float64]

#: what `forecast` returns
FORECAST = pa.schema(
    [
        ("setting", pa.string()), ("business_line", pa.string()), ("measure", pa.string()), ("value", pa.float64()),
        ("low", pa.float64()), ("high", pa.float64()), ("unit", pa.string()), ("n", pa.int64()),
        ("how_sure", pa.string()), ("method", pa.string()),
    ]
)  # fmt: skip
ALL = "all"
_DRAWS = 400
#: rows above which two copies of the history are planted and not five
_MANY_LINES = 200_000
#: upper 97.5 % limit of a Poisson mean where none was counted
_NONE_SEEN = 3.689
#: fewer customers than this say next to nothing of a business line
_FEW_CUSTOMERS = 8
#: fewer planted diversions than this say next to nothing
_FEW_PLANTED = 10
#: an interval of a share that is wider than this is not informative
_WIDE = 0.35
_BOOTSTRAP = "bootstrap over customers, 400 draws, 95 % (Field and Welsh 2007)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How settings are tried.

    Args:
        months: latest months of the history that alarms are counted in.
        minutes: of work that an alarm takes.
        disposed: alarms that can be disposed of in a month; None = all that come.
        answered_after: months after which an alarm is disposed of.
        inject: whether diversion is planted.
        diversions: what is planted.
        seed: of what is planted, and of the intervals.
    """

    months: int = 24
    minutes: float = 30.0
    disposed: int | None = None
    answered_after: int = 2
    inject: bool = True
    diversions: tuple[Diversion, ...] = STANDARD
    seed: int = 1


def forecast(firm: Firm, tried: Sequence[Candidate], trial: Trial | None = None, *, by_line: bool = False) -> pa.Table:
    """Return what each setting would have cost and found.

    Args:
        firm: orders, and what stands beside them.
        tried: settings, compared over the same customers, months and planted diversion.
        trial: how they are tried.
        by_line: by business line too.

    Returns:
        `FORECAST` rows: for each setting and business line, measures with an interval and how sure they are.
    """
    trial = trial or Trial()
    lines = _lines_of(firm)
    clean = {each.name: each.watch(firm, answered_after=trial.answered_after) for each in tried}
    # A published rule has nothing to dispose of: worked or not, it says the same.
    idle = {e.name: e.watch(firm, answered_after=0) if e.rule is None else clean[e.name] for e in tried}
    found = _planted(firm, tried, trial) if trial.inject else []
    rows: list[dict[str, object]] = []
    for group in (ALL, *(sorted({line for line in lines.values() if line}) if by_line else ())):
        whose = [c for c, line in lines.items() if group in (ALL, line)]
        for each in tried:
            rows += _costs(each.name, group, whose, clean[each.name], idle[each.name], trial)
        rows += _finds(tried, group, whose, clean, found, trial)
    return pa.Table.from_pylist(rows, schema=FORECAST)


def _lines_of(firm: Firm) -> dict[str, str]:
    """Return each customer's business line, from the customer file or from the orders."""
    lines = firm.lines
    buyers = pc.unique(lines["customer_id"].drop_null()).to_pylist()
    said: dict[str, str] = {}
    if "customer_type" in lines.column_names:
        pairs = lines.select(["customer_id", "customer_type"]).group_by(["customer_id", "customer_type"]).aggregate([])
        said = {r["customer_id"]: r["customer_type"] or "" for r in pairs.to_pylist()}
    if firm.customers is not None:
        filed = firm.customers.select(["record_id", "business_line"]).to_pylist()
        said |= {r["record_id"]: r["business_line"] for r in filed if r["business_line"]}
    return {buyer: said.get(buyer, "") for buyer in buyers}


@dataclass(frozen=True)
class _Counts:
    """Alarms by customer and month, over the months that are counted."""

    alarms: Floats
    with_orders: Floats

    @classmethod
    def of(cls, watched: pa.Table, whose: Sequence[str], months: int) -> _Counts:
        place = pc.index_in(watched["buyer_id"], pa.array(whose, pa.string())).fill_null(-1).to_numpy()
        number = month_numbers(watched["month"]).to_numpy()
        last = int(number.max(initial=0))
        column = number - (last - months + 1)
        kept = (place >= 0) & (column >= 0)
        cell = place[kept] * months + column[kept]
        shape = (len(whose), months)

        def summed(values: npt.NDArray[np.generic]) -> Floats:
            counted = np.bincount(cell, weights=values[kept].astype(float), minlength=shape[0] * months)
            return np.asarray(counted.reshape(shape))

        return cls(
            summed(watched["alarm"].to_numpy(zero_copy_only=False)),
            summed(watched["quantity"].to_numpy(zero_copy_only=False) > 0),
        )


def _costs(
    name: str, group: str, whose: Sequence[str], watched: pa.Table, unworked: pa.Table, trial: Trial
) -> Iterator[dict[str, object]]:
    """Yield volume, hours and backlog."""
    span = _span(watched, trial.months)
    counts = _Counts.of(watched, whose, span)
    weights = _weights(len(whose), trial.seed)
    total = counts.alarms.sum(axis=0)
    a_month = (weights @ counts.alarms.sum(axis=1)) / span
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (weights @ counts.alarms.sum(axis=1)) / (weights @ counts.with_orders.sum(axis=1))
    sure = f"{int(total.sum())} alarms in {span} months of {len(whose)} customers"
    if len(whose) < _FEW_CUSTOMERS:
        sure = f"not informative, fewer than {_FEW_CUSTOMERS} customers: {sure}"
    about = {"setting": name, "business_line": group, "n": len(whose), "how_sure": sure, "method": _BOOTSTRAP}
    value, low, high = _ends(a_month)
    # No alarm in so many months leaves room for some: the exact Poisson limit (Garwood 1936, Biometrika 28).
    high = _NONE_SEEN / span if not total.any() else high
    yield _row(about, "alarms a month", value, low, high, "alarms")
    yield _row(about, "alarm rate", *_ends(rate), "share of months with orders")
    busy = about | {"method": "counted; the interval is that of the single months seen"}
    yield _row(busy, "busiest month", float(total.max(initial=0)), *_range(total), "alarms")
    an_alarm = trial.minutes / 60
    hours = [None if count is None else count * an_alarm for count in (value, low, high)]
    each = about | {"how_sure": f"at {trial.minutes:g} minutes an alarm"}
    yield _row(each, "hours a month", hours[0], hours[1], hours[2], "hours")
    if trial.disposed is not None:
        queue = _backlog(total, trial.disposed)
        drawn = [_backlog(month, trial.disposed)[-1] for month in _months_drawn(counts, trial.seed)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        words = _queue_words(total, queue, trial.disposed)
        last = float(queue[-1])
        yield _row(about | {"how_sure": words}, "open at the end", last, min(low, last), max(high, last), "alarms")
    share = _open_share(unworked, whose, span)
    never = about | {"how_sure": "if nobody ever disposes of anything", "method": "counted"}
    yield _row(never, "open, unworked", share, share, share, "share of customer-product-months")


def _span(watched: pa.Table, months: int) -> int:
    number = month_numbers(watched["month"]).to_numpy()
    return int(min(months, number.max(initial=0) - number.min(initial=0) + 1)) if len(number) else 1


def _weights(count: int, seed: int) -> Floats:
    """Return how often each customer counts: once, then as the bootstrap draws it."""
    if not count:
        return np.ones((2, 0))
    drawn = generator(seed, "bootstrap over customers").multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    return np.concatenate([np.ones((1, count)), drawn.astype(float)])


def _months_drawn(counts: _Counts, seed: int) -> Floats:
    return np.asarray((_weights(len(counts.alarms), seed)[1:] @ counts.alarms).round())


def _ends(values: Floats) -> tuple[float | None, float | None, float | None]:
    drawn = values[1:][np.isfinite(values[1:])]
    if not len(drawn) or not np.isfinite(values[0]):
        return None, None, None
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(values[0]), min(float(low), float(values[0])), max(float(high), float(values[0]))


def _range(total: Floats) -> tuple[float, float]:
    return float(total.min(initial=total.max(initial=0))), float(total.max(initial=0))


def _backlog(total: Floats, disposed: int) -> Floats:
    """Return how many alarms wait at the end of each month, where `disposed` at most are settled in one.

    >>> _backlog(np.array([3.0, 0.0, 5.0]), 2).tolist()
    [1.0, 0.0, 3.0]
    """
    waiting, queue = 0.0, []
    for count in total:
        waiting = max(waiting + float(count) - disposed, 0.0)
        queue.append(waiting)
    return np.array(queue or [0.0])


def _queue_words(total: Floats, queue: Floats, disposed: int) -> str:
    """Say whether more comes than is settled, going by the later half of the months."""
    grows = total[len(total) // 2 :].mean() > disposed
    return f"{disposed} disposed of a month; the queue {'grows' if grows else 'does not grow'}; at most {queue.max():g}"


def _open_share(watched: pa.Table, whose: Sequence[str], months: int) -> float | None:
    number = month_numbers(watched["month"]).to_numpy()
    late = number > number.max(initial=0) - months
    own = pc.is_in(watched["buyer_id"], pa.array(whose, pa.string())).to_numpy(zero_copy_only=False)
    opened = watched["open"].to_numpy(zero_copy_only=False)[late & own]
    return float(opened.mean()) if len(opened) else None


def _row(
    about: dict[str, object], measure: str, value: float | None, low: float | None, high: float | None, unit: str
) -> dict[str, object]:
    return {**about, "measure": measure, "value": value, "low": low, "high": high, "unit": unit}


def _planted(firm: Firm, tried: Sequence[Candidate], trial: Trial) -> list[tuple[str, str, float]]:
    """Return setting, customer and delay of every planted diversion, over several copies of the history."""
    found: list[tuple[str, str, float]] = []
    names = [each.name for each in tried]
    for fold in range(2 if len(firm.lines) > _MANY_LINES else 5):
        made = plant(
            firm.lines, firm.product, seed=trial.seed, diversions=trial.diversions, where=Planting(), fold=fold
        )
        if not len(made.truth):
            continue
        copy = Firm(made.lines, made.product, firm.customers, firm.expected)
        rang = [raised_in(e.watch(copy, answered_after=trial.answered_after), e.name) for e in tried]
        for name, delay in delays(pa.concat_tables(rang), made.truth, names).items():
            found += [(name, c, float(d)) for c, d in zip(made.truth["customer_id"].to_pylist(), delay, strict=True)]
    return found


def _finds(
    tried: Sequence[Candidate], group: str, whose: Sequence[str], clean: dict[str, pa.Table],
    found: list[tuple[str, str, float]], trial: Trial,
) -> Iterator[dict[str, object]]:  # fmt: skip
    """Yield delay and misses on planted diversion."""
    place = {customer: number for number, customer in enumerate(whose)}
    settings: dict[str, Found] = {}
    for each in tried:
        mine = [(place[c], d) for name, c, d in found if name == each.name and c in place]
        counts = _Counts.of(clean[each.name], whose, _span(clean[each.name], trial.months))
        settings[each.name] = Found(
            whose, counts.with_orders.sum(axis=1), counts.alarms.sum(axis=1),
            np.array([p for p, _ in mine], np.int64), np.array([d for _, d in mine], float),
        )  # fmt: skip
    told = figures(settings, seed=trial.seed, draws=_DRAWS)
    measures = (
        ("mean delay", "mean_delay", f"months; {HORIZON} where it was not found"),
        ("not found within 3 months", "late", "share of planted diversions"),
        (f"not found within {HORIZON} months", "missed", "share of planted diversions"),
    )
    for each in tried if trial.inject else ():
        count = len(settings[each.name].delay)
        for measure, name, unit in measures:
            value, low, high = told[each.name].interval(name)
            about = {
                "setting": each.name, "business_line": group, "n": count, "method": f"planted diversion; {_BOOTSTRAP}",
                "how_sure": _how_sure(count, low, high, shared=unit.startswith("share")),
            }  # fmt: skip
            if np.isnan(low):
                yield _row(about, measure, None, None, None, unit)
            else:
                yield _row(about, measure, value, low, high, unit)


def _how_sure(count: int, low: float, high: float, *, shared: bool) -> str:
    if not count:
        return "not informative: no history is long and steady enough to plant anything in"
    if count < _FEW_PLANTED or (shared and high - low > _WIDE):
        return f"not informative: {count} planted diversions"
    return f"{count} planted diversions"
