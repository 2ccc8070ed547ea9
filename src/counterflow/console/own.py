"""What somebody sets for themselves: the purpose they work for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from counterflow.access.policy import PURPOSES
from counterflow.core.errors import UnknownName
from counterflow.web.forms import Filled, filled
from counterflow.web.local import PURPOSE_COOKIE
from counterflow.web.visitor import needs

__all__ = ["router"]

router = APIRouter()


@router.post("/own/purpose", dependencies=[needs("own", "act")])
def set_purpose(request: Request, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Work for another purpose from now on; what is read is logged with it."""
    purpose = form.get("purpose", "")
    if purpose not in PURPOSES:
        raise UnknownName("purpose", purpose, PURPOSES)
    answer = RedirectResponse(_back(request), status_code=303)
    answer.set_cookie(PURPOSE_COOKIE, purpose, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


def _back(request: Request) -> str:
    """Return the page of ours that the form stood on."""
    from urllib.parse import urlsplit

    referer = urlsplit(request.headers.get("referer", ""))
    same = referer.netloc == request.headers.get("host", "")
    return "/" + referer.path.lstrip("/") + (f"?{referer.query}" if referer.query else "") if same else "/"
