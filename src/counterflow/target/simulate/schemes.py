"""Hidden schemes for rehearsals: from some week on, a segment that the model believes safe is not safe any more.

A scheme is laid over a history as an overlay. Its segment is a conjunction of what declarations say (`SHAPES`), drawn
by chance among those of the right size that the model of that week scores below a limit on average: the place where
exploitation never looks (the hard case of the weekly loop). Where a segment as a whole is not safe, the scheme takes
its lowest-scored records only; where one is too small, the scheme has several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.seeds import generator
from counterflow.target.simulate.plain import Hybrid, PlainLearner
from counterflow.target.simulate.run import Protocol, run
from counterflow.target.simulate.strategy import Floats, Places
from counterflow.target.simulate.world import World, usual_class

__all__ = ["SHAPES", "Hidden", "hide_scheme", "lay_scheme", "safe_scores"]

#: shape to the keys that its segment fixes; a `group` is several values of one key, a `band` a range of a number
SHAPES: dict[str, tuple[str, ...]] = {
    "chapter-route": ("hs2", "departure"),
    "chapter": ("hs2",),
    "declarant-group": ("group:sender",),
    "importer-group": ("group:importer",),
    "office-chapter": ("office", "hs2"),
    "price-band": ("hs2", "band:value_per_kg"),
    "consignor-group": ("group:consignor",),
    "mixed": ("departure", "attributes.import_type", "lane", "band:mass_kg"),
}
BANDS = 3
#: a segment is safe where its records score below this on average
SAFE = 0.08
TRIES = 150
#: segments that one scheme may have, and among how many of the largest the next one is drawn
MOST_VARIANTS = 20
VARIED = 10
#: least records of a segment, and least share of it that takes part where the segment as a whole is not safe
LEAST_ROWS = 12
LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Hidden:
    """A scheme.

    Args:
        shape: its shape.
        words: its segment in words.
        rows: records of the scheme: of the segment, from its first week on, with nothing in them before.
        per_week: how many a week.
        mean_score: what the model of its first week gives them on average.
        purity: share of the segment's records from then on that hold something.
        trimmed: whether only the low-scored records of a segment take part, the segment as a whole not being safe.
    """

    shape: str
    words: str
    rows: Places
    per_week: float
    mean_score: float
    purity: float
    trimmed: bool


def safe_scores(world: World, week: int) -> Floats:
    """Return the score of each record from `week` on by the model that exploitation has by then; NaN before.

    It is the plain learner with what pure exploitation of a tenth of the records (seed 0) found in the weeks before.
    """
    made = run(world, Hybrid(PlainLearner(), 0.0, 0), Protocol(), 0, week).made
    learner = PlainLearner()
    learner.refit(world.view(week), made, 0)
    scores = np.full(len(world.label), np.nan)
    for later in range(week, world.weeks):
        shown = world.view(later)
        scores[shown.rows] = learner.score(shown, made).find
    return scores


def hide_scheme(
    world: World,
    shape: str,
    seed: int,
    *,
    first_week: int = 26,
    sizes: tuple[float, float] = (10, 30),
    new_importers: bool = False,
    scores: Floats | None = None,
) -> Hidden:
    """Draw a scheme of a shape.

    Args:
        world: the history it hides in.
        shape: one of `SHAPES`.
        seed: draws the segment.
        first_week: week in which it begins.
        sizes: least and most of its records a week, on average.
        new_importers: only records of importers that no record before `first_week` names.
        scores: `safe_scores(world, first_week)`, where it is at hand.

    Raises:
        UnknownName: no such shape.
        InputError: this history has no safe segment of that shape and size.
    """
    if shape not in SHAPES:
        raise UnknownName("shape of a scheme", shape, SHAPES)
    if first_week >= world.weeks or first_week < 1:
        raise InputError(f"The history has weeks 0 to {world.weeks - 1}; a scheme cannot begin in week {first_week}.")
    scores = safe_scores(world, first_week) if scores is None else scores
    eligible = (world.week >= first_week) & (world.label == 0)
    if new_importers:
        eligible &= _new(world, "importer", first_week)
    least, most = (size * (world.weeks - first_week) for size in sizes)
    rng = generator(seed, "scheme", shape, int(new_importers))
    choice = _candidates(world, shape, scores, eligible, rng, most)
    taken: list[_Segment] = []
    rows = np.empty(0, np.int64)
    while len(rows) < least and choice and len(taken) < MOST_VARIANTS:
        taken.append(choice.pop(int(rng.integers(min(len(choice), VARIED)))))
        rows = np.unique(np.concatenate([rows, taken[-1].rows]))
    if len(rows) < least:
        raise InputError(
            f"This history has no safe segments of shape {shape!r} with {sizes[0]:g} to {sizes[1]:g} records a week.",
            hint="Try another seed, shape or size.",
        )
    return _hidden(world, shape, taken, rows, first_week, scores)


def lay_scheme(world: World, scheme: Hidden) -> World:
    """Return the world with a scheme in it, its records holding the commonest class outside the top tier."""
    told = (
        f"scheme of shape {scheme.shape}: {scheme.words}; {scheme.per_week:.1f} records a week that the model of its"
        f" first week gives {scheme.mean_score:.3f} on average; {scheme.purity:.0%} of its segment hold something"
    )
    if scheme.trimmed:
        told += "; only low-scored records of the segment take part"
    return world.with_labels(scheme.rows, [usual_class(world)] * len(scheme.rows), (), [told])


@dataclass(frozen=True)
class _Segment:
    words: str
    inside: npt.NDArray[np.bool_]
    rows: Places
    trimmed: bool


def _candidates(
    world: World, shape: str, scores: Floats, eligible: npt.NDArray[np.bool_], rng: np.random.Generator, most: float
) -> list[_Segment]:
    """Draw safe segments of a shape, each once, larger ones first."""
    found: dict[str, _Segment] = {}
    for _ in range(TRIES):
        inside, words = _segment(world, SHAPES[shape], scores, rng, most)
        if words in found:
            continue
        whole = np.flatnonzero(inside & eligible)
        safe = len(whole) > 0 and scores[whole].mean() < SAFE
        rows = whole if safe else _safest(whole, scores)
        if LEAST_ROWS <= len(rows) <= most and len(rows) >= LEAST_SHARE * len(whole):
            found[words] = _Segment(words, inside, rows, not safe)
    return sorted(found.values(), key=lambda segment: -len(segment.rows))


def _hidden(world: World, shape: str, taken: list[_Segment], rows: Places, first_week: int, scores: Floats) -> Hidden:
    inside = np.logical_or.reduce([segment.inside for segment in taken])
    later = np.flatnonzero(inside & (world.week >= first_week))
    return Hidden(
        shape=shape,
        words=" or ".join(segment.words for segment in taken),
        rows=rows,
        per_week=len(rows) / (world.weeks - first_week),
        mean_score=float(scores[rows].mean()),
        purity=float(((world.label[later] > 0) | np.isin(later, rows)).mean()),
        trimmed=any(segment.trimmed for segment in taken),
    )


def _safest(rows: Places, scores: Floats) -> Places:
    """Return the most records, lowest scores first, whose mean score is below the limit."""
    order = rows[np.argsort(scores[rows], kind="stable")]
    means = np.cumsum(scores[order]) / np.arange(1, len(order) + 1)
    return np.sort(order[: int(np.searchsorted(means, SAFE * 0.95))])


def _segment(
    world: World, parts: tuple[str, ...], scores: Floats, rng: np.random.Generator, most: float
) -> tuple[npt.NDArray[np.bool_], str]:
    """Draw one segment around a safe record drawn by chance, so that large segments come as often as their records."""
    seed_row = int(rng.choice(np.flatnonzero(scores < SAFE)))
    inside = np.ones(len(world.label), bool)
    words = []
    for part in parts:
        kind, _, name = part.rpartition(":")
        if kind == "group":
            met, told = _group(world, name, scores, rng, most)
        elif kind == "band":
            met, told = _band(world, name, seed_row)
        else:
            codes = _key(world, name)
            met, told = codes == codes[seed_row], f"{name}={_value(world, name, seed_row)}"
        inside &= met
        words.append(told)
    return inside, " and ".join(words)


def _group(
    world: World, name: str, scores: Floats, rng: np.random.Generator, most: float
) -> tuple[npt.NDArray[np.bool_], str]:
    """Draw values of a key whose own records score low, busier ones likelier, until the group is large enough."""
    codes = _key(world, name)
    later = np.flatnonzero(~np.isnan(scores) & (codes >= 0))
    counts = np.bincount(codes[later], minlength=int(codes.max()) + 1)
    means = np.bincount(codes[later], scores[later], len(counts)) / np.maximum(counts, 1)
    trusted = np.flatnonzero((counts >= 2) & (means < 2 * SAFE))
    if not len(trusted):
        return np.zeros(len(codes), bool), f"no value of {name}"
    # Exponential clocks with rate = size: an order without replacement, likelier first (Efraimidis & Spirakis 2006).
    order = trusted[np.argsort(rng.exponential(size=len(trusted)) / counts[trusted])]
    size = int(np.searchsorted(np.cumsum(counts[order]), 2 * most * rng.uniform(0.4, 0.9))) + 1
    return np.isin(codes, order[:size]), f"{min(size, len(order))} values of {name}"


def _band(world: World, name: str, row: int) -> tuple[npt.NDArray[np.bool_], str]:
    """Return the third of a number in which the record lies."""
    if name not in world.number_names:
        raise InputError(f"This history has no {name}.", hint="Choose another shape.")
    values = world.numbers[:, world.number_names.index(name)]
    edges = np.nanquantile(values, np.arange(1, BANDS) / BANDS)
    bands = np.digitize(values, edges)
    return (bands == bands[row]) & ~np.isnan(values), f"{name} in third {int(bands[row]) + 1}"


def _key(world: World, name: str) -> npt.NDArray[np.int32]:
    if name not in world.key_names:
        raise InputError(f"This history has no {name}, or only one.", hint="Choose another shape.")
    return world.keys[:, world.key_names.index(name)]


def _value(world: World, name: str, row: int) -> str:
    if name in ("hs2", "hs4"):
        hs = world.lines.table.column("hs")[int(np.searchsorted(world.lines.row, row))].as_py() or ""
        return str(hs)[: int(name[2:])]
    return str(world.lines.table.column(name)[int(np.searchsorted(world.lines.row, row))].as_py())


def _new(world: World, name: str, first_week: int) -> npt.NDArray[np.bool_]:
    """Say which records name a member of a key that no record before `first_week` names."""
    codes = _key(world, name)
    return (codes >= 0) & ~np.isin(codes, np.unique(codes[world.week < first_week]))
