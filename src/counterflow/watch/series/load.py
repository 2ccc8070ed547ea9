"""Loading a file of counts: published form or mapping, read, aggregated, kept with its receipt."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.watch.series.csv_text import open_csv
from counterflow.watch.series.form_counts import read_counts
from counterflow.watch.series.form_events import read_events
from counterflow.watch.series.form_triangle import read_triangle
from counterflow.watch.series.kept import CountsReceipt, digest_of, keep
from counterflow.watch.series.mapping import FORMS, CountMapping, checked, mapping_of
from counterflow.watch.series.published import READERS
from counterflow.watch.series.reader import Options, Read

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["form_names", "load_file", "read_mapped"]

_READ = {"counts": read_counts, "events": read_events, "triangle": read_triangle, "line-list": read_triangle}
_CHUNK = 1 << 20
_SETTINGS = (
    "place", "level", "measure", "subject", "definition", "grain", "week", "date_format", "wide", "empty",
    "covers_from", "covers_to",
)  # fmt: skip


def form_names() -> list[str]:
    """Return the names that `--as` takes."""
    return sorted([*READERS, *FORMS])


def load_file(
    workspace: Workspace, path: Path, options: Options, *, form: str = "", mapping: CountMapping | None = None
) -> CountsReceipt:
    """Read a file and keep its counts.

    Args:
        workspace: where.
        path: the file.
        options: what a person says about it.
        form: name of a published form, or of one of ours where the file uses our names of columns.
        mapping: what its columns mean, where it does not.

    Raises:
        InputError: the file as a whole cannot be used. A bad row is refused and counted instead.
        UnknownName: no such form.
        UsageError: neither a form nor a mapping is given, or both.
    """
    if bool(form) == (mapping is not None):
        raise UsageError("Say what the file is.", hint="Give one of --as NAME and --mapping FILE.toml.")
    if mapping is None and form not in form_names():
        raise UnknownName("form", form, form_names())
    digest = _digest(path)
    known: dict[str, object] = {
        "form": form,
        "source": options.source,
        "as_of": options.as_of,
        "more": dict(options.more),
    }
    if mapping is None and form in READERS:
        read, how = READERS[form](path.read_bytes(), path.name, options), known
    else:
        mapping = _with_settings(mapping_of(form), options) if mapping is None else mapping
        read, how = read_mapped(path, mapping, options), known | {"mapping": mapping.as_how()}
    triangle = mapping is not None and mapping.form in ("triangle", "line-list")
    name = form or f"mapping:{mapping.form if mapping else ''}"
    adds = mapping is not None and mapping.adds
    digest = digest_of(digest, how)
    return keep(workspace, read, file=path.name, form=name, digest=digest, triangle=triangle, adds=adds)


def read_mapped(path: Path, mapping: CountMapping, options: Options) -> Read:
    """Read a file by a mapping, and keep nothing."""
    return _READ[mapping.form](open_csv(path, "a CSV with a header"), mapping, options)


def _with_settings(mapping: CountMapping, options: Options) -> CountMapping:
    """Return a mapping with what `--option` says: place, level, measure, subject, definition, grain …."""
    for name in options.more:
        if name not in _SETTINGS:
            raise UnknownName("option", name, _SETTINGS)
    said: dict[str, Any] = dict(options.more)
    return checked(f"--option of {mapping.form}", mapping, said)


def _digest(path: Path) -> str:
    made = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                made.update(chunk)
    except FileNotFoundError:
        raise InputError("There is no such file.", file=path.name, hint="Give the path of a file of counts.") from None
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.", file=path.name, hint="Give a file.") from error
    return made.hexdigest()
