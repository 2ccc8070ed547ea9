"""The names that a rule may use: type, unit, meaning, examples; and those it may not, with the reason.

A rule asks about goods, routes, data and what inspections showed. It does not ask who somebody is: parties are opaque
identifiers here, good for "new" and for counting, and never compared with a value. A tip on one party is a lookout:
72 hours at most, reviewed by another person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterflow.core.errors import nearest
from counterflow.target.options import UNSCORED_CODES, enters_a_score

__all__ = [
    "ATTRIBUTES",
    "FIELDS",
    "UNIT_WORDS",
    "Field",
    "Unknown",
    "Vocabulary",
    "field_of",
    "names",
    "refused",
]

ATTRIBUTES = "attributes."


@dataclass(frozen=True, slots=True)
class Field:
    """One name.

    Args:
        name: as written in a rule.
        type: text | code | country | choice | party | mass | money | price | quantity | count | duration | day.
        unit: units that a number of it takes, as a person writes them; empty for text.
        meaning: what it is.
        example: a test that uses it.
        column: column of `LINE` it reads.
        choices: the values there are, where they are fixed.
    """

    name: str
    type: str
    unit: str
    meaning: str
    example: str
    column: str
    choices: tuple[str, ...] = ()


_KINDS = ("parcel", "express", "letter", "declaration", "container", "bill")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _all() -> tuple[Field, ...]:
    text, party = "text", "party"
    return (
        Field("hs", "code", "", "Harmonized System code as declared, digits", 'hs starts with "3907"', "hs"),
        Field("hs2", "code", "", "its first 2 digits (chapter)", 'hs2 is "39"', "hs"),
        Field("hs4", "code", "", "its first 4 digits (heading)", 'hs4 is one of "3907", "2939"', "hs"),
        Field("hs6", "code", "", "its first 6 digits (subheading)", "importer with hs6 is new within 90 days", "hs"),
        Field("origin", "country", "", "country of origin of the goods, by ISO code", 'origin is "NL"', "origin"),
        Field("departure", "country", "", "country the goods left", 'departure is one of "NL", "BE"', "departure"),
        Field("destination", "country", "", "country the goods go to", 'destination is "US"', "destination"),
        Field("lane", text, "", "lane, hall or mode within the office", 'lane is "mail"', "lane"),
        Field("office", text, "", "office that could inspect it", 'office is "A"', "office"),
        Field("sender", text, "", "who sent the data: post, carrier, broker", 'sender is "post1"', "sender"),
        Field("kind", "choice", "", "what travels", 'kind is "parcel"', "kind", _KINDS),
        Field("direction", "choice", "", "which way", 'direction is "outbound"', "direction", ("inbound", "outbound")),
        Field("weekday", "choice", "", "day of the week of the declaration", 'weekday is "sunday"', "day", _WEEKDAYS),
        Field("day", "day", "", "day of the declaration", "day >= 2026-03-01", "day"),
        Field("mass", "mass", "kg, g, t", "mass of the line, else of the record", "mass >= 20 kg", "mass_kg"),
        Field("value", "money", "a currency, as USD", "declared value; lines in another currency are not met",
              "value < 50 USD", "value"),
        Field("value per kg", "price", "a currency, as USD per kg", "declared value over mass",
              "value per kg < 2 USD per kg", "value"),
        Field("quantity", "quantity", "kg, g, t, l, ml, pieces", "quantity of the line, where its unit can be read so",
              "quantity > 500 pieces", "quantity"),
        Field("pieces", "count", "", "number of pieces of the record", "pieces >= 10", "pieces"),
        Field("lines", "count", "", "goods lines of the record", "lines >= 5", "row"),
        Field("missing_fields", "count", "", "required fields that the source left empty", "missing_fields >= 2",
              "missing"),
        Field("lead", "duration", "hours, days", "how long before it was due the advance data came; below 0 is late",
              "lead < 0 hours", "lead_hours"),
        Field("currency", text, "", "currency of the value, ISO 4217", 'currency is "USD"', "currency"),
        Field("unit", text, "", "unit of quantity as declared", 'unit is "KGM"', "unit"),
        Field("importer", party, "", "who imports, by identifier", "importer is new within 90 days", "importer"),
        Field("consignor", party, "", "who sends, by identifier", "consignor is new within 90 days", "consignor"),
        Field("declarant", party, "", "who declares, by identifier",
              "finds of drug by declarant in 365 days >= 2", "declarant"),
        Field("courier", party, "", "who carries, by identifier", "courier with hs4 is new within 90 days", "courier"),
        Field("address", party, "", "address it goes to, as an opaque key",
              "finds of drug by address in 365 days >= 1", "address"),
        Field("entity", party, "", "entity that records were resolved to",
              "entity with departure is new within 180 days", "entity"),
    )  # fmt: skip


FIELDS: dict[str, Field] = {f.name: f for f in _all()}

#: what each type takes as a unit
UNIT_WORDS = {
    "mass": ("kg", "g", "t"),
    "quantity": ("kg", "g", "t", "l", "ml", "pieces"),
    "duration": ("hours", "days"),
}
#: forms of a test that read no single field: as a person would look for them
_FORMS = (
    Field("attribute", "text", "", "another field of the source, by its own name; a number may stand there too",
          'attribute "tax_type" is "A"', "attributes"),
    Field("finding", "finding", "strength 0 to 1", "a finding on the record, by code",
          'finding "stop-word-isolated" at least 0.5', "findings"),
    Field("finding of", "finding", "strength 0 to 1", "a finding of a harm class",
          "finding of precursor at least 0.5", "findings"),
    Field("finds of", "past rate", "records", "confirmed finds with the same key in the days before",
          "finds of drug by hs in 365 days >= 2", "known"),
    Field("find rate of", "past rate", "%", "share of inspections that found it; unknown below the number stated",
          "find rate of drug by hs6 with departure in 365 days from 20 inspections >= 5 %", "known"),
    Field("inspections by", "past rate", "records", "inspections with the same key in the days before",
          "inspections by hs4 in 180 days < 5", "known"),
    Field("is new within", "novelty", "days", "nothing with the same key was declared in the days before",
          "consignor with hs6 is new within 90 days", "day"),
    Field("is missing", "presence", "", "the field is empty (is known: it is not)", "hs is missing", ""),
)  # fmt: skip

#: words that somebody may look for, and what to write instead
_MEANT = {
    "country": "Say which: origin, departure or destination of the goods.",
    "weight": "Write mass.",
    "price": "Write value per kg.",
    "hs_code": "Write hs.",
    "tariff": "Write hs.",
    "shipper": "Write consignor.",
    "exporter": "Write consignor.",
    "description": "Words of the goods text are what checks look for: write finding and the code of the check.",
    "goods": "Words of the goods text are what checks look for: write finding and the code of the check.",
    "score": "A rule stands beside the score and does not read it.",
}
_PERSONAL = frozenset(
    ("name", "names", "nationality", "citizenship", "citizen", "religion", "ethnicity", "ethnic", "race", "gender",
     "sex", "birth", "born", "age", "passport", "surname", "forename", "consignee", "person", "party", "phone", "email")
)  # fmt: skip
_WHY_NOT = (
    "nationality, religion, ethnicity, birth and what a party is called enter no score and no rule; goods, routes, data"
    " and what inspections showed do. A tip on one party is a lookout (72 hours, reviewed)"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What harm classes and finding codes there are; None where that is not to be checked."""

    classes: frozenset[str] | None = None
    codes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why a name cannot be used: message and hint."""

    message: str
    hint: str


def names(prefix: str = "") -> list[dict[str, str]]:
    """Return the catalogue, for people and for completion: name, type, unit, meaning, example.

    >>> [row["name"] for row in names("hs")]
    ['hs', 'hs2', 'hs4', 'hs6']
    """
    rows = [*FIELDS.values(), *_FORMS]
    return [
        {"name": f.name, "type": f.type, "unit": f.unit or ", ".join(f.choices), "meaning": f.meaning,
         "example": f.example}
        for f in rows if f.name.startswith(prefix)
    ]  # fmt: skip


def field_of(name: str) -> Field | Unknown:
    """Return the field of a name, or why there is none.

    >>> field_of("lnae").hint
    "Did you mean 'lane' or 'lines'?"
    """
    if name.startswith(ATTRIBUTES):
        why = refused(name)
        return why or Field(name, "attribute", "", "a field of the source", "", name)
    if name in FIELDS:
        return FIELDS[name]
    why = refused(name)
    if why:
        return why
    close = nearest(name, FIELDS)
    hint = _MEANT.get(name) or (f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else "")
    return Unknown(f"There is no field {name!r}.", hint or "`counterflow target rule names` lists them.")


def refused(name: str) -> Unknown | None:
    """Return why a name may never stand in a rule, or None.

    >>> refused("nationality").message
    "A rule may not ask about 'nationality'."
    """
    plain = name.removeprefix(ATTRIBUTES)
    words = set(re.findall("[a-z]+", plain.casefold()))
    if name.startswith(ATTRIBUTES):
        personal = not enters_a_score(name)
    else:
        personal = bool(words & _PERSONAL) or not enters_a_score(ATTRIBUTES + plain)
    return Unknown(f"A rule may not ask about {plain!r}.", f"Take it out: {_WHY_NOT}.") if personal else None


def refused_code(code: str) -> Unknown | None:
    """Return why a finding code may not stand in a rule, or None."""
    if code not in UNSCORED_CODES:
        return None
    hint = "A likeness of names is shown to a person; what that person confirms is a lookout on the record."
    return Unknown(f"A rule may not rest on {code!r}: nobody has judged it.", hint)
