"""Names and places of the supply chain: the parameters it takes, its state, and what it hands out.

Compiled code knows places only. A parameter is found by name when a run is packed, so the order of the tables does not
matter here. Equations and sources: docs/methods/strategy-supply.md.
"""

from __future__ import annotations

from counterflow.strategy.model.layout import DRUGS, MECHANISMS, ROUTES, SIGNALS, SWITCHES, places

__all__ = ["SHARES", "SUPPLY_MEASURES", "SUPPLY_STATE", "SUPPLY_TAKES", "SUPPLY_TOTALS"]

_D, _R = len(DRUGS), len(ROUTES)

#: Which drug comes by which route at all.
SHARES = (
    *(f"route_fentanyl_{route}" for route in ("mail_express", "car_port", "cargo_port", "between_ports", "domestic")),
    *(f"route_heroin_{route}" for route in ("mail_express", "car_port", "cargo_port", "between_ports")),
    *(f"route_methamphetamine_{route}" for route in ("mail_express", "car_port", "cargo_port", "between_ports",
                                                     "domestic")),
    *(f"route_cocaine_{route}" for route in ("mail_express", "car_port", "cargo_port", "between_ports", "maritime")),
    *(f"route_diverted_rx_{route}" for route in ("mail_express", "domestic")),
)  # fmt: skip

#: One value for each drug, in the order of `DRUGS`.
_BY_DRUG = (
    "consumed", "elasticity", "seizure_share", "landed_share", "source_share", "scarcity_purity", "dose_share",
    "stock_cover", "needs_precursor", "needs_source", "needs_network", "sold_online",
)  # fmt: skip
#: One value for each route, in the order of `ROUTES`.
_BY_ROUTE = ("seizure_relative", "inspected")
_SINGLE = (
    "targeting_lift", "advance_data_coverage", "detection", "loss_beside_product", "route_choice", "route_learning",
    "loss_tolerance", "backstop_cost", "inspector_learning", "broker_fee", "pass_through",
    "risk_share_of_margin", "market_crowding",
    "scarcity_price", "price_delay", "price_fall_delay", "quantity_share_of_elasticity", "purity_fall_time",
    "purity_recovery_time",
    "dose_titration", "dose_uneven", "search_cost", "capacity_slack", "precursor_slack", "source_stock_cover",
    "precursor_cover", "restocking_time", "demand_expected_time", "stock_loss_rate", "precursor_adaptable",
    "precursor_half_life",
    "capacity_replacement_time", "source_replacement_time", "source_displaced", "network_replaced",
    "network_replacement_time", "broker_replaced", "broker_replacement_time", "online_replaced",
    "online_replacement_time", "online_sales_per_vendor", "diverted_readjust_time", "substitution_opioids",
    "substitution_stimulants", "replacement_share", "replacement_time", "replacement_spread", "turmoil_spread",
    "turmoil_time",
)  # fmt: skip

SUPPLY_TAKES: tuple[str, ...] = (
    *(f"{name}_{drug}" for name in _BY_DRUG for drug in DRUGS),
    *(f"{name}_{route}" for name in _BY_ROUTE for route in ROUTES),
    *SHARES,
    *_SINGLE,
)
_P = places(SUPPLY_TAKES)

# Places of parameters. By drug and by route: place of the first.
(CONSUMED, ELASTICITY, SEIZURE_SHARE, LANDED_SHARE, SOURCE_SHARE, SCARCITY_PURITY, DOSE_SHARE, STOCK_COVER,
 NEEDS_PRECURSOR, NEEDS_SOURCE, NEEDS_NETWORK, SOLD_ONLINE) = (
    place * _D for place in range(len(_BY_DRUG))
)  # fmt: skip
SEIZURE_RELATIVE, INSPECTED = (len(_BY_DRUG) * _D + place * _R for place in range(len(_BY_ROUTE)))
#: Place of the share of a route in a drug's flow, drug by drug; -1 where the drug does not come that way.
SHARE_PLACE: tuple[int, ...] = tuple(_P.get(f"route_{drug}_{route}", -1) for drug in DRUGS for route in ROUTES)
(
    LIFT, COVERAGE, DETECTION, LOSS_BESIDE, ROUTE_CHOICE, ROUTE_LEARNING, LOSS_TOLERANCE, BACKSTOP, FOLLOWING,
    BROKER_FEE, PASS_THROUGH, RISK_SHARE, CROWDING, SCARCITY_PRICE, PRICE_DELAY, PRICE_FALL_DELAY,
    QUANTITY_SHARE, PURITY_FALL, PURITY_RECOVERY, TITRATION, UNEVEN, SEARCH_COST, SLACK, PRECURSOR_SLACK,
    SOURCE_COVER, PRECURSOR_COVER, RESTOCKING, EXPECTED_TIME, LOSS_RATE, PRECURSOR_ADAPTABLE,
    PRECURSOR_HALF_LIFE, CAPACITY_TIME, SOURCE_TIME, SOURCE_DISPLACED, NETWORK_REPLACED, NETWORK_TIME,
    BROKER_REPLACED, BROKER_TIME, ONLINE_REPLACED, ONLINE_TIME, SALES_PER_VENDOR, DIVERTED_TIME,
    SUBSTITUTION_OPIOIDS, SUBSTITUTION_STIMULANTS, REPLACEMENT_SHARE, REPLACEMENT_TIME, REPLACEMENT_SPREAD,
    TURMOIL_SPREAD, TURMOIL_TIME,
) = (_P[name] for name in _SINGLE)  # fmt: skip

# Places of mechanisms and switches.
_M = places(MECHANISMS)
(M_PRECURSOR, M_CAPACITY, M_SOURCE, M_NETWORK, M_BROKER, M_ONLINE, M_RISK, M_LIFT, M_DETECTION, M_DIVERTED, M_DOSE,
 M_AVAILABLE, M_TURMOIL) = (
    _M[name] for name in (
        "precursor_supply", "production_capacity", "source_production", "network_capacity", "broker_capacity",
        "online_capacity", "risk_premium", "targeting_lift", "detection", "diverted_supply", "illicit_dose",
        "illicit_availability", "seizure_turmoil",
    )
)  # fmt: skip
ADVANCE_DATA = _M["advance_data_coverage"]
M_INSPECTED: tuple[int, ...] = tuple(_M[f"inspection_{route}"] for route in ROUTES)
_W = places(SWITCHES)
W_HARM, W_REPLACE, W_FOLLOW = _W["seizure_harm"], _W["replacement_drug"], _W["inspectors_follow"]

#: Share of each route in all inspections of the reference: passenger vehicles, cargo and mail by far the most units.
WORK = (0.2, 0.4, 0.35, 0.03, 0.01, 0.01)

# Places of signals.
(G_PRICE, G_AVAILABLE, G_FENTANYL, G_DOSE, G_SPREAD, G_DIVERTED, G_STIMULANT_PRICE, G_STIMULANT_AVAILABLE) = range(
    len(SIGNALS)
)

# Places of state. By drug and route (place + drug * routes + route), by route, by drug, single.
S_SHARE0 = 0  #: share of a route in the reference
S_LOG_SURVIVE = S_SHARE0 + _D * _R  #: log of the share that is not seized on a route in the reference
S_HAZARD0 = S_LOG_SURVIVE + _D * _R  #: share that is seized on a route in the reference
S_SHARE = S_HAZARD0 + _D * _R  #: share of a route now
S_PERCEIVED = S_SHARE + _D * _R  #: hazard of a route, relative to the reference, as shippers believe it
S_HAZARD = S_PERCEIVED + _R  #: the same as it is
S_EFFORT = S_HAZARD + _R  #: inspections of a route that follow finds, 1 in the reference
S_STOCK = S_EFFORT + _R  #: stock within the country, kg
S_SOURCE = S_STOCK + _D  #: stock at source, kg
S_PRECURSOR = S_SOURCE + _D  #: precursors, kg of product
S_PRICE = S_PRECURSOR + _D  #: log price of a pure unit, relative
S_PURITY = S_PRICE + _D  #: log purity, relative
S_EXPECTED = S_PURITY + _D  #: demand that suppliers expect, relative
S_REPLACED = S_EXPECTED + _D  #: part of the reference flow that a replacement drug supplies
S_SEIZED0 = S_REPLACED + _D  #: share seized in the reference
S_SEIZED_SHARE = S_SEIZED0 + _D  #: share seized now
S_COST = S_SEIZED_SHARE + _D  #: log landed cost, relative
S_COST_PRICE = S_COST + _D  #: price that covers costs, relative
S_DEMAND = S_COST_PRICE + _D  #: demand with what is diverted from other drugs, relative
S_MADE = S_DEMAND + _D  #: kg made since the start
S_TAKEN = S_MADE + _D  #: kg seized since the start
S_SOLD = S_TAKEN + _D  #: kg sold since the start
S_LOST = S_SOLD + _D  #: kg lost since the start
S_SALES = S_LOST + _D  #: kg sold per year now
S_CONFISCATED = S_SALES + _D  #: kg seized per year now
S_PRODUCED = S_CONFISCATED + _D  #: kg made per year now
S_BEGUN = S_PRODUCED + _D  #: kg held when the run began
S_MADE_UP = S_BEGUN + _D  #: what has been made up of a restriction: precursor, capacity, source, network, broker ...
_RESTRICTIONS = 7
S_SCALE = S_MADE_UP + _RESTRICTIONS  #: the reference's demand that stocks were made for, relative to 2021
S_MOVED = S_SCALE + _D  #: 1 once anything has reached the drug
S_ANSWER = S_MOVED + _D  #: how far a short step goes: price up, price down, purity down, purity up
S_BELIEVED = S_ANSWER + 4  #: hazard as shippers believe it, in the middle of the step
S_MADE_MID = S_BELIEVED + _R  #: what has been made up, in the middle of the step
S_PRICE_MID = S_MADE_MID + _RESTRICTIONS  #: log price, in the middle of the step; purity and stock likewise
S_PURITY_MID = S_PRICE_MID + _D
S_STOCK_MID = S_PURITY_MID + _D
S_TURMOIL = S_STOCK_MID + _D  #: seizures beyond the reference, lately
S_DISTURBED = S_TURMOIL + 1  #: 1 once anything has changed
SUPPLY_STATE = S_DISTURBED + 1

SUPPLY_TOTALS = (
    "seized_fentanyl", "seized_heroin", "seized_methamphetamine", "seized_cocaine", "consumed_illicit_opioid",
)  # fmt: skip
SUPPLY_MEASURES = ("interdiction_share", "inspections")
