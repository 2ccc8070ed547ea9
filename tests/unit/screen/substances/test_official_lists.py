"""Official lists of substances: what is read from a file, what is refused, and what differs between two."""

import contextlib
import gzip
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UsageError
from counterflow.screen.substances.updates import compare, name_keys, read_official_list
from counterflow.screen.substances.updates.entry import Entry, name_key
from counterflow.screen.substances.updates.file_text import LARGEST_BYTES
from counterflow.screen.substances.updates.list_names import matched_list

US = [f"Schedule {n}" for n in ("I", "II", "III", "IV", "V")]


@pytest.fixture
def read(tmp_path):
    def reading(content, **how):
        file = tmp_path / "list.csv"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_official_list(file, **how)

    return reading


def test_the_alphabetical_list_of_the_dea(read):
    official = read(
        "Controlled Substances - Alphabetical Order\n\n"
        "SUBSTANCE,DEA NUMBER,CSA SCH,NARC,OTHER NAMES\n"
        '"2,5-Dimethoxyamphetamine",7396,I,N,"DMA, 2,5-DMA"\n'
        'Glutethimide,2550.0,II,N,"Doriden, Dorimide"\n'
    )  # fmt: skip
    assert [(e.line, e.name, e.code, e.list, e.other_names) for e in official.entries] == [
        (4, "2,5-Dimethoxyamphetamine", "7396", "I", ("DMA", "2,5-DMA")),
        (5, "Glutethimide", "2550", "II", ("Doriden", "Dorimide")),
    ]
    assert official.rows == 2
    assert official.columns["code"] == "DEA NUMBER"


@pytest.mark.parametrize(
    ("content", "how"),
    [
        ("dea_code,name\n1100,Amphetamine\n", {}),
        ("dea_code;name\n1100;Amphetamine\n", {}),
        ("dea_code;name;synonyms\n1100;Amphetamine;one, two, three, four, five\n", {}),
        ("dea_code\tname\r\n1100\tAmphetamine\r\n", {}),
        (gzip.compress(b"dea_code,name\n1100,Amphetamine\n", mtime=0), {}),
        ("\ufeffdea_code,name\n1100,Amphetamine\n", {}),
        ("dea_code,name\n1100,Amphetamine\n".encode("utf-16"), {}),
        ("Title of the annex,,\n\nSubstance (INN),DEA Number (CSN),Remarks\nAmphetamine,1100,see below\n", {}),
        ("nummer,Stoffbezeichnung\n1100,Amphetamine\n", {"columns": {"name": "stoffbezeichnung", "code": "nummer"}}),
    ],
)
def test_forms_and_encodings(read, content, how):
    (entry,) = read(content, **how).entries
    assert (entry.name, entry.code) == ("Amphetamine", "1100")


def test_another_encoding_is_asked_for_by_name(read):
    content = "name,schedule\nβ-Naphthol,I\nCafé,II\n".replace("β", "b").encode("cp1252")
    with pytest.raises(InputError, match=r"line 3.*0xe9 is not utf-8.*--encoding cp1252"):
        read(content)
    assert read(content, encoding="cp1252").entries[1].name == "Café"
    with pytest.raises(UsageError, match="klingon"):
        read(content, encoding="klingon")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("   \n \n", "empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "a workbook"),
        (gzip.compress(b"name,code\nA,1\n", mtime=0)[:-9], "cannot be unpacked"),
        (gzip.compress(bytes(LARGEST_BYTES + 1), mtime=0), "Unpacked, it is larger"),
        (b"name,code\nA\x00B,1\n", "line 2: The file holds NUL"),
        ("firstname,surname\nA,B\n", "line 1: No line of columns"),
        ("1100,Amphetamine\n1105,Methamphetamine\n", "line 1: No line of columns"),
        ("name,schedule\n", "No row could be understood"),
        ("name,schedule\n123,I\n", "line 2: No row could be understood: it names no substance"),
        # Which of the two depends on the longest cell that the process reads, which other readers raise.
        (
            'name,schedule\n"' + "x" * 200_000 + "\n",
            "line 2: (The row that begins here cannot|.*a quotation mark may be)",
        ),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(read, content, said):
    with pytest.raises(InputError, match=said):
        read(content)


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path):
    file = tmp_path / "large.csv"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    assert file.stat().st_size > LARGEST_BYTES
    with pytest.raises(InputError, match="100,000,000 bytes are more"):
        read_official_list(file)


def test_a_table_of_many_rows_is_no_list_and_one_code_for_thousands_takes_no_time(read):
    with pytest.raises(InputError, match="60,001 rows are more"):
        read("name,schedule\n" + "Something,I\n" * 60_000)
    rows = [Entry(f"Name number {n}", code="4000", list="I") for n in range(6_000)]
    assert compare(rows, rows[::-1]) == ()


def test_a_column_that_is_not_there_and_a_field_that_is_none(read):
    with pytest.raises(InputError, match=r"no column 'Substanz' for name.*'Substance'"):
        read("Substance,Class\nA-mine,A\n", columns={"name": "Substanz"})
    with pytest.raises(UsageError, match="knows no field 'nam'"):
        read("Substance,Class\nA-mine,A\n", columns={"nam": "Substance"})


def test_rows_that_cannot_be_understood_are_counted(read):
    official = read(
        "name,schedule,cas\nFentanyl,II,437-38-7\nNorfentanyl,II,437-38-8\n,I,\nTilidine,I,\n"
        f"{'x' * 700},I,\nMorphine,II,,surplus\n"
    )
    assert [e.name for e in official.entries] == ["Fentanyl", "Tilidine"]
    assert [(r.line, r.reason.split(";")[0]) for r in official.rejected] == [
        (3, "'437-38-8' is no CAS number"),
        (4, "it names no substance"),
        (6, "its name has 700 characters"),
        (7, "it has more cells than there are columns"),
    ]
    assert official.rows == 6


def test_structures_are_read_without_salt_and_held_against_their_key(read):
    official = read(
        "name,schedule,smiles,inchikey\n"
        "Ketamine hydrochloride,III,CNC1(CCCCC1=O)c1ccccc1Cl.Cl,\n"
        "Broken,I,C1CC,\n"
        "Another,I,CCO,YQEZLKZALYSWHR-UHFFFAOYSA-N\n"
        "By key alone,I,,YQEZLKZALYSWHR-UHFFFAOYSA-N\n"
    )
    ketamine, by_key = official.entries
    assert (ketamine.skeleton, ketamine.smiles) == ("YQEZLKZALYSWHR", "CNC1(c2ccccc2Cl)CCCCC1=O")
    assert (by_key.skeleton, by_key.smiles) == ("YQEZLKZALYSWHR", "")
    assert [r.line for r in official.rejected] == [3, 4]
    assert "cannot be read" in official.rejected[0].reason
    assert "not that of its structure" in official.rejected[1].reason


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("any") / "list.csv"
    file.write_bytes(content)
    with contextlib.suppress(InputError):
        official = read_official_list(file)
        assert official.rows == len(official.entries) + len(official.rejected)
        assert official.entries


@pytest.mark.parametrize(
    ("label", "meant"),
    [("I", "Schedule I"), ("2", "Schedule II"), ("IIN", "Schedule II"), ("3N", "Schedule III"), ("Sch. V", "Schedule V"),
     ("schedule iv", "Schedule IV"), ("VI", None), ("", None), ("A", None)],
)  # fmt: skip
def test_lists_are_known_however_they_are_called(label, meant):
    assert matched_list(label, US) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [("α-PVP", "alpha-PVP"), ("5F–ADB", "5F-ADB"), ("Café Ester", "cafe ester"), ("1,4-Butanediol", "1.4 butanediol")],
)
def test_one_name_in_two_spellings_has_one_key(one, other):
    assert name_key(one) == name_key(other)


def test_numbers_that_stand_apart_stay_apart():
    assert name_key("1,4-butanediol") != name_key("14-butanediol")


def test_a_short_word_in_brackets_is_no_name():
    assert "hcl" not in name_keys("Cocaine (HCl)")


def kinds(before, after):
    return [(d.change, (d.before or d.after).name, d.by) for d in compare(before, after)]


def test_added_removed_moved_renamed():
    before = [
        Entry("Amphetamine", code="1100", list="II"),
        Entry("Ketamine", code="7285", list="III"),
        Entry("Old name", code="7500", list="I"),
        Entry("Gone", code="7600", list="I"),
    ]
    after = [
        Entry("amphetamine", code="1100", list="II"),
        Entry("Ketamine", code="7285", list="II"),
        Entry("Quite another name", code="7500", list="I"),
        Entry("Newcomer", code="7700", list="I"),
    ]
    assert kinds(before, after) == [
        ("added", "Newcomer", ""),
        ("removed", "Gone", ""),
        ("moved", "Ketamine", "code"),
        ("renamed", "Old name", "code"),
    ]


def test_one_code_for_many_substances_is_told_apart_by_name():
    before = [Entry(name, code="4000") for name in ("Boldenone", "Stanozolol")]
    after = [Entry(name, code="4000") for name in ("Stanozolol (17alpha-methyl)", "Boldenone", "Trenbolone")]
    assert kinds(before, after) == [("added", "Trenbolone", "")]


def test_a_structure_joins_what_name_and_code_do_not():
    before = [Entry("A", inchikey="PJMPHNIQZUBGLI-UHFFFAOYSA-N", list="I")]
    after = [Entry("Bemine", inchikey="PJMPHNIQZUBGLI-ABCDEFGHIJ-N", list="I")]
    assert kinds(before, after) == [("renamed", "A", "structure")]


def test_what_may_not_have_held_is_not_said_to_be_removed():
    before = [Entry("Sure", list="I"), Entry("Unsure", list="I", sure=False)]
    assert kinds(before, [Entry("Other", list="I")]) == [
        ("added", "Other", ""),
        ("removed", "Sure", ""),
        ("unsure", "Unsure", ""),
    ]


def test_a_substance_named_on_two_lines_is_no_addition():
    after = [Entry("Amphetamine", code="1100", list="II"), Entry("Amphetamine", code="1100", list="II")]
    assert kinds([Entry("Amphetamine", code="1100", list="II")], after) == []
    assert kinds([], after) == [("added", "Amphetamine", "")]


_NAMES = st.lists(st.text(string.ascii_lowercase, min_size=5, max_size=9), unique=True, min_size=1, max_size=12)


@given(_NAMES, _NAMES, st.randoms(use_true_random=False))
def test_a_list_against_itself_in_any_order_differs_in_nothing(names, others, order):
    rows = [Entry(name, list="I", code=str(number)) for number, name in enumerate(names)]
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert compare(rows, shuffled) == ()
    found = compare(rows, [Entry(name, list="I") for name in others])
    added = {d.after.name for d in found if d.change == "added"}
    removed = {d.before.name for d in found if d.change == "removed"}
    assert added == set(others) - set(names)
    assert removed == set(names) - set(others)


def test_the_us_lists_of_2016_and_2021(shared_data):
    old = read_official_list(shared_data / "substances" / "us_dea_codes_2016.csv")
    new = read_official_list(shared_data / "substances" / "us_csa_alpha_2021.csv")
    assert (old.rows, new.rows, old.rejected, new.rejected) == (426, 511, (), ())
    codes = [{e.code for e in official.entries if e.code} for official in (old, new)]
    assert [len(c) for c in codes] == [352, 409]
    assert len(codes[1] - codes[0]) == 57
    assert not codes[0] - codes[1]
    found = compare(old.entries, new.entries)
    added = [d.after for d in found if d.change == "added"]
    # By code 57 were added; 22 more steroids came under the code 4000 that they share, 6 preparations have none.
    assert {e.code for e in added if e.code != "4000"} - {""} == codes[1] - codes[0]
    assert len([e for e in added if e.code == "4000"]) == 84 - 62
    assert len([e for e in added if not e.code]) == 6
    assert {d.change for d in found} == {"added", "renamed"}
    assert {d.after.code for d in found if d.change == "renamed"} == {"7532", "7536", "7537", "7538"}
