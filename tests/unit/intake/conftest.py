"""A plain mapping, a workspace, and ways to convert text and to see why rows were refused."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.intake.convert.rows import Converter
from counterflow.intake.load import _joined
from counterflow.intake.mapping import parse_mapping
from counterflow.intake.readers import ReaderOptions, open_source
from counterflow.store.workspace import Workspace

HEAD = '[mapping]\nname = "m"\nversion = "1"\nsource = "s"\n'
PLAIN = HEAD + (
    '[fields]\nrecord_id = "id"\ndeclared_on = "day"\ndeparture = "dep"\nmass_kg = "kg"\nsender = "by"\n'
    'goods.hs = "hs"\ngoods.description = "text"\nparty.consignee.name = "to"\n'
    '[labels]\ncolumns = ["fraud"]\n[coverage]\nrequired = ["description", "recipient_name", "mass_kg"]\n'
)
HEADER = "id,day,dep,kg,by,hs,text,to,fraud\n"


@pytest.fixture
def plain():
    return parse_mapping(PLAIN, "m.toml")


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "W"
    clock = fixed_clock("2026-03-01T06:00:00Z")
    Workspace.create(folder, clock=clock)
    with Workspace.open(folder, clock=clock) as opened:
        yield opened


@pytest.fixture
def convert(tmp_path):
    """Convert CSV text under TOML (or a mapping); returns the pieces joined: tables, counts."""

    def run(mapping, text, **options):
        mapping = parse_mapping(mapping, "m.toml") if isinstance(mapping, str) else mapping
        path = tmp_path / "rows.csv"
        path.write_text(text, newline="")
        converter = Converter(
            mapping,
            source="s",
            batch="b",
            first_seen=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
            required=mapping.required or (),
        )
        batches = list(open_source(path, ReaderOptions(format="csv", **options)).batches())
        return converter.convert(_joined(batches))

    return run


@pytest.fixture
def reasons():
    def run(piece):
        table: pa.Table = piece.tables["quarantine"]
        return {r["row"]: (r["column"], r["reason"]) for r in table.to_pylist()}

    return run
