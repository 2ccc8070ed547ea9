"""Points on licences, registrations and permits: what the law asks for, what is on file, until when it holds.

Which customer needs which paper comes from the law of its country on what it buys (`demands.py`); a customer that buys
nothing listed is asked for none.
"""

from __future__ import annotations

from counterflow.orders.customers.points import ASK, NOTE, STOPS, Point

__all__ = ["POINTS"]

#: What the law asks for, line by line, as `demands.met` has it.
_DEMANDED = f"""
    SELECT customer_id, standing,
        CASE WHEN standing = 'ok' THEN '' WHEN standing = 'expiring' THEN '{ASK}'
            WHEN sure THEN '{STOPS}' ELSE '{ASK}' END AS weight,
        words, evidence, cited
    FROM demand WHERE kind = '{{kind}}'"""

_NAMED = "coalesce(kind, 'licence') || coalesce(' ' || number, ' without a number')"
_EVIDENCE = """concat_ws('; ', 'line ' || line, 'kind: ' || kind, 'number: ' || number, 'authority: ' || authority,
    'country: ' || country, 'covers: ' || covers, 'valid_from: ' || valid_from, 'expires_on: ' || expires_on,
    'checked_on: ' || checked_on)"""

_VALIDITY = f"""
    SELECT customer_id,
        CASE WHEN expires_on < DATE '{{on}}' THEN 'expired'
            WHEN valid_from > expires_on THEN 'contradictory'
            WHEN valid_from > DATE '{{on}}' THEN 'contradictory'
            WHEN expires_on IS NULL THEN 'missing'
            WHEN expires_on <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN 'expiring'
            ELSE 'ok' END AS standing,
        CASE WHEN expires_on < DATE '{{on}}' AND replaced THEN '{NOTE}'
            WHEN expires_on > DATE '{{on}}' + INTERVAL {{within}} DAY
                AND coalesce(valid_from <= DATE '{{on}}', true) THEN ''
            WHEN expires_on IS NULL AND health THEN '{NOTE}' ELSE '{ASK}' END AS weight,
        {_NAMED} || CASE WHEN expires_on < DATE '{{on}}' THEN ' ran out on ' || expires_on
                || CASE WHEN replaced THEN '; another of that kind holds' ELSE '' END
            WHEN valid_from > expires_on THEN ' ends before it begins'
            WHEN valid_from > DATE '{{on}}' THEN ' holds only from ' || valid_from
            WHEN expires_on IS NULL THEN ': no last day on file'
            WHEN expires_on <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN ' runs out on ' || expires_on || ', in '
                || date_diff('day', DATE '{{on}}', expires_on) || ' days'
            ELSE ' holds until ' || expires_on END AS words,
        {_EVIDENCE} AS evidence
    FROM licence"""

_WHOLE = f"""
    SELECT customer_id, 'missing' AS standing, CASE WHEN number IS NULL THEN '{ASK}' ELSE '{NOTE}' END AS weight,
        {_NAMED} || ': not on file: ' || concat_ws(', ', CASE WHEN number IS NULL THEN 'number' END,
            CASE WHEN authority IS NULL THEN 'authority' END,
            CASE WHEN covers IS NULL THEN 'what it covers' END) AS words,
        {_EVIDENCE} AS evidence
    FROM licence WHERE number IS NULL OR authority IS NULL OR covers IS NULL"""

_NUMBER = f"""
    SELECT customer_id, CASE WHEN number_fault = '' THEN 'ok' ELSE 'contradictory' END AS standing,
        CASE WHEN number_fault = '' THEN '' ELSE '{ASK}' END AS weight,
        CASE WHEN number_fault = '' THEN 'the check digit of ' || number || ' agrees'
            ELSE number || ': ' || number_fault || '; a slip, or no such number' END AS words,
        {_EVIDENCE} AS evidence
    FROM licence WHERE number_fault IS NOT NULL"""

_PLACE = f"""
    SELECT customer_id, 'contradictory' AS standing, '{ASK}' AS weight,
        {_NAMED} || ' holds in ' || country || ', the site is in ' || site_country AS words, {_EVIDENCE} AS evidence
    FROM licence
    WHERE country <> site_country AND NOT (country = 'EU' AND site_in_eu)"""

_SHARED = f"""
    SELECT l.customer_id, 'contradictory' AS standing, '{ASK}' AS weight,
        {_NAMED} || ' stands in the file of ' || others || ' other customer'
            || CASE WHEN others = 1 THEN '' ELSE 's' END || ' too, under other names' AS words,
        {_EVIDENCE} AS evidence
    FROM licence l JOIN shared s USING (number_folded)
    WHERE others > 0"""

_CHECKED = f"""
    SELECT customer_id, CASE WHEN checked_on IS NULL THEN 'missing' ELSE 'ok' END AS standing,
        CASE WHEN checked_on IS NOT NULL THEN '' ELSE '{NOTE}' END AS weight,
        CASE WHEN checked_on IS NULL THEN 'nobody has checked ' || {_NAMED} || ' with the authority'
            ELSE {_NAMED} || ' was checked with the authority on ' || checked_on END AS words,
        {_EVIDENCE} AS evidence
    FROM licence"""


def _demanded(name: str, kind: str, to_do: str) -> Point:
    return Point("licence", name, _DEMANDED.replace("{kind}", kind), to_do, cites=True)


POINTS = (
    _demanded(
        "licence for what it buys", "customer licence",
        "Ask for a copy of the licence or registration, and check it with the authority.",
    ),
    _demanded(
        "customer declaration", "customer declaration", "Ask for the declaration of use that the law names, signed.",
    ),
    _demanded("proof of identity", "identity proof", "Have the customer identify itself as the law says; keep how."),
    Point("licence", "validity", _VALIDITY, "Ask for the renewed licence; check it with the authority."),
    Point("licence", "entries of the licence", _WHOLE, "Complete it from the copy of the licence."),
    Point("licence", "number of the licence", _NUMBER, "Compare with the copy; check the number with the authority."),
    Point("licence", "place of the licence", _PLACE, "Ask which licence holds at the site that is delivered to."),
    Point("licence", "one licence, several customers", _SHARED, "Ask the authority to whom the number was issued."),
    Point("licence", "checked with the authority", _CHECKED, "Check it in the authority's register, and note the day."),
)  # fmt: skip
