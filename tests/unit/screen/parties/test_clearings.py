"""Cleared pairs: still shown, no alert; void when the entry or the rules change, expire, revoked, erased."""

import datetime as dt

import pytest

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName
from counterflow.screen.parties import PartyLookup, clearings
from counterflow.screen.parties.settling import settle_clearings
from counterflow.screen.run import screen
from counterflow.store.erasure import CLEARING, erase_before, erase_records
from counterflow.store.workspace import Workspace

from .conftest import ENTRIES

NAME, ENTRY = "Joaquin Guzman Loera", "x:1"
LISTS = {"example": "v1"}


def clear(site, **more):
    said = {"reason": "another birth year, papers seen", "person": "A. Judge", "lists": LISTS} | more
    with site.open() as workspace:
        return clearings.add_clearing(workspace, said.pop("name", NAME), said.pop("entry", ENTRY), **said)


def states(site, lists=LISTS, today=dt.date(2026, 3, 9)):
    with site.open() as workspace:
        return [c.state for c in clearings.clearings(workspace.store, lists, today)]


def alerts(site, *names, **columns):
    import pyarrow as pa

    with site.open() as workspace:
        look = PartyLookup.open(workspace)
    answer = look.screen(pa.table({"name": list(names)} | {k: list(v) for k, v in columns.items()}), top=1)
    return answer.column("alert").to_pylist(), answer.column("explanation").to_pylist()


@pytest.fixture
def listed(site):
    site.put_list("v1")
    return site


def test_a_cleared_pair_is_shown_and_does_not_alert(listed):
    assert alerts(listed, NAME)[0] == [1]
    made = clear(listed)
    quiet, told = alerts(listed, NAME, "GUZMAN LOERA, Joaquín", "Juakin Guzman Loera")
    assert quiet == [0, 0, 1]
    assert f"cleared by A. Judge until 2027-03-09 ({made['clearing']}" in told[0]
    assert "cleared" not in told[2]


def test_it_holds_only_for_who_was_meant(listed):
    clear(listed, born="1980-01-01", schema="Person")
    born = ["1980-01-01", "1957-04-04", None]
    assert alerts(listed, NAME, NAME, NAME, born=born, schema=["Person"] * 3)[0] == [0, 1, 1]
    clear(listed, born="1983")
    assert alerts(listed, NAME, NAME, NAME, born=["1983-06-02", "1984-06-02", "983"])[0] == [0, 1, 1]
    clear(listed, schema="Company")
    assert alerts(listed, NAME, schema=["Person"])[0] == [1]


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (("v2", [(*ENTRIES[0][:1], "GUZMAN LOERA, Joaquin Archivaldo", *ENTRIES[0][2:]), *ENTRIES[1:]]), "changed"),
        (("v2", ENTRIES[2:]), "left the list"),
    ],
)
def test_a_changed_entry_voids_it(listed, change, state):
    clear(listed)
    listed.put_list(*change)
    (told,) = states(listed, {"example": "v2"})
    assert told.startswith("void")
    assert state in told


def test_another_edition_with_the_same_entry_leaves_it_in_force(listed):
    clear(listed)
    listed.put_list("v2", [*ENTRIES, ("x:9", "NEW, Name", "primary", "Person", None, None, None, None)])
    assert states(listed, {"example": "v2"}) == ["in force"]


def test_an_address_is_part_of_what_the_entry_says(listed):
    clear(listed)
    listed.put_list("v2", addresses=[(ENTRY, "Calle Cuarta 123")])
    assert states(listed, {"example": "v2"}) == ["void: the entry changed"]


def test_it_ends_on_its_last_day_when_revoked_and_when_the_normaliser_changes(listed, monkeypatch):
    clear(listed, until=dt.date(2026, 3, 10))
    second = clear(listed, entry="x:2", name="Zebulon Quartermain Trading Co")
    assert states(listed, today=dt.date(2026, 3, 10)) == ["in force", "in force"]
    with listed.open() as workspace:
        clearings.revoke_clearing(workspace, second["clearing"], reason="it was the same firm", person="B. Judge")
        with pytest.raises(InputError, match="already"):
            clearings.revoke_clearing(workspace, second["clearing"], reason="again and again", person="B. Judge")
        with pytest.raises(UnknownName):
            clearings.revoke_clearing(workspace, "C-0", reason="it was the same", person="B. Judge")
    assert sorted(states(listed, today=dt.date(2026, 3, 11))) == ["expired", "revoked"]
    monkeypatch.setattr(clearings, "NORMALISER", "other")
    assert "void: the normaliser changed" in states(listed)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "N/A"}, "names nobody"),
        ({"reason": "no"}, "too short"),
        ({"person": " "}, "needs a person"),
        ({"entry": "x:11"}, "no listed entry"),
        ({"until": dt.date(2026, 3, 8)}, "past"),
        ({"schema": "Persn"}, "Did you mean 'Person'"),
    ],
)
def test_a_clearing_that_cannot_be_followed_is_refused(listed, more, words):
    with pytest.raises(InputError, match=words):
        clear(listed, **more)


def codes(site):
    return [(f["code"], f["strength"]) for f in site.findings() if f["check"] == "list-parties"]


def test_stored_findings_follow_clearing_and_revoking(listed):
    listed.put_parties([NAME, "Anna Schmidt"])
    with listed.open() as workspace:
        screen(workspace)
    before = listed.findings()
    made = clear(listed)
    with listed.open() as workspace:
        assert settle_clearings(workspace) == 1
        assert settle_clearings(workspace) == 0
    assert codes(listed) == [("listed-cleared", 0.001)]
    assert listed.findings()[0]["sentence"].startswith("Cleared by A. Judge until 2027-03-09")
    with listed.open() as workspace:
        clearings.revoke_clearing(workspace, made["clearing"], reason="it was him after all", person="B. Judge")
        settle_clearings(workspace)
    assert listed.findings() == before


def test_screening_puts_clearings_in_and_takes_expired_ones_out(listed):
    clear(listed, until=dt.date(2026, 3, 12))
    listed.put_parties([NAME])
    with listed.open() as workspace:
        screen(workspace)
    assert codes(listed) == [("listed-cleared", 0.001)]
    later = fixed_clock("2026-03-13T08:00:00Z")
    with Workspace(listed.folder, clock=later, flags={"engine.workers": 1}) as workspace:
        said = []
        screen(workspace, tell=said.append)
    assert [code for code, _ in codes(listed)] == ["listed-exact"]
    assert any("alert again" in words for words in said)


def test_nothing_personal_reaches_the_ledger_and_erasing_leaves_no_word(listed):
    made = clear(listed, born="1980")
    with listed.open() as workspace:
        sealed = " ".join(str(e.body) for e in workspace.ledger.entries())
        for word in ("Guzman", "Judge", "papers", "1980"):
            assert word not in sealed
        erase_records(workspace, CLEARING, [made["clearing"]], person="C. Clerk", ground="Art. 17 GDPR")
        (row,) = workspace.store.rows("SELECT * FROM party_clearing")
    assert (row["name"], row["words"], row["person"], row["born"], row["entry_id"]) == (
        "[erased]", None, "[erased]", None, None,
    )  # fmt: skip
    assert states(listed) == ["erased"]
    assert alerts(listed, NAME)[0] == [1]


def test_old_clearings_go_with_their_age(listed):
    clear(listed, until=dt.date(2026, 3, 10))
    clear(listed, entry="x:2", name="Zebulon Quartermain")
    with listed.open() as workspace:
        erase_before(workspace, dt.date(2026, 4, 1), person="C. Clerk", ground="retention")
    assert sorted(states(listed)) == ["erased", "in force"]


def confirm(site, **more):
    return clear(site, person="A. Judge and B. Judge", reason="passport and birth agree", act="confirm", **more)


def confirmations(site, lists=LISTS, today=dt.date(2026, 3, 9)):
    with site.open() as workspace:
        return [c.state for c in clearings.clearings(workspace.store, lists, today, "confirm")]


def settled(site):
    with site.open() as workspace:
        settle_clearings(workspace)
    return codes(site)


def test_a_confirmed_pair_has_a_finding_that_counts_until_it_is_taken_back_or_cleared(listed):
    listed.put_parties(["Joaquin Guzman Loeraa", "Anna Schmidt"])
    with listed.open() as workspace:
        screen(workspace)
    before = listed.findings()
    assert [(f["code"], f["kind"]) for f in before] == [("listed-similar", "calibrated")]
    made = confirm(listed, name="Joaquin Guzman Loeraa")
    assert sorted(code for code, _ in settled(listed)) == ["listed-confirmed", "listed-similar"]
    (rule,) = (f for f in listed.findings() if f["code"] == "listed-confirmed")
    assert (rule["kind"], rule["harm_class"], rule["reference"]) == ("deterministic", "party", ENTRY)
    assert rule["sentence"].startswith("Confirmed by A. Judge and B. Judge until 2027-03-09")
    with listed.open() as workspace:
        assert settle_clearings(workspace) == 0
        clearings.revoke_clearing(workspace, made["clearing"], reason="another passport", person="B. Judge")
        assert settle_clearings(workspace) == 1
    assert listed.findings() == before
    confirm(listed, name="Joaquin Guzman Loeraa")
    with pytest.raises(InputError, match="confirmed already"):
        confirm(listed, name="Joaquin Guzman Loeraa")
    clear(listed, name="Joaquin Guzman Loeraa")
    assert sorted(confirmations(listed)) == ["revoked", "revoked"]
    assert settled(listed) == [("listed-cleared", 0.001)]
    with pytest.raises(InputError, match="cleared already"):
        confirm(listed, name="Joaquin Guzman Loeraa")


def test_a_changed_entry_voids_a_confirmation_and_it_is_no_clearing(listed):
    confirm(listed, born="1957")
    assert alerts(listed, NAME, born=["1957-04-04"])[0] == [1]
    assert states(listed) == []
    assert confirmations(listed) == ["in force"]
    clear(listed, born="1991")
    assert confirmations(listed) == ["in force"]
    listed.put_list("v2", addresses=[(ENTRY, "Calle Cuarta 123")])
    assert confirmations(listed, {"example": "v2"}) == ["void: the entry changed"]
