"""Places of a route: codes or names of countries, unions and the conventions, as the registry asks for their law."""

from __future__ import annotations

from collections.abc import Sequence

from counterflow.core.errors import UsageError, nearest
from counterflow.reference.registry import Registry

__all__ = ["read_route"]

#: Codes that people and the European Union write beside ISO 3166-1.
_ALSO = {"UK": "GB", "EL": "GR"}


def read_route(places: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """Return the code of each place, in order, each once; a country without law in the registry is one too.

    >>> from counterflow.reference.registry import load_registry
    >>> read_route(["cn", "Thailand", "UK"], load_registry())
    ('CN', 'TH', 'GB')

    Raises:
        UsageError: a place that is none, with the nearest; or no place at all.
    """
    given = [place.strip() for place in places if place.strip()]
    if not given:
        raise UsageError("The route names no place.", hint="Give origin,transit,destination, as CN,MX,US.")
    return tuple(dict.fromkeys(_code(place, registry) for place in given))


def _code(place: str, registry: Registry) -> str:
    short = _ALSO.get(place.upper(), place.upper())
    if short in registry.jurisdictions:
        return short
    from counterflow.reference.countries import country_code

    code = country_code(place)
    if code is not None:
        return code
    import pycountry

    names = [country.name for country in pycountry.countries]
    close = nearest(place, [*registry.jurisdictions, *(j.name for j in registry.jurisdictions.values()), *names])
    hint = f"Did you mean {' or '.join(close)}?" if close else "Give ISO 3166-1 codes, EU or UN: CN,MX,US."
    raise UsageError(f"There is no place {place!r} to ask the law of.", hint=hint)
