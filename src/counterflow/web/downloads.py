"""Files that leave: always as an attachment, under their own content type, never shown or run in the browser."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

__all__ = ["attached", "disposition"]


def attached(content: bytes, kind: str, name: str) -> Response:
    """Return an answer that a browser keeps as a file and never shows.

    Args:
        content: the bytes.
        kind: their content type.
        name: what the file is called.
    """
    heads = {
        "content-type": kind,
        "content-disposition": disposition(name),
        "x-content-type-options": "nosniff",
    }
    return Response(content, headers=heads)


def disposition(name: str) -> str:
    r"""Return the Content-Disposition of a file called `name`: plain for old programs, exact for the others.

    RFC 6266, section 4.3 and appendix D; the exact form as in RFC 8187 (which took the place of RFC 5987).

    >>> disposition('Röntgen "1".png')
    'attachment; filename="R_ntgen _1_.png"; filename*=UTF-8\'\'R%C3%B6ntgen%20%221%22.png'
    """
    kept = "".join(c if " " <= c <= "~" and c not in '"\\%/' else "_" for c in name) or "file"
    return f"attachment; filename=\"{kept}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
