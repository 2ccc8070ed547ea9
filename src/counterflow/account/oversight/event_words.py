"""The words in which files tell officers' decisions: names of columns, and what their values mean.

A column is known by its name as it stands, then by a word within it. What is not understood is refused by name, never
guessed: only that something was found may be told by any word, where the file also has a word for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from counterflow.core.errors import InputError, UsageError, nearest

__all__ = ["FIELDS", "NO", "PENDING", "STRATA", "YES", "columns_of", "event_of", "folded_name", "lot_of", "truth_of"]

_FIELDS = """
officer | who decided, as coded in the file |
    officer officer_id officer_code user user_id username badge badge_id inspector inspector_id agent agent_id
    employee employee_id staff staff_id official examiner person decided_by
trader | whose consignment it was |
    trader trader_id importer importer_id consignee consignee_id consignor consignor_id broker broker_id firm
    firm_id company company_id declarant shipper exporter customer party trader_code
time | when |
    time timestamp datetime date_time date at when event_time decided_at day occurred_at ts
case | consignment or record that it was about |
    case case_id record record_id consignment consignment_id declaration declaration_id entry entry_id shipment
    shipment_id container container_id
assignment | random where lot gave the work to the officer, chosen where somebody did |
    assignment assigned randomised randomized random is_random assignment_type assigned_by allocation arm
    random_assignment randomly_assigned assignment_mode chosen
decision | inspect, release or override |
    decision action act disposition
event | decision, inspect, release, override, lookup; assign and outcome are joined by consignment |
    event event_type type kind event_name
recommended | whether the system recommended inspection |
    recommended recommendation recommend system_recommendation system_flag flagged targeted advice advised
    suggested high_risk
override | whether a recommendation was set aside |
    override overridden overrode is_override overrule overruled
released | whether it was let go |
    released release is_released cleared let_go
inspected | whether it was inspected |
    inspected inspection is_inspected examined inspect
hit | whether the inspection found something |
    hit found outcome result seizure seized finding violation is_hit positive contraband confirmed
later | of what was let go: whether it was later found to be in violation |
    later_found later_hit later_violation post_release post_release_hit post_release_outcome later_outcome
    later_violative downstream_hit post_release_violation
out_of_shift | whether it was done outside the officer's shift |
    out_of_shift off_shift offshift outside_shift off_duty after_hours outofshift is_out_of_shift
in_shift | whether it was done within the officer's shift |
    in_shift on_shift on_duty within_shift inshift
shift | the officer's shift: a name, or in/out |
    shift shift_name roster shift_id watch
shift_start | hour or time at which the shift begins |
    shift_start shift_from shift_begin shift_begins
shift_end | hour or time at which the shift ends |
    shift_end shift_to shift_ends
lookups | how many look-ups go with the row |
    lookups lookup look_ups look_up n_lookups lookup_count queries queried query is_lookup searches
lookups_out | how many of them outside the shift |
    lookups_out out_of_shift_lookups lookups_out_of_shift off_shift_lookups lookup_out_of_shift
    out_of_shift_lookup off_shift_lookup lookups_off_shift n_lookups_out
"""


def _fields(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    made: dict[str, tuple[str, tuple[str, ...]]] = {}
    name = ""
    for line in text.strip().splitlines():
        if line.startswith(" "):
            made[name] = (made[name][0], (*made[name][1], *line.split()))
        else:
            name, says = (part.strip() for part in line.split("|")[:2])
            made[name] = (says, ())
    return made


#: field: what it holds, names under which files have it
FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = _fields(_FIELDS)
#: columns that say which work is alike; officers are compared within them
STRATA = ("lane", "stratum", "risk_band", "risk", "risk_score", "score", "office", "port", "site", "unit", "channel",
          "specialty", "speciality", "portfolio", "team")  # fmt: skip
#: words within a longer name, and the field they point to; the first that fits
_WITHIN = (
    ("lookup.*out|out.*lookup|off.*lookup|lookup.*off", "lookups_out"), ("lookup|look_up", "lookups"),
    ("officer|inspector|badge", "officer"), ("trader|consignee|importer|broker", "trader"),
    ("random|lot_drawn", "assignment"), ("overrid|overrul", "override"), ("recommend", "recommended"),
    ("post_release|later", "later"), ("out_of_shift|off_shift|off_duty|outside", "out_of_shift"),
    ("on_shift|in_shift|on_duty", "in_shift"), ("releas", "released"), ("inspected", "inspected"),
    ("timestamp|_time$|^time_", "time"), ("^hit_|_hit$|seiz|found", "hit"), ("decision", "decision"),
)  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


YES = _words("""
    1 bad confirmed contraband detected found guilty hit in_violation pos positive seized seizure t true
    violation violative x y yes
""")
NO = _words("""
    - 0 clean clear compliant empty f false fruitless good innocent miss n neg negative nil no no_find no_hit
    no_seizure no_violation nohit none not_found nothing nothing_found null ok refuted
""")
#: neither: nobody knows yet
PENDING = _words("""
    n_a na nan not_inspected open pending presumptive suspected unknown waiting
""")
_RANDOM = _words("""
    draw drawn lot lottery rand random random_arm randomised randomized randomly system_random
""")
_CHOSEN = _words("""
    assigned choice chosen followup mandatory manual non_random nonrandom not_random own picked queue risk rota roster
    selected self self_chosen self_selected supervisor swap swapped system target targeted
""")
_EVENTS = {
    "inspect": _words("""
        inspect inspected inspection examine examined examination hold held physical physical_inspection
        detain detained seize open opened search_goods scan scanned
    """),
    "release": _words("""
        release released clear cleared clearance pass passed let_go waive waived accept accepted green
    """),
    "override": _words("""
        override overridden overrode overrule overruled override_release release_override released_override
        override_released set_aside
    """),
    "lookup": _words("""
        lookup look_up lookups query queried search searched view viewed read access accessed database_query
    """),
    "decide": _words("""
        decision decide decided processing process processed handle handled
    """),
    "other": _words("""
        assign assigned assignment take taken receive received outcome result note swap login logout arrive
    """),
}
_EVENT_OF = {word: kind for kind, words in _EVENTS.items() for word in words}


def folded_name(text: str) -> str:
    """Return a name or word in small letters, blanks and signs as one low line.

    >>> folded_name(" Look-up (off shift) ")
    'look_up_off_shift'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text.strip()).lower()).strip("_")
    return plain or text.strip().lower()


def columns_of(header: Iterable[str], said: Mapping[str, str], file: str) -> tuple[dict[str, str], list[str]]:
    """Return which column of `header` holds which field, and the columns that say which work is alike.

    Args:
        header: names as they stand.
        said: field to column, as the caller named them; these go first.
        file: name of the file, for errors.

    Raises:
        InputError: a named column is not there, or there is no officer.
        UsageError: a field is named that does not exist.
    """
    names = [name for name in header if name.strip()]
    found: dict[str, str] = {}
    for field, column in said.items():
        if field not in FIELDS:
            close = nearest(field, FIELDS)
            raise UsageError(f"There is no field {field!r}.", hint=f"Known: {', '.join(close or FIELDS)}.")
        if column not in names:
            raise InputError("There is no such column.", file=file, line=1, column=column,
                             hint=f"The file has {', '.join(names)}.")  # fmt: skip
        found[field] = column
    left = [name for name in names if name not in found.values()]
    for field, (_, words) in FIELDS.items():
        # in the order of the synonyms: a file that has both `decision` and `type` means the first
        for word in () if field in found else words:
            column = next((name for name in left if folded_name(name) == word), "")
            if column:
                found[field] = column
                left.remove(column)
                break
    strata = [name for name in left if folded_name(name) in STRATA]
    for name in [name for name in left if name not in strata]:
        for pattern, field in _WITHIN:
            if field not in found and re.search(pattern, folded_name(name)):
                found[field] = name
                break
    if "officer" not in found:
        hint = f"Name it: --column officer=… ; the file has {', '.join(names)}."
        raise InputError("No column says who decided.", file=file, line=1, column="officer", hint=hint)
    return found, strata


def truth_of(word: str) -> int | None:
    """Return 1 for yes, 0 for no, -1 for not known yet, None for a word that says neither; counts are yes above 0.

    >>> truth_of("Yes"), truth_of("0.0"), truth_of("suspected"), truth_of("heroin")
    (1, 0, -1, None)
    """
    plain = folded_name(word)
    if word.strip() == "" or plain in PENDING:
        return -1
    if plain in YES:
        return 1
    if plain in NO:
        return 0
    try:
        return int(float(word) > 0)
    except ValueError:
        return None


def lot_of(word: str) -> int | None:
    """Return 1 where lot assigned the work, 0 where somebody chose, -1 unsaid, None for an unknown word."""
    plain = folded_name(word)
    if plain in _RANDOM:
        return 1
    if plain in _CHOSEN:
        return 0
    return truth_of(word)


def event_of(word: str) -> str | None:
    """Return inspect, release, override, decide, lookup or other; "" unsaid, None for an unknown word."""
    plain = folded_name(word)
    return "" if not word.strip() else _EVENT_OF.get(plain)
