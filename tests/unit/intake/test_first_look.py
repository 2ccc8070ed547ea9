"""A first look at files that nobody has described."""

import pytest

from counterflow.core.errors import ConfigError, InputError
from counterflow.intake.load import load
from counterflow.intake.mapping import parse_mapping
from counterflow.intake.propose import propose_mapping
from counterflow.intake.propose.first_look import first_look
from counterflow.store.workspace import Workspace

PARCELS = """Shipper;Receiver;What is inside;Weight (kg);Sent
Blue Lotus Co;J. Smith;brass buckets with handles;0,5;03.11.2026
Acme GmbH;Maria Lopez;spare parts of a mill;41,2;14.11.2026
Acme GmbH;Bob Miller;cotton shirts in blue;1,1;15.11.2026
"""


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return put


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PARCELS, "consignment"),
        ("Customer,Product,Qty,Order date\nACME,acetone,25 kg,2026-11-02\n", "order"),
        ("customer_id,name,registration,country\nK1,Acme,HR1,DE\nK2,Beta,HR2,FR\n", "customer"),
        ("Name,Country\nJuana Ejemplo,MX\nAnn Example,US\n", "party"),
        ("item,movement,date,quantity\nacetone,loss,2026-11-02,3 kg\n", "stock"),
    ],
    ids=["parcels", "orders", "customers", "names", "stock"],
)
def test_what_a_row_is_taken_for(write, text, kind):
    assert first_look(write("f.csv", text)).likely == kind


def test_goods_are_found_by_their_words_and_are_no_id(write):
    offer = first_look(write("f.csv", PARCELS)).offers["consignment"]
    assert offer["What is inside"] == "goods.description"
    assert "record_id" not in offer.values()
    assert offer["Sent"] == "declared_on"


def test_edifact_is_not_guessed_at(write):
    with pytest.raises(InputError, match="places and no columns"):
        first_look(write("m.edi", "UNB+UNOA:1+A+B+260101:0000+1'\n"))


def test_a_persons_choice_stands_in_place_of_the_guess(write):
    chosen = {"Receiver": "party.importer.name", "Sent": "declared_on"}
    proposal = propose_mapping(write("f.csv", PARCELS), name="mine", chosen=chosen)
    assert {p.column.name: p.rule.target for p in proposal.fields} == chosen


def test_numbered_rows_of_two_files_of_one_source_are_different_records(write, tmp_path):
    text = propose_mapping(write("f.csv", PARCELS), name="mine").toml
    mapping = parse_mapping(text.replace("[mapping]", "[mapping]\nnumber_rows = true"), "mine.toml")
    with Workspace(Workspace.create(tmp_path / "w")) as workspace:
        for name, body in (("a.csv", PARCELS), ("b.csv", PARCELS.replace("Bob", "Ben"))):
            assert load(workspace, write(name, body), mapping).accepted == 3
        rows = workspace.store.rows("SELECT count(DISTINCT record_id) AS n FROM consignment")
    assert rows[0]["n"] == 6


@pytest.mark.parametrize("more", ['[fields.record_id]\ncolumn = "no"\n', ""], ids=["a-column", "grouped"])
def test_rows_with_an_id_are_not_numbered(more):
    head = '[mapping]\nname = "m"\nversion = "1"\nnumber_rows = true\n'
    head += "" if more else 'group_by = "record_id"\n'
    with pytest.raises(ConfigError, match="number"):
        parse_mapping(f'{head}\n[fields]\ndeclared_on = "day"\n{more}', "m.toml")


def test_short_headers_of_carriers_are_understood(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text(
        "Waybill No.;Orig;Dest;Wt (kg);Val;Curr;Pcs\n1Z1;CN;MX;25,400;1.250,00;EUR;1\n1Z2;NL;US;0,350;20,00;USD;2\n"
    )
    looked = first_look(file)
    assert set(looked.offers["consignment"].values()) == {
        "record_id", "departure", "destination", "mass_kg", "value", "currency", "pieces",
    }  # fmt: skip


def test_more_columns_than_are_looked_at_are_refused(tmp_path):
    file = tmp_path / "wide.csv"
    file.write_text(",".join(f"c{n}" for n in range(501)) + "\n" + ",".join(["1"] * 501) + "\n")
    with pytest.raises(InputError, match="501 columns"):
        first_look(file)
