"""Invented names: syllables put together, so that a hundred thousand can trade and none is real."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.demo.places import data_text

__all__ = ["addresses", "firms", "persons", "serial_words", "stock"]

_CONSONANTS = "bcdfghjklmnprstvwxyz"
_VOWELS = "aeiou"


@cache
def stock() -> dict[str, Any]:
    """Return the word stock of `data/words.toml`."""
    return tomllib.loads(data_text("words.toml"))


@cache
def _given() -> pa.Array:
    words = stock()
    return pa.array([head + tail for head in words["given_heads"] for tail in words["given_tails"]])


@cache
def _families() -> pa.Array:
    words = stock()
    return pa.array(
        [
            head + middle + tail
            for head in words["family_heads"]
            for middle in words["family_middles"]
            for tail in words["family_tails"]
        ]
    )


def pick(words: list[str] | pa.Array, rng: np.random.Generator, count: int) -> pa.Array:
    """Return `count` words taken evenly."""
    values = words if isinstance(words, pa.Array) else pa.array(words)
    return values.take(pa.array(rng.integers(0, len(values), count)))


def join(separator: str, *parts: pa.Array | str) -> pa.Array:
    """Return the parts joined row by row."""
    return pc.binary_join_element_wise(*parts, separator)


def persons(rng: np.random.Generator, count: int, script: str = "") -> pa.Array:
    """Return names of `count` invented people, in Latin letters or a named script."""
    if not script:
        return join(" ", pick(_given(), rng, count), pick(_families(), rng, count))
    letters = stock()["scripts"][script]
    given, family = pick(letters["given"], rng, count), pick(letters["family"], rng, count)
    return join("", family, given) if script == "han" else join(" ", given, family)


def firms(rng: np.random.Generator, count: int, script: str = "") -> pa.Array:
    """Return names of `count` invented firms, in Latin letters or a named script."""
    words = stock()
    if not script:
        return join(
            " ",
            pick(_families(), rng, count),
            pick(words["trades"], rng, count),
            pick(words["legal"], rng, count),
        )
    letters = words["scripts"][script]
    return join("" if script == "han" else " ", pick(letters["family"], rng, count), pick(letters["firm"], rng, count))


def addresses(rng: np.random.Generator, count: int) -> pa.Array:
    """Return `count` invented addresses, each one text: number, street, town, postcode."""
    words = stock()
    number = pa.array(rng.integers(1, 400, count)).cast(pa.string())
    street = join(" ", number, pick(words["streets"], rng, count), pick(words["ways"], rng, count))
    postcode = pa.array(rng.integers(10_000, 99_999, count)).cast(pa.string())
    return join(", ", street, pick(words["towns"], rng, count), postcode)


def serial_words(serials: np.ndarray) -> pa.Array:
    """Return a different pronounceable word for each number below 10⁸; for worlds in which nothing repeats.

    >>> serial_words(np.array([0, 1, 100])).to_pylist()
    ['babababa', 'bababace', 'babaceba']
    """
    syllables = np.frombuffer(
        "".join(_CONSONANTS[i % 20] + _VOWELS[(i // 20 + i) % 5] for i in range(100)).encode(), "S2"
    ).view(np.uint8)
    table = syllables.reshape(100, 2)
    out = np.empty((len(serials), 8), np.uint8)
    rest = serials.astype(np.int64)
    for place in range(3, -1, -1):
        out[:, 2 * place : 2 * place + 2] = table[rest % 100]
        rest = rest // 100
    return pa.array(out.view("S8").ravel()).cast(pa.string())
