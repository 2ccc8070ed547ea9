"""What a column of texts names, read once for all checks that ask.

Several checks hold the same goods texts against something (law, declared code, declared mass). They are pure functions
of their batch and know nothing of each other, so the reading is remembered by what it was made from: the registry's
version and the texts themselves.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.reference.registry import Registry, load_registry
from counterflow.screen.substances.mentions import Mention, WrongNumber, find_mentions

__all__ = ["mentions_by_row", "mentions_by_text"]

_Met = Mapping[int, list[Mention | WrongNumber]]
#: Readings remembered, and bytes of text and mentions beyond which none is.
_KEPT, _MOST_BYTES, _MOST_MENTIONS = 2, 32_000_000, 100_000
_READ: OrderedDict[tuple[str, bytes], _Met] = OrderedDict()
_LOCK = threading.Lock()


def mentions_by_text(texts: pa.Array, registry: Registry | None = None) -> _Met:
    """Return what texts name, by position of the text; only texts that name something are there.

    Args:
        texts: distinct strings.
        registry: the registry asked; the shipped one where None.
    """
    registry = registry or load_registry()
    if texts.nbytes > _MOST_BYTES:
        return _read(texts, registry)
    key = registry.version, _digest(texts)
    with _LOCK:
        if key in _READ:
            _READ.move_to_end(key)
            return _READ[key]
    met = _read(texts, registry)
    if sum(map(len, met.values())) <= _MOST_MENTIONS:
        with _LOCK:
            _READ[key] = met
            while len(_READ) > _KEPT:
                _READ.popitem(last=False)
    return met


def mentions_by_row(column: pa.Array, registry: Registry | None = None) -> Iterator[tuple[int, list[Mention]]]:
    """Yield each row whose text names a substance, in order, with what it names; `Mention.row` is not the row.

    Args:
        column: strings; equal texts are read once.
        registry: the registry asked; the shipped one where None.
    """
    texts = pc.dictionary_encode(column)
    met = mentions_by_text(texts.dictionary, registry)
    number = pc.fill_null(texts.indices, -1).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(np.isin(number, np.fromiter(met, np.int64, len(met)))).tolist():
        named = [m for m in met[int(number[row])] if isinstance(m, Mention)]
        if named:
            yield row, named


def _read(texts: pa.Array, registry: Registry) -> _Met:
    met: defaultdict[int, list[Mention | WrongNumber]] = defaultdict(list)
    for mention in find_mentions(texts, registry):
        met[mention.row].append(mention)
    return dict(met)


def _digest(texts: pa.Array) -> bytes:
    """Return a digest of the texts: their lengths, which are null, and their bytes."""
    digest = hashlib.blake2b(digest_size=16)
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy(zero_copy_only=False)
    digest.update(lengths.astype(np.int64).tobytes())
    for text in pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], pc.fill_null(texts, "")), "\0"):
        digest.update(text.as_buffer())
    return digest.digest()
