"""What a site may decide about choosing: severities, weights, keys of past outcomes, mandatory rules.

All numbers here are judgement, not measurement. They stand in the open so that they can be argued about, and
`counterflow.toml` changes those that a site is likely to argue about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from counterflow.core.errors import ConfigError, nearest
from counterflow.core.settings import TargetSettings

__all__ = ["MandatoryRule", "TargetOptions", "enters_a_score", "options_from"]

_ATTRIBUTES = "attributes."

#: a-priori chance that an inspection for this class finds it, per 1.0 of finding strength; judgement
FINDING_WEIGHTS: Mapping[str, float] = {
    "drug": 0.30, "precursor": 0.20, "equipment": 0.20, "weapon": 0.20, "cash": 0.20,
    "party": 0.10, "declaration": 0.15, "revenue": 0.15, "data": 0.10,
}  # fmt: skip

#: a-priori chance in a record about which nothing at all is known; judgement, of the order seen in parcel streams
BASE_RATES: Mapping[str, float] = {
    "drug": 1e-4, "precursor": 2e-5, "equipment": 2e-5, "weapon": 1e-5, "cash": 1e-5,
    "party": 1e-5, "declaration": 1e-2, "revenue": 1e-2, "data": 1e-2,
}  # fmt: skip

#: words that may not stand in the name of a column that enters a score (`docs/methods/targeting.md`)
FORBIDDEN_WORDS = (
    "nationality", "citizen", "ethnic", "religion", "race", "birth", "gender", "surname", "forename",
    "first_name", "last_name", "full_name", "name_origin", "passport", "religious", "lastname", "firstname", "fullname",
    "telephone", "mobile", "residence", "mother_tongue",
)  # fmt: skip
#: the same, as whole words
_PERSONAL_WORDS = frozenset(
    ("id", "ids", "identifier", "eori", "ssn", "iban", "sex", "dob", "born", "age", "phone", "email", "language",
     "national", "ethnie", "tribe", "caste", "creed", "faith")
)  # fmt: skip
#: beside a party's word they say who or where it is: identifiers and addresses come in as opaque codes or not at all
_OF_A_PARTY = frozenset(("name", "names", "country", "nation", "id", "ids", "identifier", "number", "no", "address",
                         "street", "city", "town", "postcode", "zip", "region", "tel", "fax", "mail",
                         "title"))  # fmt: skip
_GIVEN = frozenset(("first", "last", "given", "family", "middle", "maiden", "full"))
#: whose name may not either: no part of a score reads what a party is called
_PARTIES = frozenset(
    ("addressee", "agent", "buyer", "consignee", "consignor", "contact", "courier", "customer", "declarant", "driver",
     "exporter", "importer", "notify", "owner", "party", "person", "receiver", "recipient", "seller", "sender",
     "shipper")
)  # fmt: skip

#: columns of a record that may form a key of past outcomes, beside ``attributes.NAME``
KEY_COLUMNS = (
    "kind", "sender", "office", "lane", "direction", "departure", "origin", "destination",
    "hs", "hs2", "hs4", "hs6",
)  # fmt: skip

#: finding codes that a person has to judge first, or has judged to be nothing: shown, in no score and in no rule
UNSCORED_CODES = ("listed-similar", "listed-weak-alias", "listed-common-name", "listed-cleared", "set-aside")


@dataclass(frozen=True, slots=True)
class MandatoryRule:
    """Records with a finding of this code, at least this strong, are inspected before anything else."""

    code: str
    at_least: float = 0.0


@dataclass(frozen=True)
class TargetOptions:
    """Everything that choosing depends on beside the data, the capacity, the period, the share and the seed.

    Args:
        severity: harm class to severity points.
        keys: keys of past outcomes, each a tuple of column names.
        mandatory: rules that make a record mandatory.
        recipients: who is told of a suspicion beside the office.
        lookout_hours: longest life of a lookout.
        finding_weights: harm class to the a-priori chance per 1.0 of strength.
        base_rates: harm class to the a-priori chance where nothing is known.
        weight_trust: how many past inspections the a-priori weight of a finding code counts for.
        base_trust: how many past inspections a base rate counts for.
        half_life_days: after so many days an outcome counts half: history decays, for and against.
        unscored_codes: finding codes shown to people and kept out of every score.
    """

    severity: Mapping[str, float]
    keys: tuple[tuple[str, ...], ...]
    mandatory: tuple[MandatoryRule, ...]
    recipients: tuple[str, ...] = ()
    lookout_hours: int = 72
    finding_weights: Mapping[str, float] = field(default_factory=lambda: FINDING_WEIGHTS)
    base_rates: Mapping[str, float] = field(default_factory=lambda: BASE_RATES)
    weight_trust: float = 40.0
    base_trust: float = 50.0
    half_life_days: float = 365.0
    unscored_codes: tuple[str, ...] = UNSCORED_CODES


def options_from(settings: TargetSettings) -> TargetOptions:
    """Read `settings` into options.

    Raises:
        ConfigError: a key column that no record has or that may not enter a score, or a rule that does not parse.

    >>> options_from(TargetSettings(mandatory_codes=("listed-exact", "controlled-drug@0.8"))).mandatory[1]
    MandatoryRule(code='controlled-drug', at_least=0.8)
    """
    return TargetOptions(
        severity=dict(settings.severity),
        keys=tuple(_key(text) for text in settings.outcome_keys),
        mandatory=tuple(_rule(text) for text in settings.mandatory_codes),
        recipients=settings.recipients,
        lookout_hours=settings.lookout_hours,
    )


def _key(text: str) -> tuple[str, ...]:
    columns = tuple(dict.fromkeys(part.strip() for part in text.split("+")))
    for column in columns:
        if not enters_a_score(column):
            raise ConfigError(
                f"target.outcome_keys: {column!r} may not enter a score.",
                hint="Take it out: nationality, ethnicity, religion and what a party is called never do.",
            )
        if column not in KEY_COLUMNS and column.removeprefix(_ATTRIBUTES) in {column, ""}:
            close = nearest(column, KEY_COLUMNS)
            raise ConfigError(
                f"target.outcome_keys: {column!r} is not a column of a record.",
                hint=f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(KEY_COLUMNS)}, attributes.NAME.",
            )
    return columns


def enters_a_score(column: str) -> bool:
    """Say whether a column may enter a score or a rule: none that tells who somebody is, or where from, may.

    It goes by the column's name alone; a column of a source with such contents under another name is a matter of the
    mapping, and of the audit.

    >>> enters_a_score("attributes.tax_rate"), enters_a_score("attributes.consignee_name")
    (True, False)
    >>> enters_a_score("attributes.importerCountry"), enters_a_score("attributes.country_of_origin")
    (False, True)
    """
    return not any(word in column.casefold() for word in FORBIDDEN_WORDS) and not _names_a_party(column)


def _names_a_party(column: str) -> bool:
    """Say whether an attribute tells who somebody is: `attributes.consignee_name`, not `attributes.vessel_name`."""
    if not column.startswith(_ATTRIBUTES):
        return False
    apart = re.sub("(?<=[a-z])(?=[A-Z])", " ", column.removeprefix(_ATTRIBUTES))
    words = set(re.findall("[a-z]+", apart.casefold()))
    together = "".join(re.findall("[a-z]+", apart.casefold()))
    named = bool(words & {"name", "names"}) and (len(words) == 1 or not words.isdisjoint(_GIVEN))
    of_party = not words.isdisjoint(_PARTIES) and not words.isdisjoint(_OF_A_PARTY)
    run_together = any(party + what in together for party in _PARTIES for what in _OF_A_PARTY if len(what) > 3)
    return named or of_party or run_together or not words.isdisjoint(_PERSONAL_WORDS)


def _rule(text: str) -> MandatoryRule:
    code, _, strength = text.partition("@")
    if code.strip() in UNSCORED_CODES:
        raise ConfigError(
            f"target.mandatory_codes: {code.strip()!r} cannot make a record mandatory.",
            hint="A likeness of names is shown to a person; what that person confirms is a lookout on the record.",
        )
    try:
        return MandatoryRule(code.strip(), float(strength) if strength else 0.0)
    except ValueError:
        raise ConfigError(
            f"target.mandatory_codes: {text!r} does not parse.",
            hint="Write CODE or CODE@STRENGTH, as controlled-drug@0.8.",
        ) from None
