"""What they say they send: thousands of goods texts from a small grammar, each with its HS code.

`data/goods.csv` holds ordinary goods (noun in four languages, HS 2022 subheading from memory and held against
the public nomenclature by a test, value per kilogram); a text is a noun with a modifier of its kind, a count
or a pack, in the spelling habits of declarations. Some say nothing (*vague*), some honestly name a controlled
thing (*sensitive*: lawful trade exists), and the schemes' plain words stand at the end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from counterflow.core.seeds import generator
from counterflow.demo.options import WorldOptions
from counterflow.demo.parties import zipf_ranks
from counterflow.demo.places import data_text
from counterflow.demo.words import stock

__all__ = ["TextPool", "make_texts"]

#: distinct texts for each record, held between bounds: declarations repeat themselves
_PER_RECORD, _FEWEST, _MOST = 0.06, 1_500, 60_000
_LANGUAGES = ("noun", "es", "fr", "de")
_LANGUAGE_SHARES = (0.82, 0.08, 0.05, 0.05)
#: how much rarer goods that name a controlled thing are than a text of any other style
_SENSITIVE_SHARE = 0.003
_UNCOLOURED = frozenset({"food", "chemical", "paper", "sensitive", "medical", "cosmetic"})
_VAGUE_PARCEL, _VAGUE_CARGO = 0.04, 0.01


@dataclass(frozen=True)
class TextPool:
    """Texts in one numbering.

    Args:
        text: the text as declared.
        hs: the HS subheading that belongs to it; empty for vague texts.
        usd_per_kg: usual value of a kilogram, in US dollars.
        parcel, cargo: numbers of the texts used in parcels and in bulk, most frequent first.
        vague, sensitive_parcel, sensitive_cargo: numbers of those texts.
        by_style: style to the numbers of its texts, in parcels and in bulk.
        plain: scheme to the numbers of the texts that name its goods.
    """

    text: pa.Array
    hs: np.ndarray
    usd_per_kg: np.ndarray
    parcel: np.ndarray
    cargo: np.ndarray
    vague: np.ndarray
    sensitive_parcel: np.ndarray
    sensitive_cargo: np.ndarray
    by_style: dict[str, tuple[np.ndarray, np.ndarray]]
    plain: dict[str, np.ndarray]

    def draw(self, rng: np.random.Generator, is_cargo: np.ndarray) -> np.ndarray:
        """Return one text number for each record, by whether it travels in bulk."""
        numbers = np.empty(len(is_cargo), np.int64)
        for bulk, common, vague_share, rare in (
            (False, self.parcel, _VAGUE_PARCEL, self.sensitive_parcel),
            (True, self.cargo, _VAGUE_CARGO, self.sensitive_cargo),
        ):
            rows = np.flatnonzero(is_cargo == bulk)
            picked = common[zipf_ranks(rng, np.full(len(rows), len(common)), 1.0)]
            chance = rng.random(len(rows))
            picked = np.where(chance < vague_share, rng.choice(self.vague, len(rows)), picked)
            numbers[rows] = np.where(chance > 1 - _SENSITIVE_SHARE, rng.choice(rare, len(rows)), picked)
        return numbers


def make_texts(options: WorldOptions, plain: dict[str, Sequence[tuple[str, str]]]) -> TextPool:
    """Return the texts of this world; `plain` holds, by scheme, the (text, HS) pairs that name its goods."""
    rng = generator(options.seed, "world", "texts")
    goods = list(csv.DictReader(io.StringIO(data_text("goods.csv"))))
    rows = _ordinary(rng, goods, int(min(max(options.records * _PER_RECORD, _FEWEST), _MOST)))
    vague = [(text, "", 5.0, "vague", "both") for text in stock()["vague"]]
    named = [(text, hs, 60.0, f"plain:{name}", "none") for name, pairs in plain.items() for text, hs in pairs]
    text, hs, value, style, scale = (np.array(column) for column in zip(*rows, *vague, *named, strict=True))
    return _pool(text, hs, value.astype(float), style, scale, list(plain))


def _pool(
    text: np.ndarray,
    hs: np.ndarray,
    value: np.ndarray,
    style: np.ndarray,
    scale: np.ndarray,
    schemes: list[str],
) -> TextPool:
    usual = ~np.isin(style, ("vague", "sensitive")) & (scale != "none")
    parcel, cargo = np.isin(scale, ("parcel", "both")), np.isin(scale, ("cargo", "both"))
    styles = sorted(set(style[usual].tolist()))
    return TextPool(
        text=pa.array(text.tolist()),
        hs=hs,
        usd_per_kg=value,
        parcel=np.flatnonzero(usual & parcel),
        cargo=np.flatnonzero(usual & cargo),
        vague=np.flatnonzero(style == "vague"),
        sensitive_parcel=np.flatnonzero((style == "sensitive") & parcel),
        sensitive_cargo=np.flatnonzero((style == "sensitive") & cargo),
        by_style={
            name: (_or_any(usual & (style == name), parcel), _or_any(usual & (style == name), cargo)) for name in styles
        },
        plain={name: np.flatnonzero(style == f"plain:{name}") for name in schemes},
    )


def _or_any(of_style: np.ndarray, of_scale: np.ndarray) -> np.ndarray:
    """Return texts of a style at a scale; where there are none, the style's texts at any scale."""
    both = np.flatnonzero(of_style & of_scale)
    return both if len(both) else np.flatnonzero(of_style)


def _ordinary(
    rng: np.random.Generator, goods: list[dict[str, str]], count: int
) -> list[tuple[str, str, float, str, str]]:
    """Return distinct texts, each of the goods at least once, in the order of their frequency in trade."""
    modifiers, colours = stock()["modifiers"], stock()["colours"]
    rows: dict[str, tuple[str, str, float, str, str]] = {}
    order = [*rng.permutation(len(goods)).tolist(), *rng.integers(0, len(goods), 3 * count).tolist()]
    languages = rng.choice(len(_LANGUAGES), len(order), p=_LANGUAGE_SHARES)
    shapes = rng.random((len(order), 4))
    for number, language, shape in zip(order, languages.tolist(), shapes.tolist(), strict=True):
        item = goods[number]
        kind = item["style"]
        text = _phrase(
            item[_LANGUAGES[language]],
            modifiers[kind],
            modifiers[kind] if kind in _UNCOLOURED else colours,
            shape,
        )
        low, high = float(item["usd_kg_low"]), float(item["usd_kg_high"])
        rows.setdefault(text, (text, item["hs"], low + (high - low) * shape[3], item["style"], item["scale"]))
        if len(rows) >= count:
            break
    return list(rows.values())


def _phrase(noun: str, modifiers: list[str], colours: list[str], shape: list[float]) -> str:
    """Return one text: shape gives the pattern, the word, the count and the spelling, each in [0, 1)."""
    word = modifiers[int(shape[1] * len(modifiers))]
    colour = colours[int(shape[1] * 97 % 1 * len(colours))]
    count = 1 + int(shape[2] ** 3 * 48)
    patterns = (
        noun, f"{noun} {word}", f"{noun}, {word}", f"{word} {noun}", f"{count} pcs {noun}",
        f"{noun} x{count}", f"{colour} {noun}", f"{noun} {word} {colour}", f"{noun} {word} x{count}",
        f"{count} x {noun} ({colour})",
    )  # fmt: skip
    text = " ".join(patterns[int(shape[0] * len(patterns))].split())
    spelling = shape[2] * 13 % 1
    return text.upper() if spelling < 0.25 else text.capitalize() if spelling < 0.5 else text
