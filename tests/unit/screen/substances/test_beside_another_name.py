"""A name tied to another: a piece of a longer chemical name, or "precursor" beside a drug, is in doubt."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.screen.substances import SubstanceLookup

LOOK = SubstanceLookup(dt.date(2025, 8, 1), ["US"])


def verdicts(text):
    return {row.substance: row.verdict for row in LOOK.check(text)}


@pytest.mark.parametrize(
    ("text", "substance", "verdict"),
    [
        ("p-chloro-amphetamine powder 5 g", "amphetamine", "unclear"),
        ("amphetamine powder 5 g", "amphetamine", "controlled"),
        ("pure-amphetamine powder 5 g", "amphetamine", "controlled"),
        ("Fentanyl precursor 1-boc-4-piperidone 5 kg", "fentanyl", "unclear"),
        ("Fentanyl precursor 1-boc-4-piperidone 5 kg", "1-boc-4-piperidone", "listed_precursor"),
        ("precursor of methamphetamine: ephedrine HCl", "methamphetamine", "unclear"),
        ("ephedrine precursor 25 kg drum", "ephedrine", "listed_precursor"),
        ("fentanyl 2 kg, precursor chemicals 3 kg", "fentanyl", "controlled"),
    ],
)
def test_what_is_tied_to_a_name_tells_which_substance_is_meant(text, substance, verdict):
    assert verdicts(text)[substance] == verdict
