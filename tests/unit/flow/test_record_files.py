"""Files beside a record: what is taken, what is refused in words, what goes when the record is erased."""

import stat

import pytest
from tests.unit.flow.test_queue import load

from counterflow.core.clock import fixed_clock
from counterflow.core.errors import AccessError, InputError, UnknownName, WorkspaceError
from counterflow.flow import record_files as files
from counterflow.store.erasure import erase_before, erase_records
from counterflow.store.record_file_payloads import sweep_files
from counterflow.store.workspace import Workspace

CLOCK = fixed_clock("2026-03-09T12:00:00Z")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
BY = {"person": "dpo", "ground": "request"}


@pytest.fixture
def workspace(tmp_path):
    with Workspace(Workspace.create(tmp_path / "w", clock=CLOCK), clock=CLOCK) as opened:
        load(opened, "b1", ["A/1", "A2"])
        yield opened


@pytest.fixture
def add(workspace, tmp_path):
    def put(content=PNG, name="parcel.png", record="A/1", person="Ana Analyst", words="the seal is broken"):
        file = tmp_path / "came"
        file.write_bytes(content)
        return files.add_file(workspace, "post", record, file, name, person=person, words=words)

    return put


def on_disk(workspace):
    folder = workspace.path / "files"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_comes_back_as_it_came_under_a_name_of_ours(workspace, add):
    row = add(name="../../etc/Röntgen.PNG")
    assert (row["name"], row["kind"], row["size"]) == ("Röntgen.PNG", "image/png", len(PNG))
    assert files.file_of(workspace, row["file"]).content == PNG
    (stored,) = on_disk(workspace)
    assert "ntgen" not in stored
    assert stat.S_IMODE((workspace.path / "files" / stored).stat().st_mode) == 0o600
    assert [one["file"] for one in files.files_of(workspace.store, "post", "A/1")] == [row["file"]]
    assert files.files_of(workspace.store, "post", "A2") == []
    (entry,) = workspace.ledger.entries("record-file")
    said = str(entry.body)
    assert entry.body["file"] == row["file"]
    assert not any(word in said for word in ("ntgen", "Analyst", "seal"))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"<!doctype html><script>alert(1)</script>", "page.html", "not taken"),
        (b"\xef\xbb\xbf \n<HTML><body>", "note.txt", "its bytes do not"),
        (b"<?xml version='1.0'?><svg>", "rows.csv", "its bytes do not"),
        (b"MZ\x90\x00\x03", "sheet.pdf", "its bytes do not"),
        (PNG, "sheet.pdf", "its bytes say image/png"),
        (b"%PDF-1.7 ...", "parcel.jpg", "its bytes say application/pdf"),
        (b"a\0b", "note.txt", "its bytes do not"),
        (PNG, "parcel", "not taken"),
        (PNG, "parcel.png.exe", "not taken"),
        (b"", "parcel.png", "empty"),
    ],
    ids=[
        "html",
        "html-as-text",
        "svg-as-csv",
        "program",
        "png-as-pdf",
        "pdf-as-jpg",
        "nul",
        "no-ending",
        "exe",
        "none",
    ],
)
def test_other_kinds_are_refused_in_words(content, name, said):
    with pytest.raises(InputError, match=said):
        files.kind_of(name, content)


def test_plain_text_and_tables_are_taken_in_their_own_letters():
    assert files.kind_of("labor.csv", "Stoff;µg\nFentanyl;3\n".encode("cp1252")) == "text/csv"
    assert files.kind_of("labor.TXT", "Fentanyl 3 µg".encode()) == "text/plain"


def test_what_is_refused_leaves_nothing(workspace, add):
    with pytest.raises(InputError, match="its bytes do not"):
        add(b"<html>", "page.png")
    assert on_disk(workspace) == []
    assert files.files_of(workspace.store, "post", "A/1") == []


def test_too_large_too_many_too_long_and_no_record_are_refused(workspace, add, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 60)
    with pytest.raises(files.FileTooLarge, match="61 bytes"):
        add(PNG + b"\0" * 13)
    with pytest.raises(UnknownName):
        add(record="A9")
    with pytest.raises(InputError, match="do not fit"):
        add(words="x" * 1001)
    monkeypatch.setattr(files, "MOST_FILES", 1)
    add()
    with pytest.raises(InputError, match="at most 1 files"):
        add()
    assert len(on_disk(workspace)) == 1


def test_only_its_person_takes_a_file_back_and_its_bytes_go(workspace, add):
    row = add()
    with pytest.raises(AccessError):
        files.take_back(workspace, row["file"], person="Bo Other", ground="it is not mine")
    with pytest.raises(InputError):
        files.take_back(workspace, row["file"], person="Ana Analyst", ground="no")
    gone = files.take_back(workspace, row["file"], person="ana analyst", ground="it shows another parcel")
    assert gone["ground"] == "it shows another parcel"
    assert on_disk(workspace) == []
    for ask in (files.file_of, lambda w, f: files.take_back(w, f, person="Ana Analyst", ground="once more, please")):
        with pytest.raises(UnknownName):
            ask(workspace, row["file"])
    assert [entry.body["act"] for entry in workspace.ledger.entries("record-file")] == ["added", "taken-back"]


def test_erasing_a_record_takes_its_files_even_those_that_came_after_an_erasure(workspace, add):
    kept = add(record="A2")
    for _ in range(2):
        row = add()
        assert erase_records(workspace, "post", ["A/1"], **BY) == 1
        assert files.files_of(workspace.store, "post", "A/1") == []
        with pytest.raises(UnknownName):
            files.file_of(workspace, row["file"])
        assert len(on_disk(workspace)) == 1
    told = workspace.store.rows("SELECT name, words, person, sha256, stored FROM record_file WHERE record_id = 'A/1'")
    assert {tuple(one.values()) for one in told} == {("[erased]", "[erased]", "[erased]", "", "")}
    salts = workspace.store.rows("SELECT record_id FROM payload WHERE source = 'record-file' AND salt IS NOT NULL")
    assert [one["record_id"] for one in salts] == [kept["file"]]
    assert erase_before(workspace, CLOCK().date(), **BY) == 1
    assert on_disk(workspace) == []


def test_a_file_alone_is_erased_by_its_id(workspace, add):
    row, other = add(), add()
    erase_records(workspace, "record-file", [row["file"]], **BY)
    assert [one["file"] for one in files.files_of(workspace.store, "post", "A/1")] == [other["file"]]
    assert len(on_disk(workspace)) == 1


def test_bytes_go_only_once_the_erasure_is_kept(workspace, add):
    row = add()
    with pytest.raises(RuntimeError), workspace.store.transaction():
        erase_records(workspace, "post", ["A/1"], **BY)
        assert len(on_disk(workspace)) == 1
        raise RuntimeError
    assert files.file_of(workspace, row["file"]).content == PNG


def test_what_a_crash_left_behind_goes_at_the_next_opening(workspace, add):
    row = add()
    (workspace.path / "files" / "0123.part").write_bytes(b"half")
    (workspace.path / "files" / "4567").write_bytes(PNG)
    path = workspace.path
    workspace.close()
    with Workspace(path, clock=CLOCK) as again:
        assert files.file_of(again, row["file"]).content == PNG
        assert len(on_disk(again)) == 1
        assert sweep_files(path, again.store) == 0


def test_bytes_that_are_not_those_that_were_added_are_not_given(workspace, add):
    row = add()
    (stored,) = on_disk(workspace)
    (workspace.path / "files" / stored).write_bytes(PNG + b"!")
    with pytest.raises(WorkspaceError, match="not those"):
        files.file_of(workspace, row["file"])
    (workspace.path / "files" / stored).unlink()
    with pytest.raises(WorkspaceError, match="not those"):
        files.file_of(workspace, row["file"])
