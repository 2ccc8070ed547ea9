"""A list in columns by a mapping file: all of its columns, and what is wrong told by name."""

import pytest

from counterflow.core.errors import InputError, UnknownName
from counterflow.intake.lists import load_list_csv, read_list_map

MAP = """list = "wanted"
name = "Full Name"
entry_id = "No"
alias = ["Aka"]
weak_alias = "Weak"
program = "Programme"
country = "Country"
address = "Address"
city = "City"
postcode = "Zip"
born = "Born"
nationality = "Nation"
identifier = ["PassportNo", "Papers"]
remarks = "Notes"
"""
ROWS = """No;Full Name;Aka;Weak;Programme;Country;Address;City;Zip;Born;Nation;PassportNo;Papers;Notes
7;Jane Roe;J. Roe;Janie;SDNT;Peru;1 Calle;Lima;15001;circa 1970;Peru;A1;"imo:9187629; library:77";text
8;;;;;;;;;;;;;
"""


def test_a_map_names_every_column(write):
    name, columns = read_list_map(write("m.toml", MAP))
    load = load_list_csv(write("w.csv", ROWS), name, columns)
    rows = load.entries.to_pylist()
    assert [(row["name"], row["name_kind"]) for row in rows] == [
        ("Jane Roe", "primary"), ("J. Roe", "alias"), ("Janie", "weak_alias"),
    ]  # fmt: skip
    said = {
        key: rows[0][key] for key in ("entry_id", "program", "narcotics", "country", "born", "nationality", "remarks")
    }
    assert said == {
        "entry_id": "wanted:7", "program": "SDNT", "narcotics": True, "country": "Peru", "born": "1970~",
        "nationality": "Peru", "remarks": "text",
    }  # fmt: skip
    assert rows[0]["identifiers"] == "passport:A1; imo:9187629; other:library:77"
    (place,) = load.addresses.select(["address", "city", "postcode", "country"]).to_pylist()
    assert place == {"address": "1 Calle", "city": "Lima", "postcode": "15001", "country": "Peru"}
    assert (load.read, load.accepted, load.reasons) == (2, 1, {"no-name": 1})


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('list = "x"\nnmae = "n"', UnknownName, "Did you mean 'name'"),
        ('list = "x"', InputError, "lacks name"),
        ('name = "x"', InputError, "lacks list"),
        ('list = "x"\nname = 3', InputError, "not a column's name"),
        ('list = "x"\nname = ["a", "b"]', InputError, "not a column's name"),
        ("list = ", InputError, "TOML"),
        (b"\xff\xfe", InputError, "TOML"),
    ],
)
def test_a_map_that_is_wrong_says_where(write, text, error, words):
    with pytest.raises(error, match=words):
        read_list_map(write("m.toml", text))


def test_no_map_no_list(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_list_map(tmp_path / "none.toml")
