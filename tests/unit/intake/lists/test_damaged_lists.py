"""A damaged list of any format is read as far as it is whole, or refused in words; never anything else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import CounterflowError
from counterflow.intake.lists import ListColumns, load_bis, load_ftm, load_list_csv, load_ofac, load_ofac_xml, load_un

from .conftest import un_xml
from .test_bis import ASH, HEAD, NEVER
from .test_ftm import COMPANY, PARTS, PERSON
from .test_lists import ALT, SDN
from .test_un import ENTITY
from .test_un import PERSON as UN_PERSON
from .test_xml_file import ENTRY, VESSEL
from .test_xml_file import SDN as SDN_XML

FORMATS = {
    "un": (un_xml(UN_PERSON, ENTITY).encode(), load_un),
    "ofac-xml": (SDN_XML.format(count=2, entries=ENTRY + VESSEL).encode(), load_ofac_xml),
    "bis": ((HEAD + ASH + NEVER).encode(), load_bis),
    "ftm": ((PARTS + PERSON + COMPANY).encode(), lambda path: load_ftm(path, "x")),
    "ofac": (SDN, load_ofac),
    "ofac aliases as the list": (ALT, load_ofac),
    "csv": (b"id;name;alias\n1;Jane Roe;J. Roe\n2;Acme;\n",
            lambda path: load_list_csv(path, "x", ListColumns(name="name", entry_id="id", alias=("alias",)))),
}  # fmt: skip
EDIT = st.tuples(
    st.floats(0, 1), st.sampled_from(["cut", "drop", "put", "double"]),
    st.binary(max_size=4) | st.sampled_from([b"<", b">", b"&", b'"', b"\0", b"\xff", b"\x1a", b"]]>", b"&amp;", b"\n"]),
)  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_damage_ends_in_words_or_in_counted_rows(name, edits, tmp_path_factory):
    content, load = FORMATS[name]
    for where, how, what in edits:
        place = int(where * len(content))
        if how == "cut":
            content = content[:place]
        elif how == "drop":
            content = content[:place] + content[place + 7 :]
        else:
            content = content[:place] + what + (content[place:] if how == "put" else content[max(0, place - 50) :])
    path = Path(tmp_path_factory.mktemp("any")) / "list"
    path.write_bytes(content)
    read, hint = None, ""
    try:
        read = load(path)
    except CounterflowError as refused:
        hint = refused.hint
    if read is None:
        assert hint
        return
    assert read.read == read.accepted + read.rejected
    assert read.entries.num_rows
    assert all(row["reason"] and row["hint"] for row in read.refused.to_pylist())
