"""`/v1/intake`, `/v1/loads`, `/v1/mappings`: batches in, with a receipt; what came in before; how files are read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of
from counterflow.api.sent import NotOfThisKind, sent
from counterflow.api.shapes import shape
from counterflow.core.tables import BATCH
from counterflow.flow.batch_intake import FORMS, keep_mapping_text, mapping_here, mappings_here, take_in
from counterflow.flow.loads import load_named, loads_of
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import Received, received
from counterflow.web.visitor import Visitor, needs

__all__ = ["MOST_BYTES", "router"]

router = APIRouter(prefix=PREFIX, tags=["intake"])

#: bytes of one batch as sent
MOST_BYTES = 256 << 20

Name = Annotated[str, Query(max_length=200, min_length=1)]
_FILE = {"schema": {"type": "string", "format": "binary"}}
_TAKEN = {
    "requestBody": {
        "required": True,
        "content": {
            **dict.fromkeys(FORMS, _FILE),
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE["schema"]}}
            },
        },
    }
}


class ReceiptTold(BaseModel):
    """The answer to a batch: read = accepted + rejected, always."""

    batch: str = Field(description="id of the load; the same content from the same source has the same")
    source: str = Field(description="who the records come from")
    file: str = Field(description="name of the file")
    mapping: str = Field(description="name, version and digest of the mapping")
    read: int = Field(description="rows read")
    accepted: int = Field(description="rows taken")
    rejected: int = Field(description="rows in quarantine")
    reasons: dict[str, int] = Field(description="reason to count of refused rows")
    warnings: dict[str, int] = Field(description="what was blanked, kept or repaired, to count")
    records: int = Field(description="records written; fewer than accepted where one stands on several rows")
    unused: list[str] = Field(description="columns that the mapping does not use")
    withheld: list[str] = Field(description="label columns that were left out")
    synthetic: bool = Field(description="the mapping says that nobody ever sent these records")
    already_loaded: bool = Field(description="the same content was in before; nothing was added")


LoadRow = shape(
    "LoadRow",
    BATCH,
    [name for name in BATCH.names if name not in {"reasons", "tables"}],
    reasons=(dict[str, int], "reason to count of refused rows"),
    tables=(dict[str, int], "table to rows written"),
    open=(int, "refused rows that still wait"),
    reloaded=(int, "refused rows that were mended and loaded"),
    discarded=(int, "refused rows that were given up, with a ground"),
)


class MappingRow(BaseModel):
    """A mapping that a batch may name."""

    mapping: str = Field(description="what to name it in `/v1/intake`")
    name: str
    version: str
    title: str
    table: str = Field(description="what a row becomes: consignment, crossing, order, customer, stock")
    fields: int = Field(description="fields that it feeds")
    source: str | None = Field(description="who the records come from, where the mapping says so")
    kept: bool = Field(description="kept by this workspace; the others come with the program")
    synthetic: bool = Field(description="it says that nobody ever sent these records")


class MappingSent(BaseModel):
    """A mapping to be kept here."""

    toml: str = Field(min_length=1, max_length=200_000, description="the mapping, as docs/how-to/write-a-mapping.md")


@router.post("/intake", response_model=ReceiptTold, openapi_extra=_TAKEN)
@takes(MOST_BYTES)
async def take_batch(
    request: Request,
    who: Annotated[Visitor, needs("intake", "act")],
    mapping: Name,
    source: Annotated[str | None, Query(max_length=64, min_length=1)] = None,
    name: Annotated[str, Query(max_length=200)] = "",
    key: Key = "",
) -> JSONResponse:
    """Load a batch: NDJSON, CSV, Arrow, Parquet, EDIFACT or XLSX as the body, or as `file` of a form.

    Every row is accepted or in quarantine with its reason; the same content from the same source goes in once.
    """
    site = site_of(request)
    found = await run_in_threadpool(mapping_here, site.workspace, mapping)
    ending = _ending_of(request)
    async with received(request, most_bytes=MOST_BYTES, name=_named(name, ending)) as file:
        return await run_in_threadpool(_load, request, who, file, found, mapping, source, key)


def _load(
    request: Request, who: Visitor, file: Received, found: Any, mapping: str, source: str | None, key: str
) -> JSONResponse:
    digest = digest_of(mapping, source or "", file.path.name, file.path.read_bytes()) if key else ""
    return once(
        request,
        site_of(request),
        who,
        key,
        digest,
        lambda workspace: take_in(workspace, file.path, found, source).as_dict(),
    )


def _ending_of(request: Request) -> str:
    """Return the ending of what is sent, by its content type; "" for a form, whose file has a name."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return ""
    if kind not in FORMS:
        raise NotOfThisKind(
            "Batches of this kind are not taken.", hint=f"Send one of: {', '.join(FORMS)}.", value=kind or "nothing"
        )
    return FORMS[kind]


def _named(name: str, ending: str) -> str:
    """Return the name under which a body is kept while it is read: its form is what the content type says."""
    stem = name.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    return f"{stem[:100] or 'batch'}{ending}"


@router.get("/loads", response_model=Page[LoadRow])  # type: ignore[valid-type]
def list_loads(
    request: Request,
    who: Annotated[Visitor, needs("coverage", "read")],
    source: Annotated[str | None, Query(max_length=64, min_length=1)] = None,
    limit: Limit = 100,
    cursor: Cursor = "",
) -> JSONResponse:
    """List what was loaded, oldest first: read = accepted + rejected, and how the rejected rows stand today."""
    del who
    rows = loads_of(site_of(request).workspace.store, source)
    return page_of(
        rows,
        lambda row: (row["received_at"].isoformat(), row["source"], row["batch"]),
        limit,
        cursor,
        list_of("loads", source=source),
    )


@router.get("/loads/{batch}", response_model=LoadRow)
def show_load(
    request: Request,
    who: Annotated[Visitor, needs("coverage", "read")],
    batch: Annotated[str, Path(max_length=200)],
) -> JSONResponse:
    """Give one load."""
    del who
    return JSONResponse(load_named(site_of(request).workspace.store, batch))


@router.get("/mappings", response_model=Page[MappingRow])
def list_mappings(
    request: Request, who: Annotated[Visitor, needs("intake", "read")], limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List the mappings that a batch may name."""
    del who
    rows = mappings_here(site_of(request).workspace)
    return page_of(rows, lambda row: (row["mapping"],), limit, cursor, list_of("mappings"))


@router.get("/mappings/{mapping}")
def show_mapping(
    request: Request,
    who: Annotated[Visitor, needs("intake", "read")],
    mapping: Annotated[str, Path(max_length=200)],
) -> MappingSent:
    """Give a mapping as TOML."""
    del who
    return MappingSent(toml=mapping_here(site_of(request).workspace, mapping).text)


@router.post("/mappings", response_model=MappingRow)
def keep_one(
    request: Request,
    who: Annotated[Visitor, needs("intake", "act")],
    told: Annotated[MappingSent, sent(MappingSent)],
    key: Key = "",
) -> JSONResponse:
    """Keep a mapping; batches then name it by `mapping` of the answer."""
    return once(request, site_of(request), who, key, digest_of(told.toml), lambda w: keep_mapping_text(w, told.toml))
