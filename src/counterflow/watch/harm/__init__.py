"""How much harm goes with how much of a substance, dated and with its doubt: from stored counts and supply signals."""
