"""The queue's read model: brought up by what changed it says the same as one made anew, and pages lose nothing."""

import datetime as dt
import json
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.flow import queue_acts, queue_export, queue_views
from counterflow.flow.queue import choices, keys_of, queue_page
from counterflow.flow.queue_ask import ORDERS, Place, QueueAsk
from counterflow.flow.queue_model import QueueModel
from counterflow.store.erasure import erase_records
from counterflow.store.workspace import Workspace

NOW = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)


def load(workspace, batch, ids, *, screened=True, goods="plain socks"):
    """Write a load as the drain does: consignments, goods, a party each, its manifest."""
    store = workspace.store
    key = [{"source": "post", "record_id": one, "batch": batch} for one in ids]
    with store.transaction():
        store.append("consignment", pa.Table.from_pylist([
            k | {"declared_on": dt.date(2026, 3, 1 + i % 7), "first_seen": NOW, "office": "NORTH" if i % 2 else "SOUTH",
                 "lane": "mail", "mass_kg": None if i % 3 == 0 else float(i), "kind": "parcel"}
            for i, k in enumerate(key)]))  # fmt: skip
        store.append("goods_line", pa.Table.from_pylist([k | {"line": 1, "description": goods} for k in key]))
        store.append("party", pa.Table.from_pylist([k | {"role": "consignee", "name": f"Ünal {k['record_id']}"}
                                                    for k in key]))  # fmt: skip
        store.append("payload", pa.Table.from_pylist([k | {"salt": "aa", "digest": "d"} for k in key]))
        store.append("batch", pa.Table.from_pylist([{
            "source": "post", "batch": batch, "content_sha256": batch, "received_at": NOW, "read": len(ids),
            "accepted": len(ids), "rejected": 0, "tables": json.dumps({"consignment": len(ids)}), "synthetic": True,
        }]))  # fmt: skip
    if screened:
        screen(workspace, batch, {})


def screen(workspace, batch, found, run="r1"):
    """Write a screening with findings: record id to [(code, class, strength)]."""
    rows = [
        {"source": "post", "record_id": one, "part": "", "check": "c", "check_version": "1", "code": code,
         "kind": "deterministic", "strength": strength, "meaning": "m", "harm_class": harm, "sentence": "s", "run": run}
        for one, codes in found.items() for code, harm, strength in codes
    ]  # fmt: skip
    with workspace.store.transaction():
        if rows:
            workspace.store.append("finding", pa.Table.from_pylist(rows))
        said = {"run": run, "source": "post", "batch": batch, "check": "c", "check_version": "1", "screened_at": NOW}
        workspace.store.append("screening", pa.Table.from_pylist([said]))


def plan(workspace, name, draws, made=NOW):
    with workspace.store.transaction():
        workspace.store.append("draw", pa.Table.from_pylist([
            {"plan": name, "source": "post", "record_id": one, "office": "NORTH", "lane": "mail",
             "day": dt.date(2026, 3, 3), "arm": arm, "rank": 1 if arm else None, "inclusion_probability": 0.1,
             "expected_harm": harm} for one, (arm, harm) in draws.items()]))  # fmt: skip
        workspace.store.append("plan", pa.Table.from_pylist([{
            "plan": name, "starts": dt.date(2026, 3, 2), "ends": dt.date(2026, 3, 8), "seed": 1, "random_share": 0.1,
            "made_at": made, "ledger_seq": 1}]))  # fmt: skip


def outcome(workspace, one, confirmation="none", at=NOW):
    workspace.store.append("outcome", pa.Table.from_pylist([{
        "source": "post", "record_id": one, "plan": "p1", "state": "inspected", "confirmation": confirmation,
        "time": at, "recorded_at": at, "ledger_seq": 2}]))  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    with Workspace(Workspace.create(tmp_path / "w"), clock=lambda: NOW) as opened:
        yield opened
        QueueModel.of(opened).close()


def shown(workspace, **ask):
    QueueModel.of(workspace).refresh()
    return {row["record_id"]: row for row in queue_page(workspace, QueueAsk(**ask)).rows}


def whole(workspace):
    return QueueModel.of(workspace).store.rows("SELECT * EXCLUDE (n) FROM record ORDER BY source, record_id")


def test_what_changed_is_brought_up_and_says_what_a_queue_made_anew_says(workspace):
    load(workspace, "b1", ["A1", "A2", "A3", "A4"], screened=False)
    assert {row["state"] for row in shown(workspace).values()} == {"waiting"}
    screen(workspace, "b1", {"A1": [("vague", "declaration", 0.9), ("controlled-drug", "drug", 0.4)]})
    rows = shown(workspace)
    # what is inside comes before how it was declared, however strong
    assert (rows["A1"]["code"], rows["A1"]["strength"], rows["A1"]["findings"]) == ("controlled-drug", 0.4, 2)
    assert rows["A2"]["state"] == "open"
    plan(workspace, "p1", {"A1": ("targeted", 5.0), "A2": ("", 1.0)})
    plan(workspace, "p2", {"A2": ("random", 2.0)}, made=NOW + dt.timedelta(hours=1))
    rows = shown(workspace)
    assert [rows[one]["state"] for one in ("A1", "A2", "A3")] == ["planned", "planned", "open"]
    assert rows["A2"]["plan"] == "p2"
    outcome(workspace, "A1", "presumptive")
    outcome(workspace, "A1", "refuted", NOW + dt.timedelta(days=1))
    load(workspace, "b2", ["B1"])
    queue_acts.act_on(workspace, [("post", "A3")], "take", person="Ada One")
    rows = shown(workspace)
    assert (rows["A1"]["state"], rows["A1"]["confirmation"], rows["A3"]["hand"]) == ("inspected", "refuted", "Ada One")
    # the findings of a load are replaced when it is screened again
    workspace.store.execute("DELETE FROM finding")
    screen(workspace, "b1", {"A4": [("listed-exact", "party", 0.8)]}, run="r2")
    rows = shown(workspace)
    assert (rows["A1"]["findings"], rows["A1"]["code"], rows["A4"]["classes"]) == (0, None, "|party|")
    # and one that is taken back without a screening goes too
    workspace.store.execute("DELETE FROM finding")
    assert shown(workspace)["A4"]["findings"] == 0
    kept = whole(workspace)
    QueueModel.of(workspace).close()
    (workspace.cache / "queue.duckdb").unlink()
    QueueModel.of(workspace).refresh()
    assert whole(workspace) == kept


def test_a_large_load_is_taken_in_parts_and_none_is_lost(workspace, monkeypatch):
    monkeypatch.setattr("counterflow.flow.queue_taking._AT_ONCE", 4)
    load(workspace, "b1", [f"R{i:02d}" for i in range(30)])
    screen(workspace, "b1", {f"R{i:02d}": [("vague", "declaration", 0.5)] for i in range(30)}, run="r2")
    rows = shown(workspace, size=200)
    assert sorted(rows) == [f"R{i:02d}" for i in range(30)]
    assert {row["findings"] for row in rows.values()} == {1}
    assert len({row["n"] for row in rows.values()}) == 30


def test_a_queue_of_another_store_is_made_anew(workspace):
    load(workspace, "b1", ["A1"])
    assert list(shown(workspace)) == ["A1"]
    for table in ("consignment", "batch"):  # as after restoring an older copy
        workspace.store.execute(f"DELETE FROM {table}")
    load(workspace, "b9", ["Z1"])
    assert list(shown(workspace)) == ["Z1"]


def test_a_damaged_file_is_made_anew(workspace):
    load(workspace, "b1", ["A1"])
    shown(workspace)
    QueueModel.of(workspace).close()
    (workspace.cache / "queue.duckdb").write_bytes(b"not a store" * 1000)
    assert list(shown(workspace)) == ["A1"]


def test_pages_in_every_order_hold_every_record_once_forward_and_back(workspace):
    load(workspace, "b1", [f"R{i:02d}" for i in range(13)])
    plan(workspace, "p1", {f"R{i:02d}": ("", float(i % 4)) for i in range(0, 13, 2)})
    QueueModel.of(workspace).refresh()
    for name in ("harm", "oldest", "record"):
        order = ORDERS[name]
        ask = QueueAsk(order=name, size=4)
        page = queue_page(workspace, ask)
        pages = [page.rows]
        while page.next:
            page = queue_page(workspace, replace(ask, after=page.next))
            pages.append(page.rows)
        seen = [row for rows in pages for row in rows]
        assert (len(seen), len({row["n"] for row in seen}), page.count) == (13, 13, 13)
        values = [row[order.column] for row in seen]
        there = [value for value in values if value is not None]
        assert values == sorted(there, reverse=order.falling) + [None] * (13 - len(there))
        back = [pages[-1]]
        while page.before:
            page = queue_page(workspace, replace(ask, after=page.before))
            back.insert(0, page.rows)
        assert back == pages


def test_filters_find_what_they_say(workspace):
    load(workspace, "b1", ["A1", "A2"], goods="Süßstoff POWDER white")
    load(workspace, "b2", ["B1"], goods="powder blue")
    screen(workspace, "b2", {"B1": [("vague", "declaration", 0.7)]}, run="r3")

    def found(**ask):
        return sorted(shown(workspace, **ask))

    assert found(text="powder") == ["A1", "A2", "B1"]
    assert found(text="Powder -BLUE") == ["A1", "A2"]
    assert found(text="SÜßSTOFF") == ["A1", "A2"]
    assert found(name="unal b1") == ["B1"]
    assert found(harm_class="none") == ["A1", "A2"]
    assert found(harm_class="declaration", least=0.6) == ["B1"]
    assert found(office="SOUTH", since=dt.date(2026, 3, 1), until=dt.date(2026, 3, 1)) == ["A1", "B1"]
    assert found(hand="nobody", state="open", code="vague") == ["B1"]
    assert found(text="' OR 1=1 --") == []
    assert choices(workspace)["office"] == {"SOUTH": 2, "NORTH": 1}
    with pytest.raises(InputError, match="too short"):
        queue_page(workspace, QueueAsk(name="ü"))


@pytest.mark.parametrize("wrong", [
    {"order": "harmm"}, {"state": "opne"}, {"size": "0"}, {"size": str(10**21)}, {"least": "nan"}, {"least": "2"},
    {"since": "2026-02-30"}, {"text": "a " * 9}, {"text": "a" * 201},
])  # fmt: skip
def test_a_question_that_cannot_be_is_refused_in_words(wrong):
    with pytest.raises(InputError):
        QueueAsk.read(wrong)


@given(st.one_of(st.text(max_size=60), st.integers(), st.binary(max_size=30).map(repr)))
def test_a_place_that_is_none_is_refused(text):
    for order in ORDERS.values():
        try:
            Place.read(str(text), order)
        except InputError:
            continue


def test_places_can_be_read_back():
    for place in (Place(None, 3), Place(-1.5, 2**53, back=True)):
        assert Place.read(place.text(), ORDERS["harm"]) == place
    with pytest.raises(InputError):
        Place.read(Place("text", 3).text(), ORDERS["harm"])


def test_acts_change_what_they_change_and_are_sealed_without_words(workspace):
    load(workspace, "b1", ["A1", "A2"])
    keys = [("post", "A1"), ("post", "A2"), ("post", "A1")]
    assert queue_acts.act_on(workspace, keys, "take", person="Ada One")["records"] == 2
    again = queue_acts.act_on(workspace, keys, "take", person="Ada One")
    assert (again["records"], again["left"]) == (0, 2)
    assert queue_acts.act_on(workspace, keys[:1], "take", person="Bo Two")["records"] == 1
    assert queue_acts.hands_of(workspace, "", {"keys": [["post", "A1"], ["post", "A2"]]}) == ["Ada One", "Bo Two"]
    assert queue_acts.act_on(workspace, keys, "give-back", person="Ada One")["records"] == 2
    queue_acts.act_on(workspace, keys[:1], "note", person="Ada One", words="a telephone call to Ünal")
    sealed = [json.dumps(dict(entry.body)) for entry in workspace.ledger.entries("queue-act")]
    assert len(sealed) == 4
    assert not any(word in "".join(sealed) for word in ("Ada", "telephone", "nal"))
    for act, words in (("note", ""), ("reopen", "short"), ("release", "a ground that is long enough")):
        with pytest.raises(InputError):
            queue_acts.act_on(workspace, keys, act, person="Ada One", words=words)
    with pytest.raises(UnknownName):
        queue_acts.act_on(workspace, [("post", "nobody")], "take", person="Ada One")


def test_a_release_by_two_takes_the_record_out_of_the_open_ones_until_it_is_reopened(workspace):
    load(workspace, "b1", ["A1", "A2", "A3"])
    plan(workspace, "p1", {"A3": ("random", 1.0)})
    subject, payload = queue_acts.release_request(workspace, [("post", "A2"), ("post", "A1")])
    assert subject == "2 records, the first A1"
    done = queue_acts.agreed_release(workspace, subject, payload, asked_by="Ada One", agreed_by="Bo Two",
                                     ground="seen and clean on both scans")  # fmt: skip
    assert done["records"] == 2
    assert sorted(shown(workspace, state="released")) == ["A1", "A2"]
    queue_acts.act_on(workspace, [("post", "A1")], "reopen", person="Ada One", words="a new tip came in")
    assert sorted(shown(workspace, state="released")) == ["A2"]
    with pytest.raises(InputError, match="on a sheet"):
        queue_acts.release_request(workspace, [("post", "A3")])


def test_erasing_a_record_takes_the_words_of_its_acts(workspace):
    load(workspace, "b1", ["A1"])
    queue_acts.act_on(workspace, [("post", "A1")], "note", person="Ada One", words="the sister of Ünal called")
    queue_acts.act_on(workspace, [("post", "A1")], "take", person="Ada One")
    assert shown(workspace)["A1"]["hand"] == "Ada One"
    erase_records(workspace, "post", ["A1"], person="Sol", ground="request")
    rows = workspace.store.rows("SELECT DISTINCT words, person FROM queue_act")
    assert rows == [{"words": "[erased]", "person": "[erased]"}]
    assert workspace.store.rows("SELECT salt FROM payload WHERE source = 'queue'") == [{"salt": None}] * 2
    assert shown(workspace)["A1"]["hand"] == "[erased]"


def test_saved_views_are_ones_own_unless_shared(workspace):
    ask = QueueAsk(text="powder", order="mass", after="xyz")
    first = queue_views.save_view(workspace, " My  view ", ask, person="Ada One")
    second = queue_views.save_view(workspace, "my view", QueueAsk(lane="mail"), person="Ada One", shared=True)
    assert [(v["name"], v["asks"]) for v in queue_views.views_of(workspace, "Bo Two")] == [
        ("my view", "lane=mail&order=harm")
    ]
    with pytest.raises(AccessError):
        queue_views.remove_view(workspace, second["view"], person="Bo Two")
    queue_views.remove_view(workspace, second["view"], person="Ada One")
    with pytest.raises(UnknownName):
        queue_views.remove_view(workspace, first["view"], person="Ada One")
    with pytest.raises(InputError):
        queue_views.save_view(workspace, "all", QueueAsk(), person="Ada One")


def test_what_leaves_is_neutral_bounded_and_on_record(workspace):
    load(workspace, "b1", [f"R{i:03d}" for i in range(120)], goods='=HYPERLINK("http://x","y")')
    plan(workspace, "p1", {"R000": ("random", 1.0)})
    QueueModel.of(workspace).refresh()
    few = QueueAsk(until=dt.date(2026, 3, 3))
    made = queue_export.export(workspace, few, person="Sol", purpose="inspection", form="csv")
    text = made.content.decode()
    assert "'=HYPERLINK" in text
    assert "nal R0" not in text
    assert "arm" in text.splitlines()[0].split(",")
    assert "arm" not in queue_export.columns_for("compliance")
    entry = next(iter(workspace.ledger.entries("export")))
    assert (entry.body["rows"], entry.body["file_sha256"]) == (made.rows, made.sha256)
    with pytest.raises(AccessError, match="at most 100"):
        queue_export.export(workspace, QueueAsk(), person="Sol", purpose="inspection", form="csv")
    _, payload = queue_export.export_request(QueueAsk(), 120, purpose="inspection", form="parquet")
    agreed = payload | {"agreed_at": NOW}
    whole_file = queue_export.export(
        workspace, QueueAsk(), person="Sol", purpose="inspection", form="parquet", agreed=agreed
    )
    import pyarrow.parquet as pq

    assert pq.read_table(pa.BufferReader(whole_file.content)).num_rows == 120
    for other in ({"form": "csv"}, {"purpose": "compliance"}):
        with pytest.raises(AccessError, match="not what was agreed"):
            queue_export.export(workspace, QueueAsk(), person="Sol", agreed=agreed,
                                **({"purpose": "inspection", "form": "parquet"} | other))  # fmt: skip
    late = agreed | {"agreed_at": NOW - dt.timedelta(days=3)}
    with pytest.raises(AccessError, match="within"):
        queue_export.export(workspace, QueueAsk(), person="Sol", purpose="inspection", form="parquet", agreed=late)


def test_loads_do_not_keep_a_reader_waiting(workspace):
    load(workspace, "b1", ["A1"])
    QueueModel.of(workspace).refresh()
    load(workspace, "b2", ["B1", "B2"])
    standing = QueueModel.of(workspace).standing(wait=5)
    assert (standing.records + standing.behind) == 3
    assert keys_of(workspace, QueueAsk(text="a1"), 10) == [("post", "A1")]
