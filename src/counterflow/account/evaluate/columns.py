"""Names of columns as commands take them: several in one text, whatever marks the names themselves hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterflow.account.evaluate.ask import Special
from counterflow.account.evaluate.periods import read_span
from counterflow.account.given import Rows
from counterflow.core.errors import InputError, UnknownName

__all__ = ["named_columns", "named_specials"]


def named_columns(rows: Rows, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that texts name: each whole where a column is called so, else its parts between commas.

    Raises:
        UnknownName: there is no such column; the nearest are shown.
    """
    found: list[str] = []
    for text in texts:
        whole = text.strip()
        for part in [whole] if whole in rows.places else re.split(r"[,;]", whole):
            name = part.strip()
            if not name:
                continue
            if name not in rows.places:
                raise UnknownName("column", name, rows.header, file=rows.path)
            found.append(name)
    return tuple(dict.fromkeys(found))


def named_specials(rows: Rows, texts: Sequence[str]) -> tuple[Special, ...]:
    """Return predictors with their own periods from texts like `gdpcap:1960-1969` or `a:1961,1963; b:1969`.

    A part is a column only before a colon, so that commas between years and between columns may both stand.

    Raises:
        UnknownName: a column is not known.
        InputError: the periods of one cannot be read.
    """
    known = "|".join(re.escape(name) for name in sorted(rows.header, key=len, reverse=True) if name)
    head = re.compile(rf"(?:^|[,;])\s*({known})\s*:")
    found: list[Special] = []
    for text in texts:
        starts = list(head.finditer(text))
        if not starts or text[: starts[0].start()].strip():
            column, mark, _ = text.partition(":")
            if not mark:
                raise InputError(
                    f"--special {text!r} names no periods.",
                    value=text,
                    hint="Write COLUMN:1960-1969 or COLUMN:1961,1963.",
                )
            raise UnknownName("column", column.strip(), rows.header, file=rows.path)
        for i, start in enumerate(starts):
            end = starts[i + 1].start() if i + 1 < len(starts) else len(text)
            words = text[start.end() : end].strip(" ,;")
            found += _special(rows, start[1], words)
    return tuple(dict.fromkeys(found))


def _special(rows: Rows, column: str, words: str) -> list[Special]:
    if unknown := re.search(r"([^,;:\s][^,;:]*):(?!\d)", words):
        raise UnknownName("column", unknown[1].strip(), rows.header, file=rows.path)
    return [Special(column, *read_span(words, f"--special {column}"), words)]
