"""The page that gives every byte of the format holds a ledger; it must be one."""

from __future__ import annotations

import re
from pathlib import Path

from counterflow.store.ledger import entry, files, heads

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "ledger-format.md"


def test_the_ledger_on_the_page_is_verified(verify, tmp_path):
    entries, key, saved = re.findall(r"```(?:json|text)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "entries-000001.jsonl").write_text(entries)
    (tmp_path / "ledger.pub").write_text(key)
    (tmp_path / "head").write_text(saved)
    answer = verify(tmp_path, heads=[tmp_path / "head"])
    assert answer["problems"] == []
    assert (answer["entries"], answer["batches"]) == (3, 2)
    lines = entries.encode().splitlines(keepends=True)
    assert [entry.read_entry(line).seq for line in lines if line.startswith(b'{"entry"')] == [1, 2, 3]


def test_the_numbers_on_the_page_are_those_of_the_code():
    page = PAGE.read_text("utf-8")
    assert heads.FORMAT in page
    assert f"{files.LONGEST_LINE:,} bytes" in page
