"""Official lists: every row accounted for, same files one version, differences told in full."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UnknownName
from counterflow.intake.lists import (
    ListColumns,
    diff,
    find_version,
    load_list_csv,
    load_ofac,
    show_entries,
    show_versions,
    store_list,
)  # fmt: skip

SDN = (
    b'36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    b'306,"BANCO NACIONAL DE CUBA",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"a.k.a. \'BNC\'."\r\n'
    b'6861,"GUZM\xc1N LOERA, Joaquin","individual","SDNTK] [SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    b"\"DOB 1954; a.k.a. 'EL RAPIDO'; a.k.a. 'ABU-'ISA'.\"\r\n"
    b'9,"HERO II","vessel","NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a'
)
ALT = (
    b'36,12,"aka","AERO-CARIBBEAN",-0- \r\n6861,5,"aka","AEROCARIBBEAN AIRLINES","weak"\r\n'
    b'777,1,"aka","NOBODY",-0- \r\n\x1a'
)
ADD = b'36,25,-0- ,"Havana","Cuba",-0- \r\n36,26,"Calle 1","Paris","France",-0- \r\n'


@pytest.fixture
def files(tmp_path):
    def write(**contents):
        paths = []
        for name, content in contents.items():
            path = tmp_path / f"{name}.csv"
            path.write_bytes(content)
            paths.append(path)
        return paths

    return write


def by_entry(load):
    rows = {}
    for row in load.entries.to_pylist():
        rows.setdefault(row["entry_id"], []).append(row)
    return rows


def test_reads_the_treasurys_files_as_published(files):
    load = load_ofac(*files(sdn=SDN, alt=ALT, add=ADD))
    rows = by_entry(load)
    assert [(r["name"], r["name_kind"]) for r in rows["ofac:6861"]] == [
        ("GUZMÁN LOERA, Joaquin", "primary"), ("AEROCARIBBEAN AIRLINES", "weak_alias"),
        ("EL RAPIDO", "weak_alias"), ("ABU-'ISA", "weak_alias"),
    ]  # fmt: skip
    first = rows["ofac:6861"][0]
    assert (first["schema"], first["program"], first["narcotics"]) == ("Person", "SDNTK SDGT", True)
    airline = rows["ofac:36"][0]
    assert (airline["schema"], airline["narcotics"], airline["country"], airline["remarks"]) == (
        "Organization", False, "Cuba; France", None,
    )  # fmt: skip
    assert rows["ofac:9"][0]["schema"] == "Vessel"
    assert load.addresses.column("address").to_pylist() == ["Havana", "Calle 1, Paris"]


def test_every_row_is_accepted_or_refused_with_its_reason(files):
    load = load_ofac(
        *files(sdn=SDN + b'x,"NO NUMBER"' + b",-0-" * 10 + b"\r\n36,too,short\r\n36" + b",-0-" * 11, alt=ALT)
    )
    assert (load.read, load.accepted, load.rejected) == (10, 6, 4)
    assert load.reasons == {"no-name": 1, "no-number": 1, "no-such-entry": 1, "wrong-width": 1}
    (orphan,) = (r for r in load.refused.to_pylist() if r["reason"] == "no-such-entry")
    assert (orphan["line"], orphan["value"], orphan["batch"]) == (3, "777", load.version)


def test_a_header_and_gzip_are_read_as_well_and_the_version_is_of_the_content(files, tmp_path):
    header = b"ent_num,SDN_Name,SDN_Type,Program,Title,Call_Sign,Vessel_Type,Tonnage,GRT,Vessel_Flag,Vessel_Owner,"
    header += b"Remarks\r\n"
    (plain,) = files(sdn=header + SDN)
    packed = tmp_path / "sdn.csv.gz"
    packed.write_bytes(gzip.compress(header + SDN))
    load = load_ofac(packed)
    assert load.entries.equals(load_ofac(plain).entries)
    assert load.version == load_ofac(plain).version != load_ofac(*files(bare=SDN)).version
    assert load.read == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"\x1a\r\n", "empty"), (b"PK\x03\x04xx", "XLSX"), (b"<?xml version='1.0'?>", "XML"),
        (ALT, "looks like alt.csv"), (b"\x1f\x8bdamaged", "cannot be read"), (b'36,"cut off', "not whole CSV"),
        (b" , ,\r\n,,\r\n", "no row"), (b"ent_num,name\r\n1,x\r\n", "lacks type"), (b"hello\r\n", "CSV edition"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_the_list_is_refused_with_what_to_do(files, content, words):
    with pytest.raises(InputError, match=words) as refused:
        load_ofac(*files(sdn=content))
    assert refused.value.hint


def test_no_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_ofac(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="folder"):
        load_ofac(tmp_path)


CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.lists(CELL, min_size=10, max_size=13), min_size=1, max_size=8))
def test_any_rows_are_accounted_for(rows, tmp_path_factory):
    rows = [["7", "NAME"] + ["-0-"] * 10, *rows]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = tmp_path_factory.mktemp("any") / "sdn.csv"
    path.write_bytes(text.getvalue().encode())
    load = load_ofac(path)
    assert load.read == load.accepted + load.rejected
    assert load.read == sum(any(cell.strip() for cell in row) for row in rows)
    assert len(by_entry(load)) == load.accepted


UN = """dataid,name,kind,aliases,weak,country
1,ERIC BADEGE,individual,Eric B.; E. Badege,Kiko,Rwanda
2,AL-SHABAAB,entity,,,
2,AGAIN,entity,,,
3,,entity,,,
4,a,b
"""
COLUMNS = ListColumns(
    name="name", entry_id="dataid", schema="kind", alias=("aliases",), weak_alias=("weak",), country="country"
)


def test_any_list_in_columns_is_read(tmp_path):
    path = tmp_path / "un.csv"
    path.write_text(UN, "utf-8")
    load = load_list_csv(path, "un", COLUMNS)
    assert [(r["entry_id"], r["name"], r["name_kind"], r["schema"]) for r in load.entries.to_pylist()] == [
        ("un:1", "ERIC BADEGE", "primary", "Person"), ("un:1", "Eric B.", "alias", "Person"),
        ("un:1", "E. Badege", "alias", "Person"), ("un:1", "Kiko", "weak_alias", "Person"),
        ("un:2", "AL-SHABAAB", "primary", "Organization"),
    ]  # fmt: skip
    assert (load.read, load.accepted, load.reasons) == (5, 2, {"double-entry": 1, "no-name": 1, "wrong-width": 1})
    assert load.addresses.column("country").to_pylist() == ["Rwanda"]


def test_a_list_without_ids_gets_lasting_ones(tmp_path):
    path = tmp_path / "dpl.csv"
    path.write_text("Name\nJANE ROE\nJOHN DOE\n")
    ids = load_list_csv(path, "dpl", ListColumns(name="Name")).entries.column("entry_id").to_pylist()
    path.write_text("Name\nNEW NAME\nJANE ROE\n")
    again = load_list_csv(path, "dpl", ListColumns(name="Name")).entries.column("entry_id").to_pylist()
    assert ids[0] == again[1]
    assert len({*ids, *again}) == 3


def test_an_unknown_column_or_name_of_a_list_is_refused(tmp_path):
    path = tmp_path / "un.csv"
    path.write_text(UN, "utf-8")
    with pytest.raises(UnknownName, match="Did you mean 'name'"):
        load_list_csv(path, "un", ListColumns(name="nmae"))
    with pytest.raises(InputError, match="letters, digits"):
        load_list_csv(path, "../un", COLUMNS)


def test_a_version_is_stored_once_and_sealed(workspace, files):
    load = load_ofac(*files(sdn=SDN, alt=ALT, add=ADD))
    first, second = store_list(workspace, load), store_list(workspace, load)
    assert (first["already_loaded"], second["already_loaded"]) == (False, True)
    (row,) = show_versions(workspace.store).to_pylist()
    assert (row["version"], row["entries"], row["names"], row["rejected"]) == (load.version, 4, 9, 1)
    (entry,) = workspace.ledger.entries("list-version")
    assert entry.body["sha256"] == load.sha256
    assert "GUZM" not in str(entry.body)
    assert workspace.store.rows("SELECT count(*) AS n FROM quarantine")[0]["n"] == 1
    assert show_entries(workspace.store, load.version[:4]).num_rows == 9


def test_what_changed_is_told_in_full(workspace, files):
    old = load_ofac(*files(sdn=SDN, alt=ALT, add=ADD))
    new_sdn = SDN.replace(b'"HERO II"', b'"HERO III"').replace(b'306,"BANCO', b'307,"BANCO')
    new = load_ofac(*files(sdn2=new_sdn, alt2=ALT, add2=ADD.replace(b"Havana", b"Habana")))
    store_list(workspace, old)
    store_list(workspace, new)
    changes = diff(workspace.store, old.version, new.version[:6]).to_pylist()
    assert [(c["change"], c["entry_id"], c["what"]) for c in changes] == [
        ("added", "ofac:307", ""), ("changed", "ofac:36", "addresses"), ("changed", "ofac:9", "names"),
        ("removed", "ofac:306", ""),
    ]  # fmt: skip
    assert diff(workspace.store, old.version, old.version).num_rows == 0


def test_a_version_is_named_by_its_beginning_and_only_where_that_is_clear(workspace, files):
    first = load_ofac(*files(sdn=SDN))
    store_list(workspace, first)
    assert find_version(workspace.store, "ofac-sdn@")["version"] == first.version
    store_list(workspace, load_ofac(*files(sdn2=SDN + b"\r\n")))
    with pytest.raises(UnknownName, match="list version"):
        find_version(workspace.store, "zz")
    with pytest.raises(InputError, match="2 list versions"):
        find_version(workspace.store, "ofac-sdn")


def test_real_editions_of_2019_and_2021(shared_data, workspace):
    editions = {}
    for year in ("2019", "2021"):
        load = load_ofac(*(shared_data / "parties" / f"ofac_{part}_{year}.csv.gz" for part in ("sdn", "alt", "add")))
        store_list(workspace, load)
        assert load.rejected == 0
        editions[year] = load.version
    counts = {}
    for row in diff(workspace.store, editions["2019"], editions["2021"]).to_pylist():
        counts[row["change"]] = counts.get(row["change"], 0) + 1
    # 836 rows of sdn.csv differ; six more entries differ in their aliases or addresses alone.
    assert counts == {"added": 1858, "removed": 261, "changed": 842}
