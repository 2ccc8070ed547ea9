"""A pack in a workspace: locked, counted against with notes, corrected beside, edited by two; all in the ledger."""

import pytest
from tests.unit.account.test_targets_check import CLEAN

from counterflow.access.doors import Doors
from counterflow.access.passwords import Passwords
from counterflow.account.indicators.kept import (
    Entered,
    enter_actual,
    kept_actuals,
    kept_pack,
    load_pack,
    lock_targets,
    locks_of,
    note_variance,
    variances,
)
from counterflow.account.indicators.money import cost_rows, mix_rows, read_money, shipped_money
from counterflow.account.indicators.money_kept import kept_money, put_money
from counterflow.account.verify import verify_ledger
from counterflow.core.errors import AccessError, InputError, UnknownName
from counterflow.flow.account_money import graded, library
from counterflow.flow.account_targets import board_of
from counterflow.store.erasure import erase_records

PASSWORD = "correct horse battery staple"
WHY = "the new laboratory counts in another way"


@pytest.fixture
def house(empty_workspace):
    load_pack(empty_workspace, CLEAN.split("[[actual]]")[0], "clean", person="Ana Roe")
    return empty_workspace


def entered(value, period="2025", note="", **more):
    return Entered("deaths", period, str(value), "Medical examiner", note=note, **more)


def test_loading_again_changes_nothing_and_a_new_version_stands_beside(house):
    text = CLEAN.split("[[actual]]")[0]
    assert not load_pack(house, text, "clean", person="Ana Roe")["fresh"]
    assert load_pack(house, text.replace("60 kg", "61 kg"), "clean", person="Bo Li")["fresh"] is True
    assert house.store.rows("SELECT count(*) AS n FROM promise_pack")[0]["n"] == 2
    assert kept_pack(house, "nothing") is None


def test_what_is_locked_deviates_with_a_note_only(house):
    assert len(lock_targets(house, "clean", ["T1"], person="Ana Roe")) == 1
    assert lock_targets(house, "clean", ["T1"], person="Ana Roe") == []
    with pytest.raises(InputError, match="deviates"):
        enter_actual(house, "clean", entered(120), person="Bo Li")
    row = enter_actual(house, "clean", entered(120, note="a new street drug arrived"), person="Bo Li")
    assert row["after_lock"]
    found = variances(house, "clean")
    assert [one["large"] for one in found] == [True]
    note_variance(house, row["entry"], "confirmed by toxicology", person="Ana Roe")
    assert variances(house, "clean")[0]["note"].endswith("confirmed by toxicology")


def test_a_correction_stands_beside_what_it_corrects(house):
    lock_targets(house, "clean", [], person="Ana Roe")
    first = enter_actual(house, "clean", entered(97), person="Bo Li")
    second = enter_actual(house, "clean", entered(94), person="Bo Li")
    assert second["corrects"] == first["entry"]
    assert [one["superseded"] for one in variances(house, "clean")] == [True, False]
    latest = board_of("clean", house, reach=False)["rows"][0]["latest"]
    assert latest["value"] == 94
    assert "corrected after the lock: 97" in latest["note"]


@pytest.mark.parametrize(
    "bad",
    [
        entered("many"), entered(97, period="soon"), entered("97 kg"), entered(97, low="98"),
        entered(97, period="2027"), Entered("deaths", "2025", "97", " "),
    ],
)  # fmt: skip
def test_an_actual_that_cannot_be_used_is_refused(house, bad):
    with pytest.raises(InputError):
        enter_actual(house, "clean", bad, person="Bo Li")
    assert kept_actuals(house, kept_pack(house, "clean")) == []


def test_who_and_what_must_be_named(house):
    with pytest.raises(InputError, match="person"):
        enter_actual(house, "clean", entered(97), person=" ")
    with pytest.raises(UnknownName):
        enter_actual(house, "clean", Entered("deats", "2025", "97", "x"), person="Bo Li")
    with pytest.raises(UnknownName):
        lock_targets(house, "clean", ["T9"], person="Bo Li")
    with pytest.raises(UnknownName):
        variances(house, "other")


@pytest.fixture
def two(house):
    doors = Doors(house, passwords=Passwords(memory_kib=8, passes=1), reads_every=0)
    who = {}
    for place, name in enumerate(("Ana Roe", "Sol Nkem")):
        doors.add_person(name, ["supervisor"], by="command-line", password=PASSWORD)
        who[name] = doors.sign_in(name, PASSWORD, address=f"10.0.0.{place}").who
    yield doors, who["Ana Roe"], who["Sol Nkem"]
    doors.close()


def test_one_person_cannot_change_what_is_locked_and_two_can(house, two):
    doors, ana, sol = two
    lock_targets(house, "clean", ["T1"], person="Ana Roe")
    text = CLEAN.split("[[actual]]")[0].replace("value = 75", "value = 80").replace('"-25 %"', '"-20 %"')
    text = text.replace('"2027", value = 80', '"2027", value = 85')
    with pytest.raises(InputError, match="T1"):
        load_pack(house, text, "clean", person="Ana Roe")
    asked = doors.requests.ask("target-edit", "clean", {"text": text}, ana, WHY)
    with pytest.raises(AccessError):
        doors.requests.agree(asked, ana)
    assert doors.requests.agree(asked, sol)["changed"] == ["T1"]
    edit = house.store.rows("SELECT * FROM promise_edit")[0]
    assert (edit["asked_by"], edit["agreed_by"], edit["ground"]) == ("Ana Roe", "Sol Nkem", WHY)
    assert locks_of(house, "clean")["T1"]["expectation"] == edit["after"]
    assert kept_pack(house, "clean").targets[0].readings[0].amount.value == 80
    assert load_pack(house, text, "clean", person="Ana Roe")["fresh"] is False
    kinds = [entry.kind for entry in house.ledger.entries()]
    assert kinds.count("promise-edit") == 1
    assert verify_ledger(house.ledger)


def test_a_promise_is_not_dropped_and_a_payload_is_a_pack(house, two):
    doors, ana, sol = two
    lock_targets(house, "clean", ["T1"], person="Ana Roe")
    without = CLEAN.split("[[target]]")[0] + "[[target]]" + CLEAN.split("[[target]]")[2].split("[[actual]]")[0]
    asked = doors.requests.ask("target-edit", "clean", {"text": without}, ana, WHY)
    with pytest.raises(InputError, match="left out"):
        doors.requests.agree(asked, sol)
    for payload in ({}, {"text": "a = ["}, {"text": '[pack]\nname = "other"'}):
        with pytest.raises(InputError):
            doors.requests.ask("target-edit", "clean", payload, ana, WHY)


def test_the_ledger_holds_no_words_and_names_go_when_erased(house):
    lock_targets(house, "clean", [], person="Ana Roe")
    enter_actual(house, "clean", entered(120, note="a new street drug arrived"), person="Bo Li")
    said = str([entry.body for entry in house.ledger.entries()])
    assert not any(words in said for words in ("Ana Roe", "Bo Li", "street drug", "Medical"))
    erase_records(house, "promise", ["clean"], person="Dee", ground="retention is over")
    rows = house.store.rows("SELECT person FROM promise_actual UNION ALL SELECT person FROM promise_lock")
    assert {row["person"] for row in rows} == {"[erased]"}
    assert kept_actuals(house, kept_pack(house, "clean"))[0].amount.value == 120


MONEY = """id,programme,side,intervention,status,amount,currency,period,outcome,outcomes,source
a,Naloxone,harm reduction,oend-massachusetts-low,spent,1.2 million,USD,2025,rescues,400,Report
b,Scanners,supply,scanning_cars,spent,2800000,usd,2025,,,Report
c,Scanners to come,supply,,requested,9000000,USD,FY 2027,,,Budget
d,Pilot,treatment,,spent,1000,USD,2025,first visits,0,Report
"""


def test_money_is_shared_out_within_one_status_and_costs_carry_their_doubt(tmp_path, house):
    file = tmp_path / "money.csv"
    file.write_text(MONEY, "utf-8")
    sums = read_money(file)
    shares = {(row["status"], row["side"]): row["share"] for row in mix_rows(sums)}
    assert shares["requested", "supply"] == 1
    assert shares["spent", "supply"] == pytest.approx(2.8e6 / 4.001e6)
    cost = {row["id"]: row for row in cost_rows(sums)}
    assert cost["a"]["low"] < cost["a"]["cost"] == 3000 < cost["a"]["high"]
    assert cost["a"]["high"] == pytest.approx(1.2e6 / 361.7, rel=1e-3)  # Garwood: 400 counted, 361.7 to 441.2
    assert "no claim" in cost["a"]["claim"]
    assert cost["c"]["why_not"] == "it was requested, not spent"
    assert (cost["d"]["cost"], cost["d"]["high"]) == (None, None)
    assert cost["d"]["low"] == pytest.approx(1000 / 3.689, rel=1e-3)
    grades = {row["grade"] for row in graded(sums)}
    assert grades == {"B", "D", "none named"}
    assert put_money(house, sums, file.read_bytes(), person="Ana Roe")["fresh"]
    assert not put_money(house, sums, file.read_bytes(), person="Ana Roe")["fresh"]
    assert kept_money(house) == sums


@pytest.mark.parametrize(
    ("old", "new"),
    [("spent", "speld"), ("supply", "suply"), ("2800000", "lots"), ("2800000", "-5"), ("usd", "dollars"),
     (",Report\n", ",\n"), ("2025", "soon"), ("currency", "money")],
)  # fmt: skip
def test_a_sum_that_cannot_be_used_is_refused_with_its_line(tmp_path, old, new):
    file = tmp_path / "money.csv"
    file.write_text(MONEY.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError) as refused:
        read_money(file)
    assert str(file) in str(refused.value)


def test_what_the_documents_name_is_never_added_up_over_both_sides():
    rows = {(row["status"], row["side"]): row for row in mix_rows(shipped_money())}
    assert rows["requested", "all"]["share"] is None
    assert rows["requested", "supply"]["share"] is None
    assert all(row["cost"] is None for row in cost_rows(shipped_money()))


def test_the_library_says_what_was_not_randomised():
    rows = {row["id"]: row for row in library()}
    assert rows["lead-seattle"]["effect"] == 0.42
    assert rows["bop-rdap"]["effect"] == 0.73
    assert not rows["lead-seattle"]["randomised"]
    assert not rows["bop-rdap"]["randomised"]
    assert all(row["source"] and row["grade"] in "ABCD" for row in rows.values())
    assert all(row["why_not"] or row["low"] <= row["effect"] <= row["high"] for row in rows.values())
    assert any(name.startswith("lever-") for name in rows)
