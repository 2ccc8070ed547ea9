"""A new list version: asking again only whom it touches leaves the findings that asking everybody leaves."""

import datetime as dt

import numpy as np
import pytest
from tests.unit.screen.parties.conftest import Site

from counterflow.core.errors import InputError, UnknownName
from counterflow.core.seeds import generator
from counterflow.screen.parties import clearings
from counterflow.screen.parties import rescreen as module
from counterflow.screen.parties.rescreen import TOUCHED, rescreen
from counterflow.screen.run import screen


@pytest.fixture(autouse=True)
def _few_are_asked(monkeypatch):
    """The invented lists change by more than a tenth; whom the entries touch is what is tested here."""
    monkeypatch.setattr(module, "_LARGE_SHARE", 10.0)


GIVEN = ["joaquin", "maria", "jose", "ana", "luis", "pedro", "ramiro", "zebulon", "perpetua", "hassan", "li", "olga"]
FAMILY = ["guzman", "lopez", "quartermain", "oldcastle", "garcia", "perez", "rahimi", "zhang", "ivanova", "torres"]
TRADE = ["trading", "shipping", "export", "chemical", "marine"]


def person(draw):
    return f"{draw.choice(FAMILY)} {draw.choice(FAMILY)}, {draw.choice(GIVEN)}".upper()


def firm(draw):
    return f"{draw.choice(FAMILY)} {draw.choice(GIVEN)} {draw.choice(TRADE)} CO".upper()


def entry(draw, number):
    is_person = draw.random() < 0.7
    name = person(draw) if is_person else firm(draw)
    born = str(1940 + draw.integers(60)) if draw.random() < 0.5 else None
    paper = f"passport:P{draw.integers(10**7):07}" if draw.random() < 0.3 else None
    return (f"x:{number}", name, "primary", "Person" if is_person else "Organization", born, None, paper, None)


def misspelt(draw, name):
    letters = list(name)
    place = draw.integers(len(letters))
    letters[place] = draw.choice(list("aeioubcd"))
    return "".join(letters)


def editions(seed):
    """An edition of 60 entries, and the next: some gone, some new, some changed in name, birth or papers."""
    draw = generator(seed, "editions")
    old = {number: entry(draw, number) for number in range(60)}
    new = {number: row for number, row in old.items() if draw.random() > 0.15}
    new |= {number: entry(draw, number) for number in range(60, 72)}
    for number in draw.choice(list(new), 8, replace=False).tolist():
        new[number] = entry(draw, number)
    for number in draw.choice(list(new), 5, replace=False).tolist():
        new[number] = (*new[number][:4], "1999", *new[number][5:])
    return list(old.values()), list(new.values())


def parties(seed, listed):
    draw = generator(seed, "parties")
    named = [row[1] for row in listed]
    found = [{"name": misspelt(draw, name) if draw.random() < 0.5 else name} for name in draw.choice(named, 60)]
    found += [{"name": person(draw).replace(",", "")} for _ in range(80)]
    found += [{"name": "Blue Heron", "identifier": row[6]} for row in listed if row[6]]
    births = [None if draw.random() < 0.5 else str(1940 + draw.integers(60)) for _ in found]
    return [party | {"born": born} for party, born in zip(found, births, strict=True)]


def stored(folder, seed, **flags):
    """Two workspaces with one history: both screened with the old edition, then given the new one."""
    old, new = editions(seed)
    sites = [Site(folder / name) for name in ("again", "whole")]
    for site in sites:
        site.put_list("old", old)
        site.put_parties(parties(seed, [*old, *new]))
        with site.open(**flags) as workspace:
            screen(workspace)
        site.put_list("new", new)
    return sites


@pytest.mark.parametrize(
    ("seed", "check"), [(1, {}), (3, {"candidates": 2}), (4, {"most_hits": 1}), (5, {"threshold": 0.45})]
)
def test_what_stands_then_is_what_screening_everybody_leaves(tmp_path, seed, check):
    flags = {"screen__checks": {"list-parties": check}}
    again, whole = stored(tmp_path, seed, **flags)
    before = again.findings()
    with again.open(**flags) as workspace:
        touched = rescreen(workspace, "old")
    with whole.open(**flags) as workspace:
        screen(workspace, again=True)
    assert again.findings() == whole.findings() != before
    assert touched.schema == TOUCHED
    with again.open(**flags) as workspace:
        reports = {report.check: report.records for report in screen(workspace)}
    assert reports["list-parties"] == 0  # nothing is left to screen


def test_the_report_is_the_difference_between_the_two_screenings(tmp_path):
    again, whole = stored(tmp_path, 6)
    keys = ("source", "record_id", "reference")
    before = {tuple(f[k] for k in keys) for f in again.findings()}
    with again.open() as workspace:
        touched = rescreen(workspace, "old").to_pylist()
    with whole.open() as workspace:
        screen(workspace, again=True)
    after = {tuple(f[k] for k in keys) for f in whole.findings()}
    said = {kind: {(r["source"], r["record_id"], r["entity_id"]) for r in touched if r["change"] == kind} for kind in ("new", "gone")}  # fmt: skip
    assert said == {"new": after - before, "gone": before - after}
    assert all(said.values())
    for row in touched:
        assert (row["before"] is None) == (row["change"] == "new")
        assert (row["after"] is None) == (row["change"] == "gone")


def test_it_asks_few_and_says_whom(tmp_path):
    """One new entry in a list that stays: only who it reaches, and who has a finding already, is asked."""
    old, _ = editions(7)
    site = Site(tmp_path / "w")
    site.put_list("old", old)
    draw = generator(7, "clean")
    syllables = np.array(["ba", "ke", "mi", "so", "tu", "ra", "ne", "vo", "xi", "du"])
    clean = ["".join(draw.choice(syllables, 3)) + " " + "".join(draw.choice(syllables, 4)) for _ in range(300)]
    site.put_parties([*clean, "Quirina Vandermolen"])
    with site.open() as workspace:
        screen(workspace)
    site.put_list("new", [*old, ("x:99", "VANDERMOLEN, Quirina", "primary", "Person", None, None, None, None)])
    said = []
    with site.open() as workspace:
        (row,) = rescreen(workspace, "old", tell=said.append).to_pylist()
        sealed = [e.body for e in workspace.ledger.entries() if e.kind == "party-rescreen"]
    assert (row["change"], row["entity_id"], row["what"]) == ("new", "x:99", "entry added")
    asked = int(" ".join(said).split(" of 301 parties asked again")[0].split()[-1])
    assert asked < 30
    assert sealed[0]["findings"] == {"new": 1}
    assert "Vandermolen" not in str(sealed)


def test_past_decisions_are_named(tmp_path):
    again, _ = stored(tmp_path, 8)
    old, _ = editions(8)
    with again.open() as workspace:
        found = next(f for f in workspace.store.rows("SELECT * FROM finding WHERE reference = 'x:5' OR true"))
        workspace.store.execute(
            "INSERT INTO draw BY NAME SELECT 'P-1' AS plan, ? AS source, ? AS record_id, DATE '2026-03-02' AS day,"
            " 'targeted' AS arm, 0.1 AS inclusion_probability, 1.0 AS expected_harm",
            [found["source"], found["record_id"]],
        )
        gone = min({row[0] for row in old} - {row[0] for row in editions(8)[1]})
        name = next(row[1] for row in old if row[0] == gone)
        made = clearings.add_clearing(
            workspace, name, gone, reason="another person altogether", person="A", lists={"example": "old"},
            until=dt.date(2026, 12, 31),
        )  # fmt: skip
        said = []
        touched = rescreen(workspace, "old", tell=said.append).to_pylist()
    mine = [r for r in touched if (r["source"], r["record_id"]) == (found["source"], found["record_id"])]
    assert all(r["decisions"] == "drawn by plan P-1 (targeted)" for r in mine)
    assert all(not r["decisions"] for r in touched if r not in mine)
    assert any(made["clearing"] in words for words in said)


def test_the_version_in_force_has_nothing_to_say(tmp_path):
    again, _ = stored(tmp_path, 9)
    with again.open() as workspace:
        with pytest.raises(InputError, match="in force"):
            rescreen(workspace, "new")
        with pytest.raises(UnknownName, match="list version"):
            rescreen(workspace, "older")


def test_where_much_of_the_list_changed_everybody_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LARGE_SHARE", 0.1)
    again, whole = stored(tmp_path, 11)
    said = []
    with again.open() as workspace:
        rescreen(workspace, "old", tell=said.append)
    with whole.open() as workspace:
        screen(workspace, again=True)
    assert "all, since so much of the list changed" in " ".join(said)
    assert again.findings() == whole.findings()


def test_where_the_rules_changed_too_everybody_is_asked(tmp_path):
    again, whole = stored(tmp_path, 10)
    for site in (again, whole):
        with site.open() as workspace:
            workspace.store.execute(
                "INSERT INTO party_threshold BY NAME SELECT 'T-1' AS threshold, 'person' AS kind, 0.5 AS score,"
                " 1.0 AS per_1000, 0.5 AS low, 2.0 AS high, 5000 AS names, 4 AS alerts, '[]' AS curve,"
                " 'example@old' AS lists, ? AS normaliser, ? AS score_version, TIMESTAMPTZ '2026-03-01 00:00Z' AS made_at",
                _versions(),
            )
            screen(workspace)
    said = []
    with again.open() as workspace:
        rescreen(workspace, "old", tell=said.append)
    with whole.open() as workspace:
        screen(workspace, again=True)
    assert "all, since thresholds" in " ".join(said)
    assert again.findings() == whole.findings()


def _versions():
    from counterflow.matching.normalise import VERSION
    from counterflow.screen.parties.versions import score_version

    return [VERSION, score_version()]
