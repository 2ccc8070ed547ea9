"""Names and places of everything that crosses the engine's border: drugs, routes, mechanisms, signals, variables.

The engine works on flat arrays; a name stands at the place it has here. Places may be added at the end of a list;
whatever changes the meaning of a place raises `MODEL_VERSION`, and a posterior of another version is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "DRUGS", "FIRST_YEAR", "LAST_YEAR", "MECHANISMS", "MODEL_VERSION", "ROUTES", "SIGNALS", "SWITCHES", "VARIABLES",
    "Mechanism", "Switch", "Variable", "places",
]  # fmt: skip

MODEL_VERSION = "1"
FIRST_YEAR, LAST_YEAR = 1999, 2032

DRUGS = ("fentanyl", "heroin", "methamphetamine", "cocaine", "diverted_rx")
ROUTES = ("mail_express", "car_port", "cargo_port", "between_ports", "maritime", "domestic")

#: What supply tells people, each relative to the path of the drivers: exactly 1 where nothing has changed.
SIGNALS = (
    "illicit_opioid_price",
    "illicit_opioid_availability",
    "fentanyl_share",
    "dose_mean",
    "dose_variance",
    "diverted_rx_availability",
    "stimulant_price",
    "stimulant_availability",
)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """An elementary point of the model at which a policy acts.

    Args:
        name: its name.
        kind: "relative" multiplies by (1 + value), "additive" adds the value.
        words: what is changed.
    """

    name: str
    kind: Literal["relative", "additive"]
    words: str


def _relative(words: dict[str, str]) -> tuple[Mechanism, ...]:
    return tuple(Mechanism(name, "relative", text) for name, text in words.items())


def _additive(words: dict[str, str]) -> tuple[Mechanism, ...]:
    return tuple(Mechanism(name, "additive", text) for name, text in words.items())


MECHANISMS: tuple[Mechanism, ...] = (
    *_relative(
        {
            "rx_patients": "people who are prescribed opioids",
            "mme_per_day": "strength prescribed per day",
            "own_rx_initiation": "rate of starting misuse of one's own prescription",
            "diverted_initiation": "people who start with diverted prescriptions",
            "illicit_initiation": "people who start illicit opioids, with or without earlier misuse",
            "developing_disorder": "rates at which use becomes a disorder, in every pathway",
            "relapse": "rate of return from remission to disorder",
            "remission": "rate of remission without medication",
            "naloxone_kits": "naloxone kits handed out",
            "naloxone_placement": "how many uses a kit finds (where and to whom kits go)",
            "fentanyl_risk": "what fentanyl multiplies the overdose rate by",
            "dose_spread": "spread of doses that people meet (test strips, checking)",
            "naive_sharing": "share of stimulant users who meet fentanyl unawares",
            "bup_providers": "people who may prescribe buprenorphine",
            "bup_capacity_decay": "how fast the patients per provider fall as providers are added",
            "methadone_capacity": "places for methadone",
            "naltrexone_capacity": "places for naltrexone",
            "treatment_seeking": "rate of seeking treatment",
            "treatment_duration": "mean stay in treatment",
            "arrests": "rate of arrest of people with a disorder",
            "custody_length": "mean stay in custody",
            "release_risk": "excess risk after release",
            "precursor_supply": "precursors that reach makers",
            "production_capacity": "making capacity",
            "source_production": "crop and laboratory production at source (alternative development, eradication)",
            "network_capacity": "capacity of trafficking networks",
            "broker_capacity": "capacity of brokers",
            "online_capacity": "online vendors",
            "risk_premium": "pay that suppliers ask for the risk of prison",
            "inspection_mail_express": "share inspected, mail and express",
            "inspection_car_port": "share inspected, passenger vehicles at ports of entry",
            "inspection_cargo_port": "share inspected, cargo at ports of entry",
            "inspection_between_ports": "share inspected, between ports",
            "inspection_maritime": "share inspected, at sea",
            "inspection_domestic": "share inspected, inland and online press",
            "targeting_lift": "how many times better than random the inspected are chosen",
            "detection": "share of the inspected contraband that is found",
            "diverted_supply": "street supply of prescription opioids",
            "illicit_dose": "dose per unit of illicit opioids, apart from what the chain does",
            "illicit_availability": "availability of illicit opioids, apart from what the chain does",
            "fentanyl_share": "share of the illicit market that is fentanyl, apart from what the chain does",
        }
    ),
    *_additive(
        {
            "peer_influence": "strength with which people in remission keep others from relapse",
            "witnessed": "share of the gap to all overdoses being witnessed that is closed",
            "emergency_call": "share of the gap to always calling for help that is closed",
            "jail_treatment": "share of people in custody with opioid medication, added",
            "reentry_link": "share of people released who go straight into treatment, added",
            "treatment_barriers": "share of losses to barriers and cost that is taken away",
            "seizure_turmoil": "lost tolerance and changed suppliers after large opioid seizures (association)",
        }
    ),
    *_relative({"advance_data_coverage": "share of parcels announced with data in advance"}),
)


@dataclass(frozen=True, slots=True)
class Variable:
    """Something the engine gives by calendar year.

    Args:
        name: its name.
        unit: its unit.
        kind: "flow" (total over the year), "stock" (mean over the year), "index" (mean over the year, 1 = reference).
        words: what it is.
        target: id of the public series it is fitted to, or "".
        activity: whether it counts activity (seizures, arrests), never success.
    """

    name: str
    unit: str
    kind: Literal["flow", "stock", "index"]
    words: str
    target: str = ""
    activity: bool = False


def _flow(name: str, words: str, target: str = "", *, unit: str = "people/year", activity: bool = False) -> Variable:
    return Variable(name, unit, "flow", words, target, activity)


def _stock(name: str, words: str, target: str = "") -> Variable:
    return Variable(name, "people", "stock", words, target)


def _index(name: str, words: str, unit: str = "1 = no change") -> Variable:
    return Variable(name, unit, "index", words)


VARIABLES: tuple[Variable, ...] = (
    _flow("overdose_deaths", "deaths by opioid overdose", "ODTo"),
    _flow("overdose_deaths_rx", "of these, prescription opioids without synthetics", "ODRB"),
    _flow("overdose_deaths_rx_and_synthetic", "of these, prescription opioids with their synthetics", "ODRT"),
    _flow("overdose_deaths_synthetic_base", "of these, synthetics of the prescription pathway", "ODSB"),
    _flow("overdose_deaths_illicit", "of these, heroin and illicit synthetics", "ODHC"),
    _flow("overdose_deaths_naive", "of these, opioid-naive stimulant users"),
    _flow("overdose_deaths_released", "of these, people released within a year"),
    _flow("nonfatal_overdoses", "overdoses survived", unit="overdoses/year"),
    _flow("deaths_averted_by_kits", "deaths that naloxone of bystanders averted"),
    _flow("kits", "naloxone kits handed out", unit="kits/year"),
    _flow("kits_used", "naloxone kits used at an overdose", unit="kits/year"),
    _flow("rx_initiation_own", "people who start misuse with their own prescription", "InRM"),
    _flow("rx_initiation_diverted", "people who start misuse with diverted prescriptions", "InRD"),
    _flow("rx_initiation", "people who start misuse of prescriptions", "InRT"),
    _flow("illicit_initiation_direct", "people who start illicit opioids without earlier misuse", "InHD"),
    _flow("illicit_initiation_from_misuse", "people who start illicit opioids out of misuse", "InHR"),
    _flow("illicit_initiation_from_disorder", "people who start illicit opioids out of a disorder", "InHO"),
    _flow("illicit_initiation", "people who start illicit opioids", "InHT"),
    _stock("rx_misuse", "people who misuse prescriptions, no disorder, no illicit use", "RMis"),
    _stock("rx_disorder_no_illicit", "people with a prescription disorder, no illicit use", "ROUD"),
    _stock("rx_disorder_with_illicit", "people with a prescription disorder who also use illicit opioids", "ROUH"),
    _stock("rx_disorder", "people with a prescription disorder", "ROUT"),
    _stock("occasional_illicit", "people who use illicit opioids, no disorder", "NDHU"),
    _stock("illicit_disorder", "people with a disorder of illicit opioids", "HUD"),
    _stock("on_buprenorphine", "people on buprenorphine", "TxBp"),
    _stock("on_methadone", "people on methadone", "TxMt"),
    _stock("on_naltrexone", "people on extended-release naltrexone", "TxVi"),
    _stock("disorder", "people with an opioid disorder, treated or not"),
    _flow("disorder_person_years", "years lived with an opioid disorder", unit="person-years/year"),
    _stock("disorder_untreated", "people with an opioid disorder without medication"),
    _stock("remission_early", "people in early remission"),
    _stock("remission_stable", "people in stable remission"),
    _stock("in_custody", "people with an opioid disorder in custody"),
    _stock("released_year", "people with an opioid disorder released within a year"),
    _stock("never", "people who neither use nor have used"),
    _flow("arrests", "arrests of people with an opioid disorder", unit="arrests/year", activity=True),
    _flow("other_deaths", "deaths of people in the model by other causes"),
    _flow("treatment_gap", "share of people with a disorder without medication", unit="share"),
    _index("illicit_opioid_price", "price per pure unit of illicit opioids against the drivers' path"),
    _index("illicit_opioid_purity", "mean dose of illicit opioids against the drivers' path"),
    _index("illicit_opioid_dose_variance", "variance of doses against the drivers' path"),
    _index("illicit_opioid_availability", "availability of illicit opioids against the drivers' path"),
    _index("fentanyl_share", "share of the illicit opioid market that is fentanyl", "share"),
    _index("heroin_price", "price of heroin, 1999 = 1", "1999 = 1"),
    _index("stimulant_price", "price of stimulants against the drivers' path"),
    _flow("seized_fentanyl", "fentanyl seized", unit="pure kg/year", activity=True),
    _flow("seized_heroin", "heroin seized", unit="pure kg/year", activity=True),
    _flow("seized_methamphetamine", "methamphetamine seized", unit="pure kg/year", activity=True),
    _flow("seized_cocaine", "cocaine seized", unit="pure kg/year", activity=True),
    _flow("consumed_illicit_opioid", "illicit opioids consumed", unit="pure kg/year"),
    _index("interdiction_share", "share of the illicit opioid flow that is seized", "share"),
    _flow("inspections", "inspections relative to the reference", unit="reference years", activity=True),
    _index("buprenorphine_demand_met", "share of those seeking buprenorphine who get it", "share"),
    _index("naloxone_at_hand", "share of witnessed overdoses of illicit users with naloxone at hand", "share"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Switch:
    """A structural alternative: 1 as the model stands, 0 without this part (or with an alternative where 2 is allowed).

    Args:
        name: its name.
        values: values it may take; the first is the default.
        words: what each value means.
    """

    name: str
    values: tuple[int, ...]
    words: str


SWITCHES: tuple[Switch, ...] = (
    Switch("perceived_risk", (1, 0), "deaths and overdoses seen make people start less and stop more"),
    Switch("availability", (1, 0), "street supply and price change starting, stopping and disorder"),
    Switch("social_influence", (1, 0), "how many use changes how many start"),
    Switch("recent_years", (0, 1, 2, 3), "why deaths fell: 0 all, 1 supply shock, 2 depletion, 3 naloxone and care"),
    Switch("seizure_harm", (0, 1), "1: overdoses rise after large opioid seizures (association, Ray et al. 2023)"),
    Switch("replacement_drug", (0, 1), "1: a scarce opioid is replaced by a nitazene-like one"),
    Switch("inspectors_follow", (0, 1), "1: inspections move to the routes on which most is found, at the same total"),
)


def places(things: Sequence[str | Mechanism | Variable | Switch]) -> dict[str, int]:
    """Return name -> place."""
    return {thing if isinstance(thing, str) else thing.name: place for place, thing in enumerate(things)}
