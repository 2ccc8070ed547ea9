"""From an official list to answers as of a day: proposed, accepted by name, found by checks, taken back."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.core.tables import CONSIGNMENT, GOODS_LINE
from counterflow.reference.registry import load_registry
from counterflow.reference.registry_overlay import overlaid
from counterflow.screen.resources import resources_of
from counterflow.screen.run import screen
from counterflow.screen.substances import SubstanceLookup
from counterflow.screen.substances.accepted import accepted_changes, registry_from, registry_of
from counterflow.screen.substances.updates import (
    accept,
    accepted_updates,
    chosen,
    listed_updates,
    picked,
    propose,
    read_official_list,
    take_back,
)
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

ADDED_NAME = "N-Exemplyl exemplazene"
DAY = dt.date(2030, 1, 1)
FIRST, LAST = dt.date(2030, 3, 1), dt.date(2030, 9, 1)


@pytest.fixture
def workspace(tmp_path):
    clock = fixed_clock("2030-01-15T08:00:00Z")
    with Workspace.open(Workspace.create(tmp_path / "W", clock=clock), clock=clock) as opened:
        yield opened


def write_list(folder, *, registry=None, drop=(), move=(), add=(ADDED_NAME,)) -> Path:
    """Write the US schedules of the registry as a list of their own, changed."""
    registry = registry or load_registry()
    lines = ["name,schedule,cas"]
    for substance, rows in registry.controls.items():
        for row in rows:
            if row.instrument == "us-csa" and row.holds_on(DAY) and substance not in drop:
                schedule = "Schedule II" if substance in move else row.list
                lines.append(f'"{registry.substances[substance].name} {row.scope}",{schedule},')
    lines += [f"{name},I," for name in add]
    file = folder / "us-list.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def proposal_of(workspace, file, **how):
    how = {"instrument": "us-csa", "day": DAY} | how
    return propose(registry_of(workspace), read_official_list(file), **how)


def sure(proposal):
    return chosen(proposal.changes, ["added", "removed", "moved"])


def lists(registry, substance, day):
    return [c.list for c in registry.controls_on(substance, day, ["US"]) if c.instrument == "us-csa" and not c.scope]


def test_a_list_is_proposed_accepted_and_answers_from_its_day(workspace, tmp_path):
    file = write_list(tmp_path, drop=["salvinorin"], move=["ketamine"])
    proposal = proposal_of(workspace, file)
    assert {(c.difference.change, c.substance) for c in sure(proposal)} == {
        ("added", "n-exemplyl-exemplazene"),
        ("moved", "ketamine"),
    }
    assert registry_of(workspace) is load_registry()
    receipt = accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    registry = registry_of(workspace)
    assert receipt.registry == registry.version != load_registry().version
    assert lists(registry, "ketamine", FIRST - dt.timedelta(1)) == ["Schedule III"]
    assert lists(registry, "ketamine", FIRST) == ["Schedule II"]
    assert lists(registry, "n-exemplyl-exemplazene", FIRST - dt.timedelta(1)) == []
    assert lists(registry, "n-exemplyl-exemplazene", FIRST) == ["Schedule I"]
    row = registry.controls["n-exemplyl-exemplazene"][0]
    assert row.citation.startswith("us-list.csv, edition of 2030-01-01 (SHA-256 ")
    assert "accepted by A. Person on 2030-01-15; reach and basis as most entries of Schedule I" in row.citation
    assert row.citation.count(proposal.official.sha256[:12]) == 1


def test_what_is_left_out_ends_but_is_not_deleted(workspace, tmp_path):
    registry = load_registry()
    gone = next(
        s for s, rows in sorted(registry.controls.items())
        if [r.list for r in rows if r.instrument == "us-csa"] == ["Schedule IV"]
        and all(r.holds_on(DAY) for r in rows)
    )  # fmt: skip
    proposal = proposal_of(workspace, write_list(tmp_path, drop=[gone], add=()))
    removed = [c for c in proposal.changes if c.difference.change in ("removed", "unsure") and c.substance == gone]
    assert len(removed) == 1
    accept(workspace, proposal, chosen(removed, ["removed"]), by="A. Person", effective=FIRST)
    assert lists(registry_of(workspace), gone, FIRST) == []
    assert lists(registry_of(workspace), gone, FIRST - dt.timedelta(1)) == ["Schedule IV"]


def test_the_same_file_twice_changes_nothing(workspace, tmp_path):
    file = write_list(tmp_path)
    proposal = proposal_of(workspace, file)
    accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    again = proposal_of(workspace, file, day=FIRST)
    assert sure(again) == []
    with pytest.raises(UsageError, match="nothing to accept"):
        accept(workspace, again, sure(again), by="A. Person", effective=FIRST)
    assert len(accepted_updates(workspace)) == 1


def test_an_update_is_taken_back_by_another_with_its_own_day(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path, move=["ketamine"]))
    receipt = accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    back = take_back(workspace, receipt.update[:8], by="B. Other", effective=LAST)
    registry = registry_of(workspace)
    asked = (FIRST - dt.timedelta(1), FIRST, LAST - dt.timedelta(1), LAST)
    assert [lists(registry, "ketamine", day) for day in asked] == [
        ["Schedule III"], ["Schedule II"], ["Schedule II"], ["Schedule III"],
    ]  # fmt: skip
    assert [lists(registry, "n-exemplyl-exemplazene", day) for day in asked] == [
        [], ["Schedule I"], ["Schedule I"], [],
    ]  # fmt: skip
    assert [u["act"] for u in accepted_updates(workspace)] == ["accept", "take-back"]
    assert accepted_updates(workspace)[1]["takes_back"] == receipt.update
    assert len(accepted_changes(workspace.store)) == 4
    with pytest.raises(UsageError, match="taken back before"):
        take_back(workspace, receipt.update, by="B. Other", effective=LAST)
    with pytest.raises(UnknownName, match="U-nothing"):
        take_back(workspace, "U-nothing", by="B. Other", effective=LAST)
    assert back.update.startswith("U-")


def test_what_the_program_has_caught_up_with_is_told(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path, move=["ketamine"]))
    accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    assert [row["in_effect"] for row in listed_updates(workspace)] == [2]
    # A later program that has moved ketamine by itself, earlier.
    shipped = load_registry()
    rows = shipped.controls["ketamine"]
    ended = tuple(replace(r, date_to="2029-12-31") if r.instrument == "us-csa" else r for r in rows)
    moved = replace(next(r for r in rows if r.instrument == "us-csa"), list="Schedule II", date_from="2030-01-01")
    later = replace(shipped, version="later", controls={**shipped.controls, "ketamine": (*ended, moved)})
    assert [row["in_effect"] for row in listed_updates(workspace, later)] == [1]
    registry = overlaid(later, accepted_changes(workspace.store))
    assert lists(registry, "ketamine", dt.date(2030, 2, 1)) == ["Schedule II"]
    assert lists(registry, "ketamine", FIRST) == ["Schedule II"]


def test_an_update_taken_back_from_its_first_day_never_held(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path))
    receipt = accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    take_back(workspace, receipt.update, by="A. Person", effective=FIRST)
    for day in (FIRST - dt.timedelta(1), FIRST, LAST):
        assert lists(registry_of(workspace), "n-exemplyl-exemplazene", day) == []


def test_two_updates_of_one_day(workspace, tmp_path):
    first = proposal_of(workspace, write_list(tmp_path, add=(ADDED_NAME,)))
    accept(workspace, first, sure(first), by="A. Person", effective=FIRST)
    second = proposal_of(workspace, write_list(tmp_path, add=(ADDED_NAME, "Exemplanil")), day=FIRST)
    assert [c.substance for c in sure(second)] == ["exemplanil"]
    accept(workspace, second, sure(second), by="A. Person", effective=FIRST)
    registry = registry_of(workspace)
    assert [lists(registry, s, FIRST) for s in ("n-exemplyl-exemplazene", "exemplanil")] == [["Schedule I"]] * 2


def test_nobody_accepts_nothing(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path))
    with pytest.raises(UsageError, match="Nobody is named"):
        accept(workspace, proposal, sure(proposal), by="  ", effective=FIRST)
    with pytest.raises(UsageError, match="nothing to accept"):
        accept(workspace, proposal, [], by="A. Person", effective=FIRST)
    assert accepted_updates(workspace) == []


def test_a_structure_that_the_list_gives_is_found_from_its_day(workspace, tmp_path):
    # Vanillin, which no law lists: only the list can bring it.
    file, smiles = tmp_path / "list.csv", "COc1cc(C=O)ccc1O"
    file.write_text(f"name,schedule,smiles\nKetamine,III,\nExemplanoate,I,{smiles}\n", "utf-8")
    proposal = proposal_of(workspace, file)
    accept(workspace, proposal, chosen(proposal.changes, ["added"]), by="A. Person", effective=FIRST)
    registry = registry_of(workspace)
    assert registry.structures["exemplanoate"].standing == "one"
    assert registry_from(resources_of(workspace)).structures == registry.structures
    for day, verdict in ((FIRST - dt.timedelta(1), "none"), (FIRST, "controlled")):
        found = SubstanceLookup(on=day, route=["US"], registry=registry).check(smiles=f"{smiles}.Cl")
        assert {v.verdict for v in found} == {verdict}
        assert "one source" in found[0].reason


def test_half_a_list_is_not_taken_for_the_law(workspace, tmp_path):
    file = write_list(tmp_path)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(lines[: len(lines) // 2]) + "\n", "utf-8")
    proposal = proposal_of(workspace, file, day=dt.date(2030, 1, 1))
    removed = chosen(proposal.changes, ["removed"])
    assert len(removed) > 100
    with pytest.raises(InputError, match=r"entries of us-csa would end"):
        accept(workspace, proposal, removed, by="A. Person", effective=FIRST)


def test_refused_rows_and_ended_entries_do_not_go_together(workspace, tmp_path):
    file = write_list(tmp_path, drop=["ketamine", "zolpidem"])
    file.write_text(file.read_text("utf-8") + "Ketamine,III,50-00-1\n", "utf-8")
    proposal = proposal_of(workspace, file)
    assert [r.reason for r in proposal.rejected] == ["'50-00-1' is no CAS number"]
    assert proposal.understood + len(proposal.rejected) == proposal.official.rows
    with pytest.raises(InputError, match="could not be understood"):
        accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    accept(workspace, proposal, chosen(proposal.changes, ["added"]), by="A. Person", effective=FIRST)


def test_a_schedule_that_there_is_not_is_refused_with_its_line(workspace, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("name,schedule\nKetamine,III\nExemplanil,XVII\n", "utf-8")
    (refused,) = proposal_of(workspace, file).rejected
    assert refused.line == 3
    assert "no list 'XVII' of us-csa" in refused.reason


def test_an_addition_without_a_schedule_is_not_accepted(workspace, tmp_path):
    file = tmp_path / "codes.csv"
    file.write_text("dea_code,name\n7285,Ketamine\n9999,Exemplanil\n", "utf-8")
    proposal = proposal_of(workspace, file)
    added = chosen(proposal.changes, ["added"])
    with pytest.raises(InputError, match=r"line 3.*says no schedule for 'Exemplanil'"):
        accept(workspace, proposal, added, by="A. Person", effective=FIRST)


def test_a_day_on_which_nothing_would_change_is_refused(workspace, tmp_path):
    dated = next(
        s for s, rows in sorted(load_registry().controls.items()) for r in rows
        if r.instrument == "us-csa" and r.date_from[:1] in "12" and len(r.date_from) == 10 and r.list != "Schedule II"
        and r.holds_on(DAY) and not r.scope
    )  # fmt: skip
    proposal = proposal_of(workspace, write_list(tmp_path, move=[dated], add=()))
    with pytest.raises(InputError, match="does not hold then"):
        accept(workspace, proposal, sure(proposal), by="A. Person", effective=dt.date(1990, 1, 1))


def test_of_a_proposal_a_person_picks_rows(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path, move=["ketamine"]))
    columns = ("change", "substance", "name", "list_before", "list_after", "scope")
    row = next(c.row() for c in sure(proposal) if c.substance == "ketamine")
    file = tmp_path / "picked.csv"
    file.write_text(",".join(columns) + "\n" + ",".join(str(row[c]) for c in columns) + "\n", "utf-8")
    assert [c.substance for c in picked(proposal.changes, file)] == ["ketamine"]
    file.write_text(file.read_text("utf-8") + "added,other,Other,,Schedule I,\n", "utf-8")
    with pytest.raises(InputError, match=r"line 3.*not proposed"):
        picked(proposal.changes, file)


def test_an_unsure_entry_ends_only_on_a_persons_word(workspace, tmp_path):
    file, printed = tmp_path / "us-list.csv", tmp_path / "picked.csv"
    # The list has the code of ketamine and not the name of its isomer.
    file.write_text("name,dea_code,schedule\nKetamine,7285,III\n", "utf-8")
    proposal = proposal_of(workspace, file)
    (unsure,) = [c for c in proposal.changes if c.substance == "esketamine"]
    assert unsure.difference.change == "unsure"
    with pytest.raises(UsageError, match="nothing to accept"):
        accept(workspace, proposal, [unsure], by="A. Person", effective=FIRST)
    columns = ("change", "substance", "name", "list_before", "list_after", "scope")
    row = unsure.row() | {"change": "removed"}
    printed.write_text(",".join(columns) + "\n" + ",".join(row[c] for c in columns) + "\n", "utf-8")
    accept(workspace, proposal, picked(proposal.changes, printed), by="A. Person", effective=FIRST)
    assert lists(registry_of(workspace), "esketamine", FIRST) == []
    assert lists(registry_of(workspace), "ketamine", FIRST) == ["Schedule III"]


def test_a_list_of_one_schedule_says_nothing_of_the_others(workspace, tmp_path):
    registry = load_registry()
    held = [
        registry.substances[substance].name for substance, rows in registry.controls.items()
        if any(r.instrument == "eu-precursors" and r.list == "Category 1" and r.holds_on(DAY) for r in rows)
    ]  # fmt: skip
    file = tmp_path / "annex.csv"
    file.write_text("\n".join(["Stoffname;CN", *(f"{name};29" for name in held[1:]), "Exemplanal;29"]) + "\n", "utf-8")
    official = read_official_list(file, columns={"name": "Stoffname"}, list_name="Category 1")
    proposal = propose(registry, official, instrument="eu-precursors", day=DAY)
    assert [(c.difference.change, c.name) for c in proposal.changes] == [("added", "Exemplanal"), ("removed", held[0])]
    receipt = accept(workspace, proposal, proposal.changes, by="A. Person", effective=FIRST)
    assert receipt.row()["added"] == receipt.row()["removed"] == 1
    new = registry_of(workspace)
    assert new.substance("exemplanal").grade == "precursor"
    assert new.controls["exemplanal"][0].basis == "precursor"


def test_a_file_of_something_else_is_told(workspace, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("name,city\n" + "".join(f"Person {n},Town\n" for n in range(40)), "utf-8")
    with pytest.raises(InputError, match="too few stand on any instrument"):
        proposal_of(workspace, file, instrument=None)
    file.write_text("name,schedule\nKetamine,XVII\n", "utf-8")
    with pytest.raises(InputError, match=r"may be of any of \d+ instruments"):
        proposal_of(workspace, file, instrument=None)
    with pytest.raises(InputError, match=r"line 2.*No row could be understood: the registry has no list 'XVII'"):
        proposal_of(workspace, file)


def test_the_instrument_is_told_from_the_names(workspace, tmp_path):
    assert proposal_of(workspace, write_list(tmp_path), instrument=None).instrument == "us-csa"
    with pytest.raises(UnknownName, match=r"us-cas.*us-csa"):
        proposal_of(workspace, write_list(tmp_path), instrument="us-cas")


def test_checks_are_made_from_what_was_accepted(workspace, tmp_path):
    assert registry_from(resources_of(workspace)) is load_registry()
    proposal = proposal_of(workspace, write_list(tmp_path))
    accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    assert registry_from(resources_of(workspace)) == registry_of(workspace)


def put_records(workspace, days, text):
    batch = LoadBatch(
        source="post", content_sha256="a" * 64, file="f", mapping="m", read=len(days), accepted=len(days), rejected=0
    )
    keys = [{"source": "post", "batch": batch.batch, "record_id": str(n)} for n, _ in enumerate(days, 1)]
    seen = {"first_seen": workspace.clock(), "destination": "US"}
    tables = {
        "consignment": pa.Table.from_pylist(
            [key | seen | {"declared_on": day} for key, day in zip(keys, days, strict=True)], schema=CONSIGNMENT
        ),
        "goods_line": pa.Table.from_pylist([key | {"line": 1, "description": text} for key in keys], schema=GOODS_LINE),
    }
    write_batch(workspace.path, batch, tables, workspace.clock())
    drain(workspace)


def test_records_are_screened_again_by_what_was_accepted(workspace, tmp_path):
    put_records(workspace, [FIRST - dt.timedelta(1), FIRST], f"sample of {ADDED_NAME.upper()}, 20 g")

    def found():
        reports = {report.check: report for report in screen(workspace)}
        rows = workspace.store.rows("SELECT record_id, code, citation FROM finding WHERE \"check\" = 'substances'")
        return reports["substances"], {row["record_id"]: row for row in rows if row["code"] == "controlled-drug"}

    before, hits = found()
    assert (before.records, hits) == (2, {})
    assert found()[0].records == 0
    proposal = proposal_of(workspace, write_list(tmp_path))
    accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    after, hits = found()
    assert after.version != before.version
    assert after.records == 2
    assert set(hits) == {"2"}
    assert "us-list.csv" in hits["2"]["citation"]


def test_the_ledger_has_ids_and_digests_and_nobodys_name(workspace, tmp_path):
    proposal = proposal_of(workspace, write_list(tmp_path))
    receipt = accept(workspace, proposal, sure(proposal), by="A. Person", effective=FIRST)
    (entry,) = workspace.ledger.entries("substance-update")
    assert entry.body["update"] == receipt.update
    assert entry.body["changes"] == {"added": 1}
    assert entry.body["file_sha256"] == proposal.official.sha256
    said = json.dumps(dict(entry.body))
    assert "Person" not in said
    assert ADDED_NAME not in said


def test_from_the_command_line(tmp_path, command):
    file = write_list(tmp_path)
    folder = tmp_path / "W"
    command("init", folder)
    shown = ("substances", "update", "--from", file, "--edition", "2030-01-01", "--only", "added", "--format", "csv")
    code, out, told = command(*shown, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "change,substance,name,list_before,list_after,scope,code,by,line,note")
    assert out.splitlines()[1].startswith(f"added,n-exemplyl-exemplazene,{ADDED_NAME},,Schedule I,")
    assert "1 added, " in told
    code, _, told = command("-w", folder, *shown, "--accept")
    assert (code, "Give --by and --effective" in told) == (2, True)
    accepting = ("--accept", "--by", "A. Person", "--effective", "2030-03-01")
    code, out, told = command("-w", folder, *shown, *accepting)
    assert code == 0, told
    update = out.splitlines()[1].split(",")[0]
    code, out, _ = command("-w", folder, "substances", "update", "--format", "csv")
    assert out.splitlines()[1].startswith(f"{update},1,accept,")
    back = ("substances", "update", "--take-back", update, "--by", "A. Person", "--effective", "2030-04-01")
    assert command("-w", folder, *back)[0] == 0
    assert command("substances", "update", "--from", tmp_path / "nothing.csv")[0] != 0
    assert command("substances", "update", "--from", file, "--accept", "--dry-run")[0] == 2


def test_class_rules_on_the_command_line(command):
    code, out, _ = command("substances", "rules", "--on", "2019-06-01", "--format", "csv")
    assert code == 0
    held = {line.split(",")[0] for line in out.splitlines()[1:]}
    assert {"us-frs", "cn-frs"} <= held
    assert "gb-nitazenes" not in held
    code, out, _ = command("substances", "rules", "us-frs", "--format", "json")
    words = " ".join(row["words"] for row in json.loads(out))
    assert "replacement of the phenyl portion of the phenethyl group by any monocycle" in words
    code, out, told = command("substances", "rules", "us-frs", "--test", "--format", "csv")
    assert code == 0
    assert ", 0 failed." in told
    assert command("substances", "rules", "us-fsr")[0] == 3


def test_what_is_printed_can_be_picked_from_and_tells_every_refused_row(tmp_path, command):
    file, printed, folder = tmp_path / "list.csv", tmp_path / "printed.csv", tmp_path / "W"
    file.write_text("name,schedule,cas\nKetamine,II,\nExemplanil,I,\n" + "Bad,I,50-00-1\n" * 7, "utf-8")
    command("init", folder)
    asked = ("-w", folder, "substances", "update", "--from", file, "--instrument", "us-csa")
    code, _, told = command(*asked, "--format", "csv", "--out", printed)
    assert code == 0
    assert "9 rows read, 2 understood, 7 refused" in told
    assert "Is this a part of the list" in told
    lines = printed.read_text("utf-8").splitlines()
    assert sum(line.startswith("refused,") for line in lines) == 7
    kept = [line for line in lines if line.split(",")[0] in ("change", "refused") or ",Exemplanil," in line]
    printed.write_text("\n".join(kept) + "\n", "utf-8")
    accepting = ("--accept", "--pick", printed, "--by", "A. Person", "--effective", "2030-03-01", "--format", "json")
    code, out, told = command(*asked, *accepting)
    assert code == 0, told
    assert json.loads(out)[0]["added"] == 1
    assert json.loads(out)[0]["moved"] == 0


def test_file_against_file_from_the_command_line(shared_data, command):
    folder = shared_data / "substances"
    lists_ = ("--from", folder / "us_csa_alpha_2021.csv", "--against", folder / "us_dea_codes_2016.csv")
    code, out, told = command("substances", "update", *lists_, "--format", "csv")
    assert code == 0
    assert "By code: 352 to 409, 57 added, 0 gone." in told
    assert len(out.splitlines()) == 1 + 85 + 4


def test_the_us_list_of_2021_adds_nothing_to_the_registry(shared_data, workspace):
    file = shared_data / "substances" / "us_csa_alpha_2021.csv"
    proposal = propose(load_registry(), read_official_list(file), instrument=None, day=dt.date(2021, 6, 30))
    assert (proposal.instrument, proposal.rejected) == ("us-csa", ())
    assert not {"added", "moved"} & set(proposal.counts())
