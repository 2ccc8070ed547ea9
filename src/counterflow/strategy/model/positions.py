"""Places in the flat arrays that the compiled loop works on: parameters taken, constants, states, drivers, mechanisms.

The loop is compiled once and kept as machine code, so places are whole numbers that stand in this file and not in the
order of a table: parameters are packed by name (`TAKES`) before a run. `tests/unit/strategy/test_engine_places.py`
holds constants and names together.
"""

from __future__ import annotations

from counterflow.strategy.model.layout import MECHANISMS, SIGNALS, SWITCHES, VARIABLES, places

# fmt: off
#: Parameters that people, treatment, harm and justice take, in the order of the packed array.
TAKES = (
    "rx_own_start", "rx_diverted_start", "illicit_direct_start", "illicit_misuse_start",
    "illicit_disorder_start_ratio", "rx_disorder_rate", "illicit_disorder_rate_with_rx",
    "illicit_disorder_rate_direct", "stop_misuse", "stop_occasional", "stop_occasional_to_misuse",
    "stop_illicit_with_rx", "remission_unaided", "remission_rx_ratio", "relapse", "relapse_rx_ratio",
    "years_to_stable", "peer_strength", "influence_rx_start", "influence_illicit_direct",
    "influence_illicit_misuse", "influence_illicit_disorder", "influence_rx_disorder", "influence_illicit_develop",
    "risk_rx_own", "risk_rx_diverted", "risk_illicit_direct", "risk_illicit_rx", "risk_stop_misuse",
    "risk_stop_occasional", "risk_stop_occasional_to_misuse", "risk_stop_illicit_with_rx", "risk_rise_years",
    "risk_fall_years", "risk_nonfatal_weight", "supply_rx_start", "supply_rx_disorder", "supply_stop_misuse",
    "supply_illicit_start", "supply_illicit_develop", "supply_stop_occasional", "relative_supply_misuse",
    "relative_supply_disorder", "relative_supply_develop", "deterrent_strength", "street_shock",
    "street_shock_time", "street_recovery_years", "mme_misuse", "mme_occasional", "mme_rx", "mme_both",
    "mme_illicit", "mme_on_buprenorphine", "mme_on_methadone", "mme_on_naltrexone", "rx_share_occasional",
    "rx_share_illicit", "other_death_none", "other_death_disorder", "other_death_medical_ratio", "start_misuse",
    "start_occasional", "start_rx", "start_both", "start_illicit", "start_methadone_rx", "start_methadone_both",
    "start_methadone_illicit", "start_early_rx", "start_early_both", "start_early_illicit", "start_stable_rx",
    "start_stable_both", "start_stable_illicit", "seek", "seek_illicit_ratio", "seek_bup_rx", "seek_met_rx",
    "seek_bup_illicit", "seek_met_illicit", "loss_cost", "loss_barriers", "stay_bup", "stay_met", "stay_nal",
    "remitted_bup", "remitted_met", "remitted_nal", "remitted_gain", "remitted_counted_again", "intake_delay",
    "bup_per_provider", "bup_crowding", "bup_uptake_years", "od_misuse", "od_rx", "od_synthetic_base", "od_illicit",
    "od_occasional_ratio", "death_medical", "survive_rx", "survive_illicit_ratio", "survive_fentanyl_ratio",
    "fentanyl_multiplier", "dose_power", "dose_cv", "exposure_elasticity", "naive_rate", "witnessed",
    "emergency_call", "kit_reach", "kit_share_illicit", "od_on_buprenorphine", "od_on_methadone",
    "od_on_naltrexone", "other_death_on_buprenorphine", "other_death_on_methadone", "other_death_on_naltrexone",
    "arrest_rx", "arrest_both", "arrest_illicit", "custody_share", "custody_years", "custody_od",
    "release_two_weeks", "release_year", "jail_treatment", "jail_continue", "reentry_link",
)
(
    RX_OWN_START, RX_DIVERTED_START, ILLICIT_DIRECT_START, ILLICIT_MISUSE_START, ILLICIT_DISORDER_START_RATIO,
    RX_DISORDER_RATE, ILLICIT_DISORDER_RATE_WITH_RX, ILLICIT_DISORDER_RATE_DIRECT, STOP_MISUSE, STOP_OCCASIONAL,
    STOP_OCCASIONAL_TO_MISUSE, STOP_ILLICIT_WITH_RX, REMISSION_UNAIDED, REMISSION_RX_RATIO, RELAPSE,
    RELAPSE_RX_RATIO, YEARS_TO_STABLE, PEER_STRENGTH, INFLUENCE_RX_START, INFLUENCE_ILLICIT_DIRECT,
    INFLUENCE_ILLICIT_MISUSE, INFLUENCE_ILLICIT_DISORDER, INFLUENCE_RX_DISORDER, INFLUENCE_ILLICIT_DEVELOP,
    RISK_RX_OWN, RISK_RX_DIVERTED, RISK_ILLICIT_DIRECT, RISK_ILLICIT_RX, RISK_STOP_MISUSE, RISK_STOP_OCCASIONAL,
    RISK_STOP_OCCASIONAL_TO_MISUSE, RISK_STOP_ILLICIT_WITH_RX, RISK_RISE_YEARS, RISK_FALL_YEARS,
    RISK_NONFATAL_WEIGHT, SUPPLY_RX_START, SUPPLY_RX_DISORDER, SUPPLY_STOP_MISUSE, SUPPLY_ILLICIT_START,
    SUPPLY_ILLICIT_DEVELOP, SUPPLY_STOP_OCCASIONAL, RELATIVE_SUPPLY_MISUSE, RELATIVE_SUPPLY_DISORDER,
    RELATIVE_SUPPLY_DEVELOP, DETERRENT_STRENGTH, STREET_SHOCK, STREET_SHOCK_TIME, STREET_RECOVERY_YEARS, MME_MISUSE,
    MME_OCCASIONAL, MME_RX, MME_BOTH, MME_ILLICIT, MME_ON_BUPRENORPHINE, MME_ON_METHADONE, MME_ON_NALTREXONE,
    RX_SHARE_OCCASIONAL, RX_SHARE_ILLICIT, OTHER_DEATH_NONE, OTHER_DEATH_DISORDER, OTHER_DEATH_MEDICAL_RATIO,
    START_MISUSE, START_OCCASIONAL, START_RX, START_BOTH, START_ILLICIT, START_METHADONE_RX, START_METHADONE_BOTH,
    START_METHADONE_ILLICIT, START_EARLY_RX, START_EARLY_BOTH, START_EARLY_ILLICIT, START_STABLE_RX,
    START_STABLE_BOTH, START_STABLE_ILLICIT, SEEK, SEEK_ILLICIT_RATIO, SEEK_BUP_RX, SEEK_MET_RX, SEEK_BUP_ILLICIT,
    SEEK_MET_ILLICIT, LOSS_COST, LOSS_BARRIERS, STAY_BUP, STAY_MET, STAY_NAL, REMITTED_BUP, REMITTED_MET,
    REMITTED_NAL, REMITTED_GAIN, REMITTED_COUNTED_AGAIN, INTAKE_DELAY, BUP_PER_PROVIDER, BUP_CROWDING,
    BUP_UPTAKE_YEARS, OD_MISUSE, OD_RX, OD_SYNTHETIC_BASE, OD_ILLICIT, OD_OCCASIONAL_RATIO, DEATH_MEDICAL,
    SURVIVE_RX, SURVIVE_ILLICIT_RATIO, SURVIVE_FENTANYL_RATIO, FENTANYL_MULTIPLIER, DOSE_POWER, DOSE_CV,
    EXPOSURE_ELASTICITY, NAIVE_RATE, WITNESSED, EMERGENCY_CALL, KIT_REACH, KIT_SHARE_ILLICIT, OD_ON_BUPRENORPHINE,
    OD_ON_METHADONE, OD_ON_NALTREXONE, OTHER_DEATH_ON_BUPRENORPHINE, OTHER_DEATH_ON_METHADONE,
    OTHER_DEATH_ON_NALTREXONE, ARREST_RX, ARREST_BOTH, ARREST_ILLICIT, CUSTODY_SHARE, CUSTODY_YEARS, CUSTODY_OD,
    RELEASE_TWO_WEEKS, RELEASE_YEAR, JAIL_TREATMENT, JAIL_CONTINUE, REENTRY_LINK,
) = range(130)

#: Drivers: what is given from outside, in the order of a row of `drivers.Drivers.table`.
DRIVERS = (
    "population", "rx_patients", "rx_stay", "rx_supply", "deterrent_share", "fentanyl", "illicit_price",
    "bup_providers", "methadone_places", "naltrexone_places", "naloxone_kits", "stimulant_users",
)
(
    D_POPULATION, D_RX_PATIENTS, D_RX_STAY, D_RX_SUPPLY, D_DETERRENT_SHARE, D_FENTANYL, D_ILLICIT_PRICE,
    D_BUP_PROVIDERS, D_METHADONE_PLACES, D_NALTREXONE_PLACES, D_NALOXONE_KITS, D_STIMULANT_USERS,
) = range(12)

#: Stocks. A pathway p is 0 prescription only, 1 prescription with illicit use, 2 illicit; a medication m is
#: 0 buprenorphine, 1 methadone, 2 naltrexone. TREATED holds p * 3 + m.
PATHWAYS, MEDICATIONS = 3, 3
MISUSE, OCCASIONAL = 0, 1
UNTREATED, TREATED, EARLY, STABLE = 2, 5, 14, 17
CUSTODY, TWO_WEEKS, YEAR = 20, 23, 26
PEOPLE = 29  # places before this hold living people
RISK_RX, RISK_ILLICIT, STREET_LOSS = 29, 30, 31
LEAVING, UPTAKE_1, UPTAKE_2 = 32, 35, 36
DEAD_OVERDOSE, DEAD_OTHER, ENTERED, FORMER, DEPLETED = 37, 38, 39, 40, 41
STATES = 42

#: Constants of one run, worked out before its first step.
(
    C_DOSE_BEND, C_SURVIVE_ILLICIT, C_SURVIVE_FENTANYL, C_OTHER_MISUSE, C_OTHER_OCCASIONAL, C_REF_RX_USERS,
    C_REF_ILLICIT_USERS, C_REF_RX_DISORDER, C_REF_ILLICIT_DISORDER, C_REF_REMISSION, C_REF_RX_DEMAND, C_REF_RISK_RX,
    C_REF_RISK_ILLICIT,
) = range(13)
C_NOT_RELEASED = 13  # per pathway: rate of people not lately in custody over the mean rate at large
C_SEEK = 16  # per pathway and medication: rate of seeking
CONSTANTS = 25

#: Room for one step: what is worked out and used within it.
(
    W_PEN, W_DOSE, W_KIT_ILLICIT, W_KIT_RX, W_MISSED_ILLICIT, W_MISSED_RX, W_SURVIVE_NOW, W_WITNESSED_NOW,
    W_CALLED_NOW, W_RATE_ILLICIT, W_RATE_OCCASIONAL, W_DEATH_ILLICIT, W_DEATH_OCCASIONAL, W_DEATH_RX_BASE,
    W_DEATH_SYNTHETIC, W_DEATH_MISUSE, W_RX_USERS, W_ILLICIT_USERS, W_RX_DISORDER, W_ILLICIT_DISORDER,
    W_REMISSION_ALL, W_RX_DEMAND, W_FELT_RX, W_FELT_ILLICIT, W_LOG_RX_USERS, W_LOG_ILLICIT_USERS, W_LOG_RX_DISORDER,
    W_LOG_ILLICIT_DISORDER, W_LOG_RISK_RX, W_LOG_RISK_ILLICIT, W_LOG_RX_SUPPLY, W_LOG_ILLICIT_SUPPLY,
    W_LOG_RELATIVE, W_START_OWN, W_START_DIVERTED, W_START_DIRECT, W_START_MISUSE, W_DEVELOP_RX, W_DEVELOP_DIRECT,
    W_LEAVE_MISUSE, W_LEAVE_OCCASIONAL, W_BACK_TO_MISUSE, W_RATE_START_BOTH, W_RATE_DEVELOP_BOTH, W_RATE_STOP_BOTH,
    W_RATE_RELAPSE, W_OVERDOSES_RX, W_OVERDOSES_ILLICIT, W_OVERDOSES_SYNTHETIC, W_DEATHS_MEDICAL, W_DEATHS_MISUSE,
    W_DEATHS_OCCASIONAL, W_DEATHS_NAIVE, W_OVERDOSES_NAIVE, W_DEATHS_RELEASED, W_OTHER_DEATHS, W_ARRESTS_NOW,
    W_CARE_SHARE,
) = range(58)
#: The same per pathway (P), per medication (M) or both (PM).
W_DEATH_P = 58
W_RATE_P = 61
W_DEATHS_P = 64
W_AT_LARGE_P = 67
W_PRESENT_P = 70
W_HAZARD_P = 73
W_ENGAGE_P = 76
W_CUSTODY_RATE_P = 79
W_MEAN_CUSTODY_P = 82
W_MEAN_TWO_WEEKS_P = 85
W_RELEASED_P = 88
W_FULFIL_M = 91
W_TREATED_TOTAL_M = 94
W_EXITS_M = 97
W_REMITTED_M = 100
W_STAY_M = 103
W_DEATHS_TREATED_PM = 106
W_ENGAGED_PM = 115
W_EXIT_REMITTED_PM = 124
W_EXIT_DISORDER_PM = 133
W_OTHER_TREATED_PM = 142
WORK = 151
# fmt: on

_MECHANISMS, _VARIABLES, _SWITCHES, _SIGNALS = places(MECHANISMS), places(VARIABLES), places(SWITCHES), places(SIGNALS)
M_RX_PATIENTS = _MECHANISMS["rx_patients"]
M_MME_PER_DAY = _MECHANISMS["mme_per_day"]
M_OWN_RX_INITIATION = _MECHANISMS["own_rx_initiation"]
M_DIVERTED_INITIATION = _MECHANISMS["diverted_initiation"]
M_ILLICIT_INITIATION = _MECHANISMS["illicit_initiation"]
M_DEVELOPING_DISORDER = _MECHANISMS["developing_disorder"]
M_RELAPSE = _MECHANISMS["relapse"]
M_REMISSION = _MECHANISMS["remission"]
M_NALOXONE_KITS = _MECHANISMS["naloxone_kits"]
M_NALOXONE_PLACEMENT = _MECHANISMS["naloxone_placement"]
M_FENTANYL_RISK = _MECHANISMS["fentanyl_risk"]
M_DOSE_SPREAD = _MECHANISMS["dose_spread"]
M_NAIVE_SHARING = _MECHANISMS["naive_sharing"]
M_BUP_PROVIDERS = _MECHANISMS["bup_providers"]
M_BUP_CAPACITY_DECAY = _MECHANISMS["bup_capacity_decay"]
M_METHADONE_CAPACITY = _MECHANISMS["methadone_capacity"]
M_NALTREXONE_CAPACITY = _MECHANISMS["naltrexone_capacity"]
M_TREATMENT_SEEKING = _MECHANISMS["treatment_seeking"]
M_TREATMENT_DURATION = _MECHANISMS["treatment_duration"]
M_ARRESTS = _MECHANISMS["arrests"]
M_CUSTODY_LENGTH = _MECHANISMS["custody_length"]
M_RELEASE_RISK = _MECHANISMS["release_risk"]
M_FENTANYL_SHARE = _MECHANISMS["fentanyl_share"]
M_PEER_INFLUENCE = _MECHANISMS["peer_influence"]
M_WITNESSED = _MECHANISMS["witnessed"]
M_EMERGENCY_CALL = _MECHANISMS["emergency_call"]
M_JAIL_TREATMENT = _MECHANISMS["jail_treatment"]
M_REENTRY_LINK = _MECHANISMS["reentry_link"]
M_TREATMENT_BARRIERS = _MECHANISMS["treatment_barriers"]
S_ILLICIT_OPIOID_PRICE = _SIGNALS["illicit_opioid_price"]
S_ILLICIT_OPIOID_AVAILABILITY = _SIGNALS["illicit_opioid_availability"]
S_FENTANYL_SHARE = _SIGNALS["fentanyl_share"]
S_DOSE_MEAN = _SIGNALS["dose_mean"]
S_DOSE_VARIANCE = _SIGNALS["dose_variance"]
S_DIVERTED_RX_AVAILABILITY = _SIGNALS["diverted_rx_availability"]
S_STIMULANT_PRICE = _SIGNALS["stimulant_price"]
S_STIMULANT_AVAILABILITY = _SIGNALS["stimulant_availability"]
K_PERCEIVED_RISK = _SWITCHES["perceived_risk"]
K_AVAILABILITY = _SWITCHES["availability"]
K_SOCIAL_INFLUENCE = _SWITCHES["social_influence"]
K_RECENT_YEARS = _SWITCHES["recent_years"]
V_OVERDOSE_DEATHS = _VARIABLES["overdose_deaths"]
V_OVERDOSE_DEATHS_RX = _VARIABLES["overdose_deaths_rx"]
V_OVERDOSE_DEATHS_RX_AND_SYNTHETIC = _VARIABLES["overdose_deaths_rx_and_synthetic"]
V_OVERDOSE_DEATHS_SYNTHETIC_BASE = _VARIABLES["overdose_deaths_synthetic_base"]
V_OVERDOSE_DEATHS_ILLICIT = _VARIABLES["overdose_deaths_illicit"]
V_OVERDOSE_DEATHS_NAIVE = _VARIABLES["overdose_deaths_naive"]
V_OVERDOSE_DEATHS_RELEASED = _VARIABLES["overdose_deaths_released"]
V_NONFATAL_OVERDOSES = _VARIABLES["nonfatal_overdoses"]
V_DEATHS_AVERTED_BY_KITS = _VARIABLES["deaths_averted_by_kits"]
V_KITS = _VARIABLES["kits"]
V_KITS_USED = _VARIABLES["kits_used"]
V_RX_INITIATION_OWN = _VARIABLES["rx_initiation_own"]
V_RX_INITIATION_DIVERTED = _VARIABLES["rx_initiation_diverted"]
V_RX_INITIATION = _VARIABLES["rx_initiation"]
V_ILLICIT_INITIATION_DIRECT = _VARIABLES["illicit_initiation_direct"]
V_ILLICIT_INITIATION_FROM_MISUSE = _VARIABLES["illicit_initiation_from_misuse"]
V_ILLICIT_INITIATION_FROM_DISORDER = _VARIABLES["illicit_initiation_from_disorder"]
V_ILLICIT_INITIATION = _VARIABLES["illicit_initiation"]
V_RX_MISUSE = _VARIABLES["rx_misuse"]
V_RX_DISORDER_NO_ILLICIT = _VARIABLES["rx_disorder_no_illicit"]
V_RX_DISORDER_WITH_ILLICIT = _VARIABLES["rx_disorder_with_illicit"]
V_RX_DISORDER = _VARIABLES["rx_disorder"]
V_OCCASIONAL_ILLICIT = _VARIABLES["occasional_illicit"]
V_ILLICIT_DISORDER = _VARIABLES["illicit_disorder"]
V_ON_BUPRENORPHINE = _VARIABLES["on_buprenorphine"]
V_ON_METHADONE = _VARIABLES["on_methadone"]
V_ON_NALTREXONE = _VARIABLES["on_naltrexone"]
V_DISORDER = _VARIABLES["disorder"]
V_DISORDER_PERSON_YEARS = _VARIABLES["disorder_person_years"]
V_DISORDER_UNTREATED = _VARIABLES["disorder_untreated"]
V_REMISSION_EARLY = _VARIABLES["remission_early"]
V_REMISSION_STABLE = _VARIABLES["remission_stable"]
V_IN_CUSTODY = _VARIABLES["in_custody"]
V_RELEASED_YEAR = _VARIABLES["released_year"]
V_NEVER = _VARIABLES["never"]
V_ARRESTS = _VARIABLES["arrests"]
V_OTHER_DEATHS = _VARIABLES["other_deaths"]
V_TREATMENT_GAP = _VARIABLES["treatment_gap"]
V_ILLICIT_OPIOID_PRICE = _VARIABLES["illicit_opioid_price"]
V_ILLICIT_OPIOID_PURITY = _VARIABLES["illicit_opioid_purity"]
V_ILLICIT_OPIOID_DOSE_VARIANCE = _VARIABLES["illicit_opioid_dose_variance"]
V_ILLICIT_OPIOID_AVAILABILITY = _VARIABLES["illicit_opioid_availability"]
V_FENTANYL_SHARE = _VARIABLES["fentanyl_share"]
V_HEROIN_PRICE = _VARIABLES["heroin_price"]
V_STIMULANT_PRICE = _VARIABLES["stimulant_price"]
V_BUPRENORPHINE_DEMAND_MET = _VARIABLES["buprenorphine_demand_met"]
V_NALOXONE_AT_HAND = _VARIABLES["naloxone_at_hand"]
