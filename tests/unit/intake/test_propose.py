"""A proposed mapping: by names and contents, sure or unsure, and what stays blind."""

import openpyxl
import pytest

from counterflow.core.errors import InputError
from counterflow.intake.load import load
from counterflow.intake.mapping import find_mapping, parse_mapping
from counterflow.intake.propose import CheckReads, propose_mapping
from counterflow.intake.readers import ReaderOptions

CHECKS = [
    CheckReads("words", "goods_line", ("description",)),
    CheckReads("parties", "party", ("name",)),
    CheckReads("lateness", "consignment", ("advance_at", "due_at")),
]


def propose(tmp_path, text, **options):
    path = tmp_path / "f.csv"
    path.write_text(text)
    return propose_mapping(path, name="p", checks=CHECKS, **options)


def found(proposal):
    return {p.rule.target: p for p in proposal.fields}


def test_a_proposal_loads_the_file_it_was_made_from(tmp_path, workspace):
    rows = "".join(
        f'E{i},EB00071761{8}HK,{i % 28 + 1:02d}.03.2021,CHN,"1,{i}",6109.10,shirt no {i},Ann {i},{i % 2}\n'
        for i in range(50)
    )
    proposal = propose(
        tmp_path,
        "Entry Number,Tracking No,Entry Date,Country of Departure,Gross Weight (g),"
        "HSCode,Goods Description,Consignee Name,fraud\n" + rows,
    )
    by = found(proposal)
    assert {t: p.column.name for t, p in by.items()} == {
        "record_id": "Entry Number", "item_id": "Tracking No", "declared_on": "Entry Date",
        "departure": "Country of Departure", "mass_kg": "Gross Weight (g)", "goods.hs": "HSCode",
        "goods.description": "Goods Description", "party.consignee.name": "Consignee Name",
    }  # fmt: skip
    assert by["declared_on"].rule.formats == ("%d.%m.%Y",)
    assert (by["mass_kg"].rule.unit, by["mass_kg"].rule.decimal) == ("g", ",")
    assert by["item_id"].rule.kind == "s10"
    assert proposal.labels == ("fraud",)
    assert proposal.blind() == {"lateness": ["advance_at", "due_at"]}
    assert any("unscreened by lateness" in line for line in proposal.in_words())
    mapping = parse_mapping(proposal.toml, "p.toml")
    receipt = load(workspace, tmp_path / "f.csv", mapping)
    assert (receipt.accepted, receipt.rejected, receipt.withheld) == (50, 0, ("fraud",))


def test_the_table_says_what_each_field_feeds_and_what_nothing_feeds(tmp_path):
    rows = {r["field"]: r for r in propose(tmp_path, "id,day,text\n1,2021-01-01,x\n2,2021-01-02,y\n").as_table()}
    assert rows["record_id"]["column"] == "id"
    assert rows["goods.description"]["feeds"] == "words"
    assert rows["goods.description"]["remark"] == "no column found"
    assert rows["declared_on"]["column"] == "day"


def test_days_that_could_be_months_are_flagged(tmp_path):
    by = found(propose(tmp_path, "id,date\n1,03/04/2021\n2,05/06/2021\n"))
    assert "CHECK" in by["declared_on"].remark
    by = found(propose(tmp_path, "id,date\n1,03/04/2021\n2,25/06/2021\n"))
    assert by["declared_on"].rule.formats == ("%d/%m/%Y",)
    assert not by["declared_on"].remark


def test_lost_zeros_and_repeated_ids_are_noticed(tmp_path):
    proposal = propose(tmp_path, "id,date,hs\n1,2021-01-01,10121\n1,2021-01-01,610910\n2,2021-01-02,620520\n")
    assert found(proposal)["goods.hs"].rule.hs_pad
    assert parse_mapping(proposal.toml, "p").group_by == "record_id"


def test_what_every_record_needs_is_found_by_content_alone(tmp_path):
    proposal = propose(tmp_path, "aa,bb,cc\nx1,2021-01-01,q\nx2,2021-01-01,q\n")
    by = found(proposal)
    assert (by["record_id"].column.name, by["declared_on"].column.name) == ("aa", "bb")
    lonely = propose(tmp_path, "aa,cc\nq,1\nq,1\n")
    assert any("Nothing was found for record_id" in line for line in lonely.in_words())


def test_the_shipped_mapping_and_the_proposal_agree_on_the_public_declarations(shared_data):
    file = shared_data / "targeting" / "customs_kr_2021q1_dev.parquet"
    by = found(propose_mapping(file, name="p"))
    shipped = {r.target: r.columns[0] for r in find_mapping("customs_kr").fields}
    for target in (
        "record_id",
        "declared_on",
        "departure",
        "origin",
        "office",
        "lane",
        "goods.hs",
        "party.importer.identifier",
    ):
        assert by[target].column.name == shipped[target]


def test_edifact_is_not_guessed_at(tmp_path):
    path = tmp_path / "f.edi"
    path.write_text("UNB+UNOA:1+A+B+1:2+R'UNZ+0+R'")
    with pytest.raises(InputError, match="--map cuscar"):
        propose_mapping(path, name="p")


def test_one_id_that_came_twice_and_one_impossible_day_do_not_hide_their_columns(tmp_path):
    rows = "".join(f"x{i},{i % 9 + 1:02d}.03.2026,q\n" for i in range(40)) + "x7,31.02.2026,q\n"
    proposal = propose(tmp_path, "aa,bb,cc\n" + rows)
    by = found(proposal)
    assert (by["record_id"].column.name, by["declared_on"].column.name) == ("aa", "bb")
    assert "1 of its values came before" in by["record_id"].remark
    assert by["declared_on"].rule.formats == ("%d.%m.%Y",)
    assert "quarantine" in by["declared_on"].remark
    named = propose(tmp_path, "id,bb,cc\n" + rows)
    assert parse_mapping(named.toml, "p").group_by is None


def test_a_mark_that_may_be_for_decimals_or_thousands_is_flagged(tmp_path):
    by = found(propose(tmp_path, "id,date,weight\n1,2021-01-01,1.049\n2,2021-01-02,2.500\n"))
    assert "CHECK" in by["mass_kg"].remark
    by = found(propose(tmp_path, "id,date,weight\n1,2021-01-01,1.049\n2,2021-01-02,0.500\n"))
    assert (by["mass_kg"].remark, by["mass_kg"].rule.decimal) == ("", ".")


def test_fields_that_no_column_was_found_for_stand_ready_to_be_filled_in(tmp_path):
    proposal = propose(tmp_path, "aa,bb,cc\nx1,2021-01-01,shirts\nx2,2021-01-02,hats\n")
    assert "goods.description" not in found(proposal)
    empty = '# [fields.goods.description]\n# column = ""\n'
    assert empty in proposal.toml
    filled = proposal.toml.replace(empty, '[fields.goods.description]\ncolumn = "cc"\n')
    assert "goods.description" in {r.target for r in parse_mapping(filled, "p.toml").fields}


def test_lines_above_the_header_are_named_as_the_likely_fault_and_kept_in_the_mapping(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Parcels of March"], [], ["id", "date", "weight"], ["1", "2021-01-01", 2]):
        book.active.append(row)
    file = tmp_path / "f.xlsx"
    book.save(file)
    with pytest.raises(InputError, match=r"beyond the 1 columns.*--skip-lines"):
        propose_mapping(file, name="p")
    proposal = propose_mapping(file, name="p", options=ReaderOptions(skip_lines=1))
    assert parse_mapping(proposal.toml, "p.toml").reader.skip_lines == 1


@pytest.mark.parametrize(
    "header",
    [
        "Sendungsnummer;Anmeldedatum;Ursprungsland;Bruttogewicht;Warenwert;Warenbezeichnung;Warennummer;Absender;Empfänger",
        "Numéro d'envoi;Date de déclaration;Pays d'origine;Poids brut;Valeur;Désignation;Code SH;Expéditeur;Destinataire",
        "Número de envío;Fecha;País de origen;Peso bruto;Valor declarado;Descripción;Código arancelario;Remitente;Destinatario",
    ],
)
def test_headers_in_german_french_and_spanish_are_known(tmp_path, header):
    rows = "".join(
        f"S{i};2026-03-{i % 28 + 1:02d};CN;{i}.5;{i}0;tea no {i};090210;Ann {i};Bob {i}\n" for i in range(30)
    )
    by = found(propose(tmp_path, header + "\n" + rows))
    names = header.split(";")
    assert {target: by[target].column.name for target in by} == {
        "record_id": names[0], "declared_on": names[1], "origin": names[2], "mass_kg": names[3], "value": names[4],
        "goods.description": names[5], "goods.hs": names[6], "party.consignor.name": names[7],
        "party.consignee.name": names[8],
    }  # fmt: skip
