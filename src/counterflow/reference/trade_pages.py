"""Trade law as pages: every threshold, duty and exemption with citation, dates, status and how it was read.

Written into `docs/reference/` by `tools/write_reference.py`; a test holds the pages to the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from counterflow.reference.trade_law import TradeLaw
from counterflow.reference.trade_tables import Duty, Exemption, Rule, Threshold

__all__ = ["quantity_words", "trade_page", "unverified_trade"]

_RuleT = TypeVar("_RuleT", bound=Rule)


def quantity_words(threshold: Threshold) -> str:
    """Return the quantity of a threshold in words: "150 kg", "189.3 l", "any amount", "set elsewhere".

    >>> from counterflow.reference.trade_law import load_trade_law
    >>> rows = {t.id: t for t in load_trade_law().thresholds}
    >>> [quantity_words(rows[id_]) for id_ in ("us-acetone-domestic-g", "eu-acetic-anhydride", "cn-toluene")]
    ['150 kg', '100 l', 'any amount']
    """
    if threshold.quantity is None:
        return "set elsewhere, not at hand"
    if threshold.any_amount:
        return "any amount"
    if threshold.unit == "g" and threshold.quantity >= 1000:
        return (
            f"{threshold.quantity / 1000:,.4g} kg"
            if threshold.quantity < 1e6
            else f"{threshold.quantity / 1000:,.0f} kg"
        )
    return f"{threshold.quantity:,.4g} {threshold.unit}"


def trade_page(law: TradeLaw) -> str:
    """Return the page of all thresholds, duties, exemptions and densities, by jurisdiction."""
    lines = [
        "# Trade law: thresholds, duties, exemptions",
        "",
        "What the law asks before a listed chemical or medicine leaves, as this installation holds it. *That no row is",
        "found does not mean that the law asks nothing.* **unverified** rows were written from memory and wait to be",
        "confirmed; *proposed* rows are not law and change no answer. How they are used:",
        "[method](../methods/trade-law.md). Written from `src/counterflow/reference/trade/` by",
        "`tools/write_reference.py`.",
        "",
        "| jurisdiction | thresholds | duties | exemptions | of all unverified | as of | how far it goes |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, (day, note) in law.coverage.items():
        tables = [[row for row in table if row.jurisdiction == code] for table in _tables(law)]
        unverified = sum(row.unverified for table in tables for row in table)
        lines.append(_row(code, *map(len, tables), unverified, day, note))
    for code in law.coverage:
        lines += _jurisdiction(law, code)
    return "\n".join([*lines, *_densities(law)]) + "\n"


def unverified_trade(law: TradeLaw) -> str:
    """Return the rows of trade law that were written from memory, for the page of law that waits to be confirmed."""
    lines = [
        "",
        "## Trade law: thresholds, duties and exemptions",
        "",
        "Rows of `src/counterflow/reference/trade/`. Who confirms one corrects it there, sets `read` to `text` and",
        "names the document in `source`.",
        "",
        "| jurisdiction | citation | since | to | rows |",
        "|---|---|---|---|---|",
    ]
    recalled = (row for table in _tables(law) for row in table if row.unverified)
    for (code, citation, since, to), rows in _grouped(recalled, _cited).items():
        lines.append(_row(code, citation, since, to, "; ".join(f"`{row.id}`" for row in rows)))
    return "\n".join(lines) + "\n"


def _tables(law: TradeLaw) -> tuple[Sequence[Rule], ...]:
    return law.thresholds, law.duties, law.exemptions


def _cited(row: Rule) -> tuple[str, ...]:
    return row.jurisdiction, row.citation, row.since, row.date_to


def _jurisdiction(law: TradeLaw, code: str) -> Iterator[str]:
    yield from ("", f"## {code}")
    thresholds = [row for row in law.thresholds if row.jurisdiction == code]
    if thresholds:
        yield from (
            "",
            "### Thresholds",
            "",
            "| quantity | over | direction | substances | since | to | standing | citation |",
        )
        yield "|---|---|---|---|---|---|---|---|"
        for key, rows in _grouped(thresholds, _alike).items():
            quantity, over, direction, *dated = key
            yield _row(quantity, over, direction, "; ".join(_named(law, row) for row in rows), *dated)
    yield from _duties(law, [row for row in law.duties if row.jurisdiction == code])
    yield from _exemptions(law, [row for row in law.exemptions if row.jurisdiction == code])


def _alike(row: Threshold) -> tuple[str, ...]:
    """Rows that differ only in their substance stand on one line."""
    above = "" if row.any_amount or row.reaching == "reaches" else "more than "
    to = f" to {', '.join(row.destinations)}" if row.destinations else ""
    return (
        above + quantity_words(row),
        row.period,
        row.direction + to,
        row.since,
        row.date_to,
        _standing(row),
        row.citation,
    )


def _named(law: TradeLaw, row: Threshold) -> str:
    name = law.registry.substances[row.substance].name
    return f"{name} ({row.scope})" if row.scope else name


def _duties(law: TradeLaw, rows: list[Duty]) -> Iterator[str]:
    if not rows:
        return
    yield from (
        "",
        "### Duties",
        "",
        "| duty | direction | applies to | what it asks | days | since | to | standing | citation |",
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        applies = _applies(law, row.lists, row.substances) + (", above the threshold" if row.above_threshold else "")
        days = f"{row.days} {row.day_kind}" if row.days else ""
        words = f"{row.words} {row.objection}".strip()
        yield _row(row.kind, row.direction, applies, words, days, row.since, row.date_to, _standing(row), row.citation)


def _exemptions(law: TradeLaw, rows: list[Exemption]) -> Iterator[str]:
    if not rows:
        return
    yield from (
        "",
        "### Exemptions",
        "",
        "| kind | applies to | up to | what it frees | to be on file | since | standing | citation |",
    )
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        percent = "" if row.percent is None else f"{row.percent:g} %"
        applies = _applies(law, row.lists, row.substances)
        yield _row(row.kind, applies, percent, row.words, row.asks, row.since, _standing(row), row.citation)


def _densities(law: TradeLaw) -> Iterator[str]:
    yield from ("", "## Densities", "", "Only liquids of the strength given are turned from litres into kilograms.", "")
    yield "| substance | strength, % by mass | kg/l at 20 °C | standing | citation |"
    yield "|---|---|---|---|---|"
    for row in law.densities:
        name = law.registry.substances[row.substance].name
        strength = f"{row.purity_from:g} to {row.purity_to:g}"
        standing = "text" if row.read == "text" else "unverified: recalled"
        yield _row(name, strength, f"{row.kg_l:g} ± {row.tolerance:g}", standing, row.citation)


def _applies(law: TradeLaw, lists: tuple[str, ...], substances: tuple[str, ...]) -> str:
    return "; ".join([*lists, *(law.registry.substances[s].name for s in substances)])


def _standing(row: Rule) -> str:
    return row.status + (", **unverified**: recalled" if row.unverified else "")


def _grouped(rows: Iterable[_RuleT], key: Callable[[_RuleT], tuple[str, ...]]) -> dict[tuple[str, ...], list[_RuleT]]:
    grouped: defaultdict[tuple[str, ...], list[_RuleT]] = defaultdict(list)
    for row in rows:
        grouped[key(row)].append(row)
    return grouped


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
