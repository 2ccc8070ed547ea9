"""What a person filled in: read after the permission is known, bounded, and checked to come from our own page."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from counterflow.core.errors import AccessError, UsageError

__all__ = ["CSRF_FIELD", "CSRF_HEADER", "Filled", "check_form", "filled"]

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS = 500
#: too slow, too large
_TOLD_AS_THEY_ARE = frozenset({408, 413})
_MOST_BYTES = 256 * 1024


class Filled(Mapping[str, str]):
    """The fields of a form as text, blanks at the ends taken off."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def __getitem__(self, name: str) -> str:
        value = self._form[name]
        return value.strip() if isinstance(value, str) else ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._form)

    def __len__(self) -> int:
        return len(self._form)

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may be there more than once."""
        return [value.strip() for value in self._form.getlist(name) if isinstance(value, str)]

    def secret(self, name: str) -> str:
        """Return a field as it was typed: a password may begin or end with a blank."""
        value = self._form.get(name, "")
        return value if isinstance(value, str) else ""

    def need(self, name: str, words: str, longest: int = 500) -> str:
        """Return a field that must be filled in.

        Raises:
            UsageError: it is empty or too long.
        """
        value = self.get(name, "")
        if not value:
            raise UsageError(f"Fill in {words}.", hint="Nothing was changed.")
        if len(value) > longest:
            raise UsageError(f"{words} is longer than {longest} characters.", hint="Shorten it; nothing was changed.")
        return value


async def check_form(request: Request, csrf: str) -> None:
    """Refuse a change that a browser sends without what our own page gave it; tokens of programs need none.

    Raises:
        AccessError: it did not come from a page of this session.
    """
    if not csrf:
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.headers.get("content-type", "").partition(";")[0].strip() in _FORMS[:1]:
        given = (await filled(request)).get(CSRF_FIELD, "")
    if not given:
        given = request.query_params.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), csrf.encode()):
        raise AccessError("This form is older than your session.", hint="Open the page again and fill it in once more.")


async def filled(request: Request) -> Filled:
    """Return what was filled in; for use as a dependency, after the route's need.

    Raises:
        UsageError: it is no form, or too much of one.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in _FORMS:
        raise UsageError("A form is expected here.", hint="Send it as application/x-www-form-urlencoded.")
    try:
        form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_MOST_BYTES)
    except HTTPException as error:
        if error.status_code in _TOLD_AS_THEY_ARE:
            raise
        raise UsageError("The form could not be read.", hint=str(error.detail)) from error
    return Filled(form)
