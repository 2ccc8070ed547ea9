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

    def amount(name: str, called: str) -> str:
        if name not in names:
            return f"CAST(NULL AS DOUBLE) AS {called}, FALSE AS bad_{called}"
        number = f"TRY_CAST({text(name)} AS DOUBLE)"
        bad = f"coalesce({text(name)}, '') <> '' AND NOT coalesce(isfinite({number}), FALSE)"
        return f"{number} AS {called}, {bad} AS bad_{called}"

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
       TRY_CAST({text("inclusion_probability")} AS DOUBLE) AS chance,
       coalesce({text("inclusion_probability")}, '') = '' AS no_chance, coalesce({text("found")}, '') = '' AS no_result,
       lower({text("state")}) AS state,
       CASE lower({text("found")}) WHEN '1' THEN 1 WHEN '1.0' THEN 1 WHEN 'true' THEN 1
            WHEN '0' THEN 0 WHEN '0.0' THEN 0 WHEN 'false' THEN 0 END AS found,
       coalesce({arm}, '') AS arm, coalesce({text("harm_class")}, '') AS harm_class,
       {amount("mass_kg", "mass")},
       {amount("detection_rate", "detection")}, coalesce(mass, 0) AS mass_there, coalesce(detection, 1) AS detects
FROM given
"""


_DRAWN = "state <> 'not_drawn'"
_BLANK = "coalesce({0}, '') = ''"

#: what makes a row unusable: test, column, words, hint
FAULTS = (
    (_BLANK.format("record_id"), "record_id", "A record has no id.", "Give every record one."),
    (_BLANK.format("stratum"), "stratum", "A record has no stratum.", "Name the part it was drawn from."),
    (f"state IS NULL OR state NOT IN {STATES}", "state", "This state is not known.", ""),
    (
        f"{_DRAWN} AND (chance IS NULL OR NOT (chance > 0 AND chance <= 1))",
        "inclusion_probability", "A drawn record needs its chance of being drawn.",
        "A number above 0 and at most 1, with a decimal point, as the draw stored it.",
    ),
    (
        "NOT no_chance AND (chance IS NULL OR NOT (chance >= 0 AND chance <= 1))",
        "inclusion_probability", "This is no chance.",
        "A number from 0 to 1, with a decimal point; 0 or empty where no draw could reach the record.",
    ),
    (
        "NOT no_result AND found IS NULL",
        "found", "This is no result.", "1 found, 0 nothing found, empty where there is no result.",
    ),
    (
        "state = 'not_drawn' AND found IS NOT NULL",
        "found", "A record that was not drawn has a result.",
        "Write it as inspected with its chance and the arm that chose it, or take the result away.",
    ),
    (
        "state = 'not_presented' AND found IS NOT NULL",
        "found", "A record that was not presented has a result.",
        "Write it as inspected, or leave found empty.",
    ),
    (
        f"arm NOT IN {('', *ARMS)}",
        "arm", "This arm is not known.", f"One of {', '.join(ARMS)}; empty where not drawn.",
    ),
    (
        f"{_DRAWN} AND arm = ''",
        "arm", "A drawn record names no arm.",
        "random where chance chose it, else targeted, mandatory or followup.",
    ),
    (
        "state = 'not_drawn' AND arm <> ''",
        "arm", "A record that was not drawn names an arm.", "Leave the arm empty.",
    ),
    (
        "bad_mass OR mass < 0",
        "mass_kg", "This is no mass.", "Kilograms, 0 or more, with a decimal point.",
    ),
    (
        "bad_detection OR detection <= 0 OR detection > 1",
        "detection_rate", "This is no detection rate.",
        "The share of what is there that the inspection finds: above 0, at most 1.",
    ),
)  # fmt: skip


_SAMPLE = "arm = 'random'"
_SEEN = f"{_SAMPLE} AND state = 'inspected'"
_WAITS = f"{_SEEN} AND found IS NULL"
_SUMS = f"""
  sum(CASE WHEN {_SEEN} AND found = 1 THEN 1 / detects ELSE 0 END) AS total,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN 1 / detects ** 2 ELSE 0 END) AS square,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN mass_there / detects ELSE 0 END) AS mass_total,
  sum(CASE WHEN {_SEEN} AND found = 1 THEN (mass_there / detects) ** 2 ELSE 0 END) AS mass_square,
  count(*) FILTER (WHERE {_SEEN} AND found = 1) AS found,
  count(*) FILTER (WHERE found = 1) AS found_all,
  sum(CASE WHEN found = 1 THEN mass_there ELSE 0 END) AS mass_found_all"""

GROUPED = f"""
CREATE TEMP TABLE grouped AS
SELECT row_number() OVER (ORDER BY {_KEYS}) - 1 AS number, * FROM (
  SELECT {_KEYS}, count(*) AS records, sum(mass_there) AS mass,
  count(*) FILTER (WHERE {_SAMPLE}) AS drawn,
  count(*) FILTER (WHERE {_SAMPLE} AND state = 'inspected') AS answered,
  count(*) FILTER (WHERE {_WAITS}) AS waiting,
  sum(CASE WHEN {_WAITS} THEN 1 / detects ELSE 0 END) AS wait_total,
  sum(CASE WHEN {_WAITS} THEN 1 / detects ** 2 ELSE 0 END) AS wait_square,
  sum(CASE WHEN {_WAITS} THEN mass_there / detects ELSE 0 END) AS wait_mass_total,
  sum(CASE WHEN {_WAITS} THEN (mass_there / detects) ** 2 ELSE 0 END) AS wait_mass_square,
  coalesce(sum(detection) FILTER (WHERE {_SEEN}), 0) AS detection,
  count(detection) FILTER (WHERE {_SEEN}) AS detection_known,
  sum(CASE WHEN {_SAMPLE} AND state = 'not_presented' THEN mass_there ELSE 0 END) AS missing_mass,
  sum(CASE WHEN {_SAMPLE} AND state = 'not_presented' THEN mass_there ** 2 ELSE 0 END) AS missing_mass_square,
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
