import numpy as np
import pytest

from counterflow.target.features.evidence import Evidence, evidence_words
from counterflow.target.features.spec import FeatureSpec
from counterflow.target.features.state import State

from .conftest import START, known_of, lines_of

SPEC = FeatureSpec(
    keys=(("hs6",), ("hs6", "origin"), ("importer",)),
    numbers=("mass", "lead_hours", "weekday"),
    codes=("office",),
    gaps=(("price", ("currency", "hs6")),),
)


@pytest.fixture
def told():
    rows = [
        {
            "row": i, "day": START + i, "hs": "300490", "origin": "CN" if i else "NL", "importer": "secret-7",
            "value": 40.0, "mass_kg": 2.0, "currency": "EUR", "office": "A",
        }
        for i in range(5)
    ]  # fmt: skip
    past, known = lines_of(rows), known_of(["drug", "", "drug", None, ""], [START + i for i in range(5)])
    state = State.learn(past, known, SPEC, ("drug",))
    now = [
        rows[1] | {"row": 0, "day": START + 9, "value": 2.0},
        {"row": 1, "day": START + 9, "hs": "121190", "mass_kg": 1.5},
    ]
    return state, lines_of(now)


def test_words_are_counts_that_can_be_checked(told):
    state, now = told
    found = Evidence.of(state, now, np.array([0, 1]))
    assert found.words(0, "rate:hs6:drug") == "2 of 4 earlier inspections confirmed drug: hs6 300490"
    assert found.words(0, "found:hs6+origin:drug") == "1 of 3 earlier inspections confirmed drug: hs6 300490, origin CN"
    assert found.words(0, "seen:hs6") == "declared 5 times before: hs6 300490"
    assert found.words(1, "seen:hs6") == "never declared before: hs6 121190"
    assert found.words(1, "rate:hs6:drug") == "never inspected before: hs6 121190"
    assert found.words(1, "new_share") == "never declared before: hs6 121190"
    assert found.words(0, "gap:price:currency+hs6") == "declared value per kg 1; usual is 20 (currency EUR, hs6 300490)"
    assert found.words(0, "mass") == "mass 2 kg"
    assert found.words(0, "code:office") == "office A"
    assert found.counts(0, "hs6") == (5, 4, {"drug": 2})


def test_a_party_is_never_told_by_its_identifier(told):
    state, now = told
    words = evidence_words(state, now, [(0, name) for name in state.layout.names] + [(1, "rate:importer:drug")])
    assert "2 of 4 earlier inspections confirmed drug: this importer" in words
    assert not any("secret" in text for text in words)
    assert words[-1] == "", "without an importer there is no importer's history"


def test_an_unknown_feature_is_an_error(told):
    state, now = told
    with pytest.raises(ValueError, match="no feature"):
        Evidence.of(state, now, np.array([0])).words(0, "rate:hs6:cash")
