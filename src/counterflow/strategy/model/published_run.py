"""The published model's own run, repeated by our engine: test V1.

Given a folder with the published inputs, best parameters and base run (Lim et al. 2022, PNAS, 10.1073/pnas.2115714119;
files `source_timeseries.csv.gz`, `source_estimated_parameters.csv`, `source_base_trajectories.csv.gz`), the engine is
run with those parameters and drivers, with everything that the published model lacks set to nothing (no custody, no
opioid-naive users, no change of supply) and with Euler's method, as it was run there. The clock differs by half a year:
a year's figure stands at mid-year here.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from counterflow.core.errors import InputError
from counterflow.strategy.model.drivers import Drivers
from counterflow.strategy.model.engine import Runs, simulate
from counterflow.strategy.model.layout import FIRST_YEAR, LAST_YEAR
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.positions import DRIVERS

__all__ = ["PUBLISHED_NAMES", "Gap", "published_gaps", "published_run"]

Floats = npt.NDArray[np.float64]

#: Our variable -> name of the published quantity.
PUBLISHED_NAMES = {
    "overdose_deaths": "Total overdose deaths",
    "overdose_deaths_rx": "Total overdose deaths base Rx",
    "overdose_deaths_synthetic_base": "Total overdose deaths synth base",
    "overdose_deaths_illicit": "Total overdose deaths heroin",
    "nonfatal_overdoses": "Total nonfatal overdoses",
    "kits_used": "Nx utilization events total",
    "naloxone_at_hand": "Probability Nx bystander heroin",
    "rx_initiation_own": "Initiating Rx misuse own Rx",
    "rx_initiation_diverted": "Initiating Rx misuse diverted",
    "illicit_initiation_direct": "Initiating heroin no Rx",
    "illicit_initiation_from_misuse": "Initiating heroin with Rx misuse",
    "illicit_initiation_from_disorder": "Initiating heroin with Rx OUD",
    "rx_misuse": "Rx misuse no PY heroin",
    "rx_disorder_no_illicit": "Rx OUD no PY heroin total",
    "rx_disorder_with_illicit": "Rx OUD with PY heroin total",
    "occasional_illicit": "Nondisordered heroin use",
    "illicit_disorder": "HUD total",
    "on_buprenorphine": "Total by MOUD[Bup]",
    "on_methadone": "Total by MOUD[MMT]",
    "on_naltrexone": "Total by MOUD[Viv]",
    "buprenorphine_demand_met": "Tx demand fulfilment ratio[Bup]",
    "disorder": "Total with UD",
}
#: Our parameter -> name of the published one.
_PARAMETERS = {
    "rx_own_start": "Initiation rate Rx misuse own Rx",
    "rx_diverted_start": "Initiating Rx misuse diverted base",
    "illicit_direct_start": "Initiating heroin no Rx base",
    "illicit_misuse_start": "Initiation rate heroin with Rx misuse",
    "illicit_disorder_start_ratio": "Initiation rate heroin with Rx OUD relative to Rx misuse",
    "rx_disorder_rate": "Developing Rx OUD rate",
    "illicit_disorder_rate_with_rx": "Developing HUD rate with Rx OUD",
    "illicit_disorder_rate_direct": "Developing HUD rate no Rx OUD",
    "stop_misuse": "Net quit rate Rx misuse",
    "stop_occasional": "Net quit rate NDHU",
    "stop_occasional_to_misuse": "Net quit rate heroin with Rx misuse",
    "stop_illicit_with_rx": "Net quit rate heroin with Rx OUD",
    "remission_rx_ratio": "Remission rate Rx OUD relative to HUD",
    "relapse": "Relapse rate HUD",
    "relapse_rx_ratio": "Relapse rate Rx OUD relative to HUD",
    "years_to_stable": "Time to stabilize remission",
    "influence_rx_start": "Social influence strength initiating Rx misuse",
    "influence_illicit_direct": "Social influence strength initiating NDHU no Rx",
    "influence_illicit_misuse": "Social influence strength initiating NDHU with Rx",
    "influence_illicit_disorder": "Social influence strength initiating heroin with Rx OUD",
    "influence_rx_disorder": "Social influence strength developing Rx OUD",
    "influence_illicit_develop": "Social influence strength developing HUD",
    "risk_rx_own": "Perceived risk strength initiating Rx misuse own Rx",
    "risk_rx_diverted": "Perceived risk strength initiating Rx misuse diverted",
    "risk_illicit_direct": "Perceived risk strength initiating NDHU no Rx",
    "risk_illicit_rx": "Perceived risk strength initiating heroin with Rx use",
    "risk_stop_misuse": "Perceived risk strength net quit Rx misuse",
    "risk_stop_occasional": "Perceived risk strength net quit NDHU",
    "risk_stop_occasional_to_misuse": "Perceived risk strength net quit NDHU with Rx",
    "risk_stop_illicit_with_rx": "Perceived risk strength net quit heroin with Rx OUD",
    "supply_rx_start": "Rx availability strength initiating Rx misuse",
    "supply_rx_disorder": "Rx availability strength developing Rx OUD",
    "supply_stop_misuse": "Rx availability strength net quit Rx misuse",
    "supply_illicit_start": "Heroin availability strength initiating NDHU no Rx",
    "supply_illicit_develop": "Heroin availability strength developing HUD",
    "supply_stop_occasional": "Heroin availability strength net quit NDHU",
    "relative_supply_misuse": "Rx vs H availability strength initiating NDHU with Rx",
    "relative_supply_disorder": "Rx vs H availability strength initiating heroin with Rx OUD",
    "relative_supply_develop": "Rx vs H availability strength developing HUD with Rx OUD",
    "deterrent_strength": "ADF effect strength initiating heroin with Rx OUD",
    "seek": "Tx seeking rate Rx OUD no H total",
    "od_misuse": "Overdose rate base Rx misuse",
    "od_rx": "Overdose rate base Rx OUD",
    "od_synthetic_base": "Overdose rate synth baseline",
    "od_illicit": "Overdose rate base HUD",
    "od_occasional_ratio": "Overdose rate NDHU relative to HUD",
    "survive_rx": "Base survival probability Rx OD",
    "survive_illicit_ratio": "Base survival probability H OD relative to Rx",
    "survive_fentanyl_ratio": "Fentanyl effect on base survival max relative to H",
    "fentanyl_multiplier": "Fentanyl effect on OD rate H max",
    "kit_reach": "Nx kit distribution efficiency",
    "kit_share_illicit": "Fraction Nx kits to H users",
}
#: Published constants, the clock (half a year), and what the published model lacks.
_FIXED = {
    "rx_share_occasional": 0.482073, "rx_share_illicit": 0.647886, "seek_illicit_ratio": 4.843,
    "seek_bup_rx": 0.625, "seek_met_rx": 0.375 * 0.15, "seek_bup_illicit": 0.55, "seek_met_illicit": 0.45 * 0.8,
    "loss_cost": 0.1214, "loss_barriers": 0.1616, "stay_bup": 0.61, "stay_met": 1.0, "stay_nal": 0.22,
    "intake_delay": 0.083, "bup_per_provider": 42.0, "bup_crowding": 4.45e-5, "bup_uptake_years": 11.5,
    "od_on_buprenorphine": 0.295, "od_on_methadone": 0.295, "od_on_naltrexone": 0.439, "witnessed": 0.764,
    "emergency_call": 0.424, "remission_unaided": 0.068, "street_shock": 0.45, "street_shock_time": 2011.25,
    "street_recovery_years": 1.4, "remitted_counted_again": 1.0, "arrest_rx": 0.0, "arrest_both": 0.0,
    "arrest_illicit": 0.0, "naive_rate": 0.0,
}  # fmt: skip
_USED_METHADONE, _USED_NALTREXONE = 0.866, 0.88
_DRIVERS = {
    "population": "Population",
    "rx_patients": "Patients receiving opioid prescription annual",
    "rx_stay": "Average duration of medical opioid use",
    "rx_supply": "Rx supply relative",
    "deterrent_share": "ADF fraction of Rx street supply net",
    "fentanyl": "Fentanyl penetration curve",
    "illicit_price": "Heroin price index",
    "bup_providers": "Bup providers",
    "methadone_places": "MMT capacity estimated",
    "naltrexone_places": "Viv capacity estimated",
    "naloxone_kits": "Nx kits distributed net",
}
#: In 1999: people in remission and lately in remission by survey (NESARC), share with heroin, patients on methadone.
_REMISSION_RX, _STABLE_RX, _WITH_HEROIN = 983_787, 866_830, 0.0512
_REMISSION_ILLICIT, _STABLE_ILLICIT = 212_971, 187_652
_ON_METHADONE = {"rx": (1 - 0.96 - 0.0048, "OUM"), "both": (0.0048, "OHM"), "illicit": (0.96, "HUM")}
_RETENTION, _TURN, _STEEP, _MOST = 2.0, 2.5, 2.5, 0.85


class Gap(NamedTuple):
    """Largest relative difference of a variable from the published run, and its year."""

    variable: str
    gap: float
    year: int


def _remitted(stay: float) -> float:
    """Return the published share in remission at a mean stay (asymmetric S-curve)."""
    return _MOST * _STEEP**2 / (1 + _STEEP**2) * math.exp(_RETENTION / _STEEP * (stay - _TURN))


def _trajectories(folder: Path) -> dict[str, Floats]:
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    with gzip.open(folder / "source_base_trajectories.csv.gz", "rt") as file:
        return {row["variable"]: np.array([float(row[y] or "nan") for y in years]) for row in csv.DictReader(file)}


def _first_values(folder: Path) -> dict[str, float]:
    with gzip.open(folder / "source_timeseries.csv.gz", "rt") as file:
        return {row["series"]: float(row["value"]) for row in csv.DictReader(file) if float(row["time"]) == FIRST_YEAR}


def _start(best: Mapping[str, float], first: Mapping[str, float]) -> dict[str, float]:
    """Return where everybody is in 1999: surveys times estimated corrections."""

    def corrected(value: float, code: str) -> float:
        return value * best[f"Initial stock correction[{code}]"]

    surveyed = {
        "start_misuse": ("Rx misuse no PY heroin NSDUH", "RXM"),
        "start_occasional": ("Nondisordered heroin use NSDUH RAND", "NDH"),
        "start_rx": ("Rx OUD no PY heroin NSDUH", "OUT"),
        "start_both": ("Rx OUD with PY heroin NSDUH RAND", "OHT"),
        "start_illicit": ("HUD NSDUH RAND", "HUT"),
    }
    values = {name: corrected(first[series], code) for name, (series, code) in surveyed.items()}
    on_methadone = first["Tx point patients OTP MMT NSSATS"]
    for pathway, (share, code) in _ON_METHADONE.items():
        values[f"start_methadone_{pathway}"] = corrected(on_methadone * share, code)
    outside = 1 - _remitted(1.0)
    values["start_early_rx"] = corrected(_REMISSION_RX * (1 - _WITH_HEROIN) * outside, "OUR")
    values["start_early_both"] = corrected(_REMISSION_RX * _WITH_HEROIN * outside, "OHR")
    values["start_early_illicit"] = corrected(_REMISSION_ILLICIT * outside, "HUR")
    values["start_stable_rx"] = corrected(_STABLE_RX * (1 - _WITH_HEROIN), "OUS")
    values["start_stable_both"] = corrected(_STABLE_RX * _WITH_HEROIN, "OHS")
    values["start_stable_illicit"] = corrected(_STABLE_ILLICIT, "HUS")
    return values


def _values(folder: Path) -> Floats:
    with (folder / "source_estimated_parameters.csv").open() as file:
        best = {row["parameter"]: float(row["best"]) for row in csv.DictReader(file)}
    held = parameters()
    known = {name: best[theirs] for name, theirs in _PARAMETERS.items()} | _FIXED
    known |= _start(best, _first_values(folder))
    known |= {f"remitted_{m}": _remitted(stay) for m, stay in (("bup", 0.61), ("met", 1.0), ("nal", 0.22))}
    values = held.values
    for name, value in known.items():
        values[held.place(name)] = value
    return values


def _drivers(published: Mapping[str, Floats]) -> Drivers:
    columns = {name: published[theirs] for name, theirs in _DRIVERS.items()}
    columns["methadone_places"] = columns["methadone_places"] * _USED_METHADONE
    columns["naltrexone_places"] = columns["naltrexone_places"] * _USED_NALTREXONE
    columns["stimulant_users"] = np.ones(len(columns["population"]))
    table = np.stack([columns[name] for name in DRIVERS], axis=1)
    return Drivers("published", np.arange(FIRST_YEAR, LAST_YEAR + 1), table)


def published_run(folder: Path) -> tuple[Runs, dict[str, Floats]]:
    """Repeat the published base run.

    Args:
        folder: where the published files are.

    Returns:
        Our run, with figures at mid-year, and the published quantities by their names, each 1999-2032.

    Raises:
        InputError: a file is missing.
    """
    try:
        published = _trajectories(folder)
        values = _values(folder)
    except OSError as error:
        raise InputError("The published run's files are not there.", file=folder) from error
    return simulate(values, _drivers(published), moment=True, order=1), published


def published_gaps(folder: Path) -> tuple[Gap, ...]:
    """Return, per variable, the largest relative difference between our run and the published one."""
    runs, published = published_run(folder)
    rows = []
    for name, theirs in PUBLISHED_NAMES.items():
        there = published[theirs] > 0
        gap = np.zeros(len(there))
        gap[there] = np.abs(runs.of(name)[0][there] / published[theirs][there] - 1)
        rows.append(Gap(name, float(gap.max()), FIRST_YEAR + int(gap.argmax())))
    return tuple(rows)
