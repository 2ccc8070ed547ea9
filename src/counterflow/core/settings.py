"""Settings: defaults, then `counterflow.toml`, then `COUNTERFLOW_*`, then flags; each value knows where it came from.

A key that nothing reads is refused with the nearest one that something does: a misspelt safety setting that is
silently ignored is the worst kind. Environment names join section and key with two underscores:
``COUNTERFLOW_TARGET__RANDOM_SHARE=0.08``.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from counterflow.core.errors import ConfigError, nearest

__all__ = [
    "AccessSettings",
    "AccountSettings",
    "EngineSettings",
    "IntakeSettings",
    "LoadedSettings",
    "MatchSettings",
    "OrderSettings",
    "RedressSettings",
    "ScreenSettings",
    "ServeSettings",
    "Settings",
    "TargetSettings",
    "WatchSettings",
    "describe",
    "load_settings",
]

FILE_NAME = "counterflow.toml"
PREFIX = "COUNTERFLOW_"
#: environment names that are not settings: the workspace itself, and the stand-in for the clock
NOT_SETTINGS = frozenset(
    {"COUNTERFLOW_WORKSPACE", "COUNTERFLOW_NOW", "COUNTERFLOW_SHARED_DATA", "COUNTERFLOW_TRACEBACK"}
)

Share = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EngineSettings(_Section):
    """How work is spread over this machine."""

    workers: int = Field(
        default=0, ge=0, le=256, description="processes for screening; 0 = one per core, 1 = in this process"
    )
    batch_rows: int = Field(default=50_000, ge=100, le=5_000_000, description="rows handed to a stage at a time")
    memory_limit: str = Field(default="1GB", description="memory DuckDB may use, as it writes sizes")

    @field_validator("memory_limit")
    @classmethod
    def _is_a_size(cls, text: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)? ?([kmgt]i?)?b", text, re.IGNORECASE):
            raise ValueError("write a size, as 800MB or 1GB")
        return text


class IntakeSettings(_Section):
    """What intake takes for granted."""

    longest_field: int = Field(default=100_000, ge=100, description="longest text taken in one field, in characters")
    required: tuple[str, ...] = Field(
        default=("sender_name", "consignee_name", "description", "mass_kg", "value", "item_id"),
        description="fields that coverage asks for where a mapping does not say",
    )


class ScreenSettings(_Section):
    """Which checks run, and how."""

    off: tuple[str, ...] = Field(default=(), description="ids of checks that do not run")
    checks: dict[str, dict[str, Any]] = Field(default_factory=dict, description="check id to its own settings")


class TargetSettings(_Section):
    """How records are chosen. Severity is judgement, in points of harm; edit it in the open."""

    random_share: Share = Field(default=0.10, description="share of minutes for the random arm")
    random_adapts: bool = Field(
        default=False, description="whether the random share moves with what chance finds, between floor and cap"
    )
    random_floor: float = Field(default=0.05, gt=0, le=1, description="least random share, where it adapts")
    random_cap: float = Field(default=0.20, gt=0, le=1, description="greatest random share, where it adapts")
    random_strata: bool = Field(
        default=True, description="whether chance looks more often where the score does not; each probability is known"
    )
    followup_share: float = Field(
        default=0.03, ge=0, le=0.2, description="share of minutes at most for follow-ups of random finds; 0: none"
    )
    learned: bool = Field(
        default=True, description="rank by the newest model trained before the plan's first day, where there is one"
    )
    severity: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default={
            "drug": 100.0, "precursor": 60.0, "equipment": 40.0, "weapon": 60.0, "cash": 20.0,
            "party": 20.0, "declaration": 1.0, "revenue": 1.0, "data": 0.1,
        },
        description="harm class to severity points; the drug classes stand above revenue",
    )  # fmt: skip
    mandatory_codes: tuple[str, ...] = Field(
        default=("listed-exact", "listed-number", "listed-confirmed", "controlled-drug-cas"),
        description="finding codes that make a record mandatory",
    )
    outcome_keys: tuple[str, ...] = Field(
        default=(
            "hs",
            "hs+departure+origin",
            "sender+hs",
            "hs+departure+origin+attributes.tax_rate+attributes.tax_type",
        ),
        description="keys whose past confirmed rates enter the first score; + joins columns",
    )
    recipients: tuple[str, ...] = Field(default=(), description="who else is told of a suspicion, beside the office")
    lookout_hours: int = Field(default=72, ge=1, le=72, description="longest life of a lookout")


class AccountSettings(_Section):
    """How results are judged."""

    level: float = Field(default=0.95, gt=0.5, lt=1, description="coverage of intervals")
    usefulness_limit: float = Field(
        default=0.10,
        gt=0,
        le=1,
        description="an interval on a rate wider than this (absolute) is reported as not informative",
    )
    sensitivity_found: int | None = Field(
        default=None, ge=0, description="planted or re-inspected items that were found"
    )
    sensitivity_of: int | None = Field(default=None, ge=1, description="planted or re-inspected items in all")


class OrderSettings(_Section):
    """How the work on orders is done in this house."""

    second_person: tuple[str, ...] = Field(
        default=("ship-against-hold", "dispose-strong", "report-withdrawn"),
        description="acts that a second person must agree to: ship-against-hold, dispose-strong, report-withdrawn,"
        " refuse, hold, dispose",
    )
    strong_alarm: float = Field(default=2.0, ge=0, description="strength from which an alarm counts as strong")
    monitor: dict[str, float] = Field(
        default_factory=dict,
        description="numbers of the monitor that differ from the usual ones; `orders plan --adopt` writes them",
    )
    question_days: int = Field(default=14, ge=1, le=365, description="days that a customer is given to answer")
    minutes: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={"alarm": 30.0, "flags": 15.0, "held-order": 10.0, "question": 5.0, "licence": 5.0},
        description="minutes of work that a matter takes, by what opens it; judgement, edit it in the open",
    )


class MatchSettings(_Section):
    """Private matching with other firms: off until a house turns it on."""

    enabled: bool = Field(default=False, description="whether this house matches its customers with other firms at all")
    queries_per_day: int = Field(
        default=2, ge=1, le=1000, description="matchings begun or answered with one partner within 24 hours"
    )
    least: int = Field(
        default=100, ge=2, description="fewest identifiers of a set, ours or theirs; smaller ones probe for somebody"
    )
    most: int = Field(default=200_000, ge=1000, le=5_000_000, description="most identifiers of a set")
    reveal: tuple[str, ...] = Field(
        default=("ids", "size"), description="what may be agreed on: ids (which of our rows they have too), size"
    )

    @field_validator("reveal")
    @classmethod
    def _is_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names or set(names) - {"ids", "size"}:
            raise ValueError("write ids, size, or both")
        return names


class WatchSettings(_Section):
    """How counts are watched, and for whom."""

    small_cell: int = Field(default=10, ge=5, le=100, description="a count from 1 to one less is not shown")
    budget: float = Field(
        default=0.01, gt=0, le=0.2, description="false alarms that are accepted per series and period, out of sample"
    )
    holidays: str = Field(
        default="", description="country, or country and state, on whose holidays reports come as on Sundays: US-CT"
    )
    role: str = Field(
        default="health", pattern="^(health|enforcement|oversight)$",
        description="whom this installation serves: health, enforcement or oversight; enforcement sees no sub-county"
        " harm data without two approvals",
    )  # fmt: skip


class AccessSettings(_Section):
    """Who may be in for how long, and how soon what one person did alone is looked at."""

    session_hours: float = Field(default=12.0, gt=0, le=24, description="longest session of a browser, in hours")
    idle_minutes: float = Field(default=60.0, ge=1, le=720, description="minutes without a request that end a session")
    token_days: int = Field(default=90, ge=1, le=366, description="longest life of a program's token, in days")
    request_days: int = Field(
        default=7, ge=1, le=31, description="days within which a second person can agree to an act that was asked for"
    )
    review_hours: int = Field(
        default=72, ge=1, le=72, description="hours within which another person reviews an emergency override"
    )
    training: bool = Field(
        default=False,
        description="whether this machine's user may try every role without a password; for invented data only",
    )


class ServeSettings(_Section):
    """How the console and the API are reached."""

    address: str = Field(
        default="127.0.0.1", max_length=100,
        description="address to listen on; anything but this machine's own asks for a certificate and named people",
    )  # fmt: skip
    names: tuple[Annotated[str, Field(max_length=253)], ...] = Field(
        default=(), max_length=50, description="host names that people use for it, besides 127.0.0.1 and localhost"
    )
    certificate: str = Field(default="", description="file of its TLS certificate with the chain (PEM)")
    certificate_key: str = Field(default="", description="file of that certificate's private key (PEM)")
    oidc_issuer: str = Field(default="", description="identity provider where people sign in (OpenID Connect), https")
    oidc_client: str = Field(default="", description="id of this console there")
    oidc_secret_file: str = Field(default="", description="file that holds the secret of this console there")
    oidc_authorities: str = Field(default="", description="file of certificates that vouch for it (PEM)")
    oidc_address: str = Field(
        default="", description="address of this console as the provider knows it: https://console.example:8321"
    )


class RedressSettings(_Section):
    """How long a request by somebody affected may take."""

    days: int = Field(
        default=28, ge=1, le=92,
        description="days from a request to its answer; a month in law (Art. 12(3) GDPR) is never shorter",
    )  # fmt: skip
    extension_days: int = Field(
        default=56, ge=0, le=92, description="days that a request may be extended by, once, on a ground that is told"
    )


class Settings(_Section):
    """All settings of a workspace."""

    engine: EngineSettings = EngineSettings()
    intake: IntakeSettings = IntakeSettings()
    screen: ScreenSettings = ScreenSettings()
    target: TargetSettings = TargetSettings()
    account: AccountSettings = AccountSettings()
    orders: OrderSettings = OrderSettings()
    match: MatchSettings = MatchSettings()
    watch: WatchSettings = WatchSettings()
    redress: RedressSettings = RedressSettings()
    access: AccessSettings = AccessSettings()
    serve: ServeSettings = ServeSettings()


@dataclass(frozen=True)
class LoadedSettings:
    """Settings with, for each key that somebody set, where it was set (`section.key` to file, variable or flag)."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(
    folder: Path | None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """Read settings for the workspace at `folder`; see the module for the order.

    Args:
        folder: workspace folder, or None for defaults, environment and flags alone.
        environment: variables; the process's own where None.
        flags: `section.key` to value, strongest of all.

    Raises:
        ConfigError: a file that does not parse, an unknown key, or a value that does not fit.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if folder is not None:
        _layer(values, origins, _flatten(_read_toml(folder / FILE_NAME)), lambda key: f"{FILE_NAME} [{key}]")
    variables = os.environ if environment is None else environment
    _layer(values, origins, _from_environment(variables), _variable_name)
    _layer(values, origins, {k: v for k, v in (flags or {}).items() if v is not None}, lambda key: f"flag {key}")
    try:
        return LoadedSettings(Settings.model_validate(values), origins)
    except ValidationError as error:
        raise _explain(error, origins) from error


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} does not parse: {error}.", hint="Mend the line it names.") from error


def _flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, keys in tree.items():
        if section == "workspace":  # identity of the workspace, not a setting
            continue
        if isinstance(keys, Mapping):
            flat |= {f"{section}.{key}": value for key, value in keys.items()}
        else:
            flat[section] = keys
    return flat


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in variables.items():
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            found[name.removeprefix(PREFIX).lower().replace("__", ".", 1)] = _plain_value(text)
    return found


def _plain_value(text: str) -> object:
    """Numbers, lists and tables may be written as JSON; anything else is text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _variable_name(key: str) -> str:
    return "environment " + PREFIX + key.upper().replace(".", "__", 1)


def _layer(values: dict[str, Any], origins: dict[str, str], layer: Mapping[str, Any], name: Any) -> None:
    for key, value in layer.items():
        section, _, rest = key.partition(".")
        if not rest:
            values[section] = value
        elif isinstance(values.setdefault(section, {}), dict):
            values[section][rest] = value
        origins[key] = name(key)


def _known_keys() -> list[str]:
    return [f"{section}.{key}" for section, model in _sections().items() for key in model.model_fields]


def _sections() -> dict[str, type[BaseModel]]:
    return {name: type(info.default) for name, info in Settings.model_fields.items()}


def describe(loaded: LoadedSettings) -> list[dict[str, Any]]:
    """Return every setting as a row: key, value (JSON), origin, and what it means."""
    values = loaded.settings.model_dump(mode="json")
    return [
        {
            "setting": f"{section}.{key}",
            "value": json.dumps(values[section][key], ensure_ascii=False),
            "origin": loaded.origins.get(f"{section}.{key}", "default"),
            "means": field.description or "",
        }
        for section, model in _sections().items()
        for key, field in model.model_fields.items()
    ]


def _explain(error: ValidationError, origins: Mapping[str, str]) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    origin = next((where for set_key, where in origins.items() if key.startswith(set_key)), "")
    if first["type"] == "extra_forbidden":
        close = nearest(key, {*_known_keys(), *Settings.model_fields})
        hint = f"Did you mean {' or '.join(close)}?" if close else "`counterflow config show` lists every key."
        return ConfigError(f"Setting {key!r} is not known ({origin}).", hint=hint)
    return ConfigError(f"Setting {key} = {first['input']!r} does not fit: {first['msg']} ({origin}).")
