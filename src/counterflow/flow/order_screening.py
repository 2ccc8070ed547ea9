"""May I ship this? Orders from a file, from a workspace or one at a time, with everything that an answer needs.

What the goods are is asked of `screen`, who is on a list of `screen.parties`; the answer itself is made by
`orders.ship`. One live order at a time: `flow.order_desk`.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.clock import Clock, system_clock
from counterflow.core.errors import UsageError, nearest
from counterflow.flow.order_items import recognise
from counterflow.orders.cases.matters import OPEN_ALARMS
from counterflow.orders.ship import ANSWER, answer
from counterflow.reference.countries import country_in_words
from counterflow.reference.registry import Registry, load_registry
from counterflow.reference.trade_law import TradeLaw, load_trade_law

if TYPE_CHECKING:
    from counterflow.intake.mapping import Mapping
    from counterflow.intake.standalone import ReadFile
    from counterflow.orders.customers import CustomerFile
    from counterflow.store.workspace import Workspace

__all__ = [
    "OPEN_DAYS",
    "Screened",
    "history_of",
    "hits_of",
    "law_of",
    "place_of",
    "rows_of",
    "screen_file",
    "screen_lines",
    "screen_open",
]

#: earlier orders of so many days count in the sums: more than a calendar year
_LOOK_BACK = dt.timedelta(days=366)
#: orders of so many days back are asked about where no file is given
OPEN_DAYS = 31
#: what the answer says of a customer without file, before its number
_NO_FILE = "no customer file for "
_REPLACED = "a later row of the file corrects this order: answer that one"


@dataclass(frozen=True)
class Screened:
    """Answers, and what a person should know beside them.

    Args:
        answers: table of schema `orders.ship.ANSWER`.
        said: what reading the files brought up, and how far the law is held, in words.
        lines: the lines answered, row by row beside `answers`; None where they came from a file.
    """

    answers: pa.Table
    said: tuple[str, ...]
    lines: pa.Table | None = None


def screen_lines(
    lines: pa.Table,
    customers: CustomerFile | None = None,
    *,
    on: dt.date,
    workspace: Workspace | None = None,
    history: pa.Table | None = None,
    ship_from: str = "",
    all_sites: bool = False,
) -> pa.Table:
    """Answer order lines; a workspace adds its registry, lists, decisions and open alarms.

    Args:
        lines: table `order_line`.
        customers: the customer file as it holds; None where there is none.
        on: the day asked.
        workspace: whose lists and decisions are used.
        history: further lines that count in the sums.
        ship_from: country that goods leave where a line does not say it, as a code.
        all_sites: whether the sums run over all sellers of the lines.
    """
    registry, law = law_of(workspace)
    places = [ship_from, *(pc.unique(customers.customers["country"]).to_pylist() if customers is not None else [])]
    items = recognise(_items_of(lines, history), on=on, registry=registry, places=[p for p in places if p])
    return answer(
        lines,
        customers.customers if customers is not None else None,
        customers.licences if customers is not None else None,
        items,
        law,
        on=on,
        history=history,
        hits=hits_of(customers, workspace),
        decisions=rows_of(workspace, "SELECT * FROM order_decision"),
        alarms=rows_of(workspace, OPEN_ALARMS),
        ship_from=ship_from,
        all_sites=all_sites,
    )


def screen_file(  # noqa: PLR0913 - two files, each with its mapping, and how to ask
    file: Path,
    *,
    on: dt.date,
    customers: Path | None = None,
    mapping: Mapping | None = None,
    customer_mapping: Mapping | None = None,
    workspace: Workspace | None = None,
    ship_from: str = "",
    all_sites: bool = False,
    dates: str | None = None,
    clock: Clock = system_clock,
) -> Screened:
    """Answer every row of a file of orders, in its order; a row that could not be read has its row too.

    Args:
        file: CSV, XLSX or Parquet.
        on: the day asked.
        customers: file of customers; those of the workspace too where one is given.
        mapping: how the orders are read; None recognises the columns.
        customer_mapping: how the customers are read; None recognises the columns.
        workspace: whose earlier orders, customers, lists and decisions are used.
        ship_from: country that goods leave where a row does not say it: a code or a name.
        all_sites: whether the sums run over all sellers of the rows.
        dates: strptime format of the days of the files, where they have no mapping.
        clock: tells now.

    Raises:
        InputError: a file cannot be read.
        UsageError: `ship_from` is no country.
    """
    from counterflow.intake.standalone import read_file

    leaves = place_of(ship_from)
    if customers is not None and customers.exists() and file.exists() and customers.samefile(file) and (
        mapping is None and customer_mapping is None and file.suffix.lower() != ".xlsx"
    ):  # fmt: skip
        raise UsageError("Orders and customers are one and the same file.", hint="Give a file of customers, or none.")
    read = read_file(file, mapping, table="order", now=clock(), date_format=dates if mapping is None else None)
    lines = read.tables["order_line"]
    known, said, unread = _customers(customers, customer_mapping, workspace, clock, dates)
    answers = screen_lines(
        lines, known, on=on, workspace=workspace, history=history_of(workspace, on), ship_from=leaves,
        all_sites=all_sites,
    )  # fmt: skip
    told = [f"{file.name}: {line}" for line in read.said] + list(said)
    told += [f"{read.refused.num_rows} of {read.read} rows could not be read and are in no sum; each says why."] * bool(
        read.refused.num_rows
    )
    answers = _with_refused(_with_unread(answers, unread), read)
    return Screened(answers, (*told, *_in_words(answers, on, workspace)))


def screen_open(
    workspace: Workspace, *, on: dt.date, since: dt.date | None = None, ship_from: str = "", all_sites: bool = False
) -> Screened:
    """Answer the open orders of a workspace: sales since a day that nobody decided about.

    Args:
        workspace: where orders were loaded.
        on: the day asked.
        since: first day of the orders asked about; `OPEN_DAYS` back where None.
        ship_from: country that goods leave where a line does not say it: a code or a name.
        all_sites: whether the sums run over all sellers of the lines.
    """
    leaves = place_of(ship_from)
    first = since or on - dt.timedelta(days=OPEN_DAYS)
    history = history_of(workspace, on)
    if history is None:
        return Screened(ANSWER.empty_table(), ("No orders are loaded (`orders load`).",))
    decided = workspace.store.query(
        "SELECT DISTINCT subject_id FROM order_decision WHERE subject = 'order' AND act IN ('ship', 'refuse')"
    )["subject_id"]
    asked = pc.and_(
        pc.and_(pc.equal(history["kind"], "sale"), pc.greater_equal(history["ordered_on"], pa.scalar(first))),
        pc.invert(pc.is_in(history["record_id"], value_set=decided.combine_chunks())),
    )
    lines = history.filter(pc.fill_null(asked, False))
    known, said, _ = _customers(None, None, workspace, system_clock)
    answers = screen_lines(
        lines, known, on=on, workspace=workspace, history=history, ship_from=leaves, all_sites=all_sites
    )
    told = f"{lines.num_rows} open order lines since {first}: nobody decided to ship or refuse them."
    if not lines.num_rows:
        told += f" The last order held is of {pc.max(history['ordered_on']).as_py()}: ask with --since, or --on."
    return Screened(answers, (told, *said, *_in_words(answers, on, workspace)), lines)


def law_of(workspace: Workspace | None) -> tuple[Registry, TradeLaw]:
    """Return the registry as the workspace has it, and the law of trade that asks it."""
    if workspace is None:
        return load_registry(), load_trade_law()
    from counterflow.screen.substances.accepted import registry_of

    registry = registry_of(workspace)
    return registry, replace(load_trade_law(), registry=registry)


def hits_of(customers: CustomerFile | None, workspace: Workspace | None) -> pa.Table | None:
    """Return what the customers, their owners and forwarders meet on the lists of the workspace."""
    if customers is None or workspace is None:
        return None
    from counterflow.flow.customer_parties import screen_customers

    return screen_customers(customers.customers, customers.owners, workspace)


def rows_of(workspace: Workspace | None, query: str) -> pa.Table | None:
    """Return what a query finds in the workspace, where there is one."""
    return None if workspace is None else workspace.store.query(query)


def history_of(workspace: Workspace | None, on: dt.date) -> pa.Table | None:
    """Return the order lines of the workspace that stand and still count in sums on a day."""
    if workspace is None:
        return None
    from counterflow.core.standing import standing

    span = [on - _LOOK_BACK, on]
    lines = standing(workspace.store.query("SELECT * FROM order_line WHERE ordered_on BETWEEN ? AND ?", span))
    return lines if lines.num_rows else None


def place_of(text: str) -> str:
    """Return the code of a country, by code or name; empty for nothing.

    Raises:
        UsageError: there is none such.
    """
    if not text.strip():
        return ""
    code = country_in_words(text)
    if code is None:
        close = nearest(text.strip().upper(), load_registry().jurisdictions)
        near = f" Did you mean {' or '.join(close)}?" if close else ""
        raise UsageError(f"There is no country {text!r}.", hint=f"Give a code of ISO 3166-1, as US or DE.{near}")
    return code


def _items_of(lines: pa.Table, history: pa.Table | None) -> pa.Table:
    columns = ["item", "cas", "ship_from", "ship_to_country"]
    if history is None:
        return lines.select(columns)
    return pa.concat_tables([lines.select(columns), history.select(columns)], promote_options="default")


def _customers(
    file: Path | None, mapping: Mapping | None, workspace: Workspace | None, clock: Clock, dates: str | None = None
) -> tuple[CustomerFile | None, tuple[str, ...], dict[str, str]]:
    """Return the customer file as it holds, what reading it brought up, and who in it could not be read."""
    if file is None and workspace is None:
        return None, ("No customer file is given (--customers): every order needs one.",), {}
    from counterflow.flow.customer_file import read_customers

    read = read_customers(file, workspace, mapping=mapping, dates=dates if mapping is None else None, clock=clock)
    said = [f"{file.name}: {line}" for line in read.said] if file is not None else []
    if read.refused is not None and read.refused.num_rows:
        said.append(f"{read.refused.num_rows} rows of the customer file could not be read: {_first(read.refused)}")
    return read.newest(), tuple(said), dict(read.unread)


def _first(refused: pa.Table) -> str:
    row = refused.slice(0, 1).to_pylist()[0]
    return f"line {row['line']}, column {row['column']!r}, value {row['value']!r}: {row['hint']}"


def _with_unread(answers: pa.Table, unread: dict[str, str]) -> pa.Table:
    """Return the answers, saying of a customer whose file is there and could not be read what is wrong with it."""
    reasons = answers["reasons"].combine_chunks()
    where = np.flatnonzero(pc.fill_null(pc.match_substring(reasons, _NO_FILE), False).to_numpy(zero_copy_only=False))
    if not unread or not len(where):
        return answers
    words = {f"{_NO_FILE}{who}: send it": f"the customer file of {who} could not be read ({why})"
             for who, why in unread.items()}  # fmt: skip
    told = reasons.to_pylist()
    for row in where.tolist():
        parts = told[row].split("; ")
        said = [next((p.replace(a, b) for a, b in words.items() if p.endswith(a)), p) for p in parts]
        told[row] = "; ".join(said)
    place = answers.schema.get_field_index("reasons")
    return answers.set_column(place, answers.schema.field(place), pa.array(told, pa.string()))


def _with_refused(answers: pa.Table, read: ReadFile) -> pa.Table:
    """Return the answers with a row for each row of the file that got none, in the order of the file.

    Those are rows that could not be read, and rows whose place a later row takes.
    """
    replaced = {row["row"]: row["record_id"] for row in read.replaced.to_pylist()} if read.replaced is not None else {}
    if not read.refused.num_rows and not replaced:
        return answers
    by_row = read.refused.sort_by("row").to_pylist()
    place: dict[int, list[dict[str, object]]] = {}
    for row in by_row:
        place.setdefault(row["row"], []).append(row)
    ours = [rule.columns for rule in read.mapping.fields if rule.target == "record_id"]
    columns = ours[0] if ours else ()
    without = {row: _refusal(faults, columns) for row, faults in place.items()}
    without |= {row: _blank(id_, f"needs: {_REPLACED}") for row, id_ in replaced.items()}
    numbers = np.array(sorted(without), np.int64)
    rows = [without[number] for number in numbers.tolist()]
    before = np.minimum(numbers - 1 - np.arange(len(numbers)), answers.num_rows)
    at = np.concatenate([np.arange(answers.num_rows) + 0.5, before.astype(float)])
    order = np.lexsort((np.concatenate([np.zeros(answers.num_rows), np.arange(1, len(rows) + 1)]), at))
    return pa.concat_tables([answers, pa.Table.from_pylist(rows, schema=ANSWER)]).take(pa.array(order))


def _refusal(faults: list[dict[str, object]], columns: tuple[str, ...]) -> dict[str, str]:
    """Return the row of an answer for a row that could not be read."""
    raw = json.loads(str(faults[0]["raw"] or "{}"))
    told = [
        f"needs: {row['reason']}" + (f" in column {row['column']}" if row["column"] else "")
        + (f", value “{row['value']}”" if row["value"] else "") + f" ({_where(row)}): {row['hint'] or ''}"
        for row in faults
    ]  # fmt: skip
    place = f"({_where(faults[0])})"
    id_ = " ".join(str(raw[name]) for name in columns if raw.get(name))
    return _blank(id_ or place, "; ".join(one.rstrip(": ") for one in told))


def _where(row: dict[str, object]) -> str:
    return f"line {row['line']}" if row["line"] else f"row {row['row']}"


def _blank(id_: str, reasons: str) -> dict[str, str]:
    """Return a row that answers `needs` and asks the law nothing."""
    return {"order_id": id_, "answer": "needs", "reasons": reasons, "duties": "", "thresholds": "", "citations": ""}


def _in_words(answers: pa.Table, on: dt.date, workspace: Workspace | None) -> list[str]:
    counted = {row["values"]: row["counts"] for row in pc.value_counts(answers["answer"]).to_pylist()}
    told = ", ".join(f"{counted.get(word, 0)} {word}" for word in ("clear", "needs", "hold"))
    law = load_trade_law()
    places = sorted({duty.jurisdiction for duty in law.duties})
    said = [f"On {on}: {told}. A person decides; clear says only that nothing known here stands against it."]
    said.append(f"Duties and thresholds held: {', '.join(places)}. What is marked [recalled] was not read in the text.")
    if workspace is None:
        said.append("Nobody was looked up on a list of denied parties: that takes a workspace (-w) with lists loaded.")
    return said
