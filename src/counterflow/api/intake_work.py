"""`/v1/quarantine` and `/v1/uploads`: refused rows mended and in again; files of unknown columns, and their answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from counterflow.api.idempotency import Key, digest_of, once
from counterflow.api.intake import ReceiptTold
from counterflow.api.openapi import PREFIX
from counterflow.api.paging import Cursor, Limit, Page, list_of, page_of, read_cursor, write_cursor
from counterflow.api.paging import answer as page_answer
from counterflow.api.sent import sent
from counterflow.flow import quarantine_desk as desk
from counterflow.flow.answer_of_load import answer_of_load
from counterflow.flow.upload_columns import Asked, look_at
from counterflow.flow.upload_take import look_up_names, take
from counterflow.flow.uploads import MOST_BYTES, find_held, hold, let_go
from counterflow.intake.quarantine import discard
from counterflow.report.rows import plain
from counterflow.store.workspace import Workspace
from counterflow.web.limits import takes
from counterflow.web.site import site_of
from counterflow.web.uploads import received
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, tags=["intake"])

_Text = Annotated[str, Query(max_length=200)]
_Needed = Annotated[str, Query(min_length=1, max_length=200)]
_Upload = Annotated[str, Path(max_length=40, pattern="^[0-9a-f]{24}$", description="id of a file that waits")]
_Source = Annotated[str, Field(min_length=1, max_length=64)]
_Cell = Annotated[str, Field(max_length=100_000)]
_Rows = Literal["consignment", "order", "customer", "stock", "party"]


class RefusedFault(BaseModel):
    """Open refused rows that share source, column and reason."""

    source: str
    column: str = Field(description="column at fault; empty where the row itself is")
    reason: str
    rows: int
    mendable: bool = Field(description="whether a mapping reads them, so that they can be mended here")


class RowMended(BaseModel):
    """One refused row with other cells."""

    model_config = ConfigDict(extra="forbid")

    source: _Source
    batch: str = Field(min_length=1, max_length=200)
    row: int = Field(ge=0, le=10**12)
    cells: dict[str, _Cell] = Field(min_length=1, max_length=2_000, description="column to what stands there now")


class ValuesMended(BaseModel):
    """Values of one fault, and what stands instead."""

    model_config = ConfigDict(extra="forbid")

    source: _Source
    column: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=200)
    batch: str = Field("", max_length=200, description="only rows of this load")
    instead: dict[str, _Cell] = Field(min_length=1, max_length=1_000, description='value to its successor; "" empties')


class RowsGivenUp(BaseModel):
    """Refused rows that cannot be mended."""

    model_config = ConfigDict(extra="forbid")

    ground: str = Field(min_length=1, max_length=500, description="why; goes into the ledger: name nobody")
    source: str = Field("", max_length=64)
    batch: str = Field("", max_length=200)
    reason: str = Field("", max_length=200)
    rows: list[Annotated[int, Field(ge=0, le=10**12)]] = Field(default_factory=list, max_length=10_000)


class ColumnsConfirmed(BaseModel):
    """What the columns of a file are."""

    model_config = ConfigDict(extra="forbid")

    rows: _Rows = Field(description="what a row is")
    columns: dict[str, Annotated[str, Field(max_length=100)]] = Field(
        min_length=1, max_length=2_000, description="column to field; a column that is left out is not loaded"
    )
    days: dict[str, Annotated[str, Field(max_length=40)]] = Field(
        default_factory=dict, max_length=200, description="column to the format of its days, as %d/%m/%Y"
    )
    for_all: dict[str, Annotated[str, Field(max_length=100)]] = Field(
        default_factory=dict, max_length=10, description="field to what it holds in every row"
    )
    source: str = Field("", max_length=64, description="who the records come from; the file's name if left out")
    sheet: str = Field("", max_length=100)
    skip_lines: int = Field(0, ge=0, le=1000)
    encoding: str = Field("", max_length=40)

    def asked(self) -> Asked:
        """Return it as the flow takes it."""
        return Asked(self.rows, self.sheet, self.skip_lines, self.encoding, self.columns, self.days, self.for_all,
                     self.source)  # fmt: skip


# -- quarantine -------------------------------------------------------------------------------------------------------


@router.get("/quarantine/faults", response_model=Page[RefusedFault], dependencies=[needs("quarantine")])
def faults(
    request: Request, source: _Text = "", batch: _Text = "", limit: Limit = 100, cursor: Cursor = ""
) -> JSONResponse:
    """List what is wrong with the rows that wait, by source, column and reason."""
    rows = desk.groups(site_of(request).workspace, source=source, batch=batch)
    told = [{name: row[name] for name in ("source", "column", "reason", "rows", "mendable")} for row in rows]
    of = list_of("faults", source=source, batch=batch)
    return page_of(told, lambda row: (row["source"], row["column"], row["reason"]), limit, cursor, of)


@router.get("/quarantine/rows", response_model=Page[dict[str, Any]])
def rows(
    request: Request,
    who: Annotated[Visitor, needs("quarantine")],
    source: _Needed,
    reason: _Needed,
    column: _Text = "",
    batch: _Text = "",
    cursor: Cursor = "",
) -> JSONResponse:
    """List the rows of one fault, 50 at a time, with every cell as it was read."""
    of = list_of("quarantine", source=source, reason=reason, column=column, batch=batch)
    after = read_cursor(cursor, of, (str, int)) or ("", 0)
    workspace = site_of(request).workspace
    found = desk.page_of_rows(workspace, source, column, reason, batch=batch, after=(str(after[0]), int(after[1])))
    shown = found[: desk.MOST_ROWS]
    who.saw([f"{row['source']}/{row['batch']}/{row['row']}" for row in shown])
    more = len(found) > desk.MOST_ROWS
    return page_answer(shown, write_cursor(of, (shown[-1]["batch"], shown[-1]["row"])) if more else None)


@router.post("/quarantine/row", response_model=ReceiptTold)
def mend_row(
    request: Request,
    who: Annotated[Visitor, needs("quarantine", "act")],
    told: Annotated[RowMended, sent(RowMended)],
    key: Key = "",
) -> JSONResponse:
    """Load one row again as it was mended; the answer is the receipt of that load."""
    return once(
        request, site_of(request), who, key, digest_of(told.model_dump_json()),
        lambda w: desk.mend_row(w, told.source, told.batch, told.row, told.cells).as_dict(),
    )  # fmt: skip


@router.post("/quarantine/values", response_model=ReceiptTold)
def mend_values(
    request: Request,
    who: Annotated[Visitor, needs("quarantine", "act")],
    told: Annotated[ValuesMended, sent(ValuesMended)],
    key: Key = "",
) -> JSONResponse:
    """Load every row of a fault again whose value has a successor."""

    def mend(workspace: Workspace) -> dict[str, Any]:
        done = desk.mend_values(workspace, told.source, told.column, told.reason, told.instead, batch=told.batch)
        return done.as_dict()

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), mend)


@router.post("/quarantine/discarded")
def give_up(
    request: Request,
    who: Annotated[Visitor, needs("quarantine", "act")],
    told: Annotated[RowsGivenUp, sent(RowsGivenUp)],
    key: Key = "",
) -> JSONResponse:
    """Give rows up on a stated ground."""

    def act(workspace: Workspace) -> dict[str, int]:
        return {"discarded": discard(
            workspace, ground=told.ground, source=told.source or None, batch=told.batch or None,
            reason=told.reason or None, rows=told.rows,
        )}  # fmt: skip

    return once(request, site_of(request), who, key, digest_of(told.model_dump_json()), act)


# -- files of unknown columns -----------------------------------------------------------------------------------------


@router.post(
    "/uploads",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
@takes(MOST_BYTES)
async def send(
    request: Request,
    who: Annotated[Visitor, needs("intake", "act")],
    name: Annotated[str, Query(min_length=1, max_length=200, description="name of the file, with its ending")],
) -> JSONResponse:
    """Send a file whose columns nobody has described; the answer says what they were taken for."""
    workspace = site_of(request).workspace

    async with received(request, most_bytes=MOST_BYTES, name=name) as file:
        held = await run_in_threadpool(hold, workspace, file.path, file.name, who.person)
    try:
        seen = await run_in_threadpool(look_at, held, Asked())
    except BaseException:
        let_go(workspace, held.id)
        raise
    return JSONResponse(plain({"upload": held.id, "file": held.name, "seen": _plain(seen)}), 201)


@router.get("/uploads/{upload}")
def look(
    request: Request,
    upload: _Upload,
    who: Annotated[Visitor, needs("intake", "act")],
    rows: Annotated[_Rows | None, Query()] = None,
    sheet: _Text = "",
    encoding: _Text = "",
    skip_lines: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> dict[str, Any]:
    """Say what the columns of a file that waits are taken for, read in another way where asked."""
    held = find_held(site_of(request).workspace, upload, who.person)
    asked = Asked(rows, sheet=sheet, skip_lines=skip_lines, encoding=encoding)
    told: dict[str, Any] = plain({"upload": held.id, "file": held.name, "seen": _plain(look_at(held, asked))})
    return told


@router.post("/uploads/{upload}")
def confirm(
    request: Request,
    upload: _Upload,
    who: Annotated[Visitor, needs("intake", "act")],
    told: Annotated[ColumnsConfirmed, sent(ColumnsConfirmed)],
    key: Key = "",
) -> JSONResponse:
    """Load a file as it was confirmed and screen it, or look its names up; the file is deleted once it is loaded."""
    asked = told.asked()

    def act(workspace: Workspace) -> dict[str, Any]:
        held = find_held(workspace, upload, who.person)
        if asked.rows == "party":
            return {"names": look_up_names(workspace, held, asked)}
        return {"receipt": take(workspace, held, asked).as_dict()}

    return once(request, site_of(request), who, key, digest_of(upload, told.model_dump_json()), act)


@router.delete("/uploads/{upload}", status_code=204)
def give_up_file(request: Request, upload: _Upload, who: Annotated[Visitor, needs("intake", "act")]) -> None:
    """Delete a file that waits."""
    workspace = site_of(request).workspace
    let_go(workspace, find_held(workspace, upload, who.person).id)


@router.get("/answer")
def answer(
    request: Request, who: Annotated[Visitor, needs("queue")], source: _Needed, batch: _Needed
) -> dict[str, Any]:
    """Say what a load brought to light: rows that need a look with their reasons, and what nobody looked for."""
    found = answer_of_load(site_of(request).workspace, source, batch)
    ids = [str(one.get("record_id") or one.get("order_id") or one.get("customer_id")) for one in found["look"]]
    who.saw([f"{source}/{one}" for one in ids])
    told: dict[str, Any] = plain(found)
    return told


def _plain(seen: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(seen)
