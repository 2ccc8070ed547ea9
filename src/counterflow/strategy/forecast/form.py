"""The form of a forecast of an action, as the action record seals it: one JSON object, the same bytes for the same run.

Every number is a decimal text, so that no machine writes it otherwise; keys are sorted; text is in words that a reader
without the program understands. `forecast` is the SHA-256 of all the rest in canonical spelling: whoever holds the
object can check that it is what was sealed. What changes the meaning of a key raises `SCHEMA_VERSION`; keys may be
added.
docs/decisions/0025-forecast-of-an-action.md describes it; `check` is what a reader runs first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.core.errors import InputError
from counterflow.store.ledger import canonical_bytes, decimal_text

__all__ = [
    "DIGITS",
    "MEASURES",
    "SCHEMA",
    "SCHEMA_VERSION",
    "check",
    "flat",
    "measure_row",
    "number",
    "sealed",
    "text_of",
]

SCHEMA, SCHEMA_VERSION = "counterflow.action-forecast", "1"
#: significant digits of a forecast: more would say more than is known
DIGITS = 4
MEASURES = (
    "availability",
    "price",
    "substitution",
    "displacement",
    "overdoses",
    "deaths",
    "inspections",
    "stops",
    "arrests",
)
KINDS = ("outcome", "counter", "burden", "activity")
_ENDS = ("low90", "low50", "median", "high50", "high90")
_TOP = (
    "schema", "schema_version", "forecast", "action", "area", "windows", "measures", "alternatives", "limits", "method",
    "source", "as_of", "model_version", "parameters_sha256", "data_sha256", "seed", "draws",
)  # fmt: skip


def number(value: float | None) -> str | None:
    """Return a number as decimal text of `DIGITS` significant digits.

    >>> number(0.123456), number(12345.6), number(None)
    ('0.1235', '12350.0', None)
    """
    if value is None or not math.isfinite(value):
        return None
    return decimal_text(float(f"{value:.{DIGITS}g}") + 0.0)


def measure_row(
    measure: str, window: str, unit: str, kind: str, ends: Sequence[float] | None, words: Mapping[str, str],
    assumed: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Return one measure of the form.

    Args:
        measure: one of `MEASURES`.
        window: name of one of the form's windows.
        unit: unit.
        kind: outcome, counter (harm that must not rise), burden or activity.
        ends: 5, 25, 50, 75 and 95 % points; None where the model cannot say.
        words: what, method, source, as_of, and why_not where there are no ends.
        assumed: share of the variance from parameters that no data inform; None where not known.
    """
    said = dict(zip(_ENDS, (number(end) for end in ends), strict=True)) if ends is not None else dict.fromkeys(_ENDS)
    return {
        "measure": measure, "window": window, "unit": unit, "kind": kind, **said, "what": words["what"],
        "method": words["method"], "source": words["source"], "as_of": words["as_of"],
        "informative": ends is not None, "why_not": words.get("why_not", ""), "assumption_share": number(assumed),
        "assumption_driven": assumed is None or assumed > 0.5,
    }  # fmt: skip


def sealed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form with its schema and its own digest."""
    whole = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **body}
    whole.pop("forecast", None)
    return whole | {"forecast": _digest(whole)}


def _digest(whole: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_bytes({k: v for k, v in whole.items() if k != "forecast"})).hexdigest()


def text_of(form: Mapping[str, Any]) -> bytes:
    """Return the form's canonical bytes."""
    return canonical_bytes(dict(form))


def check(form: Mapping[str, Any]) -> None:
    """Raise InputError unless this is a forecast of an action in this form, whole and unchanged.

    Raises:
        InputError: another schema or version, a key is missing, a measure is not one, ends are crossed, or the digest
            is not that of the content.
    """
    if form.get("schema") != SCHEMA or form.get("schema_version") != SCHEMA_VERSION:
        raise InputError(
            f"This is {form.get('schema')!r} version {form.get('schema_version')!r}.",
            hint=f"Expected {SCHEMA!r} version {SCHEMA_VERSION!r}; `strategy action --format json` writes it.",
        )
    missing = [name for name in _TOP if name not in form]
    if missing:
        raise InputError(f"The forecast lacks {', '.join(missing)}.", column=missing[0])
    windows = {row["window"] for row in form["windows"]}
    for place, row in enumerate(form["measures"], 1):
        _check_measure(place, row, windows)
    if form["forecast"] != _digest(form):
        raise InputError(
            "The forecast is not what its digest says.", column="forecast", hint="It was changed; ask for the original."
        )


def _check_measure(place: int, row: Mapping[str, Any], windows: set[str]) -> None:
    if row["measure"] not in MEASURES or row["kind"] not in KINDS or row["window"] not in windows:
        raise InputError(f"Measure {place} is none of this form.", column="measures", value=row["measure"])
    texts = [row[name] for name in _ENDS]
    if (None in texts) is not (not row["informative"]) or (None in texts and not row["why_not"]):
        raise InputError(f"Measure {place} has no interval and does not say why.", column="measures")
    ends = [float(text) for text in texts if text is not None]
    if ends != sorted(ends):
        raise InputError(f"The ends of measure {place} are crossed.", column="measures", value=row["measure"])


def flat(form: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the measures as lines of a table."""
    return [
        {
            "measure": row["measure"], "window": row["window"], "median": row["median"],
            "50 %": _between(row, "50"), "90 %": _between(row, "90"), "unit": row["unit"],
            "from assumptions": _percent(row["assumption_share"]),
            "why not": row["why_not"],
        }
        for row in form["measures"]
    ]  # fmt: skip


def _between(row: Mapping[str, Any], level: str) -> str:
    return "" if row["median"] is None else f"{row[f'low{level}']} to {row[f'high{level}']}"


def _percent(text: str | None) -> str:
    return "not known" if text is None else f"{float(text):.0%}"
