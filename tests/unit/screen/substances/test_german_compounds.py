"""Salt and form written onto the name, as German does."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.screen.substances import SubstanceLookup


@pytest.fixture(scope="module")
def look() -> SubstanceLookup:
    return SubstanceLookup(on=dt.date(2025, 8, 1), route=["DE"])


@pytest.mark.parametrize(
    ("text", "verdict", "substance"),
    [
        ("Ephedrinhydrochlorid 25 kg", "listed_precursor", "ephedrine"),
        ("Morphinsulfat", "controlled", "morphine"),
        ("Fentanylpflaster 25 µg/h", "controlled", "fentanyl"),
        ("Kokainhydrochlorid", "controlled", "cocaine"),
        ("Diazepamtabletten", "controlled", "diazepam"),
        ("Acetonlösung", "listed_precursor", "acetone"),
        ("Phenylessigsäure", "listed_precursor", "phenylacetic-acid"),
    ],
)
def test_the_name_in_front_is_met(look: SubstanceLookup, text: str, verdict: str, substance: str) -> None:
    for field in ("text", "name"):
        (met,) = look.check(**{field: text})
        assert (met.verdict, met.substance) == (verdict, substance)
        assert "one letter wrong" not in met.reason


@pytest.mark.parametrize("text", ["Kokaintest", "Heroinersatz", "Lidocainhydrochlorid", "Pulver", "Basenpulver"])
def test_other_words_are_not(look: SubstanceLookup, text: str) -> None:
    assert [row.verdict for row in look.check(text=text)] == ["none"]
