"""`/v1/targets`: packs, the board of a pack, one target whole, and what does not hold in a pack that is sent."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from counterflow.api.openapi import PREFIX
from counterflow.core.errors import UnknownName
from counterflow.flow.account_promises import packs_of, sent_pack
from counterflow.flow.account_target_page import target_of
from counterflow.flow.account_targets import board_of
from counterflow.report.rows import plain
from counterflow.web.site import site_of
from counterflow.web.visitor import Visitor, needs

__all__ = ["router"]

router = APIRouter(prefix=f"{PREFIX}/targets", tags=["targets"])

_MOST = 240_000
_Reader = Annotated[Visitor, needs("targets")]
_Pack = Annotated[str, Query(max_length=80, description="name of a pack, shipped or loaded")]
_Day = Annotated[dt.date | None, Query(description="day of the judgement; today where not given")]


class PackSent(BaseModel):
    """A pack to be checked; nothing is kept."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=_MOST, description="the pack, TOML")
    name: str = Field("pack", max_length=80, description="what it is called where it does not say")


def _named(request: Request, pack: str) -> str:
    known = [name for name, _ in packs_of(site_of(request).workspace)]
    if pack not in known:
        raise UnknownName("pack", pack, known)
    return pack


@router.get("/packs")
def list_packs(request: Request, who: _Reader) -> list[dict[str, str]]:
    """List the packs that can be shown, with their titles."""
    del who
    return [{"pack": name, "title": title} for name, title in packs_of(site_of(request).workspace)]


@router.get("")
def show_board(request: Request, who: _Reader, pack: _Pack = "documents", on: _Day = None) -> dict[str, Any]:
    """Give the board of a pack: targets in every reading, what is refused, claims, steps, commitments."""
    del who
    told: dict[str, Any] = plain(board_of(_named(request, pack), site_of(request).workspace, today=on))
    return told


@router.post("/check")
def check(request: Request, who: Annotated[Visitor, needs("targets", "act")], sent: PackSent) -> dict[str, Any]:
    """Say what does not hold in a pack, each with its line, and which locked targets it would change."""
    del who
    pack, changed, _ = sent_pack(site_of(request).workspace, sent.text, sent.name)
    return {"pack": pack.name, "targets": len(pack.targets), "ok": pack.ok, "changes_locked": changed,
            "problems": [one.as_dict() for one in pack.problems]}  # fmt: skip


@router.get("/{target}")
def show_target(
    request: Request, who: _Reader, target: Annotated[str, Path(max_length=80)], pack: _Pack = "documents",
    on: _Day = None,
) -> dict[str, Any]:  # fmt: skip
    """Give one target whole: readings with their path and forecast, actuals, what its record lacks, deviations."""
    del who
    told: dict[str, Any] = plain(target_of(_named(request, pack), target, site_of(request).workspace, today=on))
    return told
