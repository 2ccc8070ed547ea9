"""Names of the US list, as the list itself prints them, are found in goods texts under the right schedule."""

import csv
import re

import pyarrow as pa
import pytest

from counterflow.core.check import Resources
from counterflow.reference.registry import load_registry
from counterflow.screen.substances import make

BESIDE = " powder HCl 99% purity 25 kg 5 g"
#: What the list prints among other names and is none: remarks, and a piece of a systematic name.
REMARK = re.compile(
    r"constituent of|has been sold|not specifically|other combination|various others|which contains|precursor"
    r"|in coca leaves|approved by fda|^i\.e|^listed as|^\(alphar\)-|^alpha-\(2-chloro|^2h-tetrazole-2-ethanol$",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def rows(shared_data):
    with (shared_data / "substances" / "us_csa_alpha_2021.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def schedules_found(texts):
    """Schedules of the substances found, text by text."""
    batch = pa.RecordBatch.from_pydict(
        {
            "row": pa.array(range(len(texts)), pa.int64()),
            "description": pa.array(texts, pa.string()),
            "departure": pa.nulls(len(texts), pa.string()),
            "destination": pa.nulls(len(texts), pa.string()),
            "declared_on": pa.nulls(len(texts), pa.date32()),
        }
    )
    found = [set() for _ in texts]
    for finding in make(Resources()).run(batch).to_pylist():
        held = load_registry().controls.get((finding["reference"] or ":").split(":")[1], ())
        found[finding["row"]] |= {c.list.removeprefix("Schedule ") for c in held if c.instrument == "us-csa"}
    return found


def test_every_entry_is_found_under_its_schedule(rows):
    found = schedules_found([row["substance"] + BESIDE for row in rows])
    assert [r["substance"] for r, lists in zip(rows, found, strict=True) if r["schedule"] not in lists] == []


def test_other_names_are_found_beside_the_words_of_the_trade(rows):
    names = [
        piece.strip(' "')
        for row in rows
        for piece in re.split(r"[;,]\s+(?![^(\[]*[)\]])", row["other_names"].strip())
        if piece.strip(' ",') and not REMARK.search(piece)
    ]
    missed = [n for n, lists in zip(names, schedules_found([n + BESIDE for n in names]), strict=True) if not lists]
    assert len(names) > 600
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "Hyundai Sonata spare parts",
        "android phone",
        "cheque books, printed",
        "spa towels",
        "Innovar laminate flooring",
        "crank handle",
        "Soma cubes, wooden puzzle",
        "speed sensor",
        "Tylenol tablets",
        "25C bearing",
        "DOM magazine",
    ],
)
def test_trade_names_that_are_ordinary_words_find_nothing_alone(text):
    assert not any(schedules_found([text]))
