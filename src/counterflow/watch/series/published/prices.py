"""Prices and purities: a table of signals as somebody made them, or purchases as laboratories list them (STRIDE-like).

A table of signals has a column `measure`. Purchases have a date, a drug, grams, purity and price; they are added up on
read by quarter (`--option period=month|quarter|year`), place, drug and form: no purchase is kept. Price by the pure
gram is by the expected-purity method (`watch.supply.price`).

Checked: nothing official; STRIDE and STARLiMS extracts are given out on request and their columns are recalled. Files
are named by column, in any order.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.units import unit_of
from counterflow.watch.series.periods import ends_of, starts_of
from counterflow.watch.series.published.names import Named
from counterflow.watch.series.published.sheet import Sheet, folded_name, text_of
from counterflow.watch.series.published.when import as_of_day, day_of
from counterflow.watch.series.reader import COUNTS, SIGNALS, Options, Read, table_for
from counterflow.watch.supply.price import METHOD, Purchases, pure_gram_prices

__all__ = ["MEASURES", "read_prices"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
SOURCE = "prices"
MEASURES = ("price", "purity", "mass-kg", "tablets", "tablet-mg", "seizures")
_KEYS = {"place": ("State", "City", "Country"), "form": (), "market": ("Market level", "Level"), "route": ()}
_TABLE = {
    "starts": ("start", "from"), "ends": ("end", "to"), "substance": ("drug",), "measure": (), "value": (), "low": (),
    "high": (), "unit": (), "n": ("samples", "events"), "as_of": (), **_KEYS,
}  # fmt: skip
_PURCHASES = {
    "date": ("Date of purchase", "Acquisition date", "Date collected"),
    "substance": ("Drug", "Drug name", "Primary drug"), "grams": ("Weight (g)", "Net weight (g)", "Weight", "Grams"),
    "purity": ("Purity (%)", "Potency", "Potency (%)", "Purity %"),
    "price": ("Price (USD)", "Cost", "Purchase price", "Price"), **_KEYS,
}  # fmt: skip
_PER_CENT = 100.0


def read_prices(content: bytes, file: str, options: Options) -> Read:
    """Read supply signals, or purchases added up to signals.

    Raises:
        InputError: neither form.
    """
    text = text_of(content, file)
    header = {folded_name(name) for name in text.partition("\n")[0].replace(";", ",").replace("\t", ",").split(",")}
    return _signals(text, file, options) if "measure" in header else _bought(text, file, options)


def _signals(text: str, file: str, options: Options) -> Read:
    sheet = Sheet(text, file, _TABLE, ("starts", "ends", "substance", "measure", "value", "unit"))
    starts, ends, as_of_days = (sheet.each(word, day_of) for word in ("starts", "ends", "as_of"))
    for word, days in (("starts", starts), ("ends", ends)):
        sheet.refuse(np.array([day is None for day in days], bool), word, "no-day", "Write YYYY-MM-DD.")
    turned = np.array([a is not None and b is not None and b < a for a, b in zip(starts, ends, strict=True)], bool)
    sheet.refuse(turned, "ends", "ends-before-start", "Swap the days.")
    measures = sheet.each("measure", str.casefold)
    sheet.refuse(
        np.array([m not in MEASURES for m in measures], bool),
        "measure",
        "unknown-measure",
        f"One of {', '.join(MEASURES)}.",
    )
    value, low, high = (sheet.numbers(word, empty=word != "value") for word in ("value", "low", "high"))
    n = sheet.numbers("n", whole=True)
    crossed = ~(np.isnan(low) | (low <= value)) | ~(np.isnan(high) | (value <= high))
    sheet.refuse(crossed, "low", "bounds-crossed", "low <= value <= high.")
    factor, units = _units(sheet, measures)
    over = np.array([m == "purity" and f * v > 1 for m, f, v in zip(measures, factor, value, strict=True)], bool)
    sheet.refuse(over, "value", "too-pure", "A purity is at most 100 %; say the unit: share or %.")
    as_of, said = as_of_day(options, file, max((d for d in as_of_days if d), default=None))
    late = np.array([b is not None and b > (d or as_of) for b, d in zip(ends, as_of_days, strict=True)], bool)
    sheet.refuse(late, "ends", "period-not-over", f"The file is of {as_of}; --as-of names another day.")
    named = Named()
    drugs = sheet.each("substance", named.subject)
    at = np.flatnonzero(sheet.kept).tolist()
    columns = {
        "source": options.source or SOURCE, **_keys(sheet, at), "starts": [starts[i] for i in at],
        "ends": [ends[i] for i in at],
        "substance": [drugs[i] for i in at], "measure": [measures[i] for i in at], "value": (value * factor)[at],
        "low": (low * factor)[at], "high": (high * factor)[at], "unit": [units[i] for i in at],
        "n": [None if np.isnan(n[i]) else int(n[i]) for i in at], "as_of": [as_of_days[i] or as_of for i in at],
    }  # fmt: skip
    made = table_for(SIGNALS, len(at), columns)
    told = tuple(t for t in (said, *named.words("substances")) if t)
    return Read(sheet.n, COUNTS.empty_table(), signals=made, refused=sheet.refused, said=told)


def _keys(sheet: Sheet, at: list[int]) -> dict[str, list[str]]:
    """Return place, form, market and route; all where no place is said."""
    found: dict[str, list[str]] = {}
    for word in _KEYS:
        texts = sheet.text(word)
        found[word] = [texts[i].casefold() if word != "place" else (texts[i] or "all") for i in at]
    return found


def _units(sheet: Sheet, measures: list[str]) -> tuple[Floats, list[str]]:
    """Return what to multiply each value by and the unit it then has; rows of a unit that does not fit are refused."""
    given = sheet.text("unit")
    known = {pair: _unit(*pair) for pair in set(zip(measures, given, strict=True))}
    found = [known[pair] for pair in zip(measures, given, strict=True)]
    bad = np.array([each is None for each in found], bool)
    sheet.refuse(
        bad,
        "unit",
        "unknown-unit",
        "price: USD per g (or kg, oz); purity: share or %; mass-kg: kg, g, lb; tablet-mg: mg.",
    )
    return np.array([each[0] if each else 1.0 for each in found]), [each[1] if each else "" for each in found]


def _unit(measure: str, text: str) -> tuple[float, str] | None:
    """Return factor and unit of one measure.

    >>> _unit("price", "USD per kg"), _unit("purity", "%"), _unit("mass-kg", "lb"), _unit("price", "per kg")
    ((0.001, 'USD per g'), (0.01, 'share'), (0.45359237, 'kg'), None)
    """
    plain = text.strip()
    if measure == "purity":
        known = {"share": 1.0, "%": 1 / _PER_CENT, "percent": 1 / _PER_CENT}.get(plain.casefold())
        return None if known is None else (known, "share")
    if measure in {"tablets", "seizures"}:
        return 1.0, plain or ("tablets" if measure == "tablets" else "events")
    if measure == "price":
        return _price_unit(plain)
    unit = unit_of(plain)
    if unit is None or unit.kind != "mass":
        return None
    return (unit.factor / 1000, "kg") if measure == "mass-kg" else (unit.factor * 1000, "mg")


def _price_unit(text: str) -> tuple[float, str] | None:
    """Return factor and unit of a price: three letters of a currency per gram, pure or not, or per tablet."""
    money, per, mass = text.replace("/", " per ").partition(" per ")
    pure, unit = mass.strip().startswith("pure "), unit_of(mass.strip().removeprefix("pure ").strip())
    if not (per and len(money.strip()) == 3 and money.strip().isalpha()) or unit is None:
        return None
    words = f"{money.strip().upper()} per {'pure ' if pure else ''}"
    if unit.kind == "mass":
        return 1.0 / unit.factor, f"{words}g"
    return (1.0, f"{words}tablet") if unit.kind == "pieces" else None


def _bought(text: str, file: str, options: Options) -> Read:
    sheet = Sheet(text, file, _PURCHASES, ("date", "substance", "grams", "purity", "price"))
    days = sheet.each("date", day_of)
    sheet.refuse(np.array([day is None for day in days], bool), "date", "no-day", "Write YYYY-MM-DD.")
    grams, price = sheet.numbers("grams", empty=False), sheet.numbers("price")
    sheet.refuse(grams == 0, "grams", "no-weight", "A weight lies above 0.")
    purity = sheet.numbers("purity", highest=_PER_CENT)
    as_of, said = as_of_day(options, file, None)
    late = np.array([day is not None and day > as_of for day in days], bool)
    sheet.refuse(late, "date", "period-not-over", f"The file is of {as_of}; --as-of names another day.")
    named = Named()
    drugs = sheet.each("substance", named.subject)
    keep = sheet.kept
    at = np.flatnonzero(keep).tolist()
    share = bool(np.nanmax(purity[keep], initial=0.0) <= 1.0)
    if at and not share:
        purity = purity / _PER_CENT
    keys = _keys(sheet, at)
    when = np.array([days[i] for i in at], "datetime64[D]")
    grain = options.more.get("period", "quarter")
    begin = starts_of(when, grain)
    rows = _Rows(keys, [drugs[i] for i in at], begin, grams[at], purity[at], price[at])
    made = rows.signals(options.source or SOURCE, as_of, grain)
    told = [
        said,
        f"{len(at)} purchases added up by {grain}; none is kept",
        *named.words("substances"),
        f"price by {METHOD}",
    ]
    if at:
        told.append(f"purity read as {'a share' if share else 'per cent'}")
    return Read(sheet.n, COUNTS.empty_table(), signals=made, refused=sheet.refused, said=tuple(t for t in told if t))


class _Rows:
    """Purchases on their way to signals."""

    def __init__(self, keys: dict[str, list[str]], drugs: list[str], begin: npt.NDArray[np.datetime64],
                 grams: Floats, purity: Floats, price: Floats) -> None:  # fmt: skip
        self._keys, self._drugs, self._begin = keys, np.array(drugs, object), begin
        self._grams, self._purity, self._price = grams, purity, price
        self._place = np.array(keys["place"], object)
        self._kind = [f"{d}\t{f}\t{m}" for d, f, m in zip(drugs, keys["form"], keys["market"], strict=True)]

    def signals(self, source: str, as_of: dt.date, grain: str) -> pa.Table:
        """Return purity per place and period, and the price of a pure gram per period over all places."""
        tables = [SIGNALS.empty_table()]
        for kind in sorted(set(self._kind)):
            mine = np.array([each == kind for each in self._kind], bool)
            drug, form, market = kind.split("\t")
            here: dict[str, str | dt.date] = {
                "source": source,
                "substance": drug,
                "form": form,
                "market": market,
                "route": "",
                "as_of": as_of,
            }
            tables += [self._purities(mine, here, grain), self._prices(mine, here, grain)]
        return pa.concat_tables(tables)

    def _purities(self, mine: Mask, here: dict[str, str | dt.date], grain: str) -> pa.Table:
        known = mine & ~np.isnan(self._purity)
        rows = []
        for place in sorted(set(self._place[known])):
            for begin in np.unique(self._begin[known & (self._place == place)]):
                values = self._purity[known & (self._place == place) & (self._begin == begin)]
                low, high = _mean_interval(values)
                rows.append((place, begin, float(values.mean()), low, high, len(values)))
        return _table(rows, here | {"measure": "purity", "unit": "share"}, grain)

    def _prices(self, mine: Mask, here: dict[str, str | dt.date], grain: str) -> pa.Table:
        begins, period = np.unique(self._begin[mine], return_inverse=True)
        _, place = np.unique(self._place[mine].astype(str), return_inverse=True)
        bought = Purchases(period, place, self._price[mine], self._grams[mine], self._purity[mine])
        rows = [("all", begins[p.period], p.value, p.low, p.high, p.n) for p in pure_gram_prices(bought)]
        return _table(rows, here | {"measure": "price", "unit": "USD per pure g"}, grain)


def _table(
    rows: list[tuple[str, np.datetime64, float, float, float, int]], here: dict[str, str | dt.date], grain: str
) -> pa.Table:
    begin = np.array([row[1] for row in rows], "datetime64[D]")
    columns: dict[str, object] = {
        name: [row[at] for row in rows] for name, at in (("place", 0), ("value", 2), ("low", 3), ("high", 4), ("n", 5))
    }
    return table_for(
        SIGNALS, len(rows), here | columns | {"starts": pa.array(begin), "ends": pa.array(ends_of(begin, grain))}
    )


def _mean_interval(values: Floats) -> tuple[float, float]:
    """Return the 95 % interval of a mean by Student's t, inside 0 to 1; all of it for a single value."""
    if len(values) < 2:
        return 0.0, 1.0
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    middle = float(values.mean())
    return max(middle - half, 0.0), min(middle + half, 1.0)
