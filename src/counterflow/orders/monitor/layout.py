"""Where each number stands in the arrays that the compiled loops share: they know places, not names."""

from __future__ import annotations

# State of a row (one measure of a customer and product, or its days with orders), one column each.
(
    MEAN,  # level learned from clean months
    VARIANCE,  # variance of a month about it
    LOT,  # quantity of one visit
    COUNT,  # months that taught it
    ANCHOR,  # level that growth is capped from
    ANCHORED,  # column since when; -1 before
    CUSUM,
    EXCESS,  # quantity above the baseline since the CUSUM left 0
    LEVEL,  # two-month mean at the last alarm
    SINCE,  # first column that counts as evidence: after a disposal it begins anew
    GIVEN,  # level that a person accepted; 0 for none
    GIVEN_AT,  # first column after that
    DECLARED,  # level that the customer declared; 0 for none
    HOW,  # what the baseline rests on, one of HOW_*
    UNKNOWN,  # variance of the ratio that comes from not knowing the level
    EXPECTED,  # what is expected of the month at hand
    STOCK,  # ordered beyond the declared volume, running, of a new customer
    STOCK_TOTAL,  # ordered since the declaration, and the sum of squares over days
    STOCK_SQUARES,
) = range(19)
STATES = 19

# What is known of a group of peers.
PEERS, FACTOR, MEDIAN, SPREAD = range(4)
#: slots of a histogram of logarithms
SLOTS = 400

# Columns and kinds of events, ordered by column.
EVENT_COLUMN, EVENT_KIND, EVENT_TARGET, EVENT_VALUE = range(4)
DISPOSED, GIVEN_LEVEL, DECLARATION, TAKEN = range(4)

# What a baseline rests on.
HOW_OWN, HOW_CAPPED, HOW_DECLARED, HOW_GIVEN, HOW_PEERS = range(1, 6)
# Why an alarm was raised; they add up.
WHY_LEVEL, WHY_SUM, WHY_AGAIN = 1, 2, 4
# Kinds of rows.
DOSAGE, VISITS, OTHER = range(3)

# Numbers of the setting, in its order.
(
    P_LIMIT,
    P_MONTH_LIMIT,
    P_SUM_LIMIT,
    P_ALLOWANCE,
    P_MOST_A_MONTH,
    P_WINDOW,
    P_WARM_UP,
    P_FEW,
    P_LAG,
    P_GROWTH,
    P_TEACH,
    P_PRIOR_MONTHS,
    P_LUMPINESS,
    P_SPREAD,
    P_WANDER,
    P_NEW_VARIANCE,
    P_LEAST_UNITS,
    P_LEAST_VISITS,
    P_VISITS_FACTOR,
    P_AGAIN,
    P_PEERS,
    P_PEERS_MOST,
    P_DECLARED_ROOM,
    P_STOCK_MONTHS,
    P_STOCK_LOTS,
    P_STOCK_MOST,
    P_GIVEN_MONTHS,
    P_ANSWERED,  # not of the setting: months after which a worked queue has answered; 0 = never
) = range(28)
