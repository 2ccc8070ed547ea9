"""The registry's own account of itself, as pages: how far each instrument goes, and what waits to be confirmed.

Written into `docs/reference/` by `tools/write_reference.py`; a test holds the pages to the tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from counterflow.reference.class_rules import load_class_rules
from counterflow.reference.csv_files import Source
from counterflow.reference.registry import Control, Registry

__all__ = ["instruments_page", "unverified_page"]

_RECALLED = "recalled"


def instruments_page(registry: Registry) -> str:
    """Return the page on the instruments: entries, how far they go, as of when, and how they were read."""
    lines = [
        "# Law in the registry of substances",
        "",
        "What each instrument holds here and how far it goes. *That a substance is not found under an instrument does",
        "not mean that it is not controlled there*; every answer repeats the coverage. Entries and dates that were",
        "written from memory are on [a page of their own](unverified-law.md). Written from the registry's tables by",
        "`tools/write_reference.py`.",
        "",
        "| instrument | where | entries | of them unverified | coverage | as of |",
        "|---|---|---|---|---|---|",
    ]
    held = _by_instrument(registry)
    for instrument in registry.instruments.values():
        rows = held.get(instrument.id, [])
        unverified = sum(row.unverified for row in rows)
        cells = (
            instrument.short,
            instrument.jurisdiction,
            len(rows),
            unverified,
            instrument.coverage,
            instrument.as_of,
        )
        lines.append(_row(f"`{instrument.id}` {cells[0]}", *cells[1:]))
    for instrument in registry.instruments.values():
        lines += ["", f"## {instrument.short} (`{instrument.id}`)", ""]
        lines += [f"{instrument.title}. {instrument.citation}.", "", f"**{instrument.coverage_text}**", ""]
        lines += list(_lists(held.get(instrument.id, [])))
    return "\n".join(lines) + "\n"


def unverified_page(registry: Registry) -> str:
    """Return the page of what was written from memory: for a person to lay beside the law, and confirm or mend."""
    held = _by_instrument(registry)
    lines = [
        "# Law that waits to be confirmed",
        "",
        "Entries and days that were written from memory, not from a text at hand. They answer as *unverified:",
        "recalled* wherever they answer. Who confirms one lays it beside the law, corrects its row in",
        "`src/counterflow/reference/substances/controls/`, sets its column `read` (for the entry) or `date_read` (for",
        "the day) to `text`, and names the document in `source`. Written from the tables by",
        "`tools/write_reference.py`.",
        "",
        "| instrument | entries | of them recalled | read, but their day recalled |",
        "|---|---|---|---|",
    ]
    for instrument in registry.instruments.values():
        rows = held.get(instrument.id, [])
        entries, days = (sum(map(of, rows)) for of in (_entry_recalled, _day_recalled))
        lines.append(_row(instrument.short, len(rows), entries, days))
    rules = [(rule, period) for rule in load_class_rules() for period in rule.periods if period.unverified]
    lines += ["", *_names_recalled(registry)]
    if rules:
        lines += ["", "## Class rules", "", "| rule | from | citation |", "|---|---|---|"]
        lines += [_row(f"[`{r.id}`](class-rules.md#{r.id})", p.date_from, p.citation) for r, p in rules]
    for instrument in registry.instruments.values():
        rows = held.get(instrument.id, [])
        lines += _section(registry, instrument.short, "entries", [row for row in rows if row.unverified])
        lines += _section(
            registry, instrument.short, "days of entries that were read", [r for r in rows if _day_recalled(r)]
        )
    return "\n".join(lines) + "\n"


def _section(registry: Registry, short: str, what: str, rows: list[Control]) -> Iterator[str]:
    """Yield one section: rows that share list, day and citation stand on one line."""
    if not rows:
        return
    yield from ("", f"## {short}: {what} ({len(rows)})", "", "| list | since | to | citation | substances |")
    yield "|---|---|---|---|---|"
    for (list_, since, ends, citation), of in sorted(_grouped(rows).items()):
        named = "; ".join(sorted(_named(registry, row) for row in of))
        yield _row(list_, since, ends, citation, named)


def _grouped(rows: Iterable[Control]) -> dict[tuple[str, str, str, str], list[Control]]:
    grouped: defaultdict[tuple[str, str, str, str], list[Control]] = defaultdict(list)
    for row in rows:
        grouped[row.list, row.since, row.date_to, row.citation].append(row)
    return grouped


def _named(registry: Registry, row: Control) -> str:
    name = registry.substances[row.substance].name
    return f"{name} ({row.scope})" if row.scope else name


def _entry_recalled(row: Control) -> bool:
    return row.unverified


def _day_recalled(row: Control) -> bool:
    return not row.unverified and row.date_read == _RECALLED


def _names_recalled(registry: Registry) -> list[str]:
    """Return how many names, numbers and substances have no document behind them."""
    counted: tuple[tuple[str, Iterable[Source]], ...] = (
        ("substances", (s.source for s in registry.substances.values())),
        ("names", (n.source for n in registry.names)),
        ("numbers (CAS, HS, national codes)", (i.source for i in registry.identifiers)),
    )
    lines = ["| beside the law | rows | written from memory |", "|---|---|---|"]
    for what, sources in counted:
        read = [source.read for source in sources]
        lines.append(_row(what, len(read), read.count(_RECALLED)))
    return lines


def _lists(rows: list[Control]) -> Iterator[str]:
    """Yield a table of the lists of one instrument."""
    yield "| list | entries | substances | read from the text | recalled | ended |"
    yield "|---|---|---|---|---|---|"
    lists: defaultdict[str, list[Control]] = defaultdict(list)
    for row in rows:
        lists[row.list].append(row)
    count: Callable[[Iterable[bool]], int] = sum
    for name, of in sorted(lists.items()):
        recalled, ended = count(r.unverified for r in of), count(bool(r.date_to) for r in of)
        yield _row(name, len(of), len({r.substance for r in of}), len(of) - recalled, recalled, ended)


def _by_instrument(registry: Registry) -> dict[str, list[Control]]:
    held: defaultdict[str, list[Control]] = defaultdict(list)
    for rows in registry.controls.values():
        for row in rows:
            held[row.instrument].append(row)
    return held


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
