"""Files of lists, small and invented, as their publishers would write them."""

import csv
import gzip

import pytest

UN_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2026-02-27T00:00:09.554Z">\n'
)


def un_xml(individuals="", entities="", head=UN_HEAD):
    return f"{head}<INDIVIDUALS>{individuals}</INDIVIDUALS>\n<ENTITIES>{entities}</ENTITIES>\n</CONSOLIDATED_LIST>\n"


@pytest.fixture
def write(tmp_path):
    """Write a file and give its path."""

    def run(name, content):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return run


@pytest.fixture
def un_rows(shared_data):
    """The UN's list of 2026, flattened."""
    with gzip.open(shared_data / "parties" / "un_consolidated_2026-02.csv.gz", "rt", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def by_entry():
    """Rows of a load by entry."""

    def run(load):
        rows = {}
        for row in load.entries.to_pylist():
            rows.setdefault(row["entry_id"], []).append(row)
        return rows

    return run
