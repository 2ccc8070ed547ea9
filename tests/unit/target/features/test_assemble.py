import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.matching.automaton import fold
from counterflow.target.features.assemble import _digests, _folded


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1))
def test_addresses_are_folded_as_terms_are(texts):
    assert _folded(pa.array(texts, pa.string())).to_pylist() == [
        " ".join(w for w in fold(t).split(" ") if w) for t in texts
    ]


def test_a_digest_is_the_same_for_the_same_text_and_shows_nothing_of_it():
    one, two, three = _digests(pa.array(["12 main st", "12 main st", "13 main st"])).to_pylist()
    assert one == two != three
    assert one.isdigit()
