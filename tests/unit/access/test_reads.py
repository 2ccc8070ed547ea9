"""The log of reads: complete after a kill, grouped, sealed, without the words; refused where it cannot be written."""

import hashlib
import threading

import pytest

from counterflow.access.doors import Doors
from counterflow.access.passwords import Passwords
from counterflow.access.policy import ACTIONS, RESOURCES, ROLES, RULES, matrix, purposes_of, verdict
from counterflow.access.who import Identity, judged
from counterflow.core.errors import EngineError, StoreBusy

ANA = Identity("Ana", "p-1", frozenset({"analyst"}), "inspection", "s-1", "session")


def logged(workspace):
    return workspace.store.rows('SELECT * FROM access_read ORDER BY "at", read')


def test_a_look_is_a_row_with_purpose_and_ids_and_a_group_is_one_entry(doors, workspace):
    for number in range(250):
        doors.reads.note(ANA, "record", ids=[f"K-{number}"], reason="case work")
    doors.reads.note(ANA, "queue", ids=[f"K-{n}" for n in range(300)], query="  Fentanyl   Hydrochloride ")
    doors.reads.note(ANA, "ledger", allowed=False, reason="no rule")
    lines = (workspace.path / "reads" / "pending.jsonl").read_bytes()
    assert doors.reads.settle() == 252
    entries = list(workspace.ledger.entries("reads"))
    assert len(entries) == 1
    assert entries[0].body["rows"] == 252
    assert entries[0].body["sha256"] == hashlib.sha256(lines).hexdigest()
    rows = {row["resource"]: row for row in logged(workspace)}
    assert rows["record"]["purpose"] == "inspection"
    assert (rows["queue"]["count"], len(rows["queue"]["ids"])) == (300, 100)
    assert not rows["ledger"]["allowed"]
    assert rows["queue"]["ledger_seq"] == entries[0].seq
    assert doors.reads.settle() == 0
    assert [row["resource"] for row in doors.reads.was_asked("fentanyl hydrochloride")] == ["queue"]
    assert doors.reads.was_asked("fentanyl") == []


def test_a_killed_server_loses_no_look_and_none_is_there_twice(doors, workspace):
    reads = doors.reads
    for number in range(3):
        reads.note(ANA, "record", ids=[f"K-{number}"])
    lines = (workspace.path / "reads" / "pending.jsonl").read_text("utf-8")
    reads.settle()
    # killed after the group was in and before its file was gone, while two more lines came, one of them cut off
    (workspace.path / "reads" / "pending.group").write_text(lines, "utf-8")
    reads.note(ANA, "record", ids=["K-3"])
    with (workspace.path / "reads" / "pending.jsonl").open("a") as pending:
        pending.write('{"read": "0123", "at": "2026-')
    again = Doors(workspace, passwords=Passwords(8, 1), reads_every=0)
    assert again.reads.settle() == 0
    assert sorted(row["ids"] for row in logged(workspace)) == [[f"K-{n}"] for n in range(4)]
    assert not list((workspace.path / "reads").iterdir())
    again.close()


def test_what_cannot_be_put_on_record_is_not_shown(doors, workspace):
    (workspace.path / "reads").write_text("a file where the folder should be")
    with pytest.raises(EngineError, match="cannot be put on record"):
        doors.reads.note(ANA, "record")
    (workspace.path / "reads").unlink()
    doors.reads.note(ANA, "record")


def test_a_store_that_is_busy_keeps_them_pending_in_order(doors, workspace, monkeypatch):
    doors.reads.note(ANA, "record", ids=["K-0"])

    def busy(*_):
        raise StoreBusy("Two changes met.")

    with monkeypatch.context() as patched:
        patched.setattr(type(workspace.store), "append", busy)
        with pytest.raises(StoreBusy):
            doors.reads.settle()
    doors.reads.note(ANA, "record", ids=["K-1"])
    assert len((workspace.path / "reads" / "pending.jsonl").read_text("utf-8").splitlines()) == 2
    assert doors.reads.settle() == 2
    assert sorted(row["ids"] for row in logged(workspace)) == [["K-0"], ["K-1"]]


def test_fifty_people_at_once_are_all_on_record_in_few_groups(workspace):
    doors = Doors(workspace, passwords=Passwords(8, 1), reads_every=0.05)
    people = [threading.Thread(target=lambda: [doors.reads.note(ANA, "record") for _ in range(40)]) for _ in range(50)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    doors.close()
    assert workspace.store.rows("SELECT count(DISTINCT read) AS n FROM access_read")[0]["n"] == 2000
    assert len(list(workspace.ledger.entries("reads"))) < 200


def test_the_log_is_for_this_user_alone(doors, workspace):
    doors.reads.note(ANA, "record")
    assert (workspace.path / "reads" / "pending.jsonl").stat().st_mode & 0o077 == 0


def test_nothing_is_allowed_but_by_a_rule():
    for role in ROLES:
        for resource in RESOURCES:
            for action in ACTIONS:
                for purpose in purposes_of([role]):
                    assert not verdict([role], resource, action, purpose, rules=()).allowed
    assert not verdict([], "board", "read", "inspection").allowed
    assert not verdict(["officer"], "no-such-thing", "read", "inspection").allowed


def test_each_rule_opens_something_that_is_shut_without_it():
    for left_out in RULES:
        rest = [rule for rule in RULES if rule is not left_out]
        with_it = {(r["role"], r["resource"], r["action"], r["purposes"]) for r in matrix() if r["allowed"] == "yes"}
        without = {
            (r["role"], r["resource"], r["action"], r["purposes"]) for r in matrix(rest) if r["allowed"] == "yes"
        }
        assert with_it - without, left_out.why


def test_the_matrix_is_whole_and_says_why():
    rows = matrix()
    assert len(rows) == len(ROLES) * len(RESOURCES) * len(ACTIONS)
    assert all(row["why"] for row in rows)
    admin = {row["resource"] for row in rows if row["role"] == "admin" and row["allowed"] == "yes"}
    assert not {name for name in admin if RESOURCES[name].sensitive}


def test_small_areas_are_for_health_alone():
    assert verdict(["analyst"], "watch-local", "read", "health-response").allowed
    for purpose in ("inspection", "investigation", "compliance", "redress"):
        assert not verdict(list(ROLES), "watch-local", "read", purpose).allowed


def test_a_token_never_does_more_than_its_person():
    assert not judged({"viewer"}, "record", "read", "inspection", {"record:read"}).allowed
    assert not judged({"officer"}, "record", "read", "inspection", {"queue:read"}).allowed
    assert judged({"officer"}, "record", "read", "inspection", {"record:read"}).allowed
