"""Points on what it is all for: declared use, line of business, expected products, resale, money, delivery, history.

What is vague or unlikely is asked about, never taken for more: Article 9(3) of Regulation (EU) 98/2013 names an unclear
use, an unfamiliar or implausible one, uncommon quantities, a refusal to say who one is, and unusual payment, each as a
reason to look and none as proof.
"""

from __future__ import annotations

from counterflow.orders.customers.points import ASK, NOTE, Point, field_point

__all__ = ["POINTS"]

_CRITERIA = "Regulation (EU) 98/2013, Art. 9(3)"
_UNCLEAR = f"{_CRITERIA}(a): unclear about the intended use"
_UNLIKELY = f"{_CRITERIA}(b): unfamiliar with the intended use, or no plausible explanation"
_CODE = "INCB, Guidelines for a voluntary code of practice for the chemical industry (2009) (recalled)"

_VAGUE = f"""
    SELECT customer_id, 'missing' AS standing,
        CASE WHEN buys_listed IS NOT false THEN '{ASK}' ELSE '{NOTE}' END AS weight,
        'the declared use says too little to judge anything by: "' || end_use || '"' AS words,
        'end_use: ' || end_use AS evidence
    FROM customer WHERE vague_use"""

_DECLARED = f"""
    SELECT customer_id,
        CASE WHEN end_use_to < DATE '{{on}}' THEN 'expired'
            WHEN end_use_to <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN 'expiring'
            WHEN end_use_to < end_use_on OR end_use_on > DATE '{{on}}' THEN 'contradictory' ELSE 'ok' END AS standing,
        CASE WHEN end_use_to <= DATE '{{on}}' + INTERVAL {{within}} DAY OR end_use_to < end_use_on
            OR end_use_on > DATE '{{on}}' THEN '{ASK}' ELSE '' END AS weight,
        CASE WHEN end_use_to < DATE '{{on}}' THEN 'the declaration of use ran out on ' || end_use_to
            WHEN end_use_to <= DATE '{{on}}' + INTERVAL {{within}} DAY THEN 'the declaration of use runs out on '
                || end_use_to
            WHEN end_use_to < end_use_on THEN 'the declaration of use ends before it was made'
            WHEN end_use_on > DATE '{{on}}' THEN 'the declaration of use is dated in the future'
            ELSE 'the declaration of use holds' END AS words,
        concat_ws('; ', 'end_use_on: ' || end_use_on, 'end_use_to: ' || end_use_to) AS evidence
    FROM customer WHERE end_use_on IS NOT NULL OR end_use_to IS NOT NULL"""

#: A line of business and a kind of product that do not usually go together; asked about, no more.
_LINE = f"""
    SELECT p.customer_id, 'contradictory' AS standing, '{ASK}' AS weight,
        'its line is ' || line_told || ', and it buys ' || string_agg(DISTINCT p.item, ', ' ORDER BY p.item)
            || ', ' || what || ': unusual for that line' AS words,
        'business_line: ' || any_value(business_line) || '; items: '
            || string_agg(DISTINCT p.item, ', ' ORDER BY p.item) AS evidence
    FROM (SELECT *, CASE WHEN verdict = 'controlled' THEN 'under control as a drug'
            ELSE 'listed as a precursor' END AS what FROM product) p
    JOIN customer c USING (customer_id)
    WHERE (verdict = 'controlled' AND line_kind IN ('no medicine', 'household'))
        OR (verdict = 'listed_precursor' AND line_kind = 'household')
        OR (verdict = 'listed_precursor' AND line_kind = 'care' AND p.kilos >= 1)
    GROUP BY p.customer_id, line_told, what"""

_EXPECTED = f"""
    WITH said AS (
        SELECT customer_id, count(*) AS items,
            count(*) FILTER (quantity IS NULL OR unit IS NULL OR period IS NULL) AS bare
        FROM expected GROUP BY customer_id)
    SELECT customer_id, CASE WHEN items IS NULL OR bare > 0 THEN 'missing' ELSE 'ok' END AS standing,
        CASE WHEN items IS NULL THEN '{ASK}' WHEN bare > 0 THEN '{NOTE}' ELSE '' END AS weight,
        CASE WHEN items IS NULL THEN 'no expected product or volume is on file'
            WHEN bare > 0 THEN bare || ' of ' || items || ' expected products lack a quantity, unit or period'
            ELSE items || ' expected products with their volumes' END AS words,
        'expected products: ' || coalesce(items, 0) AS evidence
    FROM customer LEFT JOIN said USING (customer_id)"""

_RESALE = f"""
    SELECT customer_id, CASE WHEN vague_use OR end_use IS NULL THEN 'missing' ELSE 'ok' END AS standing,
        CASE WHEN vague_use OR end_use IS NULL THEN '{ASK}' ELSE '' END AS weight,
        CASE WHEN vague_use OR end_use IS NULL THEN 'it sells on what it buys, and the file does not say to whom'
            ELSE 'it sells on what it buys; its declared use: ' || end_use END AS words,
        concat_ws('; ', 'resells: ' || CASE WHEN resells THEN 'yes' END, 'end_use: ' || end_use) AS evidence
    FROM customer WHERE sells_on"""

_RESEARCH = f"""
    SELECT customer_id, CASE WHEN papers = 0 THEN 'missing' ELSE 'ok' END AS standing,
        CASE WHEN papers = 0 AND buys_listed IS NOT false THEN '{ASK}'
            WHEN papers = 0 THEN '{NOTE}' ELSE '' END AS weight,
        CASE WHEN papers = 0 THEN 'it is down as registered for research, and no registration that holds is on file'
            ELSE 'registered for research' END AS words, 'research: yes' AS evidence
    FROM (SELECT c.*, (SELECT count(*) FROM licence l WHERE l.customer_id = c.customer_id
            AND coalesce(l.expires_on >= DATE '{{on}}', true)) AS papers
        FROM customer c WHERE research)"""

_BANK = f"""
    SELECT customer_id, CASE WHEN bank_country = country THEN 'ok' ELSE 'contradictory' END AS standing,
        CASE WHEN bank_country = country THEN '' ELSE '{NOTE}' END AS weight,
        CASE WHEN bank_country = country THEN 'it pays from an account in the country of its site'
            ELSE 'it pays from an account in ' || bank_country || ', its site is in ' || country
            END AS words,
        'bank_country: ' || bank_country || '; country: ' || country AS evidence
    FROM customer WHERE bank_country IS NOT NULL AND country IS NOT NULL"""

_REFUSALS = f"""
    SELECT customer_id,
        CASE WHEN refusals IS NULL THEN 'missing' WHEN no_refusals THEN 'ok' ELSE 'told' END AS standing,
        CASE WHEN refusals IS NULL THEN '{NOTE}' WHEN no_refusals THEN '' ELSE '{ASK}' END AS weight,
        CASE WHEN refusals IS NULL THEN 'the file does not say whether anybody refused it before'
            WHEN no_refusals THEN 'no prior refusal' ELSE 'refused before: ' || refusals END AS words,
        coalesce('refusals: ' || refusals, '') AS evidence
    FROM customer"""

POINTS = (
    field_point(
        "end use", "declared end use", ("end_use",), "health IS NOT true",
        "Ask what the goods are for, in the customer's own words.", _UNCLEAR,
    ),
    Point("end use", "vague end use", _VAGUE, "Ask for product, process and place of use.", _UNCLEAR),
    Point("end use", "declaration of use", _DECLARED, "Ask for a new declaration."),
    Point("end use", "line of business and products", _LINE, "Ask what it is for, and who there uses it.", _UNLIKELY),
    Point("end use", "resale", _RESALE, "Ask to whom it sells, and how it knows them.", _CODE),
    Point("end use", "research", _RESEARCH, "Ask for a copy of the registration."),
    Point("products", "expected products and volumes", _EXPECTED,
          "Ask what it expects to buy in a month or a year; orders are then compared with that.", _CODE),
    field_point("money", "bank country", ("bank_country",), "buys_listed AND NOT health",
                "Ask from which account it will pay.", _CODE),
    Point("money", "bank and site", _BANK, "Ask why; head office, factoring and tax may all explain it.", _CODE),
    field_point("delivery", "forwarder", ("forwarder",), "false", "Note who collects or carries.", _CODE),
    Point("identity", "prior refusals", _REFUSALS, "Ask who refused and why, and note what was found.", _CODE),
)  # fmt: skip
