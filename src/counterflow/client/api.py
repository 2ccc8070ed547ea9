"""The client: what programs do most, typed; and `get`, `post`, `pages` for every other endpoint."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast
from urllib.parse import quote, urlencode

from counterflow import __version__
from counterflow.client.problem import Unreachable, problem_of
from counterflow.client.shapes import Finding, Load, Plan, PlanMade, Receipt, Record, Screened
from counterflow.client.transport import Answer, Asked, HttpTransport, Transport
from counterflow.core.errors import UsageError

__all__ = ["Client"]

MOST_AT_ONCE = 10_000
_FORMS = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".arrow": "application/vnd.apache.arrow.file",
    ".arrows": "application/vnd.apache.arrow.stream",
    ".parquet": "application/vnd.apache.parquet",
    ".edi": "application/edifact",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".gz": "application/gzip",
}
Value = str | int | float | bool | None


class Client:
    """Asks a server of Counterflow.

    Args:
        address: `https://name:port`, or `http://127.0.0.1:port` on this machine.
        token: a token of `counterflow access add-token`; "" where this machine's own user is let in.
        tries: how often a request is sent at most, where the server is busy or no answer came. A change is only sent
            again because it carries a key under which the server does it once.
        seconds: how long to wait for an answer.
        authority: file of the certificates that are trusted; those of the system where not given.
        transport: sends the requests; HTTP where not given.
        sleep: waits between tries.

    Raises:
        UsageError: the address would send the token in the clear, or is none.
    """

    def __init__(
        self,
        address: str,
        token: str = "",
        *,
        tries: int = 4,
        seconds: float = 300.0,
        authority: str | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport or HttpTransport(address, seconds=seconds, authority=authority)
        self._headers = {"Accept": "application/json", "User-Agent": f"counterflow-client/{__version__}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._tries, self._sleep = max(tries, 1), sleep

    def load(
        self, file: Path | bytes, *, mapping: str, source: str | None = None, form: str = "", key: str = ""
    ) -> Receipt:
        """Load a batch and return its receipt; the same content from the same source goes in once.

        Args:
            file: a file, or the content itself.
            mapping: name of a mapping that the server has.
            source: who the records come from; the mapping's own where not given.
            form: media type, as `text/csv`; by the file's name where not given.
            key: idempotency key; a fresh one where not given.

        Raises:
            Problem: the server refused it; says what to do.
            UsageError: neither name nor `form` says what it is.
        """
        kind = form or _form_of(file)
        name = file.name if isinstance(file, Path) else ""
        target = _target("/v1/intake", {"mapping": mapping, "source": source, "name": name or None})
        headers = {"Content-Type": kind, "Idempotency-Key": key or uuid.uuid4().hex}
        if isinstance(file, Path):
            with file.open("rb") as body:
                return cast("Receipt", self._told(Asked("POST", target, self._headers | headers, body)))
        return cast("Receipt", self._told(Asked("POST", target, self._headers | headers, file)))

    def screen(self, records: Iterable[Mapping[str, Any]]) -> Iterator[Screened]:
        """Screen records without their being kept; yield an answer for each 10,000 of them, in order.

        Args:
            records: fields of `RecordSent` in the API document: `record_id`, `goods`, `parties` and so on.

        Raises:
            Problem: the server refused some; those before were answered.
        """
        rest = iter(records)
        while portion := list(islice(rest, MOST_AT_ONCE)):
            yield cast("Screened", self.post("/v1/screen", {"records": portion}))

    def records(self, **narrowed: Value) -> Iterator[Record]:
        """Yield records, newest first; filters are those of `GET /v1/records` (`lane=`, `since=`, `code=` …)."""
        return cast("Iterator[Record]", self.pages("/v1/records", **narrowed))

    def record(self, source: str, record_id: str) -> dict[str, Any]:
        """Return one record with all that concerns it."""
        return self.get(f"/v1/records/{_part(source)}/{_part(record_id)}")

    def findings(self, **narrowed: Value) -> Iterator[Finding]:
        """Yield findings by source and record; filters are those of `GET /v1/findings`."""
        return cast("Iterator[Finding]", self.pages("/v1/findings", **narrowed))

    def loads(self, source: str | None = None) -> Iterator[Load]:
        """Yield what was loaded, oldest first."""
        return cast("Iterator[Load]", self.pages("/v1/loads", source=source))

    def plans(self) -> Iterator[Plan]:
        """Yield plans in the order they were made."""
        return cast("Iterator[Plan]", self.pages("/v1/plans"))

    def plan(
        self, capacity: str, start: str, end: str, *, random_share: float | None = None, seed: int | None = None
    ) -> PlanMade:
        """Choose what to inspect within a capacity (CSV text) from `start` to `end` (YYYY-MM-DD, both included)."""
        asked = {"capacity": capacity, "start": start, "end": end, "random_share": random_share, "seed": seed}
        return cast("PlanMade", self.post("/v1/plans", {k: v for k, v in asked.items() if v is not None}))

    def get(self, path: str, **asked: Value) -> dict[str, Any]:
        """Ask any endpoint; `asked` is its query."""
        return self._told(Asked("GET", _target(path, asked), self._headers))

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str = "") -> dict[str, Any]:
        """Send a change to any endpoint; under `key`, or a fresh one, it is done once however often it is sent."""
        headers = self._headers | {"Idempotency-Key": key or uuid.uuid4().hex}
        if body is None:
            return self._told(Asked("POST", path, headers))
        headers |= {"Content-Type": "application/json"}
        return self._told(Asked("POST", path, headers, json.dumps(body, ensure_ascii=False, default=str).encode()))

    def pages(self, path: str, **asked: Value) -> Iterator[dict[str, Any]]:
        """Yield the items of any list, page after page."""
        cursor = ""
        while True:
            page = self.get(path, **asked, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"] or ""
            if not cursor:
                return

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _told(self, asked: Asked) -> dict[str, Any]:
        answer = self._answer(asked)
        if not 200 <= answer.status < 300:
            raise problem_of(answer.status, answer.body)
        found = json.loads(answer.body)
        return cast("dict[str, Any]", found)

    def _answer(self, asked: Asked) -> Answer:
        """Send until an answer comes that is not "try again", at most `tries` times."""
        for left in range(self._tries - 1, -1, -1):
            if hasattr(asked.body, "seek"):
                cast("BinaryIO", asked.body).seek(0)
            wait = 2.0 ** (self._tries - 1 - left) / 2
            try:
                answer = self._transport.send(asked)
            except Unreachable:
                if not left:
                    raise
            else:
                if answer.status not in {429, 503} or not left:
                    return answer
                wait = _seconds(answer.headers.get("retry-after", ""), wait)
            self._sleep(wait)
        raise AssertionError("a request is sent at least once")


def _seconds(text: str, otherwise: float) -> float:
    return min(float(text), 60.0) if text.isdecimal() else otherwise


def _target(path: str, asked: Mapping[str, Value]) -> str:
    """Return path and query; what is None is left out.

    >>> _target("/v1/records", {"lane": "air mail", "code": None, "limit": 5})
    '/v1/records?lane=air+mail&limit=5'
    """
    given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in asked.items()}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return f"{path}?{query}" if query else path


def _part(text: str) -> str:
    return quote(text, safe="")


def _form_of(file: Path | bytes) -> str:
    known = _FORMS.get(file.suffix.lower()) if isinstance(file, Path) else None
    if known is None:
        raise UsageError(
            "Nothing says what kind of file this is.", hint=f"Give form=, one of {', '.join(_FORMS.values())}."
        )
    return known
