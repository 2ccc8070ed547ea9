"""The index: nothing that alignment would find is lost to a short cut, and it is the same after a rest on disk."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.matching.name_index import NameIndex, SearchOptions

LISTED = [
    "GUZMAN LOERA, Joaquin", "GUZMAN, El Chapo", "ACME TRADING CO., LTD.", "AERO-CARIBBEAN", "HERO II", "LENA",
    "MAHMUD, Mohammad Ali", "NINGBO NEW CENTURY IMPORT AND EXPORT COMPANY, LTD.", "S.A. LIMITED",
    "ZAMBADA GARCIA, Ismael",
]  # fmt: skip
OWNERS = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="module")
def index():
    return NameIndex.of(LISTED, OWNERS)


def ways(index, name, **options):
    return [(LISTED[h.listed], h.how) for h in index.search([name], SearchOptions(**options))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Joaquín Guzmán Loera", [("GUZMAN LOERA, Joaquin", "exact")]),
        ("Guzman Loera Joaquin", [("GUZMAN LOERA, Joaquin", "reordered")]),
        ("ATTN Guzman Loera Joaquin TEL 5551234567", [("GUZMAN LOERA, Joaquin", "reordered")]),
        ("Juakin Guzman Loera", [("GUZMAN LOERA, Joaquin", "similar")]),
        ("Acme Trdg Company Limited", [("ACME TRADING CO., LTD.", "exact")]),
        ("Ismail Zambada", [("ZAMBADA GARCIA, Ismael", "similar")]),
        ("Aerocaribbean", [("AERO-CARIBBEAN", "similar")]),
        ("Lena", [("LENA", "exact")]),
    ],
)
def test_meets_listed_names_and_says_how(index, name, expected):
    assert ways(index, name) == expected


@pytest.mark.parametrize(
    "name",
    [None, "", "UNKNOWN", "N/A", "Ltd", "S.A. Limited", "123456", "Mohammed", "Ali", "Trading", "Ro", "Anna Schmidt"],
)
def test_names_of_nobody_and_single_common_words_meet_nothing(index, name):
    assert ways(index, name) == []


def test_an_entry_is_met_once_by_its_best_name(index):
    hits = index.search(["Guzman Chapo Joaquin"], SearchOptions(threshold=0.03))
    scores = [index.explain("Guzman Chapo Joaquin", number).score for number in (0, 1)]
    assert max(scores) > min(scores) > 0.03
    assert [h.score for h in hits] == [pytest.approx(max(scores))]


def test_an_empty_index_finds_nothing(index):
    assert NameIndex.of([], []).search(["Joaquin Guzman Loera"]) == []
    assert index.search([]) == []


def test_names_kept_apart_are_met_by_the_same_words_only():
    apart = NameIndex.of(["EL GORDO CHEPE", "PERPETUA OLDCASTLE"], [0, 1], [True, False])
    hits = apart.search(["El Gordo Chepe", "El Gordo Chepa", "Perpetua Oldcastel"])
    assert [(h.row, h.how) for h in hits] == [(0, "exact"), (2, "similar")]


def test_splitting_names_differently_changes_nothing(index):
    names = ["Juakin Guzman Loera", None, "Lena", "Ismail Zambada", "UNKNOWN", "Acme Trading"]
    whole = index.search(names, SearchOptions(threshold=0.3))
    single = [
        h.__class__(row, h.listed, h.how, h.score)
        for row, n in enumerate(names)
        for h in index.search([n], SearchOptions(threshold=0.3))
    ]
    assert whole == single


def test_it_is_the_same_after_a_rest_on_disk(index, tmp_path):
    path = tmp_path / NameIndex.file_name(["example@1"])
    index.save(path)
    again = NameIndex.load(path)
    names = [*LISTED, "Juakin Guzman Loera", "Ismail Zambada"]
    assert again.search(names) == index.search(names)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"text"])
def test_a_file_that_is_no_index_is_refused(tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises((OSError, ValueError, EOFError)):
        NameIndex.load(path)


def test_an_explanation_has_the_score_of_the_hit(index):
    for name in ["Juakin Guzman Loera", "Ismail Zambada", "Aerocaribbean", "Guzman Loera Joaquin"]:
        for hit in index.search([name], SearchOptions(threshold=0.3)):
            assert index.explain(name, hit.listed).score == pytest.approx(hit.score, abs=1e-9)


SYLLABLES = st.sampled_from(
    ["ma", "mo", "ham", "med", "guz", "man", "lo", "era", "za", "ch", "k", "ep", "ia", "sch", "c", "s"]
)
WORD = st.lists(SYLLABLES, min_size=1, max_size=4).map("".join)
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(NAME, min_size=1, max_size=12), st.lists(NAME, min_size=1, max_size=4), st.floats(0.3, 0.95))
def test_the_ceiling_and_the_cut_of_triples_lose_nothing(listed, names, threshold):
    """Against laying every name beside every listed one: the short cuts change no answer."""
    index = NameIndex.of(listed, list(range(len(listed))))
    options = SearchOptions(threshold=threshold, candidates=1000, least_cosine=1e-6, most_hits=1000, least_rarity=0.0)
    found = {(h.row, h.listed): h.score for h in index.search(names, options) if h.how == "similar"}
    met = {(h.row, h.listed) for h in index.search(names, options)}
    for row, name in enumerate(names):
        for number in range(len(listed)):
            plain = index.explain(name, number).score
            if (row, number) in found:
                assert found[row, number] == pytest.approx(plain, abs=1e-9)
            elif (row, number) not in met and len(name.replace(" ", "")) >= 3 and _share(index, name, number):
                assert plain < threshold + 1e-9


def _share(index, name, number):
    """Whether the names share a letter triple, without which no candidate is looked at."""

    def triples(words):
        return {f"^{w}$"[i : i + 3] for w in words for i in range(len(w))}

    from counterflow.matching.normalise import normalise_all

    return bool(triples(normalise_all([name])[0]) & triples(index.tokens[number]))


def test_rarity_falls_with_use_and_is_small_for_company_forms(index):
    common, rare, legal, generic = index.rarity(["mohammed", "loera", "ltd", "trading"])
    assert rare > common > legal
    assert rare > generic > legal
    assert index.rarity(["neverheardof"]) == index.rarity(["neitherthisone"])
