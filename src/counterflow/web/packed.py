"""Styles, scripts, fonts and outlines, sent packed where the browser takes that.

Only these: they hold nothing secret. A page that holds the mark of a session beside text that the visitor chose would
tell that mark by its packed length (BREACH, 2013), so pages go unpacked.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

__all__ = ["PackedFiles"]

_PACKS_WELL = frozenset({".css", ".js", ".json", ".svg", ".html", ".txt"})
_LEAST_BYTES = 1000
_LEVEL = 9


class PackedFiles(StaticFiles):
    """A folder of files that do not change while the server runs; each is packed once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)
        self._packed: dict[tuple[str, float], bytes] = {}

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return a file, packed where that helps and is asked for."""
        plain = super().file_response(full_path, stat_result, scope, status_code)
        path, asked = Path(full_path), Headers(scope=scope)
        if path.suffix not in _PACKS_WELL or stat_result.st_size < _LEAST_BYTES:
            return plain
        plain.headers["vary"] = "accept-encoding"
        if isinstance(plain, NotModifiedResponse) or "gzip" not in asked.get("accept-encoding", ""):
            return plain
        key = str(full_path), stat_result.st_mtime
        if key not in self._packed:
            self._packed[key] = gzip.compress(path.read_bytes(), _LEVEL, mtime=0)
        packed = Response(self._packed[key], status_code, media_type=plain.media_type)
        for name in ("etag", "last-modified", "vary"):
            packed.headers[name] = plain.headers[name]
        packed.headers["content-encoding"] = "gzip"
        return packed
