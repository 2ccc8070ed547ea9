"""An index after a change is the index built anew; kept, shared, damaged, split: the answers stay the same."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.matching.name_index import NameIndex, SearchOptions

WORDS = [
    "ali",
    "mohammed",
    "guzman",
    "loera",
    "joaquin",
    "trading",
    "ltd",
    "chen",
    "wei",
    "import",
    "zambada",
    "hero",
    "2",
]
NAME = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
ROW = st.tuples(NAME, st.integers(0, 5), st.booleans(), st.integers(0, 4))
QUERIES = [
    "Joaquin Guzman Loera",
    "Muhamad Ali",
    "Chen Wei Trading Ltd",
    "HERO 2",
    "Guzman",
    "unknown",
    "Wei Chen Import",
]


def built(rows, known=None):
    names, owners, apart, kinds = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
    return NameIndex.of(names, owners, np.array(apart, bool), kinds=np.array(kinds, np.int8), known=known)


def found(index, options):
    return [
        (h.row, str(index.printed[h.listed]), int(index.owners[h.listed]), h.how, h.score)
        for h in index.search(QUERIES, options)
    ]


def arrays(index):
    names = [getattr(index.names, part).tolist() for part in index.names.__slots__]
    entries = [getattr(index.entries, part) for part in index.entries.__slots__]
    plain = [[a.tolist() for a in e] if isinstance(e, tuple) else e.tolist() for e in entries]
    return [names, plain, index.printed.to_pylist()]


OPTIONS = [SearchOptions(threshold=0.5), SearchOptions.top(10)]


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=12), st.lists(ROW, max_size=12))
def test_an_index_that_takes_over_what_another_knows_is_the_index_built_anew(before, after):
    assert arrays(built(after, known=built(before))) == arrays(built(after))


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=12), st.lists(ROW, max_size=6), st.data())
def test_names_taken_away_and_added_give_what_an_index_built_anew_gives(before, added, data):
    removed = data.draw(st.sets(st.integers(0, len(before) - 1)) if before else st.just(set()))
    stay = [row for number, row in enumerate(before) if number not in removed]
    names, owners, apart, kinds = [list(c) for c in zip(*added, strict=True)] if added else [[], [], [], []]
    changed = built(before).apply(sorted(removed), names, owners, apart, kinds=np.array(kinds, np.int8))
    for options in OPTIONS:
        assert found(changed, options) == found(built(stay + added), options)


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12, unique=True), st.randoms())
def test_with_keys_the_order_of_the_list_changes_nothing(rows, random):
    keyed = list(enumerate(rows))
    random.shuffle(keyed)
    keys, mixed = [key for key, _ in keyed], [row for _, row in keyed]
    names, owners, apart, kinds = (list(column) for column in zip(*mixed, strict=True))
    other = NameIndex.of(names, owners, apart, kinds=np.array(kinds, np.int8), keys=np.array(keys, np.uint64))
    for options in OPTIONS:
        assert found(other, options) == found(built(rows), options)


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.lists(st.sampled_from([*QUERIES, None]), max_size=8), st.data())
def test_splitting_the_names_differently_changes_nothing(rows, names, data):
    index, cut = built(rows), data.draw(st.integers(0, len(names)))
    for options in OPTIONS:
        whole = [(h.row, h.listed, h.how, h.score) for h in index.search(names, options)]
        first = [(h.row, h.listed, h.how, h.score) for h in index.search(names[:cut], options)]
        rest = [(h.row + cut, h.listed, h.how, h.score) for h in index.search(names[cut:], options)]
        assert whole == first + rest


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=20), st.integers(1, 6))
def test_the_top_is_as_many_entries_as_share_anything_best_first(rows, top):
    index = built([(name, owner, False, kind) for name, owner, _, kind in rows])
    hits = index.search(QUERIES, SearchOptions.top(top))
    all_of_them = index.search(QUERIES, SearchOptions.top(100))
    for row in range(len(QUERIES)):
        mine = [h for h in hits if h.row == row]
        assert [h.score for h in mine] == sorted((h.score for h in mine), reverse=True)
        assert len({int(index.owners[h.listed]) for h in mine}) == len(mine)
        assert len(mine) == min(top, len([h for h in all_of_them if h.row == row]))


def test_whoever_shares_a_triple_is_in_the_top():
    index = NameIndex.of([f"person{n} guzmar" for n in range(30)], list(range(30)))
    assert len(index.search(["Guzman"], SearchOptions.top(10))) == 10
    assert index.search(["Wolf Fell"], SearchOptions.top(10)) == []


@pytest.fixture(scope="module")
def index():
    return built([(f"{a} {b}", n, n % 7 == 0, n % 5) for n, (a, b) in enumerate((a, b) for a in WORDS for b in WORDS)])


def test_kept_in_a_file_it_is_the_same(index, tmp_path):
    index.save(tmp_path / "index")
    assert arrays(NameIndex.load(tmp_path / "index")) == arrays(index)


def test_a_part_of_an_array_of_names_is_kept_as_that_part(tmp_path):
    import pyarrow as pa

    names = pa.array(["nobody here", "Joaquin Guzman", "Ismael Zambada"]).slice(1)
    index = NameIndex.of(names, [0, 1])
    index.save(tmp_path / "index")
    assert NameIndex.load(tmp_path / "index").printed.to_pylist() == ["Joaquin Guzman", "Ismael Zambada"]


def test_several_may_write_the_same_file_at_once(index, tmp_path):
    writers = [threading.Thread(target=index.save, args=(tmp_path / "index",)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert arrays(NameIndex.load(tmp_path / "index")) == arrays(index)
    assert [p.name for p in tmp_path.iterdir()] == ["index"]


def test_several_may_search_at_once(index):
    alone, together = found(index, OPTIONS[1]), []
    askers = [threading.Thread(target=lambda: together.append(found(index, OPTIONS[1]))) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert together == [alone] * 4


def test_a_file_of_other_arrays_is_no_index(tmp_path):
    from counterflow.matching.array_file import write_arrays

    write_arrays(tmp_path / "index", "counterflow index of names 3", {"names.letters": np.zeros(3)})
    with pytest.raises(ValueError, match="holds no index of names"):
        NameIndex.load(tmp_path / "index")


SOME = st.lists(st.one_of(NAME, st.text("abcdeéж中 12MHD'", max_size=30)), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(SOME, SOME, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8), st.integers(0, 4))
def test_lines_in_bulk_are_the_lines_one_by_one(asked, listed, pairs, kind):
    index = NameIndex.of(listed, range(len(listed)), kinds=np.arange(len(listed), dtype=np.int8) % 5)
    names = index.looked_for(asked, np.full(len(asked), kind, np.int8))
    rows = np.array([row % len(asked) for row, _ in pairs], np.int64)
    numbers = np.array([number % len(listed) for _, number in pairs], np.int64)
    lines = index.explain_all(names, rows, numbers)
    one_by_one = index.explained(names, rows, numbers)
    assert lines.to_pylist() == [alignment.in_words() for alignment in one_by_one]
    assert index.score_pairs(names, rows, numbers).tolist() == [alignment.score for alignment in one_by_one]
