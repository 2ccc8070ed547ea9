"""What the label columns of a file mean when a back-test reads them: `[labels.finds]` of a mapping.

Labels are never loaded as data. A back-test, which works on a file and stores nothing, takes them as outcomes::

    [labels]
    columns = ["fraud", "critical_fraud"]
    [labels.finds]                      # harm class to column=value; the first class that a row meets
    drug = ["critical_fraud=2"]
    revenue = ["fraud=1"]

A row that meets none was inspected with nothing found; a row whose label columns are all empty has no known outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from counterflow.core.errors import ConfigError, nearest

__all__ = ["LABEL_KEYS", "finds_of"]

LABEL_KEYS: dict[str, type] = {"columns": list, "finds": dict}

#: makes the error: message, table, key, hint
Wrong = Callable[[str, str, str, str], ConfigError]


def finds_of(found: Mapping[str, Any], labels: tuple[str, ...], wrong: Wrong) -> tuple[tuple[str, str, str], ...]:
    """Return (harm class, column, value) in the order written.

    Raises:
        ConfigError: a find that is not `column=value`, or names a column that is no label.
    """
    made = []
    for harm_class, tests in found.get("finds", {}).items():
        for test in [tests] if isinstance(tests, str) else tests:
            column, equals, value = str(test).partition("=")
            column, value = column.strip(), value.strip()
            if not equals or not value:
                raise wrong(
                    f"a find is written column=value, not {test!r}.", "labels.finds", harm_class, 'As "fraud=1".'
                )
            if column not in labels:
                close = nearest(column, labels)
                hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(labels) or 'none'}."
                raise wrong(f"{column!r} is no column of [labels].", "labels.finds", harm_class, hint)
            made.append((harm_class, column, value))
    return tuple(made)
