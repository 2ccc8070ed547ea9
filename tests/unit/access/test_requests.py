"""Acts that need two: who can be the second person, what is done once, and what one did alone is reviewed."""

import itertools
from dataclasses import replace

import pyarrow as pa
import pytest

from counterflow.access.acts import ACTS, Act, function_of
from counterflow.core.errors import AccessError, EngineError, InputError, UnknownName
from counterflow.core.tables import PAYLOAD

WHY = "the carrier showed the papers"
DONE = []


def perform(workspace, subject, payload, *, asked_by, agreed_by, ground):
    if payload.get("fails"):
        workspace.store.append("payload", _payload("half-done"))
        raise EngineError("The disk is full.")
    DONE.append((subject, asked_by, agreed_by, ground))
    return {"released": len(payload["ids"])}


def own(workspace, subject, payload):
    return payload.get("decided_by", [])


def _payload(record):
    row = {"source": "test", "record_id": record, "batch": "b", "salt": "00", "digest": ""}
    return pa.Table.from_pylist([row], schema=PAYLOAD)


@pytest.fixture(autouse=True)
def acts(monkeypatch):
    here = "tests.unit.access.test_requests"
    release = Act("release a record", "queue", f"{here}:perform", own=f"{here}:own", emergency=True)
    monkeypatch.setitem(ACTS, "release", release)
    monkeypatch.setitem(ACTS, "wipe", replace(release, emergency=False))
    DONE.clear()


@pytest.fixture
def ask(doors):
    numbers = itertools.count()

    def give(who, **payload):
        return doors.requests.ask("release", f"K-{next(numbers)}", {"ids": [1, 2]} | payload, who, WHY)

    return give


def test_one_asks_another_agrees_and_it_is_done_once(doors, workspace, signed_in, ask):
    ana, sol = signed_in("Ana", "analyst", "inspection"), signed_in("Sol")
    request = ask(ana)
    assert not DONE
    assert [one.id for one in doors.requests.open_requests()] == [request]
    assert doors.requests.agree(request, sol) == {"released": 2}
    assert DONE == [("K-0", "Ana", "Sol", WHY)]
    with pytest.raises(InputError, match="is agreed"):
        doors.requests.agree(request, sol)
    assert len(DONE) == 1
    acts = [entry.body["act"] for entry in workspace.ledger.entries("access-request")]
    assert acts == ["ask", "agree-begins", "agree"]
    assert doors.requests.one(request).result == {"released": 2}


def test_the_asker_is_not_the_second_person_under_any_name_or_session(doors, signed_in, ask):
    sol = signed_in("Sol Nkemelu")
    request = ask(sol)
    other_session = signed_in("Sol Nkemelu")
    spelt = replace(other_session, person="nkemelu, sol")
    same_session = replace(signed_in("Tia"), session=sol.session)
    for who, why in (
        (sol, "You asked"),
        (other_session, "You asked"),
        (spelt, "You asked"),
        (same_session, "this session"),
    ):
        with pytest.raises(AccessError, match=why):
            doors.requests.agree(request, who)
        with pytest.raises(AccessError, match=why):
            doors.requests.refuse(request, who, WHY)
    assert not DONE


def test_whose_own_decision_is_in_question_does_not_agree(doors, signed_in, ask):
    request = ask(signed_in("Ana", "analyst", "inspection"), decided_by=["S. Ol"])
    with pytest.raises(AccessError, match="own decision"):
        doors.requests.agree(request, signed_in("Ol, S."))
    doors.requests.agree(request, signed_in("Tia"))


def test_who_may_not_ask_does_not_and_who_may_not_decide_does_not(doors, signed_in, ask):
    with pytest.raises(AccessError, match="may not ask"):
        ask(signed_in("Vera", "viewer"))
    request = ask(signed_in("Ana", "analyst", "inspection"))
    with pytest.raises(AccessError, match="No rule lets"):
        doors.requests.agree(request, signed_in("Aud", "auditor"))
    with pytest.raises(AccessError, match="asks for the purpose"):
        doors.requests.agree(request, signed_in("Sol", purpose="redress"))
    with pytest.raises(AccessError, match="names of their own"):
        doors.requests.agree(request, replace(signed_in("Sol"), how="local"))


def test_a_request_is_refused_withdrawn_or_lapses(doors, clock, signed_in, ask):
    ana, sol = signed_in("Ana", "analyst", "inspection"), signed_in("Sol")
    first, second, third = ask(ana), ask(ana), ask(ana)
    with pytest.raises(InputError, match="ground in words"):
        doors.requests.refuse(first, sol, "no")
    doors.requests.refuse(first, sol, "the papers are copies")
    with pytest.raises(AccessError, match="Only who asked"):
        doors.requests.withdraw(second, sol)
    doors.requests.withdraw(second, ana)
    clock.on(days=7)
    states = {one.id: one.state for one in doors.requests.all()}
    assert [states[request] for request in (first, second, third)] == ["refused", "withdrawn", "lapsed"]
    for request in (first, second, third):
        with pytest.raises(InputError, match="This request is"):
            doors.requests.agree(request, sol)
    with pytest.raises(UnknownName):
        doors.requests.agree("q-none", sol)
    assert not DONE


def test_the_same_request_twice_is_one_and_an_unknown_act_is_none(doors, signed_in):
    ana = signed_in("Ana", "analyst", "inspection")
    ids = {doors.requests.ask("release", "K-1", {"ids": [1]}, ana, WHY) for _ in range(3)}
    assert len(ids) == 1
    with pytest.raises(UnknownName, match="relaese"):
        doors.requests.ask("relaese", "K-1", {}, ana, WHY)
    with pytest.raises(InputError, match="too much"):
        doors.requests.ask("release", "K-1", {"ids": ["x" * 1_000_001]}, ana, WHY)


def test_an_act_that_fails_leaves_nothing_half_done_and_stays_open(doors, workspace, signed_in, ask):
    request = ask(signed_in("Ana", "analyst", "inspection"), fails=True)
    with pytest.raises(EngineError, match="disk is full"):
        doors.requests.agree(request, signed_in("Sol"))
    assert doors.requests.one(request).state == "open"
    assert not workspace.store.rows("SELECT 1 FROM payload WHERE record_id = 'half-done'")
    assert list(workspace.ledger.entries("access-request"))[-1].body["act"] == "agree-failed"


def test_what_one_did_alone_is_reviewed_by_another_in_time(doors, clock, signed_in):
    sol, ines = signed_in("Sol"), signed_in("Ines", "inspector")
    alone = "nobody reachable, the parcel leaves in ten minutes"
    with pytest.raises(InputError, match="ground in words"):
        doors.overrides.act("release", "K-1", {"ids": [1]}, sol, "urgent now")
    done = doors.overrides.act("release", "K-1", {"ids": [1]}, sol, alone)
    assert done["released"] == 1
    assert len(DONE) == 1
    assert [one.state for one in doors.overrides.open()] == ["waiting"]
    assert [one.state for one in doors.requests.all()] == ["overridden"]
    clock.on(hours=73)
    sol = signed_in("Sol")
    assert [one.state for one in doors.overrides.open()] == ["overdue"]
    with pytest.raises(AccessError, match="not reviewed in time"):
        doors.overrides.act("release", "K-2", {"ids": [2]}, sol, alone)
    with pytest.raises(AccessError, match="review this"):
        doors.overrides.review(done["override"], "justified", sol, "it was I who did it")
    with pytest.raises(UnknownName, match="fine"):
        doors.overrides.review(done["override"], "fine", ines, "papers were seen later")
    doors.overrides.review(done["override"], "not-justified", ines, "two supervisors were in the building")
    assert not doors.overrides.open()
    with pytest.raises(InputError, match="already"):
        doors.overrides.review(done["override"], "justified", ines, "papers were seen later")
    doors.overrides.act("release", "K-2", {"ids": [2]}, sol, alone)


def test_no_emergency_for_acts_that_can_wait_for_programs_or_for_who_could_not_agree(doors, signed_in):
    sol, alone = signed_in("Sol"), "nobody reachable, the parcel leaves in ten minutes"
    with pytest.raises(AccessError, match="No emergency"):
        doors.overrides.act("wipe", "K-1", {"ids": []}, sol, alone)
    with pytest.raises(AccessError, match="No emergency"):
        doors.overrides.act("erase-records", "K-1", {"records": ["x"]}, sol, alone)
    with pytest.raises(AccessError, match="signed in by name"):
        doors.overrides.act("release", "K-1", {"ids": []}, replace(sol, how="token"), alone)
    with pytest.raises(AccessError, match="could be the second"):
        doors.overrides.act("release", "K-1", {"ids": []}, signed_in("Ana", "analyst", "inspection"), alone)
    assert not DONE


def test_a_request_that_was_changed_in_the_store_is_not_carried_out(doors, workspace, signed_in, ask):
    request = ask(signed_in("Ana", "analyst", "inspection"))
    workspace.store.execute("UPDATE access_request SET payload = '{\"ids\": [1, 2, 3]}'")
    with pytest.raises(AccessError, match="was changed"):
        doors.requests.agree(request, signed_in("Sol"))
    assert not DONE


def test_who_decided_does_not_override_their_own_and_nobody_floods(doors, signed_in, ask):
    sol, alone = signed_in("Sol"), "nobody reachable, the parcel leaves in ten minutes"
    with pytest.raises(AccessError, match="own decision"):
        doors.overrides.act("release", "K-1", {"ids": [], "decided_by": ["Sol"]}, sol, alone)
    with pytest.raises(InputError, match="wait already"):
        for _ in range(101):
            ask(sol)


def test_two_erase_and_their_names_stay_out_of_the_ledger(doors, workspace, signed_in):
    workspace.store.append("payload", _payload("K-9"))
    sol, tia = signed_in("Sol", purpose="redress"), signed_in("Tia", purpose="redress")
    request = doors.requests.ask("erase-records", "test", {"records": ["K-9"]}, sol, "request of the person")
    assert doors.requests.agree(request, tia) == {"erased": 1}
    said = next(iter(workspace.ledger.entries("erasure"))).body
    assert said["person"] == f"{sol.id} and {tia.id}"
    assert "request of the person" not in str(said)


@pytest.mark.parametrize("name", sorted(set(ACTS) - {"release", "wipe"}))
def test_every_act_that_needs_two_leads_to_a_function_and_somebody_may_agree(name):
    from counterflow.access.policy import RESOURCES, matrix

    act = ACTS[name]
    assert callable(function_of(act.perform))
    assert act.own is None or callable(function_of(act.own))
    assert act.resource in RESOURCES
    allowed = {(row["resource"], row["action"]) for row in matrix() if row["allowed"] == "yes"}
    assert {(act.resource, act.ask_for), (act.resource, act.agree_with)} <= allowed


def test_a_payload_that_is_not_what_the_act_takes_stands_in_nobodys_way(doors, monkeypatch, signed_in, ask):
    ana, sol = signed_in("Ana", "analyst", "inspection"), signed_in("Sol", "supervisor")
    good = ask(ana)
    for nonsense in ({}, {"keys": "xyz"}, {"keys": [1]}, {"records": [{}]}):
        with pytest.raises(InputError, match="cannot be done as queue-release"):
            doors.requests.ask("queue-release", "x", nonsense, ana, WHY)
    late = doors.requests.ask("queue-export", "x", {}, signed_in("Sam", "supervisor"), WHY)
    with pytest.raises(InputError, match="cannot be done as queue-export"):
        doors.requests.agree(late, sol)
    # one that stood there already
    monkeypatch.setitem(ACTS, "release", replace(ACTS["release"], own="counterflow.flow.queue_acts:hands_of"))
    assert "withdraws it" in doors.requests.why_not(doors.requests.one(good), sol)
