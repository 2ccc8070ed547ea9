"""Ways to read text as orders, customers or stock, and to see why rows were refused."""

import datetime as dt

from counterflow.intake.mapping import parse_mapping
from counterflow.intake.standalone import read_file

NOW = dt.datetime(2026, 3, 1, 6, tzinfo=dt.UTC)


def read(folder, text, table="order", mapping=None, name="f.csv", **options):
    """Read CSV text as a table; `mapping` is TOML."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    known = parse_mapping(mapping, "m.toml") if mapping else None
    made = read_file(path, known, table=table, now=NOW, **options)
    assert made.read == made.accepted + made.refused.num_rows
    return made


def lines(made):
    """Return the lines of orders by number and line."""
    return {(r["record_id"], r["line"]): r for r in made.tables["order_line"].to_pylist()}


def reasons(made):
    """Return row to column and reason."""
    return {r["row"]: (r["column"], r["reason"]) for r in made.refused.to_pylist()}
