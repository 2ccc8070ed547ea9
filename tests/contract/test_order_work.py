"""The work on orders from the command line: one week of it, and whatever is typed wrongly."""

import csv
import json
import shutil

import pytest

from counterflow.cli import answer

NOW = "2026-07-06T09:00Z"
HEADER = "order_id,customer_id,order_date,item,cas,quantity,unit,ship_from,ship_to_country,payment\n"
CUSTOMERS = "customer_id,name,country,business_line,end_use\nK1,Paints One,DE,coatings,thinner\nK2,Paints Two,DE,coatings,thinner\nK3,Paints Three,DE,coatings,thinner\n"


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """A workspace with two years of orders of acetone, in which K1 orders four times as much at the end."""
    folder = tmp_path_factory.mktemp("firm")
    rows = []
    for customer, size in (("K1", 100), ("K2", 90), ("K3", 120)):
        for month in range(30):
            year, number = 2024 + month // 12, month % 12 + 1
            kilos = size * 4 if customer == "K1" and month >= 27 else size + month % 3 * 5
            rows.append(
                f"{customer}-{month},{customer},{year}-{number:02d}-10,acetone,67-64-1,{kilos},kg,DE,DE,account\n"
            )
    (folder / "orders.csv").write_text(HEADER + "".join(rows))
    (folder / "customers.csv").write_text(CUSTOMERS)
    work = ("-q", "-w", str(folder / "W"), "orders")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTERFLOW_NOW", NOW)
        assert answer(["-q", "init", str(folder / "W")]) == 0
        assert answer([*work, "load", str(folder / "customers.csv"), "--table", "customer"]) == 0
        assert answer([*work, "load", str(folder / "orders.csv")]) == 0
        assert answer([*work, "monitor"]) == 0
    return folder


@pytest.fixture
def run(firm, tmp_path, capsys, monkeypatch):
    """Run a command on a copy of the workspace; it ends in words, never in a traceback."""
    monkeypatch.setenv("COUNTERFLOW_NOW", NOW)
    work = shutil.copytree(firm / "W", tmp_path / "W")

    def go(*arguments):
        capsys.readouterr()
        code = answer(["-w", str(work), *map(str, arguments)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert "should not have" not in told.err
        return code, told.out, told.err

    return go


def queue_of(run):
    code, out, _ = run("orders", "queue", "--format", "csv")
    assert code == 0
    return list(csv.DictReader(out.splitlines()))


def test_a_week_of_work(run, tmp_path):
    row = next(row for row in queue_of(run) if row["customer_id"] == "K1" and row["alarm"])
    code, out, err = run("orders", "ask", "K1", "--person", "A. Meier", "--format", "json")
    assert code == 0, err
    asked = json.loads(out)
    assert asked[0]["good_answer"]
    question = asked[0]["question"]
    assert run("orders", "answer", question, "--text", "a second spray line since April", "--person", "B. Kurz")[0] == 0
    page = tmp_path / "K1.html"
    assert run("orders", "dossier", "K1", "--out", page)[0] == 0
    assert "a second spray line" in page.read_text()
    assert json.loads(run("orders", "dossier", "K1", "--format", "json")[1])["customer_id"] == "K1"
    decide = (
        "orders",
        "decide",
        "alarm",
        row["alarm"],
        "--act",
        "dispose",
        "--finding",
        "explained",
        "--ground",
        "second spray line, contract seen",
        "--new-expected",
        "400000",
        "--person",
        "A. Meier",
        "--second-person",
        "B. Kurz",
    )
    code, out, err = run(*decide)
    assert code == 0, err
    assert json.loads(out)["new_expected"] == 400000
    assert "on record already" in run(*decide)[2]
    assert row["alarm"] not in {one["alarm"] for one in queue_of(run)}
    assert run("orders", "outcomes", "--format", "json")[0] == 0
    assert run("orders", "report", "intact", "--format", "csv")[0] == 0
    code, out, _ = run("orders", "report", "year", "2026", "--person", "A. Meier")
    assert code == 0
    assert json.loads(out)["rows"]["altered"] == 0


def test_a_report_is_drafted_printed_and_filed(run, tmp_path):
    alarm = next(row["alarm"] for row in queue_of(run) if row["alarm"])
    page = tmp_path / "report.html"
    code, out, err = run(
        "orders",
        "report",
        "draft",
        "eu-notification",
        alarm,
        "--person",
        "A. Meier",
        "--set",
        "operator=Our Firm",
        "--html",
        page,
    )
    assert code == 0, err
    assert "not at hand" in err
    assert "Our Firm" in page.read_text()
    name = json.loads(out)["report"]
    assert name in run("orders", "report", "list", "--format", "csv")[1]
    assert run("orders", "report", "file", name, "--reference", "BfArM-1", "--person", "B. Kurz")[0] == 0
    assert json.loads(run("orders", "report", "show", name)[1])["state"] == "filed"


@pytest.mark.parametrize(
    ("code", "words", "arguments"),
    [
        (2, "A page needs a place", ("dossier", "K1")),
        (2, "Nobody asks", ("ask", "K1")),
        (2, "Nothing is open", ("ask", "K3", "--person", "A")),
        (3, "no customer 'K9'", ("ask", "K9", "--person", "A", "--kind", "price")),
        (3, "no question in the library", ("ask", "K1", "--person", "A", "--kind", "colour")),
        (3, "no customer 'K9'", ("dossier", "K9", "--format", "json")),
        (2, "A dossier is no csv", ("dossier", "K1", "--format", "csv")),
        (3, "no question 'Q-1'", ("answer", "Q-1", "--text", "yes", "--person", "A")),
        (
            3,
            "no subject of a decision",
            ("decide", "person", "K1", "--act", "hold", "--ground", "because I say so", "--person", "A"),
        ),
        (
            3,
            "cannot be decided",
            ("decide", "customer", "K1", "--act", "arrest", "--ground", "because I say so", "--person", "A"),
        ),
        (
            3,
            "no order 'O9'",
            ("decide", "order", "O9", "--act", "hold", "--ground", "because I say so", "--person", "A"),
        ),
        (3, "needs a ground", ("decide", "customer", "K1", "--act", "hold", "--ground", " ", "--person", "A")),
        (
            2,
            "",
            (
                "decide",
                "customer",
                "K1",
                "--act",
                "hold",
                "--ground",
                "because I say so",
                "--person",
                "A",
                "--holds-to",
                "soon",
            ),
        ),
        (2, "", ("queue", "--minutes", "-5")),
        (2, "says nothing", ("report", "draft", "eu-notification", "A1", "--person", "A", "--set", "operator")),
        (3, "no form 'eu'", ("report", "draft", "eu", "A1", "--person", "A")),
        (3, "no report 'R-1'", ("report", "file", "R-1", "--reference", "1", "--person", "A")),
        (3, "no report 'R-1'", ("report", "show", "R-1")),
        (2, "", ("report", "year", "1066")),
    ],
)
def test_what_is_typed_wrongly_is_told_in_words(run, code, words, arguments):
    found, out, err = run("orders", *arguments)
    assert (found, out) == (code, ""), err
    assert words in err
