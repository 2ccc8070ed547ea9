"""A spreadsheet of a stranger: held, confirmed, loaded, screened, answered; refused rows mended."""

import dataclasses
import datetime as dt

import pytest

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.flow import quarantine_desk as desk
from counterflow.flow.answer_of_load import answer_of_load
from counterflow.flow.upload_columns import Asked, as_mapping, look_at
from counterflow.flow.upload_take import take
from counterflow.flow.uploads import find_held, hold, let_go, waiting
from counterflow.store.workspace import Workspace

FILE = """Shipper;Receiver;What is inside;Weight (kg);Sent
Acme GmbH;J. Smith;Fentanyl citrate 98% 2 kg;0,5;13.11.2026
Acme GmbH;Maria Lopez;brass buckets with handles;41,2;14.11.2026
Acme GmbH;Bob Miller;cotton shirts in blue;1,1;45.11.2026
Acme GmbH;Ann Other;cotton socks in red;1,2;45.11.2026
"""
NOW = [dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = Workspace.create(tmp_path_factory.mktemp("uploads") / "w")
    with Workspace(folder, clock=lambda: NOW[0]) as opened:
        yield opened


@pytest.fixture
def sent(workspace, tmp_path):
    def send(text=FILE, name="parcels.csv", person="Ana Lyst"):
        path = tmp_path / "came"
        path.write_text(text, "utf-8")
        return hold(workspace, path, name, person)

    return send


@pytest.fixture(scope="module")
def loaded(workspace, tmp_path_factory):
    path = tmp_path_factory.mktemp("f") / "came"
    path.write_text(FILE, "utf-8")
    held = hold(workspace, path, "parcels.csv", "Ana Lyst")
    return take(workspace, held, confirmed(held))


def confirmed(held, **said):
    seen = look_at(held, Asked())
    return dataclasses.replace(
        Asked(rows=seen.rows, columns={c.name: c.field for c in seen.columns}, source="mine"), **said
    )


def test_a_file_waits_for_its_sender_alone_and_not_for_ever(workspace, sent):
    held = sent()
    assert find_held(workspace, held.id, "LYST, Ana").name == "parcels.csv"
    for person, upload in (("Somebody Else", held.id), ("Ana Lyst", "../../etc"), ("Ana Lyst", "0" * 24)):
        with pytest.raises(UnknownName):
            find_held(workspace, upload, person)
    NOW[0] += dt.timedelta(hours=25)
    try:
        assert waiting(workspace, "Ana Lyst") == []
        sent()
        assert not held.path.exists()
    finally:
        NOW[0] -= dt.timedelta(hours=25)
        for one in waiting(workspace, "Ana Lyst"):
            let_go(workspace, one.id)


@pytest.mark.parametrize("name", ["../../about.json", "a" * 400 + ".csv", "\x00\x1b[2J.csv", ".."])
def test_no_name_leads_out_of_the_folder(workspace, sent, name):
    held = sent(name=name)
    assert held.path.parent.name == "sent"
    assert held.path.parent.parent.parent == workspace.path / "uploads"
    assert find_held(workspace, held.id, "Ana Lyst").path.read_text("utf-8") == FILE
    let_go(workspace, held.id)


def test_an_empty_file_is_refused(sent):
    with pytest.raises(InputError, match="empty"):
        sent(text="")


def test_days_that_can_be_two_must_be_decided_on(sent):
    held = sent("no,what,day\nA1,brass buckets of ten,03/04/2026\nA2,cotton shirts in blue,05/06/2026\n")
    seen = {column.name: column for column in look_at(held, Asked()).columns}
    assert set(seen["day"].days) >= {"%d/%m/%Y", "%m/%d/%Y"}
    assert "choose one" in seen["day"].remark
    with pytest.raises(UsageError, match="more than one way"):
        as_mapping(held, confirmed(held), "2026-11-22")
    mapping = as_mapping(held, confirmed(held, days={"day": "%d/%m/%Y"}), "2026-11-22")
    assert next(rule for rule in mapping.fields if rule.target == "declared_on").formats == ("%d/%m/%Y",)


def test_two_columns_for_one_field_and_unknown_fields_are_refused(sent):
    held = sent()
    for columns, match in (
        ({"Shipper": "party.consignor.name", "Receiver": "party.consignor.name"}, "Two columns"),
        ({"Shipper": "party.consigner.name"}, "no field"),
    ):
        with pytest.raises(UsageError, match=match):
            as_mapping(held, Asked(rows="consignment", columns=columns), "2026-11-22")


def test_what_holds_for_every_row_is_checked(sent):
    held = sent()
    made = as_mapping(held, confirmed(held, for_all={"destination": "United States", "kind": "parcel"}), "2026-11-22")
    assert {k: made.constants[k] for k in ("destination", "kind")} == {"destination": "US", "kind": "parcel"}
    with pytest.raises(UsageError, match="no country"):
        as_mapping(held, confirmed(held, for_all={"destination": "Atlantis"}), "2026-11-22")


def test_a_column_that_tells_the_outcome_is_never_loaded(sent):
    held = sent("no,what,day,seized\nA1,brass buckets of ten,2026-11-03,1\nA2,cotton shirts in blue,2026-11-04,0\n")
    seen = {column.name: column for column in look_at(held, Asked()).columns}
    assert seen["seized"].label
    mapping = as_mapping(held, confirmed(held, columns={"what": "goods.description", "seized": "value"}), "2026-11-22")
    assert "seized" in mapping.labels
    assert all("seized" not in rule.columns for rule in mapping.fields)


def test_the_answer_names_what_needs_a_look_and_refused_rows_are_mended(workspace, loaded):
    assert (loaded.read, loaded.accepted, loaded.rejected) == (4, 2, 2)
    answer = answer_of_load(workspace, loaded.source, loaded.batch)
    assert answer["counts"] == {"records": 2, "look": 1}
    (one,) = answer["look"]
    told = next(f for f in one["findings"] if f["code"] == "controlled-drug")
    assert told["text"][told["start"] : told["end"]] == "Fentanyl"
    assert any("no list of parties" in blind["why"] for blind in answer["blind"])
    with pytest.raises(UnknownName):
        answer_of_load(workspace, loaded.source, "nowhere")
    # rows with the same fault are mended at once, then one by one
    (group,) = [g for g in desk.groups(workspace) if g["column"] == "Sent"]
    assert (group["rows"], group["mendable"]) == (2, True)
    with pytest.raises(UsageError, match="Nothing was written"):
        desk.mend_values(workspace, "mine", "Sent", group["reason"], {"45.11.2026": "45.11.2026"})
    again = desk.mend_values(workspace, "mine", "Sent", group["reason"], {"45.11.2026": "46.11.2026"})
    assert (again.accepted, again.rejected) == (0, 2)
    rows = desk.page_of_rows(workspace, "mine", "Sent", group["reason"])
    assert {row["batch"] for row in rows} == {again.batch}
    first = desk.row_to_mend(workspace, "mine", again.batch, rows[0]["row"])
    assert first["cells"]["Sent"] == "46.11.2026"
    mended = desk.mend_row(workspace, "mine", again.batch, rows[0]["row"], {"Sent": "15.11.2026"})
    assert (mended.accepted, mended.rejected) == (1, 0)
    with pytest.raises(UnknownName, match="open row"):
        desk.mend_row(workspace, "mine", again.batch, rows[0]["row"], {"Sent": "15.11.2026"})
    with pytest.raises(UnknownName, match="column"):
        desk.mend_row(workspace, "mine", again.batch, rows[1]["row"], {"Day": "15.11.2026"})
    counted = workspace.store.rows("SELECT state, count(*) AS n FROM quarantine GROUP BY state ORDER BY state")
    assert {row["state"]: row["n"] for row in counted} == {"open": 1, "reloaded": 3}
