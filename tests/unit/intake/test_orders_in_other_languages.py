"""Orders and customers as firms head them in German, French and Spanish; orders that were cancelled."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from counterflow.core.errors import CounterflowError
from counterflow.intake.propose.names import fold
from counterflow.intake.propose.order_languages import OTHER_ORDER_LANGUAGES
from counterflow.intake.propose.order_names import NAMES_OF
from counterflow.intake.standalone import ReadFile, StandaloneTable, read_file

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def _read(folder: Path, text: str, table: StandaloneTable = "order") -> ReadFile:
    file = folder / "rows.csv"
    file.write_text(text, encoding="utf-8")
    return read_file(file, None, table=table, now=NOW)


GERMAN = """Auftragsnummer;Auftragsdatum;Kundennummer;Artikel;CAS-Nr.;Menge;Einheit;Lieferland;Verwendungszweck
A1;20.11.2026;K1;Aceton;67-64-1;2,5;Liter;Österreich;Reinigung
"""
FRENCH = """Numéro de commande;Date de commande;Code client;Produit;N° CAS;Quantité;Unité;Pays de destination;Utilisation
A1;20/11/2026;K1;Aceton;67-64-1;2,5;litres;Autriche;Reinigung
"""
SPANISH = """Nº pedido;Fecha pedido;Cliente;Producto;Nº CAS;Cantidad;Unidad;País destino;Uso previsto
A1;20/11/2026;K1;Aceton;67-64-1;2,5;litros;Austria;Reinigung
"""


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH])
def test_an_order_in_another_language_is_the_same_order(tmp_path: Path, text: str) -> None:
    read = _read(tmp_path, text)
    assert (read.read, read.accepted) == (1, 1), read.refused.to_pylist()
    row = read.tables["order_line"].to_pylist()[0]
    told = {name: row[name] for name in ("record_id", "customer_id", "item", "cas", "volume_l", "ship_to_country")}
    assert told == {
        "record_id": "A1", "customer_id": "K1", "item": "Aceton", "cas": "67-64-1", "volume_l": 2.5,
        "ship_to_country": "AT",
    }  # fmt: skip
    assert row["ordered_on"] == dt.date(2026, 11, 20)
    assert row["end_use"] == "Reinigung"


@pytest.mark.parametrize(
    "text",
    [
        "Kundennummer;Firma;Land;Branche;Erlaubnisnummer;Erlaubnis gültig bis\nK1;Alpha;Frankreich;Labor;E-1;31.12.2027\n",
        "Code client;Raison sociale;Pays;Activité;Numéro de licence;Date d'expiration\nK1;Alpha;France;Labor;E-1;31/12/2027\n",
        "Cliente;Razón social;País;Actividad;Nº licencia;Vencimiento\nK1;Alpha;Francia;Labor;E-1;31/12/2027\n",
    ],
)
def test_a_customer_in_another_language_keeps_its_licence(tmp_path: Path, text: str) -> None:
    read = _read(tmp_path, text, "customer")
    assert read.accepted == 1, read.refused.to_pylist()
    customer, licence = (read.tables[name].to_pylist()[0] for name in ("customer", "customer_licence"))
    assert (customer["record_id"], customer["name"], customer["country"]) == ("K1", "Alpha", "FR")
    assert customer["business_line"] == "Labor"
    assert (licence["number"], licence["expires_on"]) == ("E-1", dt.date(2027, 12, 31))


def test_names_in_other_languages_are_folded_and_belong_to_fields() -> None:
    for table, targets in OTHER_ORDER_LANGUAGES.items():
        assert set(targets) <= set(NAMES_OF[table]), table
        for names in targets.values():
            assert [name for name in names if fold(name) != name] == []


def test_a_cancelled_order_is_no_order_and_that_is_said(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "Order No,Date,Customer,Product,Qty,Order Status\n"
        "1,2026-11-20,C1,acetone,25 kg,Shipped\n2,2026-11-20,C1,acetone,25 kg,CANCELLED\n"
        "3,2026-11-20,C1,acetone,25 kg,\n4,2026-11-20,C1,acetone,25 kg,storniert\n",
    )
    assert read.tables["order_line"]["kind"].to_pylist() == ["sale", "other", "sale", "other"]
    assert any("cancelled" in line and "2 rows" in line for line in read.said)


def test_a_status_nobody_knows_counts_as_an_order_and_is_said(tmp_path: Path) -> None:
    read = _read(tmp_path, "Order No,Date,Customer,Product,Qty,Status\n1,2026-11-20,C1,acetone,25 kg,Zz9\n")
    assert read.tables["order_line"]["kind"].to_pylist() == ["sale"]
    assert any(line.startswith("status: kept as written") for line in read.said)


def test_a_file_in_no_known_language_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CounterflowError, match="No column is recognised as the customer"):
        _read(tmp_path, "Заказ,Клиент,Товар,Количество\n1,a,b,2 kg\n")
