"""Values of a rule that no stored record has: a misspelt lane makes a rule that never hits, and nobody notices."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.core.errors import nearest
from counterflow.target.features.lines import Lines
from counterflow.target.rules.conditions import Compare, Is, New, Past, Rule, Starts, Test, Value, tests_of
from counterflow.target.rules.keys import column_of
from counterflow.target.rules.names import ATTRIBUTES

__all__ = ["unmet_words"]


def unmet_words(rule: Rule, lines: Lines) -> list[str]:
    """Return in words which values, attributes and currencies of a rule no record of `lines` has, with the nearest."""
    said = [words for test in tests_of(rule.condition) for words in _of(test, lines)]
    return list(dict.fromkeys(said))


def _of(test: Test, lines: Lines) -> Iterator[str]:
    match test:
        case Is(name, values):
            known = _values(lines, name)
            yield from (_unknown(name, value, known) for value in values if value not in known)
        case Starts(name, prefixes):
            known = _values(lines, name)
            for prefix in prefixes:
                if not any(value.startswith(prefix) for value in known):
                    yield f"No stored record has {_shown(name)} that starts with {prefix!r}."
        case Compare(name, _, Value(_, unit)) if name in {"value", "value per kg"}:
            currency = unit.partition(" ")[0]
            known = _values(lines, "currency")
            if currency not in known:
                yield _unknown("currency", currency, known)
        case New(key, _) | Past(_, _, key):
            for name in key:
                if not _values(lines, name):
                    yield f"No stored record says its {_shown(name)}: a test by it is never met."
        case _:
            pass


def _values(lines: Lines, name: str) -> set[str]:
    return {value for value in column_of(lines.table, name).unique().to_pylist() if value is not None}


def _shown(name: str) -> str:
    return f"attribute {name.removeprefix(ATTRIBUTES)!r}" if name.startswith(ATTRIBUTES) else name


def _unknown(name: str, value: str, known: set[str]) -> str:
    close = nearest(value, known)
    hint = f"; did you mean {' or '.join(repr(c) for c in close)}?" if close else "."
    return f"No stored record has {_shown(name)} {value!r}{hint}"
