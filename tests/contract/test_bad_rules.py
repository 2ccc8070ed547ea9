"""Rules and campaigns from end to end by the command line: good ones act, bad ones are refused in words, with a place."""

from __future__ import annotations

import json
import shutil

import pytest

from counterflow.cli import answer

from .conftest import CAPACITY, HEADER, record

GOOD = """rule "shirts from Aachen"
when office is "Aachen" and hs starts with "6109" and mass > 2 kg
then inspect first, 12 minutes each
because "Two parcels in February held powder."
"""
DAYS = ("--from", "2026-03-02", "--until", "2026-12-31")
MEANT = {
    'when office is "Aachen"': [
        'when offices is "Aachen"',
        ("line 2", "column '6'", "'offices'", "Did you mean 'office'"),
    ],
    "mass > 2 kg": ["mass > 2", ("line 2", "value '2'", "mass needs a unit", "Write 2 kg")],
    'hs starts with "6109"': ['nationality is "CN"', ("may not ask about 'nationality'", "no score and no rule")],
    "12 minutes each": ["at most 3 a day", ("rule without minutes", "12 minutes each")],
    "and mass": ["und mass", ("does not read as a rule", "'und'", "and, ")],
    "> 2 kg": ["> 2 kg and mass < 1 kg", ("never be true", "'mass < 1 kg'")],
}


@pytest.fixture(scope="module")
def prepared_office(prepared_site, tmp_path_factory):
    """The prepared site with a month of records at a second office."""
    site = tmp_path_factory.mktemp("office") / "site"
    shutil.copytree(prepared_site, site)
    rows = [
        record(
            f"a{n}", day=f"{1 + n % 28:02d}.02.2026", office="Aachen", lane=["mail", "road"][n % 2], kg=str(1 + n % 5)
        )
        for n in range(280)
    ]
    (site / "more.csv").write_text(HEADER + "".join(rows))
    load = ("intake", "load", str(site / "more.csv"), "--map", str(site / "m.toml"))
    assert answer(["-q", "-w", str(site / "W"), *load]) == 0
    (site / "r.txt").write_text(GOOD)
    return site


@pytest.fixture
def office(prepared_office, site, monkeypatch):
    """A copy of the prepared office for one test, on a day when the month is over."""
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-02T06:00Z")
    shutil.copytree(prepared_office, site, dirs_exist_ok=True)
    return site


@pytest.mark.parametrize("wrong", MEANT)
def test_a_mistake_is_told_with_file_line_and_what_to_write(wrong, site, refused):
    text, words = MEANT[wrong]
    (site / "r.txt").write_text(GOOD.replace(wrong, text))
    refused(3, ("r.txt", *words), "target", "rule", "check", "r.txt", workspace=None)


def test_a_draft_is_refused_as_the_check_is(office, refused):
    (office / "r.txt").write_text(GOOD.replace("> 2 kg", "> 2"))
    refused(3, ("r.txt", "line 2", "Write 2 kg"), "target", "rule", "draft", "r.txt", "--person", "A", *DAYS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["does not read as a rule", "rule"]),
        (GOOD.replace("shirts", "Tromsø").encode("cp1252"), ["not UTF-8", "UTF-8"]),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ["UTF-8"]),
        (b"rule " * 50_000, ["too long for a rule"]),
        (GOOD.encode("utf-16"), ["UTF-8"]),
        (b'rule "\0" when', ["r.txt"]),
    ],
)
def test_a_file_that_is_no_rule_is_refused(content, words, site, refused):
    (site / "r.txt").write_bytes(content)
    err = refused(3, ("r.txt",), "target", "rule", "check", "r.txt", workspace=None)
    assert any(word in err for word in words)


def test_no_file_no_rule_no_version_no_name(office, refused):
    refused(3, ("nowhere.txt",), "target", "rule", "check", "nowhere.txt", workspace=None)
    refused(3, ("There is no rule 'R-1'",), "target", "rule", "show", "R-1")
    refused(3, ("There is no rule 'R-9'",), "target", "rule", "backtest", "R-9", "--person", "A")
    refused(2, ("--person",), "target", "rule", "backtest", "R-9")
    refused(2, ("--history and --map",), "target", "rule", "backtest", "r.txt", "--history", "more.csv", workspace=None)
    refused(3, ("begins with",), "target", "rule", "names", "zzz", workspace=None)
    refused(2, ("Swap the days",), "target", "rule", "backtest", "r.txt", "--from", "2026-03-01", "--to", "2026-02-01")
    refused(3, ("No record is stored of those days",), "target", "rule", "backtest", "r.txt", "--from", "2030-01-01")


def test_a_rule_selecting_everything_is_refused_by_its_dry_run(office, refused):
    (office / "r.txt").write_text(
        GOOD.replace('office is "Aachen" and hs starts with "6109" and ', "").replace("> 2", "> 0")
    )
    words = ("hits 100 % of the 280 stored records", "selects nothing", "narrow")
    refused(3, words, "target", "rule", "draft", "r.txt", "--person", "A", *DAYS)


def test_a_rule_from_its_text_to_the_sheet_and_out_of_force(office, ask, refused):
    (office / "r.txt").write_text(GOOD.replace("> 2 kg", "> 4 kg"))
    assert ask("target", "rule", "check", "r.txt", workspace=None)[0] == 0
    code, out, err = ask("target", "rule", "backtest", "r.txt", "--format", "json")
    tried = json.loads(out)
    assert (code, tried["records"], tried["hits"]) == (0, 280, 56)
    assert "Nothing is kept" in err
    assert ask("target", "rule", "draft", "r.txt", "--person", "A. Müller", *DAYS)[0] == 0
    approve = ("target", "rule", "approve", "R-1", "--ground", "read and agreed", "--person")
    refused(3, ("never tested", "target rule backtest R-1"), *approve, "B")
    assert ask("target", "rule", "backtest", "R-1", "--person", "A. Müller")[0] == 0
    refused(6, ("does not approve", "another person"), *approve, "a müller")
    assert ask(*approve, "B")[0] == 0
    _, out, _ = ask("target", "rule", "list", "--format", "json")
    assert [(row["rule"], row["state"], row["hits"]) for row in json.loads(out)] == [("R-1", "active", 56)]
    _, out, _ = ask("target", "rule", "show", "R-1")
    assert json.loads(out)["backtest"]["hits"] == 56
    assert ask("target", "rule", "retire", "R-1", "--person", "A", "--ground", "nothing found")[0] == 0
    _, out, _ = ask("target", "rule", "list", "--format", "json")
    assert json.loads(out)[0]["state"] == "retired"


CAMPAIGN = """
campaign = "c1"
title = "Heavy shirts"
starts = 2026-03-09
ends = 2026-03-15
offices = ["Aachen"]
lanes = ["mail"]
focus = "Heavy parcels of light goods"
[[resources]]
office = "Aachen"
lane = "mail"
resource = "dog"
minutes = 60
service_minutes = 4
detection_rate = 0.8
[[expected]]
harm_class = "drug"
low = 1
high = 3
level = 0.8
method = "judgement of the planners"
"""


def test_a_campaign_from_proposal_to_close(office, ask, refused, monkeypatch):
    (office / "c.toml").write_text(CAMPAIGN)
    assert ask("target", "campaign", "propose", "c.toml", "--person", "A. Müller")[0] == 0
    approve = ("target", "campaign", "approve", "c1", "--ground", "read and agreed", "--person")
    refused(6, ("does not approve",), *approve, "A.MÜLLER")
    assert ask(*approve, "B")[0] == 0
    _, out, _ = ask("account", "action", "list", "--format", "json")
    assert json.loads(out)[0]["action"] == "campaign-c1"
    code, out, _ = ask("target", "campaign", "pools", "c1")
    assert (code, out.splitlines()[0], len(out.splitlines())) == (0, CAPACITY.strip(), 8)
    refused(3, ("runs until",), "target", "campaign", "close", "c1", "--person", "A", "--ground", "it is over now")
    monkeypatch.setenv("COUNTERFLOW_NOW", "2026-03-20T06:00Z")
    code, out, err = ask("target", "campaign", "compare", "c1", "--format", "json")
    assert (code, json.loads(out)["change"]) == (0, None)
    assert "cannot be told" in err
    assert ask("target", "campaign", "close", "c1", "--person", "A", "--ground", "it is over now")[0] == 0
    _, out, _ = ask("target", "campaign", "list", "--format", "json")
    assert json.loads(out)[0]["state"] == "closed"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lanes = ", "lnaes = ", ("c.toml", "Did you mean 'lanes'")),
        ('["mail"]', '["mial"]', ("c.toml", "There is no lane 'mial'", "'mail'")),
        ('"drug"', '"drog"', ("c.toml", "There is no harm class 'drog'")),
        ("2026-03-09", "2026-03-01", ("c.toml", "too late")),
        ("campaign = ", "campaign ", ("c.toml", "not TOML")),
        ("detection_rate = 0.8", "detection_rate = nan", ("c.toml", "from 0 to 1")),
    ],
)
def test_a_campaign_that_cannot_be_used_is_refused(old, new, words, office, refused):
    (office / "c.toml").write_text(CAMPAIGN.replace(old, new))
    refused(3, words, "target", "campaign", "propose", "c.toml", "--person", "A")


def test_a_campaign_that_is_not_there(office, refused):
    refused(3, ("There is no campaign 'c9'",), "target", "campaign", "compare", "c9")
    refused(3, ("nowhere.toml",), "target", "campaign", "propose", "nowhere.toml", "--person", "A")
