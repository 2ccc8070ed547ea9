"""Planted diversion: a firm's own order history with a known surge in it, to see whether and when a setting finds it.

What happened is real, what is added is invented, and every added line says so (`record_id` starts with ``planted``).
The kinds are those that the documents and the law name: a step, a ramp, a slow drip, a short burst, many small orders
in place of a large one, monthly totals kept under a limit, a second supplier, and a spread over several articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError
from counterflow.core.seeds import generator
from counterflow.orders.plan.history import History, history_of

__all__ = ["KINDS", "SECOND", "STANDARD", "Diversion", "Planted", "Planting", "named", "plant"]

KINDS = ("step", "ramp", "drip", "burst", "structured", "below-limit", "split", "articles")
#: supplier of what a buyer of two suppliers orders elsewhere
SECOND = "planted-second-supplier"
#: share of a limit that totals kept under it reach
_UNDER = (0.85, 0.99)
#: spread of a planted month about what was planned, as the standard deviation of its logarithm
_SPREAD = 0.15
#: most orders that a planted month is made of
_MOST_ORDERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion:
    """One kind of diversion.

    Args:
        kind: one of `KINDS`.
        factor: the month's quantity once it is fully there, as a multiple of the mean of the twelve months before;
            for ``below-limit`` the limit itself, as such a multiple.
        over: months that the rise takes; 1 = at once.
        lasts: months until it ends; None = to the end of the history.

    Raises:
        UsageError: an unknown kind, a factor of 1 or less, or no months.
    """

    kind: str
    factor: float
    over: int = 1
    lasts: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"There is no diversion {self.kind!r}.", hint=f"One of {', '.join(KINDS)}.")
        if self.factor <= 1 or self.over < 1 or (self.lasts is not None and self.lasts < 1):
            raise UsageError(f"A diversion rises above 1 and lasts a month at least, not {self}.")

    @property
    def name(self) -> str:
        """Return it in words.

        >>> Diversion(kind="ramp", factor=3, over=6).name
        'ramp x3 over 6'
        """
        over = f" over {self.over}" if self.over > 1 else ""
        lasts = f" for {self.lasts}" if self.lasts is not None else ""
        return f"{self.kind} x{self.factor:g}{over}{lasts}"

    def multiple(self, since: np.ndarray) -> np.ndarray:
        """Return the planned multiple of the former mean, by months since the onset (0 = the first month)."""
        grown = np.clip((since + 1) / self.over, 0, 1)
        rise = self.factor**grown if self.kind == "drip" else 1 + (self.factor - 1) * grown
        there = since >= 0
        return np.where(there if self.lasts is None else there & (since < self.lasts), rise, 1.0)


#: what a setting is tried on where nothing else is said
STANDARD: tuple[Diversion, ...] = (
    *(Diversion(kind="step", factor=factor) for factor in (1.5, 2, 3, 5, 10)),
    Diversion(kind="ramp", factor=3, over=6),
    Diversion(kind="ramp", factor=3, over=12),
    Diversion(kind="ramp", factor=5, over=6),
    Diversion(kind="drip", factor=3, over=24),
    Diversion(kind="burst", factor=3, lasts=2),
    Diversion(kind="burst", factor=5, lasts=1),
    Diversion(kind="structured", factor=2),
    Diversion(kind="structured", factor=3),
    Diversion(kind="below-limit", factor=3),
    Diversion(kind="split", factor=2),
    Diversion(kind="split", factor=3),
    Diversion(kind="articles", factor=2),
    Diversion(kind="articles", factor=3),
)


def named(words: Sequence[str]) -> tuple[Diversion, ...]:
    """Return the standard diversions whose name or kind is among `words`; all of them where there are none.

    >>> [d.name for d in named(["burst"])]
    ['burst x3 for 2', 'burst x5 for 1']

    Raises:
        UsageError: a word that names none.
    """
    for word in words:
        if not any(word in {d.kind, d.name} for d in STANDARD):
            raise UsageError(f"There is no diversion {word!r}.", hint=f"One of {', '.join(KINDS)}.")
    return tuple(d for d in STANDARD if not words or {d.kind, d.name} & set(words))


@dataclass(frozen=True, slots=True)
class Planting:
    """Where diversion may be planted, and how much of it.

    Args:
        before: months since a buyer's first order that an onset needs, so that there is something to compare with.
        active: of the twelve months before, how many had orders; half as many of the six months before.
        after: months from the onset to the end of the history; in half of them it must have gone on ordering, because
            a buyer who closed down diverts nothing.
        smallest: least mean of the twelve months before, in the buyer's measure: doubling five tablets is no case.
        share: share of the eligible histories that get a diversion in one go; few, so that peers stay what they were.
    """

    before: int = 12
    active: int = 6
    after: int = 12
    smallest: float = 100.0
    share: float = 0.2


@dataclass(frozen=True, slots=True)
class Planted:
    """A history with diversion in it.

    Args:
        lines: the lines as they were, then the planted ones (columns as given).
        product: one per line.
        truth: customer_id, product, diversion, kind, onset, until (YYYY-MM), since (month number), base, measure,
            planted (quantity in all).
    """

    lines: pa.Table
    product: pa.Array
    truth: pa.Table


def plant(
    lines: pa.Table,
    product: pa.Array,
    *,
    seed: int,
    diversions: Sequence[Diversion] = STANDARD,
    where: Planting | None = None,
    fold: int = 0,
) -> Planted:
    """Plant diversion into real histories of orders.

    Args:
        lines: ORDER_LINE; only sales get company.
        product: product of each line.
        seed: the same seed plants the same.
        diversions: kinds to draw from, evenly.
        where: what makes a history fit for it.
        fold: which share of the histories: 0, 1, 2 … give disjoint shares until all had their turn.

    Returns:
        the history, and the truth about what was planted; nothing planted where no history is fit.
    """
    history = history_of(lines, product)
    rng = generator(seed, "planted diversion", fold)
    targets, onset = _targets(history, where or Planting(), seed, fold, rng)
    which = rng.permutation(np.arange(len(targets)) % max(len(diversions), 1))
    scheme = _Scheme(history, targets, onset, _base(history)[targets, onset], which, tuple(diversions))
    extra = scheme.added(rng)
    if not (extra > 0).any():
        return Planted(lines, product, scheme.truth(extra))
    added, products = _lines_of(lines, product, scheme, extra, rng)
    every = pa.concat_arrays([_whole(product), products.cast(product.type)])
    return Planted(pa.concat_tables([lines, added]), every, scheme.truth(extra))


def _whole(product: pa.Array) -> pa.Array:
    return product.combine_chunks() if isinstance(product, pa.ChunkedArray) else product


def _base(history: History) -> np.ndarray:
    """Return the mean of the twelve months before each month."""
    total = np.concatenate([np.zeros((len(history.first), 1)), np.cumsum(history.quantity, axis=1)], axis=1)
    at = np.arange(history.quantity.shape[1])
    return np.asarray((total[:, at] - total[:, np.maximum(at - 12, 0)]) / 12)


def _targets(
    history: History, where: Planting, seed: int, fold: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the series that get a diversion in this fold, and the month in which each begins."""
    there = (history.quantity > 0).astype(float)
    counted = np.concatenate([np.zeros((len(there), 1)), np.cumsum(there, axis=1)], axis=1)
    at = np.arange(there.shape[1])
    early, late = counted[:, at], counted[:, np.minimum(at + where.after, there.shape[1])]
    fit = (
        (at[None, :] - history.first[:, None] >= where.before)
        & (early - counted[:, np.maximum(at - 12, 0)] >= where.active)
        & (early - counted[:, np.maximum(at - 6, 0)] >= where.active / 2)
        & (late - early >= where.after / 2)
        & (at[None, :] + where.after <= there.shape[1])
        & (_base(history) >= where.smallest)
    )
    eligible = np.flatnonzero(fit.any(axis=1))
    folds = max(round(1 / where.share), 1)
    turn = generator(seed, "planted diversion", "turns", fold // folds).permutation(len(eligible)) % folds
    chosen = eligible[turn == fold % folds]
    weight = np.where(fit[chosen], rng.random((len(chosen), there.shape[1])), -1.0)
    return chosen, np.argmax(weight, axis=1) if len(chosen) else chosen


@dataclass(frozen=True, slots=True)
class _Scheme:
    """What is planted where: targets are places of series in the history, `which` places of diversions."""

    history: History
    targets: np.ndarray
    onset: np.ndarray
    base: np.ndarray
    which: np.ndarray
    diversions: tuple[Diversion, ...]

    @property
    def pieces(self) -> np.ndarray:
        units = pc.equal(self.history.measure, "units").to_numpy(zero_copy_only=False)
        return np.asarray(units[self.targets])

    @property
    def kinds(self) -> np.ndarray:
        return np.asarray(np.array([d.kind for d in self.diversions])[self.which])

    def added(self, rng: np.random.Generator) -> np.ndarray:
        """Return what is added, targets by months."""
        since = np.arange(self.history.quantity.shape[1])[None, :] - self.onset[:, None]
        extra = np.zeros(since.shape)
        noise = np.exp(rng.normal(-(_SPREAD**2) / 2, _SPREAD, since.shape))
        under = rng.uniform(*_UNDER, since.shape)
        for number, diversion in enumerate(self.diversions):
            own = self.which == number
            if diversion.kind == "below-limit":
                limit = diversion.factor * self.base[own, None] * under[own]
                room = np.maximum(limit - self.history.quantity[self.targets[own]], 0)
                extra[own] = np.where(since[own] >= 0, room, 0)
            else:
                extra[own] = (diversion.multiple(since[own]) - 1) * self.base[own, None] * noise[own]
        return np.asarray(np.where(self.pieces[:, None], np.round(extra), extra))

    def truth(self, extra: np.ndarray) -> pa.Table:
        last = np.where(extra > 0, np.arange(extra.shape[1])[None, :], 0).max(axis=1, initial=0)
        at = pa.array(self.targets, pa.int64())
        return pa.table(
            {
                "customer_id": self.history.customer.take(at),
                "product": self.history.product.take(at),
                "diversion": pa.array([self.diversions[i].name for i in self.which], pa.string()),
                "kind": pa.array([self.diversions[i].kind for i in self.which], pa.string()),
                "onset": pa.array([self.history.month(m) for m in self.onset], pa.string()),
                "until": pa.array([self.history.month(m) for m in last], pa.string()),
                "base": pa.array(self.base, pa.float64()),
                "measure": self.history.measure.take(at),
                "planted": pa.array(extra.sum(axis=1), pa.float64()),
            }
        )


def _lines_of(
    lines: pa.Table, product: pa.Array, scheme: _Scheme, extra: np.ndarray, rng: np.random.Generator
) -> tuple[pa.Table, pa.Array]:
    """Return the added lines and their products: as many orders a month as usual, or small ones where structured."""
    history = scheme.history
    target, month = np.nonzero(extra > 0)
    usual = history.usual(scheme.targets, scheme.onset)
    small = np.ceil(extra[target, month] / (0.8 * usual.size[target]))
    count = np.where(scheme.kinds[target] == "structured", small, np.round(usual.orders[target]))
    count = np.clip(count, 1, _MOST_ORDERS).astype(np.int64)
    target, month, count = np.repeat(target, count), np.repeat(month, count), np.repeat(count, count)
    like = history.like(scheme.targets, scheme.onset, target, rng)
    quantity = extra[target, month] / count
    quantity = np.where(scheme.pieces[target], np.maximum(np.round(quantity), 1), quantity)
    days = history.dates(month, rng.integers(0, 28, len(target)))
    added = _like(lines, like, quantity / history.measured[like], days)
    turn = _turn_in_cell(target, month)
    added = _second_supplier(added, (scheme.kinds[target] == "split") & (turn % 2 == 1))
    others = _others(product, len(scheme.targets), rng)[target, turn % 3]
    return added, _articles(product, like, (scheme.kinds[target] == "articles") & (turn % 3 > 0), others)


def _turn_in_cell(target: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the number of each line within its target and month, going on from month to month."""
    starts = np.concatenate([[True], (target[1:] != target[:-1]) | (month[1:] != month[:-1])])
    place = np.arange(len(target)) - np.maximum.accumulate(np.where(starts, np.arange(len(target)), 0))
    return np.asarray(place + month)


def _like(lines: pa.Table, rows: np.ndarray, scale: np.ndarray, dates: pa.Array) -> pa.Table:
    """Return copies of `rows` with every quantity scaled, on new days, each marked as planted."""
    made = lines.take(pa.array(rows))
    names = pa.array([f"planted-{number}" for number in range(len(rows))])
    said = {"record_id": names, "ordered_on": dates}
    for name in ("quantity", "packs", "mass_g", "volume_l", "units", "active_g", "price"):
        if name in made.column_names:
            said[name] = pc.multiply(made[name], pa.array(scale))
    for name, values in said.items():
        if name in made.column_names:
            at = made.column_names.index(name)
            made = made.set_column(at, made.schema.field(name), values.cast(made.schema.field(name).type))
    return made


def _second_supplier(made: pa.Table, elsewhere: np.ndarray) -> pa.Table:
    if "supplier_id" not in made.column_names:
        return made
    at = made.column_names.index("supplier_id")
    moved = pc.if_else(pa.array(elsewhere), SECOND, made["supplier_id"])
    return made.set_column(at, made.schema.field(at), moved)


def _others(product: pa.Array, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return lines of the book whose articles a diversion is spread over: for each target, three drawn at random."""
    return rng.integers(0, max(len(product), 1), (count, 3))


def _articles(product: pa.Array, like: np.ndarray, spread: np.ndarray, others: np.ndarray) -> pa.Array:
    """Return the article of each added line: its own, or where it is spread that of another line of the book."""
    rows = np.where(spread, others, like)
    return _whole(product).take(pa.array(rows))
