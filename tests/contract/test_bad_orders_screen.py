"""`orders screen` on what people send: every row answered or refused in words, never a traceback."""

import csv
import io
import random

import pytest

ORDERS = """order_id,customer_id,date,item,cas,quantity,unit,ship_from,destination
A1,C1,2026-05-04,Acetone,67-64-1,5,L,US,US
A2,C1,2026-05-05,4-anilinopiperidine,,10,g,US,US
A3,C2,2026-05-06,sodium chloride,7647-14-5,10,kg,DE,MX
A4,C2,2026-05-06,oxycodone 30 mg,,500,tablets,US,US
"""
CUSTOMERS = """customer_id,name,country,licence_no,licence_expiry,licence_type,covers,end_use,end_use_on
C1,Lab One,US,R1,2027-01-01,registration,List I,flavours,2026-01-01
C2,Ward Two,US,FA1234563,2025-01-01,registration,Schedules II-V,care,2026-01-01
"""
COLUMNS = ["order_id", "answer", "duties", "thresholds", "reasons", "citations"]
SCREEN = ("orders", "screen", "o.csv", "--customers", "c.csv", "--on", "2026-05-20", "--format", "csv")


@pytest.fixture
def files(site):
    (site / "o.csv").write_text(ORDERS)
    (site / "c.csv").write_text(CUSTOMERS)
    return site


def rows(out):
    return list(csv.DictReader(io.StringIO(out)))


def test_a_file_is_answered_row_by_row_without_a_workspace(files, ask):
    code, out, err = ask(*SCREEN, workspace=None)
    answered = rows(out)
    assert code == 0
    assert list(answered[0]) == COLUMNS
    assert [row["answer"] for row in answered] == ["clear", "clear", "clear", "hold"]
    assert "expired: registration FA1234563" in answered[3]["reasons"]
    assert "A person decides" in err


BAD = {
    "no unit": ("A9,C1,2026-05-04,Acetone,67-64-1,5,,US,US", "say how much it is"),
    "unit in the cell": ("A9,C1,2026-05-04,Acetone,67-64-1,5 L,,US,US", "Acetone is listed"),
    "negative": ("A9,C1,2026-05-04,Acetone,67-64-1,-5,L,US,US", "column quantity, value “-5”"),
    "no number": ("A9,C1,2026-05-04,Acetone,67-64-1,lots,L,US,US", "column quantity, value “lots”"),
    "unknown unit": ("A9,C1,2026-05-04,Acetone,67-64-1,5,furlong,US,US", "“furlong”"),
    "no such day": ("A9,C1,2026-02-31,Acetone,67-64-1,5,L,US,US", "column date"),
    "no such country": ("A9,C1,2026-05-04,Acetone,67-64-1,5,L,US,Atlantis", "Atlantis"),
    "wrong check digit": ("A9,C1,2026-05-04,Acetone,67-64-2,5,L,US,US", "its check digit should be 1"),
    "another number": ("A9,C1,2026-05-04,Acetone,108-88-3,5,L,US,US", "the fields disagree"),
    "unknown chemical": ("A9,C1,2026-05-04,unobtainium,,5,L,US,US", "give its CAS number"),
    "unknown customer": ("A9,C7,2026-05-04,Acetone,67-64-1,5,L,US,US", "no customer file for C7"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_needs_what_it_lacks_and_the_others_are_answered(case, files, ask):
    row, words = BAD[case]
    (files / "o.csv").write_text(ORDERS + row + "\n")
    code, out, _ = ask(*SCREEN, workspace=None)
    *others, last = rows(out)
    assert code == 0
    assert (last["order_id"], words in last["reasons"]) == ("A9", True), last
    assert last["answer"] == ("clear" if case == "unit in the cell" else "needs")
    assert [other["answer"] for other in others] == ["clear", "clear", "clear", "hold"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere.csv",), 3, ("nowhere.csv", "no such file")),
        (("o.csv", "--on", "2026-13-01"), 2, ("2026-13-01",)),
        (("o.csv", "--from", "Atlantis"), 2, ("Atlantis",)),
        (("o.csv", "--item", "acetone"), 2, ("not both",)),
        (("o.csv", "--since", "2026-05-01"), 2, ("--since",)),
        (("o.csv", "--customers", "nowhere.csv"), 3, ("nowhere.csv",)),
        (("o.csv", "--map", "nosuch"), 3, ("nosuch", "Known: arcos")),
        ((), 2, ("no orders",)),
        (("--quantity", "5 kg"), 2, ("--quantity",)),
        (("--item", "acetone", "--quantity", "5 qq"), 3, ("5 qq",)),
        (("--item", "acetone", "--to", "Atlantis"), 2, ("Atlantis",)),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments, code, words, files, refused):
    refused(code, words, "orders", "screen", *arguments, workspace=None)


def test_a_workspace_answers_its_open_orders_and_counts_what_came_before(files, ask):
    assert ask("orders", "load", "o.csv")[0] == 0
    assert ask("orders", "load", "c.csv", "--table", "customer")[0] == 0
    code, out, _ = ask("orders", "screen", "--on", "2026-05-20", "--format", "csv")
    assert code == 0
    assert {row["order_id"]: row["answer"] for row in rows(out)} == {
        "A1": "clear", "A2": "clear", "A3": "clear", "A4": "hold",
    }  # fmt: skip
    (files / "o.csv").write_text(
        "order_id,customer_id,date,item,quantity,unit,ship_from,destination\n"
        "B1,C1,2026-05-07,phenylacetic acid,600,g,US,US\n"
    )
    assert ask("orders", "load", "o.csv")[0] == 0
    asked = ("orders", "screen", "--item", "phenylacetic acid", "--quantity", "500 g", "--from", "US", "--to", "US")
    code, out, _ = ask(*asked, "--customer", "C1", "--on", "2026-05-20", "--format", "csv")
    assert code == 0
    assert "1.1 of 1 kg in 2026-05" in rows(out)[0]["thresholds"]


def test_no_mutation_of_the_files_ends_in_a_traceback(files, ask):
    generator = random.Random(5)
    for _ in range(10):
        text = list(generator.choice([ORDERS, CUSTOMERS]))
        for _ in range(generator.randint(1, 6)):
            at = generator.randrange(len(text))
            text[at] = generator.choice(['"', ",", ";", "\n", "\0", "é", "-", "9", "", "\ufeff", "\t"])
        name = generator.choice(["o.csv", "c.csv"])
        (files / "o.csv").write_text(ORDERS)
        (files / "c.csv").write_text(CUSTOMERS)
        (files / name).write_text("".join(text), encoding="utf-8")
        code, out, err = ask(*SCREEN, workspace=None)
        assert code in {0, 3}
        assert (code == 0) == bool(out), err
