"""On which line of a TOML file a key stands: the parser of the standard library does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["Path", "key_lines", "line_of"]

#: names of tables and keys, and places in lists, from the top of the file
Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_TEXTS = re.compile(r"""\"\"\"|'''|"(?:\\.|[^"\\])*"|'[^']*'|#.*$|[\[\]{}]""")


def key_lines(text: str) -> dict[Path, int]:
    r"""Return the line (from 1) of every table header and key of a TOML text.

    Arrays of tables are counted as the parser does, so that a path leads to the same place in both. Keys inside an
    inline table or list are found by the line of the key that holds them.

    >>> key_lines('a = 1\n[[t]]\nb = 2\n[[t]]\nb = 3')
    {('a',): 1, ('t', 0): 2, ('t', 0, 'b'): 3, ('t', 1): 4, ('t', 1, 'b'): 5}
    """
    lines: dict[Path, int] = {}
    here: Path = ()
    counts: dict[Path, int] = {}
    depth, quoted = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not depth and not quoted:
            header = _HEADER.match(line)
            if header and not _KEY.match(line):
                here = _entered(header[2], header[1] == "[[", counts)
                lines.setdefault(here, number)
                continue
            key = _KEY.match(line)
            if key:
                lines.setdefault((*here, *_parts(key[1])), number)
        depth, quoted = _open(line, depth, quoted)
    return lines


def _parts(name: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(name)]


def _entered(name: str, many: bool, counts: dict[Path, int]) -> Path:
    path: Path = ()
    parts = _parts(name)
    for place, part in enumerate(parts):
        path = (*path, part)
        if many and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
            return (*path, counts[path])
        if path in counts:
            path = (*path, counts[path])
    return path


def _open(line: str, depth: int, quoted: str) -> tuple[int, str]:
    """Return how many brackets, and which long quote, are open after a line."""
    rest = line
    while rest:
        if quoted:
            _, found, rest = rest.partition(quoted)
            if not found:
                return depth, quoted
            quoted = ""
            continue
        match = _TEXTS.search(rest)
        if match is None:
            return depth, quoted
        mark, rest = match[0], rest[match.end() :]
        if mark in ('"""', "'''"):
            quoted = mark
        elif mark in "[{":
            depth += 1
        elif mark in "]}":
            depth = max(0, depth - 1)
    return depth, quoted


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Return the line of a path, else that of the nearest table above it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None
