"""Workspaces with lists and parties of our own invention."""

import datetime as dt

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.tables import CONSIGNMENT, LIST_ADDRESS, LIST_ENTRY, LIST_VERSION, PARTY
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

NOW = fixed_clock("2026-03-09T12:00:00Z")

#: entry id, name, kind of name, schema, born, nationality, identifiers, country
ENTRIES = (
    ("x:1", "GUZMAN LOERA, Joaquin", "primary", "Person", "1957-04-04", "Mexico", "passport:G7654321", "Mexico"),
    ("x:1", "PACHO", "weak_alias", "Person", "1957-04-04", "Mexico", "passport:G7654321", "Mexico"),
    ("x:2", "ZEBULON QUARTERMAIN TRADING CO", "primary", "Organization", None, None, "tax:8001467497", "Panama"),
    ("x:3", "OCEAN MARLIN", "primary", "Vessel", None, None, "imo:9187629", None),
    ("x:4", "OLDCASTLE, Perpetua", "primary", "Person", "circa 1961", None, None, "Iran"),
)


class Site:
    """A workspace folder, with what a test puts into it."""

    def __init__(self, folder):
        self.folder = Workspace.create(folder, clock=NOW)
        self.loads = self.editions = 0

    def open(self, **flags):
        settings = {name.replace("__", "."): value for name, value in flags.items()}
        return Workspace(self.folder, clock=NOW, flags={"engine.workers": 1} | settings)

    def put_list(self, version, entries=ENTRIES, name="example", published=None, addresses=()):
        columns = ("entry_id", "name", "name_kind", "schema", "born", "nationality", "identifiers", "country")
        self.editions += 1
        published = published or dt.date(2026, 1, self.editions)
        known = {"list": name, "version": version, "program": "SDNTK", "narcotics": True}
        rows = [dict(zip(columns, entry, strict=True)) | known for entry in entries]
        places = [{"list": name, "version": version, "entry_id": e, "address": a} for e, a in addresses]
        made = {
            "list": name, "version": version, "sha256": version * 8, "files": "f", "published": published,
            "loaded_at": NOW(), "read": len(rows), "accepted": len(rows), "rejected": 0,
        }  # fmt: skip
        with self.open() as workspace:
            workspace.store.append("list_version", pa.Table.from_pylist([made], schema=LIST_VERSION))
            workspace.store.append("list_entry", pa.Table.from_pylist(rows, schema=LIST_ENTRY))
            workspace.store.append("list_address", pa.Table.from_pylist(places, schema=LIST_ADDRESS))

    def put_parties(self, parties):
        """Store parties: names, or dictionaries of columns of `party`; records are numbered from 1 in each load."""
        self.loads += 1
        digest = f"{self.loads:064x}"
        batch = LoadBatch(
            source=f"post{self.loads}", content_sha256=digest, file="f", mapping="m",
            read=len(parties), accepted=len(parties), rejected=0,
        )  # fmt: skip
        given = [party if isinstance(party, dict) else {"name": party} for party in parties]
        keys = [{"source": batch.source, "batch": batch.batch, "record_id": str(n)} for n in range(1, len(given) + 1)]
        dates = {"declared_on": dt.date(2026, 3, 2), "first_seen": NOW()}
        tables = {
            "consignment": pa.Table.from_pylist([key | dates for key in keys], schema=CONSIGNMENT),
            "party": pa.Table.from_pylist(
                [key | {"role": "consignee"} | party for key, party in zip(keys, given, strict=True)], schema=PARTY
            ),
        }
        write_batch(self.folder, batch, tables, NOW())
        with self.open() as workspace:
            drain(workspace)

    def findings(self):
        """What stands on parties, in a fixed order, without what differs from run to run."""
        left_out = {"run"}
        with self.open() as workspace:
            rows = workspace.store.rows("SELECT * FROM finding ORDER BY ALL")
        return sorted(({k: v for k, v in row.items() if k not in left_out} for row in rows), key=repr)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "w")
