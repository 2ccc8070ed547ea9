"""The goods: thousands of texts, each with a code that the nomenclature has."""

import csv
import gzip
import io

import numpy as np

from counterflow.demo.options import WorldOptions
from counterflow.demo.places import data_text
from counterflow.demo.schemes import load_kinds
from counterflow.demo.texts import make_texts


def test_every_code_stands_in_the_nomenclature(shared_data):
    with gzip.open(shared_data / "substances" / "hs_nomenclature.csv.gz", "rt", encoding="utf-8") as file:
        known = {row["hscode"] for row in csv.DictReader(file) if row["level"] == "6"}
    goods = {row["hs"] for row in csv.DictReader(io.StringIO(data_text("goods.csv")))}
    named = {hs for kind in load_kinds() for _, hs in kind.plain}
    assert len(goods) > 150
    assert goods | named <= known


def test_a_large_world_has_thousands_of_different_texts():
    texts = make_texts(WorldOptions(records=100_000), {})
    assert len(set(texts.text.to_pylist())) == len(texts.text) >= 6_000


def test_parcels_and_bulk_hold_what_fits_them():
    texts = make_texts(WorldOptions(records=20_000), {"s": [("the thing itself", "293333")]})
    drawn = texts.draw(np.random.default_rng(1), np.arange(20_000) % 2 == 1)
    words = texts.text.take(drawn).to_pylist()
    assert not any("steel coil" in text.casefold() for text in words[::2])
    assert not any("lipstick" in text.casefold() for text in words[1::2])
    assert "the thing itself" not in words
    assert texts.text[int(texts.plain["s"][0])].as_py() == "the thing itself"
    vague = np.isin(drawn[::2], texts.vague).mean()
    assert 0.03 < vague < 0.05
