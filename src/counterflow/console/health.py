"""Whether the server is up; says nothing about records."""

from __future__ import annotations

from fastapi import APIRouter

from counterflow import __version__

__all__ = ["router"]

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Return that it is up, and its version."""
    return {"status": "ok", "version": __version__}
