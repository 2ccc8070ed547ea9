"""The mappings that ship: each is sound and loads a file of its kind."""

import csv
import json
import re
from pathlib import Path

from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping, parse_mapping

DOCS = Path(__file__).parents[3] / "docs" / "how-to"

ITEM = {
    "message_item_id": "M1", "item_id": "EB000717618HK", "mail_class": "E",
    "origin_post": "HKA", "origin_country": "HK",
    "destination_country": "US", "office_of_exchange": "USJFKA", "accepted_on": "2025-03-01",
    "posted_at": "2025-03-01T08:00:00+08:00",
    "message_at": "2025-03-01T06:00:00Z", "due_at": "2025-03-02T00:00:00Z", "gross_mass_g": 500, "declared_value": 12.5,
    "currency": "USD", "pieces": 1, "sender": {"name": "Wong", "street": "1 Queen's Road", "city": "Hong Kong",
               "country": "HK"},
    "recipient": {"name": "Ann", "street": "2 Main St", "city": "Troy", "country": "US"},
    "contents": [
        {"description": "shirt", "hs": "610910", "quantity": 2, "net_mass_g": 300, "value": 10, "origin": "CN"},
        {"description": "badge", "hs": "711790", "quantity": 1, "net_mass_g": 100, "value": 2.5},
    ],
}  # fmt: skip


def test_an_item_message_becomes_a_record_with_its_contents(workspace, tmp_path):
    lean = {k: v for k, v in ITEM.items() if k not in {"item_id", "accepted_on", "contents", "recipient"}} | {
        "message_item_id": "M2"
    }
    wrong = ITEM | {"message_item_id": "M3", "item_id": "EB000717619HK"}
    (tmp_path / "f.ndjson").write_text("".join(json.dumps(i) + "\n" for i in (ITEM, lean, wrong)))
    receipt = load(workspace, tmp_path / "f.ndjson", find_mapping("itmatt"))
    assert (receipt.accepted, receipt.reasons) == (2, {"s10-check-digit": 1})
    first, second = workspace.store.rows("SELECT * FROM consignment ORDER BY record_id")
    assert (first["kind"], first["lane"], first["mass_kg"], first["departure"]) == ("express", "express", 0.5, "HK")
    assert first["posted_at"].isoformat() == "2025-03-01T00:00:00+00:00"
    assert first["missing"] == []
    assert str(second["declared_on"]) == "2025-03-01"  # from posted_at, where nothing says when it was accepted
    assert second["missing"] == ["item_id", "recipient_name", "recipient_address", "description"]
    lines = workspace.store.rows(
        "SELECT line, description, mass_kg, currency FROM goods_line WHERE record_id = 'M1' ORDER BY line"
    )
    assert [tuple(line.values()) for line in lines] == [(1, "shirt", 0.3, "USD"), (2, "badge", 0.1, "USD")]
    parties = workspace.store.rows("SELECT role, name, address FROM party WHERE record_id = 'M1' ORDER BY role")
    assert [tuple(p.values()) for p in parties] == [
        ("consignee", "Ann", "2 Main St, Troy"),
        ("consignor", "Wong", "1 Queen's Road, Hong Kong"),
    ]


def test_the_parcel_mapping_loads_a_file_of_its_documented_columns(workspace, tmp_path):
    mapping = find_mapping("parcel")
    row = dict.fromkeys((c for r in mapping.fields for c in r.all_columns), "")
    row |= {
        "record_id": "P1", "declared_on": "2025-03-01", "item_id": "1Z999", "direction": "inbound",
        "gross_mass_kg": "1.5",
        "declared_value": "20", "currency": "usd", "departure_country": "China",
        "description": "shirt", "sender_name": "Wong",
    }  # fmt: skip
    with (tmp_path / "f.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    receipt = load(workspace, tmp_path / "f.csv", mapping)
    assert (receipt.accepted, receipt.warnings, receipt.unused) == (1, {"item_id: s10-form": 1}, ())
    record = workspace.store.rows("SELECT * FROM consignment")[0]
    assert (record["item_id"], record["departure"], record["currency"]) == ("1Z999", "CN", "USD")


def test_the_mapping_that_the_documentation_shows_is_one():
    text = (DOCS / "write-a-mapping.md").read_text("utf-8")
    shown = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    mappings = [parse_mapping(block, "write-a-mapping.md") for block in shown]
    assert [m.table for m in mappings] == ["consignment", "crossing"]
    assert mappings[0].labels == ("found",)


def test_every_reason_is_in_the_documentation():
    source = Path(__file__).parents[3] / "src" / "counterflow" / "intake"
    written = "".join(p.read_text("utf-8") for p in source.rglob("*.py") if "lists" not in p.parts)
    reasons = set(re.findall(r'Unreadable\(\s*"([a-z0-9-]+)"', written)) - {"una"}
    page = (DOCS / "write-a-mapping.md").read_text("utf-8")
    assert len(reasons) > 25
    assert not {r for r in reasons if f"`{r}`" not in page}
