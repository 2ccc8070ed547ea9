import json
import subprocess
import sys
from pathlib import Path

import pytest

from counterflow.flow.order_cases import year_of
from counterflow.orders.cases.checklist import checklist
from counterflow.orders.cases.decisions import Choice, decide
from counterflow.orders.cases.dispositions import dispositions, licit_share
from counterflow.orders.cases.intact import intact_rows, intact_sums
from counterflow.orders.cases.questions import answer, ask
from counterflow.orders.cases.reports import draft
from counterflow.orders.cases.year import firm_year, seal_year
from counterflow.report.export import write
from counterflow.report.order_year import render

from .conftest import NOW, alarm, put

TOOLS = Path(__file__).parents[4] / "tools"


@pytest.fixture
def worked(site):
    """A year with a disposal, a hold that was lifted, an answered question and a draft."""
    put(site, "order_alarm", [alarm("A2", customer="C2", setting="s1"), alarm("A3", customer="C3", setting="s2")])
    for name, finding in (("A1", "explained"), ("A2", "unexplained")):
        decide(
            site,
            Choice(
                subject="alarm",
                subject_id=name,
                act="dispose",
                finding=finding,
                ground="said on the phone",
                person="A. Meier",
            ),
        )
    order = {"subject": "order", "subject_id": "C2-3", "ground": "licence copy missing", "person": "A. Meier"}
    decide(site, Choice(**order, act="hold"))
    decide(site, Choice(**order, act="ship", second_person="B. Kurz"))
    row = ask(site, "C1", text="What changed since August?", person="A. Meier")
    answer(site, row["question"], text="a new clinic", person="B. Kurz")
    draft(site, "us-suspicious-order", "A2", person="A. Meier")
    return site


def value(shown, what):
    return next(row["value"] for row in shown["figures"] if row["what"] == what)


def test_a_year_counts_what_was_done_and_what_it_cost(worked):
    shown = firm_year(worked, 2026)
    assert value(shown, "Questions answered") == 1
    assert value(shown, "Alarms disposed of as explained") == 1
    assert value(shown, "Decisions: hold") == 1
    assert value(shown, "Alarms raised") == 3
    assert value(shown, "Of them with a customer file") == 3
    assert shown["days_to_disposal"]["alarms"] == 2
    assert shown["days_to_disposal"]["median"] == (NOW.date() - alarm("A")["raised_at"].date()).days
    held = shown["counter_indicators"]["held_orders"]
    assert (held["held"], held["shipped_after_all"], held["waiting"]) == (1, 1, 0)
    cleared = shown["counter_indicators"]["alarms_cleared"]
    assert (cleared["value"], cleared["informative"]) == (0.5, False)
    assert shown["rows"] == {"intact": 7, "altered": 0, "erased": 0, "missing": 0}
    assert value(firm_year(worked, 2025), "Questions answered") == 0
    assert "cannot tell" in render(shown)


def test_a_year_names_nobody(worked):
    told = json.dumps(firm_year(worked, 2026), default=str) + render(firm_year(worked, 2026))
    for name in ("Meier", "Kurz", "clinic", "Pharmacy C", "Main St"):
        assert name not in told


def test_sealing_a_year_twice_is_one_entry(worked):
    shown = firm_year(worked, 2026)
    first = seal_year(worked, shown, person="A. Meier")
    assert seal_year(worked, shown, person="A. Meier")["report"] == first["report"]
    assert len(list(worked.ledger.entries("order-firm-year"))) == 1
    assert intact_sums(intact_rows(worked))["intact"] == 8


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE order_decision SET finding = 'explained' WHERE subject_id = 'A2'",
        "UPDATE order_decision SET ground = 'all was fine here' WHERE subject_id = 'A1'",
        "UPDATE order_decision SET second_person = 'C. Lang' WHERE act = 'ship'",
        "UPDATE order_decision SET decided_at = decided_at - INTERVAL 3 DAY WHERE act = 'hold'",
        "UPDATE order_question SET answer = 'nothing' WHERE answer IS NOT NULL",
        "UPDATE order_report SET body = '{}'",
        "DELETE FROM order_decision WHERE act = 'hold'",
    ],
)
def test_a_changed_row_is_named(worked, change):
    worked.store.execute(change)
    sums = intact_sums(intact_rows(worked))
    assert sums["altered"] + sums["missing"] == 1
    assert len(firm_year(worked, 2026)["altered"]) == 1


def run(tool, *arguments):
    done = subprocess.run(
        [sys.executable, TOOLS / tool, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_an_outsider_counts_the_year_again_and_finds_what_was_changed(worked, tmp_path):
    ledger, file, head = worked.path / "ledger", tmp_path / "year.json", tmp_path / "head.json"
    write(firm_year(worked, 2026), "json", file)
    head.write_text(worked.ledger.head().as_json() + "\n")
    worked.close()
    check = ("verify_ledger.py", ledger, "--key", ledger / "ledger.pub", "--head", head)
    assert run(*check)[0] == 0
    assert run("verify_firm_year.py", file, ledger)[0] == 0
    shown = json.loads(file.read_text())
    next(row for row in shown["figures"] if row["what"] == "Alarms disposed of as explained")["value"] = 2
    file.write_text(json.dumps(shown))
    code, told = run("verify_firm_year.py", file, ledger)
    assert code == 1
    assert "the report says 2, the ledger 1" in told
    # one decision altered in the ledger itself
    (segment,) = ledger.glob("entries-*.jsonl")
    content = segment.read_text()
    assert content.count('"finding":"unexplained"') == 1
    segment.write_text(content.replace('"finding":"unexplained"', '"finding":"explained"'))
    code, told = run(*check)
    assert code == 1, told


def test_how_flags_turned_out_counts_findings_once_per_matter(worked):
    rows = {(row["what"], row["kind"]): row for row in dispositions(worked.store, NOW.date())}
    payment = rows["flags of kind", "payment"]
    assert (payment["explained"], payment["unexplained"], payment["open"]) == (1, 1, 0)
    assert rows["alarms of setting", "s2"]["open"] == 1
    assert rows["alarms of setting", "s2"]["explained_share"] is None
    share = payment["explained_share"]
    assert share["low"] < 0.05 < share["value"] == 0.5 < share["high"]
    assert licit_share(list(rows.values())) == 0.5


def test_the_checklist_is_met_by_evidence_only(worked):
    worked.store.execute("UPDATE customer_licence SET expires_on = DATE '2026-10-31' WHERE record_id <> 'C1'")
    rows = {row["point"]: row for row in checklist(worked)}
    assert rows["know-your-customer"]["shown"] == "met"
    assert rows["licences"]["shown"] == "not met"
    assert rows["licences"]["evidence"].startswith("1 of 3")
    assert rows["training"]["shown"] == "cannot tell"
    assert rows["records"]["shown"] == "met"
    worked.store.execute("UPDATE order_decision SET ground = 'all was fine here' WHERE subject_id = 'A1'")
    assert {row["point"]: row for row in checklist(worked)}["records"]["shown"] == "not met"
    assert all(row["citation"] for row in rows.values())


def test_reporting_on_a_single_flag_is_told(worked):
    assert {row["point"]: row for row in checklist(worked)}["totality"]["shown"] == "cannot tell"
    decide(
        worked,
        Choice(subject="customer", subject_id="C3", act="report", ground="one alarm was enough", person="A. Meier"),
    )
    row = {row["point"]: row for row in checklist(worked)}["totality"]
    assert (row["shown"], row["evidence"][:6]) == ("not met", "1 of 1")


def test_the_year_of_a_workspace_says_how_complete_its_files_are(worked):
    shown = year_of(worked, 2026)
    assert value(shown, "Customer files on record now") == 3
    assert 0 <= value(shown, "Of them with nothing to ask") <= 3


def test_an_empty_workspace_is_told_nothing_and_told_so(folder):
    from counterflow.store.workspace import Workspace

    with Workspace(folder) as workspace:
        shown = {row["shown"] for row in checklist(workspace) if row["point"] not in {"lists", "two-persons"}}
        assert shown == {"cannot tell"}
        assert all(row["value"] == 0 for row in firm_year(workspace, 2026)["figures"])
