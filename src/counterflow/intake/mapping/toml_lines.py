"""Where a key stands in a TOML text: `tomllib` reads values and forgets their lines, and messages need them."""

from __future__ import annotations

import re

__all__ = ["TomlLines"]

_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


class TomlLines:
    r"""Finds lines by the full name of a key. Tables of an array are numbered: `goods#2.hs`.

    >>> TomlLines('[fields.hs]\ncolumn = "c"').find("fields.hs.column")
    2
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        arrays: dict[str, int] = {}
        table = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = _plain(header[2])
                if header[1] == "[[":
                    arrays[table] = arrays.get(table, 0) + 1
                    table = f"{table}#{arrays[table]}"
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault(f"{table}.{_plain(key[1])}".strip("."), number)

    def find(self, name: str) -> int | None:
        """Return the line of a key, else of the nearest table around it, else None."""
        while name:
            if name in self._lines:
                return self._lines[name]
            name = name.rpartition(".")[0]
        return None


def _plain(name: str) -> str:
    return re.sub(r"""\s*["']?\s*\.\s*["']?\s*|["']""", lambda m: "." if "." in m[0] else "", name).strip()
