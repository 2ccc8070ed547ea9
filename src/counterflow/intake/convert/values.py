"""One column of text becomes one column of values; each text that cannot be one is named, with the reason.

Two ways lead there. Arrow casts a whole column where every value is sound; where it refuses, and for codes, each
*distinct* text is read once in Python, and the results are spread over the rows by their dictionary index.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zoneinfo
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import nearest
from counterflow.core.tables import INSTANT
from counterflow.intake.convert.day_hints import HOW_DAYS, day_hint
from counterflow.intake.convert.marks import marks_hint, plain_number
from counterflow.intake.convert.order_values import read_place, read_share, read_word, read_yes_no
from counterflow.intake.identifiers import Repaired, Unreadable, country, currency, hs_code, iso6346, s10
from counterflow.intake.mapping.model import FieldRule
from counterflow.intake.mapping.targets import OF_ORDERS, Kind, choices_of
from counterflow.intake.readers.rows import plain_value

__all__ = ["Converted", "ValueReader", "as_text"]

Mask = npt.NDArray[np.bool_]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?Z|[+-]\d{2}(:?\d{2})?)?)?", re.ASCII
)
_EARLIEST, _LATEST = dt.date(1970, 1, 1), dt.date(2100, 12, 31)
_INT32 = 2**31 - 1
#: distinct values remembered from one batch to the next
_MEMORY = 200_000
_NO_TEXT = pa.scalar(None, pa.string())
_PLAIN_NUMBER = r"^\d{1,15}(\.\d{1,12})?$"
#: texts that Arrow reads as we do, by kind; what is of another shape is looked at value by value
_PLAIN_SHAPES: dict[Kind, str] = {
    "number": _PLAIN_NUMBER,
    "mass": _PLAIN_NUMBER,
    "integer": r"^\d{1,9}$",
    "instant": r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$",
}

ARROW_TYPES: dict[Kind, pa.DataType] = {
    "number": pa.float64(), "mass": pa.float64(), "integer": pa.int32(), "date": pa.date32(), "instant": INSTANT,
    "share": pa.float64(), "yes-no": pa.bool_(),
}  # fmt: skip


@dataclass(frozen=True)
class Converted:
    """One column after reading.

    Args:
        values: as the tables carry them; null where empty or bad.
        text: what was read, without blanks around it.
        bad: which rows hold something that cannot be read; None when none does.
        problems: text to what is wrong with it.
        notes: what was repaired, and on how many rows.
    """

    values: pa.Array
    text: pa.Array
    bad: Mask | None = None
    problems: dict[str, Unreadable] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as text without blanks around it, empty as null; whole floats lose their ".0".

    >>> as_text(pa.array([440890.0, None])).to_pylist()
    ['440890', None]
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        column = _written(column)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    empty = pc.equal(text, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), text) if pc.any(empty).as_py() else text


def _written(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if kind == pa.date32() or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    distinct = column.dictionary_encode() if not pa.types.is_nested(kind) else None
    if distinct is None:
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    words = pa.array([_shown(v) for v in distinct.dictionary.to_pylist()], pa.string())
    return words.take(distinct.indices)


def _shown(value: object) -> str | None:
    if isinstance(value, float) and math.isnan(value):
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else plain_value(value)


class ValueReader:
    """Reads the columns of one rule; remembers distinct values from batch to batch.

    Args:
        rule: the rule; its codes, formats and units are applied here.
    """

    def __init__(self, rule: FieldRule) -> None:
        self.rule = rule
        self._memory: dict[str, object] = {}
        self._codes = _codes(rule)
        self._read = _reader(rule)

    def read(self, column: pa.Array) -> Converted:
        """Return the values of one column (text, or typed as a Parquet file has it)."""
        rule = self.rule
        if rule.kind == "amount":
            return Converted(column, column)
        if not self._codes and rule.default is None and (typed := _typed(column, rule)) is not None:
            return Converted(typed, column)
        text = as_text(column)
        if self._codes or rule.closed:
            text, refused = self._through_codes(text)
        else:
            refused = {}
        if rule.default is not None:
            text = pc.fill_null(text, rule.default)
        if rule.kind == "text" and not refused:
            return Converted(text, text)
        if refused:
            return self._distinct(text, refused)
        fast = _fast(text, rule)
        return Converted(fast, text) if fast is not None else self._mostly_fast(text)

    def _mostly_fast(self, text: pa.Array) -> Converted:
        """Cast the texts of plain shape by Arrow and look closer at the others alone: few rows are broken."""
        shape = _PLAIN_SHAPES.get(self.rule.kind)
        if shape is None:
            return self._distinct(text, {})
        plain = pc.fill_null(pc.match_substring_regex(text, shape), False)
        fast = _fast(pc.if_else(plain, text, _NO_TEXT), self.rule)
        if fast is None:
            return self._distinct(text, {})
        rest = self._distinct(pc.if_else(plain, _NO_TEXT, text), {})
        return replace(rest, values=pc.coalesce(fast, rest.values), text=text)

    def _through_codes(self, text: pa.Array) -> tuple[pa.Array, dict[str, Unreadable]]:
        """Return the text with the source's codes replaced, and what a closed list of codes refuses."""
        distinct = text.dictionary_encode()
        refused: dict[str, Unreadable] = {}
        words: list[str | None] = []
        for word in distinct.dictionary.to_pylist():
            if word not in self._codes and self.rule.closed:
                close = nearest(word, self._codes)
                hint = f"Nearest: {', '.join(close)}." if close else f"Known: {', '.join(list(self._codes)[:12])}."
                refused[word] = Unreadable("unknown-code", f"The mapping lists no such code. {hint}")
            words.append(self._codes.get(word, word) or None)
        return pa.array(words, pa.string()).take(distinct.indices), refused

    def _distinct(self, text: pa.Array, refused: dict[str, Unreadable]) -> Converted:
        """Read each distinct text once."""
        encoded = text.dictionary_encode()
        words = encoded.dictionary.to_pylist()
        if len(self._memory) > _MEMORY:
            self._memory.clear()
        found = [refused.get(word) or self._remembered(word) for word in words]
        problems = {w: f for w, f in zip(words, found, strict=True) if isinstance(f, Unreadable)}
        plain = [None if isinstance(f, Unreadable) else f.value if isinstance(f, Repaired) else f for f in found]
        values = pa.array(plain, ARROW_TYPES.get(self.rule.kind, pa.string())).take(encoded.indices)
        indices = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        bad = None
        if problems:
            bad = np.array([isinstance(f, Unreadable) for f in found] + [False])[indices]
        notes: Counter[str] = Counter()
        for i, f in enumerate(found):
            if isinstance(f, Repaired):
                notes[f.note] += int((indices == i).sum())
        return Converted(values, text, bad, problems, notes)

    def _remembered(self, word: str) -> object:
        if word not in self._memory:
            try:
                self._memory[word] = self._read(word)
            except Unreadable as problem:
                # Without its traceback: that would hold the frames of this call, and with them the whole batch.
                self._memory[word] = problem.with_traceback(None)
        return self._memory[word]


def _codes(rule: FieldRule) -> dict[str, str]:
    """Return the codes of a rule; those of a choice may be written in any case."""
    return dict(rule.codes)


def _typed(column: pa.Array, rule: FieldRule) -> pa.Array | None:
    """Return the values of a column that has the right type already; None where it must go through text."""
    kind = column.type
    try:
        if rule.kind in {"number", "mass", "integer"} and (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            values = column.cast(pa.float64())
            if pa.types.is_floating(kind):
                values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
            return _sound(values, rule)
        if rule.kind == "date" and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            return _in_range(column.cast(pa.date32(), safe=False))
        if rule.kind == "instant" and pa.types.is_timestamp(kind):
            utc = column if kind.tz else pc.assume_timezone(column, rule.timezone)
            return utc.cast(INSTANT, safe=False)
    except pa.ArrowInvalid:
        return None
    return None


def _fast(text: pa.Array, rule: FieldRule) -> pa.Array | None:
    """Cast a whole column by Arrow; None where some value needs a closer look."""
    try:
        if rule.kind in {"number", "mass", "integer"} and rule.decimal == "." and not rule.thousands:
            return _sound(text.cast(pa.float64()), rule)
        if rule.kind == "date" and not rule.formats:
            return _in_range(text.cast(pa.date32()))
        if rule.kind == "instant" and not rule.formats:
            return _fast_instant(text, rule.timezone)
    except pa.ArrowInvalid:
        return None
    return None


def _fast_instant(text: pa.Array, timezone: str) -> pa.Array | None:
    zoned = pc.all(pc.match_substring_regex(text, r"[T ].*(Z|[+-]\d\d:?\d\d)$")).as_py()
    if zoned:
        return _instants_in_range(text.cast(INSTANT))
    if timezone != "UTC":
        return None
    return _instants_in_range(text.cast(pa.timestamp("us")).cast(INSTANT))


def _instants_in_range(values: pa.Array) -> pa.Array | None:
    return values if _in_range(values.cast(pa.date32(), safe=False)) is not None else None


def _sound(values: pa.Array, rule: FieldRule) -> pa.Array | None:
    """Return numbers in the unit of the house where all are finite and none is negative, else None."""
    span = pc.min_max(values)
    low, high = span["min"].as_py(), span["max"].as_py()
    if low is None:
        return values.cast(ARROW_TYPES[rule.kind])
    if low < 0 or not math.isfinite(high) or math.isnan(low) or pc.any(pc.is_nan(values)).as_py():
        return None
    if rule.kind == "integer":
        return values.cast(pa.int32())
    factor = _factor(rule)
    return values if factor == 1.0 else pc.multiply(values, factor)


def _in_range(days: pa.Array) -> pa.Array | None:
    span = pc.min_max(days)
    low, high = span["min"].as_py(), span["max"].as_py()
    return days if low is None or (low >= _EARLIEST and high <= _LATEST) else None


def _factor(rule: FieldRule) -> float:
    """Return kilograms per unit; 1 where the unit comes row by row, or the field is no mass."""
    from counterflow.core.units import KILOGRAMS_PER

    return 1.0 if rule.kind != "mass" or rule.unit_column else KILOGRAMS_PER[rule.unit.casefold()]


def _reader(rule: FieldRule) -> Callable[[str], object]:
    """Return the function that reads one text under a rule."""
    readers: dict[Kind, Callable[[str], object]] = {
        "text": str,
        "choice": partial(_read_choice, choices=choices_of(rule.target, rule.table)),
        "number": partial(_read_number, rule=rule),
        "mass": partial(_read_number, rule=rule),
        "integer": partial(_read_integer, rule=rule),
        "date": partial(_read_date, rule=rule),
        "instant": partial(_read_instant, rule=rule),
        "hs": partial(hs_code, pad=rule.hs_pad),
        "country": partial(read_place, rule=rule) if rule.table in OF_ORDERS else country,
        "locode": _read_locode,
        "currency": currency,
        "s10": s10,
        "container": iso6346,
        "amount": str,  # taken apart with its unit and pack: see `amounts`
        "share": partial(read_share, rule=rule),
        "word": partial(read_word, rule=rule),
        "yes-no": read_yes_no,
    }
    return readers[rule.kind]


def _read_choice(text: str, choices: tuple[str, ...]) -> str:
    if text.lower() in choices:
        return text.lower()
    raise Unreadable(
        "not-a-choice", f"It can be: {', '.join(choices)}. Map the source's own codes under codes = {{…}}."
    )


def _read_number(text: str, rule: FieldRule) -> float:
    plain = plain_number(text, rule.decimal, rule.thousands)
    if plain is None or not _NUMBER.fullmatch(plain):
        raise Unreadable(
            "not-a-number", f"It cannot be read as a number.{marks_hint(text, rule.decimal, rule.thousands)}"
        )
    value = float(plain)
    if not math.isfinite(value):
        raise Unreadable("not-a-number", "The number has no end.")
    if value < 0:
        raise Unreadable("negative", f"A {rule.target.rpartition('.')[2]} is not negative.")
    return value * _factor(rule)


def _read_integer(text: str, rule: FieldRule) -> int:
    value = _read_number(text, rule)
    if not value.is_integer() or value > _INT32:
        raise Unreadable("not-a-whole-number", f"A whole number up to {_INT32:,} is wanted.")
    return int(value)


def _read_date(text: str, rule: FieldRule) -> dt.date:
    if rule.formats:
        found = _by_format(text, rule.formats).date()
    elif _ISO_DATE.fullmatch(text[:10]) and (len(text) == 10 or _ISO_INSTANT.fullmatch(text)):
        found = _iso(text[:10]).date()
    else:
        hint = f'Dates are ISO 8601 (2021-03-31). Another form is named in the mapping: format = ["{_guess(text)}"].'
        raise Unreadable("date-format", day_hint(text) + (HOW_DAYS if rule.table in OF_ORDERS else hint))
    return _checked(found)


def _read_instant(text: str, rule: FieldRule) -> dt.datetime:
    if rule.formats:
        found = _by_format(text, rule.formats)
    elif _ISO_INSTANT.fullmatch(text):
        found = _iso(text.replace(",", ".").replace(" Z", "Z"))
    else:
        hint = f'Times are ISO 8601 (2021-03-31T14:05:00Z). Another form is named: format = ["{_guess(text)} %H:%M"].'
        raise Unreadable("date-format", hint)
    _checked(found.date())
    zone = zoneinfo.ZoneInfo(rule.timezone)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)


def _by_format(text: str, formats: tuple[str, ...]) -> dt.datetime:
    for form in formats:
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - the rule's zone is set by the caller
        except ValueError:
            continue
    said = f"It is none of the formats that the mapping lists: {', '.join(formats)}."
    raise Unreadable("date-format", day_hint(text) + said)


def _iso(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable("no-such-day", f"{str(error).capitalize()}.") from None


def _checked(day: dt.date) -> dt.date:
    if not _EARLIEST <= day <= _LATEST:
        raise Unreadable("date-range", f"{day} lies outside {_EARLIEST} … {_LATEST}.")
    return day


def _guess(text: str) -> str:
    """Return a likely format for a date that is not ISO, to be shown as an example."""
    if re.match(r"\d{8}", text):
        return "%Y%m%d"
    mark = next((m for m in "./-" if m in text), "/")
    return f"%Y{mark}%m{mark}%d" if re.match(r"\d{4}\D", text) else f"%d{mark}%m{mark}%Y"


def _read_locode(text: str) -> str:
    """Return the country of a UN/LOCODE: its first two letters."""
    code = text.replace(" ", "")
    if len(code) not in {2, 5}:
        raise Unreadable("locode-form", "A UN/LOCODE has five characters, the first two a country.")
    return country(code[:2])
