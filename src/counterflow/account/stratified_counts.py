"""The SQL by which a frame is typed, its faults are found, and it is counted by group."""

from __future__ import annotations

__all__ = ["ARMS", "FAULTS", "FINDS", "GROUPED", "HEAVY", "STATES", "view"]

STATES = ("not_drawn", "not_presented", "inspected")
ARMS = ("random", "targeted", "mandatory", "followup")

_KEYS = "period, stratum, office, lane, chance"


def view(names: set[str]) -> str:
    """Return the SQL that types the columns; what the file lacks is null."""

    def text(name: str) -> str:
        return f"trim(CAST({name} AS VARCHAR))" if name in names else "CAST(NULL AS VARCHAR)"

    arm = (
        f"lower({text('arm')})"
        if "arm" in names
        else "CASE lower(trim(CAST(state AS VARCHAR))) WHEN 'not_drawn' THEN '' ELSE 'random' END"
    )
    return f"""
CREATE TEMP TABLE draws AS
SELECT line, {text("record_id")} AS record_id, {text("stratum")} AS stratum,
       coalesce({text("period")}, '') AS period, coalesce({text("office")}, '') AS office,
       coalesce({text("lane")}, '') AS lane,
       {text("inclusion_probability")} AS chance_given, TRY_CAST({text("inclusion_probability")} AS DOUBLE) AS chance,
       lower({text("state")}) AS state, {text("state")} AS state_given, {text("found")} AS found_given,
       CASE lower({text("found")}) WHEN '1' THEN 1 WHEN '1.0' THEN 1 WHEN 'true' THEN 1
            WHEN '0' THEN 0 WHEN '0.0' THEN 0 WHEN 'false' THEN 0 END AS found,
       coalesce({arm}, '') AS arm, coalesce({text("harm_class")}, '') AS harm_class,
       {text("mass_kg")} AS mass_given, coalesce(TRY_CAST({text("mass_kg")} AS DOUBLE), 0) AS mass,
       {text("detection_rate")} AS detection_given, TRY_CAST({text("detection_rate")} AS DOUBLE) AS detection
FROM given
"""


_DRAWN = "state <> 'not_drawn'"
_BLANK = "coalesce({0}, '') = ''"
_AMOUNT = "coalesce({0}, '') <> '' AND (TRY_CAST({0} AS DOUBLE) IS NULL OR NOT isfinite(TRY_CAST({0} AS DOUBLE)))"

#: what makes a row unusable: test, column, column that holds the value as given, words, hint
FAULTS = (
    (_BLANK.format("record_id"), "record_id", "record_id", "A record has no id.", "Give every record one."),
    (_BLANK.format("stratum"), "stratum", "stratum", "A record has no stratum.", "Name the part it was drawn from."),
    (f"state IS NULL OR state NOT IN {STATES}", "state", "state_given", "This state is not known.", ""),
    (
        f"{_DRAWN} AND (chance IS NULL OR NOT (chance > 0 AND chance <= 1))",
        "inclusion_probability", "chance_given", "A drawn record needs its chance of being drawn.",
        "A number above 0 and at most 1, with a decimal point, as the draw stored it.",
    ),
    (
        f"NOT ({_BLANK.format('chance_given')}) AND (chance IS NULL OR NOT (chance >= 0 AND chance <= 1))",
        "inclusion_probability", "chance_given", "This is no chance.",
        "A number from 0 to 1, with a decimal point; 0 or empty where no draw could reach the record.",
    ),
    (
        f"NOT ({_BLANK.format('found_given')}) AND found IS NULL",
        "found", "found_given", "This is no result.", "1 found, 0 nothing found, empty where there is no result.",
    ),
    (
        "state = 'not_drawn' AND found IS NOT NULL",
        "found", "found_given", "A record that was not drawn has a result.",
        "Write it as inspected with its chance and the arm that chose it, or take the result away.",
    ),
    (
        "state = 'not_presented' AND found IS NOT NULL",
        "found", "found_given", "A record that was not presented has a result.",
        "Write it as inspected, or leave found empty.",
    ),
    (
        f"arm NOT IN {('', *ARMS)}",
        "arm", "arm", "This arm is not known.", f"One of {', '.join(ARMS)}; empty where not drawn.",
    ),
    (
        f"{_DRAWN} AND arm = ''",
        "arm", "arm", "A drawn record names no arm.",
        "random where chance chose it, else targeted, mandatory or followup.",
    ),
    (
        "state = 'not_drawn' AND arm <> ''",
        "arm", "arm", "A record that was not drawn names an arm.", "Leave the arm empty.",
    ),
    (
        f"{_AMOUNT.format('mass_given')} OR mass < 0",
        "mass_kg", "mass_given", "This is no mass.", "Kilograms, 0 or more, with a decimal point.",
    ),
    (
        f"{_AMOUNT.format('detection_given')} OR detection <= 0 OR detection > 1",
        "detection_rate", "detection_given", "This is no detection rate.",
        "The share of what is there that the inspection finds: above 0, at most 1.",
    ),
)  # fmt: skip


_SAMPLE = "arm = 'random'"
_SEEN = f"{_SAMPLE} AND state = 'inspected'"
_SUMS = f"""
  sum(CASE WHEN {_SEEN} AND found = 1 THEN 1 / coalesce(detection, 1) ELSE 0 END) AS total,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN 1 / coalesce(detection, 1) ** 2 ELSE 0 END) AS square,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN mass / coalesce(detection, 1) ELSE 0 END) AS mass_total,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN (mass / coalesce(detection, 1)) ** 2 ELSE 0 END) AS mass_square,
  count(*) FILTER (WHERE {_SEEN} AND found = 1) AS found,
  count(*) FILTER (WHERE found = 1) AS found_all,
  sum(CASE WHEN found = 1 THEN mass ELSE 0 END) AS mass_found_all"""

GROUPED = f"""
CREATE TEMP TABLE grouped AS
SELECT row_number() OVER (ORDER BY {_KEYS}) - 1 AS number, * FROM (
  SELECT {_KEYS}, count(*) AS records, sum(mass) AS mass,
  count(*) FILTER (WHERE {_SAMPLE}) AS drawn,
  count(*) FILTER (WHERE {_SAMPLE} AND state = 'inspected') AS answered,
  count(*) FILTER (WHERE {_SEEN} AND found IS NULL) AS waiting,
  sum(CASE WHEN {_SEEN} AND found IS NULL THEN 1 / coalesce(detection, 1) ELSE 0 END) AS wait_total,
  sum(CASE WHEN {_SEEN} AND found IS NULL THEN 1 / coalesce(detection, 1) ** 2 ELSE 0 END) AS wait_square,
  sum(CASE WHEN {_SEEN} AND found IS NULL THEN mass / coalesce(detection, 1) ELSE 0 END) AS wait_mass_total,
  sum(CASE WHEN {_SEEN} AND found IS NULL THEN (mass / coalesce(detection, 1)) ** 2 ELSE 0 END) AS wait_mass_square,
  coalesce(sum(detection) FILTER (WHERE {_SEEN}), 0) AS detection,
  count(detection) FILTER (WHERE {_SEEN}) AS detection_known,
  sum(CASE WHEN {_SAMPLE} AND state = 'not_presented' THEN mass ELSE 0 END) AS missing_mass,
  sum(CASE WHEN {_SAMPLE} AND state = 'not_presented' THEN mass ** 2 ELSE 0 END) AS missing_mass_square,
  count(*) FILTER (WHERE {_DRAWN} AND NOT {_SAMPLE}) AS chosen,
  count(*) FILTER (WHERE found = 0) AS clear_all, {_SUMS}
  FROM draws GROUP BY {_KEYS}
)
"""

FINDS = f"""
SELECT g.number, f.* FROM (
  SELECT {_KEYS}, harm_class, {_SUMS} FROM draws WHERE found = 1 GROUP BY {_KEYS}, harm_class
) AS f JOIN grouped AS g ON f.period = g.period AND f.stratum = g.stratum AND f.office = g.office AND f.lane = g.lane
  AND f.chance IS NOT DISTINCT FROM g.chance
ORDER BY g.number, f.harm_class
"""

HEAVY = """
SELECT d.mass, g.number FROM draws AS d JOIN grouped AS g ON d.period = g.period AND d.stratum = g.stratum
  AND d.office = g.office AND d.lane = g.lane AND d.chance IS NOT DISTINCT FROM g.chance
WHERE d.mass > 0 AND NOT (d.state = 'inspected' AND d.found = 0)
ORDER BY d.mass DESC, g.number
"""
