"""A batch that a program sends: which mapping reads it, what form it has, and that it cannot swell on unpacking.

What is loaded is loaded by `intake.load`, as from the command line: the same content from the same source goes in
once, every row is accepted or in quarantine.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import ConfigError, InputError, UnknownName
from counterflow.store.workspace import Workspace

if TYPE_CHECKING:
    from counterflow.intake.mapping.model import Mapping
    from counterflow.intake.receipt import Receipt

__all__ = ["FORMS", "MOST_ROWS", "keep_mapping_text", "mapping_here", "mappings_here", "take_in"]

#: media type to the ending by which readers know the form
FORMS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/x-ndjson": ".ndjson",
    "application/jsonl": ".ndjson",
    "application/vnd.apache.arrow.stream": ".arrow",
    "application/vnd.apache.arrow.file": ".arrow",
    "application/vnd.apache.parquet": ".parquet",
    "application/edifact": ".edi",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/gzip": ".csv.gz",
}
#: rows of one batch; a larger one is sent in parts
MOST_ROWS = 2_000_000
#: how much larger than what was sent a packed file may become, once it is beyond `_ALWAYS`
_MOST_SWELLING = 100
_ALWAYS = 64 << 20
_BLOCK = 1 << 20
_KEPT_NAME = re.compile(r"[0-9a-f]{12}")
_SAYS_HOW = "docs/how-to/write-a-mapping.md says how one is written."
_AGAIN = "Send it unpacked, or in parts."


def mapping_here(workspace: Workspace, name: str) -> Mapping:
    """Return a mapping by the name of a shipped one, or by the id under which this workspace keeps it.

    Never a path: who sends a batch names no file of this machine.

    Raises:
        UnknownName: it is neither.
    """
    from counterflow.intake.mapping import find_mapping, shipped_names
    from counterflow.intake.mapping.parse import parse_mapping

    if name in shipped_names():
        return find_mapping(name)
    kept = workspace.path / "mappings" / f"{name}.toml"
    if not _KEPT_NAME.fullmatch(name) or not kept.is_file():
        raise UnknownName("mapping", name, [*shipped_names(), *_kept_ids(workspace)])
    return parse_mapping(kept.read_text("utf-8"), kept.name)


def mappings_here(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the mappings that a batch may name, shipped ones first."""
    from counterflow.intake.mapping import shipped_names

    shipped = [_told(name, mapping_here(workspace, name), kept=False) for name in shipped_names()]
    return shipped + [_told(name, mapping_here(workspace, name), kept=True) for name in _kept_ids(workspace)]


def keep_mapping_text(workspace: Workspace, text: str) -> dict[str, Any]:
    """Keep a mapping that was sent as TOML, and return what it is called here.

    Raises:
        InputError: it is not sound; names the line.
    """
    from counterflow.intake.load import keep_mapping
    from counterflow.intake.mapping.parse import parse_mapping

    try:
        mapping = parse_mapping(text, "the mapping")
    except ConfigError as error:
        # What was sent is wrong, not this installation.
        raise InputError(error.message, hint=error.hint or _SAYS_HOW) from error
    keep_mapping(workspace, mapping)
    return _told(mapping.sha256[:12], mapping, kept=True)


def take_in(workspace: Workspace, file: Path, mapping: Mapping, source: str | None) -> Receipt:
    """Load a batch that was received as `file`.

    Raises:
        InputError: it cannot be read, has no row or too many, or swells on unpacking.
        UsageError: nobody says who the records come from.
    """
    from counterflow.intake.load import load

    if file.suffix == ".arrow":
        file = _as_parquet(file)
    _refuse_swelling(file)
    try:
        return load(workspace, file, mapping, source=source, progress=_bounded(file))
    except ConfigError as error:
        # The mapping is sound, and it does not fit this file: the sender's to mend, not the installation's.
        raise InputError(error.message, hint=error.hint, file=file.name) from error


def _bounded(file: Path) -> Callable[[int], None]:
    def look(rows: int) -> None:
        if rows > MOST_ROWS:
            raise _too_many(file)

    return look


def _too_many(file: Path) -> InputError:
    return InputError(f"It has more than {MOST_ROWS:,} rows.", hint="Send it in parts.", file=file.name)


def _as_parquet(file: Path) -> Path:
    """Write an Arrow file or stream as Parquet, which the readers read; bounded while it is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = file.with_suffix(".parquet")
    allowed = _allowed(file)
    rows = size = 0
    try:
        with pa.memory_map(str(file)) as mapped:
            head = mapped.read(6)
            mapped.seek(0)
            batches = pa.ipc.open_file(mapped) if head == b"ARROW1" else pa.ipc.open_stream(mapped)
            with pq.ParquetWriter(made, batches.schema) as writer:
                count = getattr(batches, "num_record_batches", None)
                each = (batches.get_batch(i) for i in range(count)) if count is not None else iter(batches)
                for batch in each:
                    rows, size = rows + batch.num_rows, size + batch.nbytes
                    if rows > MOST_ROWS:
                        raise _too_many(file)
                    if size > allowed:
                        raise _swells(file)
                    batch.validate(full=True)
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise InputError(
            f"This is no whole Arrow file or stream: {said}.",
            hint="It may have been cut off on its way; send it again.",
            file=file.name,
        ) from error
    return made


def _refuse_swelling(file: Path) -> None:
    """Refuse what is small to send and would fill the machine."""
    allowed = _allowed(file)
    with file.open("rb") as data:
        head = data.read(4)
    if head.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(file) as packed:
                size = sum(entry.file_size for entry in packed.infolist())
        except (zipfile.BadZipFile, OSError) as error:
            raise InputError(f"This is no whole workbook: {error}.", hint=_AGAIN, file=file.name) from error
        if size > allowed:
            raise _swells(file)
    elif head == b"PAR1":
        _refuse_swelling_parquet(file, allowed)
    elif file.suffix == ".gz":
        _refuse_swelling_gzip(file, allowed)


def _refuse_swelling_parquet(file: Path, allowed: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        told = pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return  # the reader says what is wrong with it
    if told.num_rows > MOST_ROWS:
        raise _too_many(file)
    if sum(told.row_group(i).total_byte_size for i in range(told.num_row_groups)) > allowed:
        raise _swells(file)


def _refuse_swelling_gzip(file: Path, allowed: int) -> None:
    size = 0
    try:
        with gzip.open(file) as data:
            while block := data.read(_BLOCK):
                size += len(block)
                if size > allowed:
                    raise _swells(file)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"It cannot be unpacked: {error}.", hint=_AGAIN, file=file.name) from error


def _allowed(file: Path) -> int:
    return max(_ALWAYS, _MOST_SWELLING * file.stat().st_size)


def _swells(file: Path) -> InputError:
    return InputError("Unpacked, it is far larger than what was sent.", hint=_AGAIN, file=file.name)


def _kept_ids(workspace: Workspace) -> list[str]:
    folder = workspace.path / "mappings"
    found = folder.glob("*.toml") if folder.is_dir() else ()
    return sorted(path.stem for path in found if _KEPT_NAME.fullmatch(path.stem))


def _told(name: str, mapping: Mapping, *, kept: bool) -> dict[str, Any]:
    return {
        "mapping": name, "name": mapping.name, "version": mapping.version, "title": mapping.title,
        "table": mapping.table, "fields": len(mapping.fields), "source": mapping.source, "kept": kept,
        "synthetic": mapping.synthetic,
    }  # fmt: skip
