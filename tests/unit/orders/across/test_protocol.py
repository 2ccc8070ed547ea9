"""Private matching: exact against plain intersection, nothing of the unmatched in the messages, damaged messages told."""

import contextlib
import dataclasses
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError
from counterflow.orders.across.curve import POINT_BYTES, Secret, hashed
from counterflow.orders.across.keys import Key, read_keys
from counterflow.orders.across.letters import read_letter, write_letter
from counterflow.orders.across.pairs import PAIR, Party, match_pairs
from counterflow.orders.across.protocol import Answer, answer, finish, offer, receive

_SET = st.lists(st.text(max_size=3), max_size=12)


def run(a, b, reveal="ids"):
    offered = offer(a, reveal)
    answered = answer(offered.offer, b, reveal)
    first, result = finish(offered, answered.answer)
    return offered, answered, first, receive(answered, result)


@given(a=_SET, b=_SET)
@settings(max_examples=60)
def test_both_sides_learn_exactly_what_is_in_both(a, b):
    _, _, first, second = run({"name": a}, {"name": b})
    both = set(a) & set(b)
    assert set(first.place["name"]) == set(second.place["name"]) == both
    # A reference is the same number on both sides.
    assert first.place["name"] == second.place["name"]
    assert first.count == second.count == {"name": len(both)}


@given(a=_SET, b=_SET)
@settings(max_examples=30)
def test_where_only_the_size_is_agreed_nobody_learns_which(a, b):
    _, answered, first, second = run({"name": a}, {"name": b}, "size")
    assert first.count == second.count == {"name": len(set(a) & set(b))}
    assert first.place == {}
    assert not any(second.place.values())
    # What comes back is in the order of its points, which says nothing of the order it was sent in.
    twice = answered.answer.twice["name"]
    assert list(twice) == sorted(twice)


def test_each_key_is_a_matching_of_its_own():
    _, _, first, _ = run({"tax": ["1", "2"], "register": ["7"]}, {"tax": ["2", "7"], "register": ["1", "2"]})
    assert first.count == {"tax": 1, "register": 0}


def test_blinding_commutes_and_is_new_each_time():
    one, other = Secret(), Secret()
    points = hashed(["a", "b"], "name", "s")
    assert one.blinded(other.blinded(points)) == other.blinded(one.blinded(points))
    assert one.blinded(points) != other.blinded(points)
    assert Secret.restored(one.text).blinded(points) == one.blinded(points)
    assert not set(hashed(["a"], "name", "s")) & set(hashed(["a"], "name", "t") + hashed(["a"], "tax", "s"))
    assert {len(point) for point in points} == {POINT_BYTES}


def test_messages_hold_points_and_nothing_of_the_files(tmp_path):
    names = [f"Quartermain Chemicals {n}" for n in range(20)]
    offered, answered, first, _ = run({"name": names}, {"name": [*names[:5], "Somebody Else 77"]})
    _, result = finish(offered, answered.answer)
    for letter in (offered.offer, answered.answer, result):
        write_letter(letter, tmp_path / "m.json")
        text = (tmp_path / "m.json").read_text()
        assert not any(word in text for word in ("Quartermain", "Somebody", offered.secret))
        body = json.loads(text)
        assert set(body) <= {"format", "message", "session", "reveal", "points", "twice", "matched", "places"}
        assert read_letter(tmp_path / "m.json") == letter
    points = offered.offer.points["name"] + answered.answer.points["name"]
    assert {len(point) for point in points} == {POINT_BYTES}
    # No party's hashes travel: a list of guesses cannot be tried against what was sent.
    assert not set(points) & set(hashed(names, "name", offered.offer.session))
    assert first.count == {"name": 5}


def test_the_order_of_a_file_does_not_travel():
    offered = offer({"name": [f"n{n:03d}" for n in range(200)]})
    assert list(offered.offer.points["name"]) == sorted(offered.offer.points["name"])
    assert list(offered.held["name"]) != sorted(offered.held["name"])


def test_what_does_not_fit_is_refused():
    offered = offer({"name": ["a", "b"]})
    with pytest.raises(InputError, match="agree to reveal size"):
        answer(offered.offer, {"name": ["a"]}, "size")
    with pytest.raises(InputError, match="matches by name, you by tax"):
        answer(offered.offer, {"tax": ["a"]})
    doubled = dataclasses.replace(offered.offer, points={"name": offered.offer.points["name"] * 2})
    with pytest.raises(InputError, match="twice"):
        answer(doubled, {"name": ["a"]})
    answered = answer(offered.offer, {"name": ["a"]})
    short = dataclasses.replace(answered.answer, twice={"name": answered.answer.twice["name"][:1]})
    other = answer(offer({"name": ["a", "b"]}).offer, {"name": ["a"]})
    for wrong in (short, other.answer):
        with pytest.raises(InputError, match="no answer to that offer"):
            finish(offered, wrong)
    _, result = finish(offered, answered.answer)
    for wrong in (
        dataclasses.replace(result, session="00" * 16),
        dataclasses.replace(result, places={"name": (9,)}),
        dataclasses.replace(result, places={"tax": ()}),
    ):
        with pytest.raises(InputError, match="no result"):
            receive(answered, wrong)


def test_a_point_off_the_curve_is_refused():
    offered = offer({"name": ["a"]})
    off = next(x.to_bytes(32, "big") for x in range(1, 99) if not _is_point(x.to_bytes(32, "big")))
    with pytest.raises(InputError, match="no point of the curve"):
        answer(dataclasses.replace(offered.offer, points={"name": (off,)}), {"name": ["a"]})


def _is_point(x):
    try:
        Secret().blinded([x])
    except InputError:
        return False
    return True


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
    column=st.sampled_from(["session", "reveal", "message", "points", "twice", "matched", "places", "format"]),
    kind=st.sampled_from(["offer", "answer", "result"]),
)
@settings(max_examples=150)
def test_any_damaged_message_is_told(tmp_path_factory, body, column, kind):
    path = tmp_path_factory.mktemp("letters") / "m.json"
    offered, answered, _, _ = run({"name": ["a", "b"]}, {"name": ["b"]})
    letters = {"offer": offered.offer, "answer": answered.answer, "result": finish(offered, answered.answer)[1]}
    write_letter(letters[kind], path)
    whole = json.loads(path.read_text())
    path.write_text(json.dumps(whole | {column: body}))
    with contextlib.suppress(InputError):  # told, or by chance still whole; nothing else may be raised
        read_letter(path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError):
        read_letter(path)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '"offer"', "{}", "\x00\xff"])
def test_what_is_no_message(tmp_path, text):
    path = tmp_path / "m.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError):
        read_letter(path)
    with pytest.raises(InputError):
        read_letter(tmp_path / "none.json")


_CELL = st.none() | st.sampled_from(["", "GB:00123", "00123", "n/a", "Acme Ltd", "ACME LIMITED", "Acme", "x1y2z3"])


@given(a=st.lists(st.tuples(_CELL, _CELL), max_size=6), b=st.lists(st.tuples(_CELL, _CELL), max_size=6))
@settings(max_examples=60)
def test_pairs_of_rows_are_those_of_a_plain_join(a, b):
    from counterflow.orders.across.keys import identifiers

    def party(rows, prefix):
        columns = list(zip(*rows, strict=True)) or [(), ()]
        table = pa.table({n: pa.array(c, pa.string()) for n, c in zip(("name", "tax_id"), columns, strict=True)})
        return Party(table, [f"{prefix}{n}" for n in range(len(rows))])

    one, other = party(a, "a"), party(b, "b")
    keys = read_keys(["name", "tax_id", "name+tax_id"])
    found = match_pairs(one, other, keys, keys)
    assert found.schema == PAIR
    wanted = {}
    for key in keys:
        for i, x in enumerate(identifiers(one.table, key)):
            for j, y in enumerate(identifiers(other.table, key)):
                if x is not None and x == y:
                    wanted.setdefault((f"a{i}", f"b{j}"), []).append(key.text)
    assert {(r["a_id"], r["b_id"]): r["columns"] for r in found.to_pylist()} == {
        pair: "; ".join(columns) for pair, columns in wanted.items()
    }


def test_columns_of_other_names_are_read_in_one_way():
    a = Party(pa.table({"vat": ["DE136695976"]}), ["a"])
    b = Party(pa.table({"number": ["136 695 976"]}), ["b"])
    assert match_pairs(a, b, read_keys(["vat"]), [Key("number", ("number",), ("tax",))]).num_rows == 1


def test_an_answer_is_not_an_offer():
    offered = offer({"name": ["a"]})
    assert isinstance(answer(offered.offer, {"name": []}).answer, Answer)
