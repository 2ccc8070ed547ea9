"""Where learning begins, and what it is held to: the shipped weights.

Set on the development half of the benchmark's records (`benchmarks/bench_resolution.py`: names and addresses of OFAC
lists, written badly), 2026-11-22. Fields that those records do not have (identifier, birth) are own judgement.
"""

from __future__ import annotations

__all__ = ["BETA", "BORNE_OUT", "CHANCE", "LIKELY", "SHARES", "STRANGERS_K"]

#: probability of each band (`compare.BANDS`) for pairs of each class
LIKELY: dict[str, dict[str, tuple[float, ...]]] = {
    "same": {
        "name": (0.25, 0.07, 0.11, 0.20, 0.215, 0.155),
        "place": (0.03, 0.045, 0.085, 0.09, 0.07, 0.235, 0.215, 0.03, 0.20),
        "phone": (0.12, 0.06, 0.82),
        "email": (0.12, 0.05, 0.83),
        "identifier": (0.04, 0.01, 0.95),
        "born": (0.01, 0.03, 0.26, 0.70),
        "schema": (0.005, 0.995),
    },
    "namesakes": {
        "name": (0.001, 0.065, 0.154, 0.33, 0.305, 0.145),
        "place": (0.17, 0.08, 0.285, 0.085, 0.055, 0.02, 0.015, 0.075, 0.215),
        "phone": (0.97, 0.01, 0.02),
        "email": (0.95, 0.03, 0.02),
        "identifier": (0.59, 0.40, 0.01),
        "born": (0.90, 0.06, 0.03, 0.01),
        "schema": (0.08, 0.92),
    },
    "neighbours": {
        "name": (0.908, 0.027, 0.033, 0.022, 0.009, 0.001),
        "place": (0.001, 0.001, 0.001, 0.001, 0.05, 0.464, 0.48, 0.001, 0.001),
        "phone": (0.75, 0.02, 0.23),
        "email": (0.81, 0.09, 0.10),
        "identifier": (0.59, 0.40, 0.01),
        "born": (0.90, 0.06, 0.03, 0.01),
        "schema": (0.19, 0.81),
    },
}
#: pairs of each class for each distinct record
SHARES = {"same": 1.0, "namesakes": 0.03, "neighbours": 0.15}

#: probability of each band for two strangers; -1: what the value itself tells (bands that rarity tells are not used)
CHANCE: dict[str, tuple[float, ...]] = {
    "name": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    "place": (0.9, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 0.95, -1.0),
    "phone": (1.0, 1e-6, -1.0),
    "email": (1.0, 0.001, -1.0),
    "identifier": (0.7, 0.3, -1.0),
    "born": (0.95, 0.04, -1.0, 0.0001),
    "schema": (0.4, 0.6),
}
#: names and places: chance agreement is k exp(-beta r), one k for each band that rarity tells
BETA = {"name": 1.6, "place": 0.9}
STRANGERS_K: dict[str, tuple[float, ...]] = {"name": (30.0, 28.0, 16.0, 1.8, 0.75), "place": (2.0, 0.06, 0.35, 0.02)}

#: log odds said, and those found true, on the pairs of the development half: the fields are not independent, and weak
#: evidence for one party was borne out more often than it said. Read by linear interpolation, unchanged outside.
BORNE_OUT: tuple[tuple[float, float], ...] = (
    (-6.0, -6.0), (-4.1, -1.6), (-3.4, -0.8), (-1.9, -0.3), (-1.3, 0.2), (-0.7, 0.65), (0.0, 1.0), (0.7, 1.45),
    (1.45, 1.75), (2.2, 2.1), (3.1, 2.85), (3.85, 4.0), (6.0, 6.0),
)  # fmt: skip
