"""Points on who the customer is: name, numbers, place, line of business, owners, how long it is known.

The three sets of questions these come from were not at hand as text when this was written and are named from memory:
DEA's suggested questions to customers (Diversion Control, "know your customer" under 21 CFR 1301.74(b)), the
guidelines of INCB for a voluntary code of practice for the chemical industry (2009), and recommendation 24 of FATF on
beneficial owners. The five criteria of Article 9(3) of Regulation (EU) 98/2013 were read.
"""

from __future__ import annotations

from counterflow.orders.customers.points import ASK, NOTE, Point, field_point

__all__ = ["POINTS"]

_CODE = "INCB, Guidelines for a voluntary code of practice for the chemical industry (2009) (recalled)"
_FATF = "FATF Recommendation 24; Directive (EU) 2015/849, Art. 3(6): 25 % plus one share (recalled)"
#: A customer whose owners matter: it buys listed things or sells on, and no health authority already knows it.
_OWNERS_MATTER = "NOT health AND (buys_listed OR sells_on)"

_SITE = f"""
    SELECT customer_id, CASE WHEN industrial THEN 'contradictory' ELSE 'told' END AS standing,
        CASE WHEN industrial THEN '{ASK}' ELSE '{NOTE}' END AS weight,
        CASE WHEN industrial
            THEN 'the site is a ' || lower(site_type) || ' and the file expects ' || industrial_words
            ELSE 'the site is a ' || lower(site_type) END AS words,
        'site_type: ' || site_type || coalesce('; expected: ' || industrial_words, '') AS evidence
    FROM customer WHERE thin_site"""

_POST_BOX = f"""
    SELECT customer_id, 'contradictory' AS standing, '{ASK}' AS weight,
        'the only address of the site is a post box' AS words, 'address: ' || address AS evidence
    FROM customer
    WHERE regexp_matches(lower(address), '^\\s*(p\\.? ?o\\.? ?box|post(al)? ?(office )?box|postfach|apartado|casilla'
        || '|bo[iî]te postale|b\\.? ?p\\.? [0-9])')"""

_TAX_NUMBER = f"""
    SELECT customer_id, CASE WHEN tax_fault = '' THEN 'ok' ELSE 'contradictory' END AS standing,
        CASE WHEN tax_fault = '' THEN '' ELSE '{ASK}' END AS weight,
        CASE WHEN tax_fault = '' THEN 'the form of the tax number is right, as far as it is known here'
            ELSE tax_fault || ': a slip, or no such number' END AS words,
        'tax_id: ' || tax_id AS evidence
    FROM customer WHERE tax_id IS NOT NULL"""

_DAYS = f"""
    SELECT customer_id, 'contradictory' AS standing, '{ASK}' AS weight,
        'it became a customer before the day on which it was set up' AS words,
        'established_on: ' || established_on || '; customer_since: ' || customer_since AS evidence
    FROM customer WHERE customer_since < established_on
    UNION ALL
    SELECT customer_id, 'told', '{NOTE}', 'it was set up less than a year ago',
        'established_on: ' || established_on
    FROM customer WHERE established_on > DATE '{{on}}' - INTERVAL 1 YEAR AND established_on <= DATE '{{on}}'
        AND NOT coalesce(customer_since < established_on, false)
    UNION ALL
    SELECT customer_id, 'contradictory', '{ASK}', 'a day of the file lies in the future',
        concat_ws('; ', 'established_on: ' || established_on, 'customer_since: ' || customer_since,
            'visited_on: ' || visited_on)
    FROM customer WHERE greatest(established_on, customer_since, visited_on) > DATE '{{on}}'"""

_VISIT = f"""
    SELECT customer_id, CASE WHEN visited_on IS NULL THEN 'missing'
            WHEN visited_on < DATE '{{on}}' - INTERVAL 2 YEAR THEN 'expired' ELSE 'ok' END AS standing,
        CASE WHEN visited_on >= DATE '{{on}}' - INTERVAL 2 YEAR THEN ''
            WHEN visited_on IS NULL AND (thin_site OR (buys_listed AND NOT health)) THEN '{ASK}'
            ELSE '{NOTE}' END AS weight,
        CASE WHEN visited_on IS NULL THEN 'nobody has confirmed the site by a visit or a call'
            WHEN visited_on < DATE '{{on}}' - INTERVAL 2 YEAR THEN 'the site was last confirmed over two years ago'
            ELSE 'the site was confirmed' END AS words,
        coalesce('visited_on: ' || visited_on, '') AS evidence
    FROM customer"""

_OWNERS = f"""
    WITH held AS (
        SELECT customer_id, count(*) AS owners, sum(share_pct) AS shares, max(share_pct) AS most,
            count(*) FILTER (share_pct IS NULL) AS untold
        FROM owner GROUP BY customer_id),
    seen AS (
        SELECT c.customer_id, {_OWNERS_MATTER} AS matters, coalesce(owners, 0) AS owners, shares, most,
            coalesce(untold, 0) AS untold
        FROM customer c LEFT JOIN held h USING (customer_id))
    SELECT customer_id,
        CASE WHEN owners = 0 THEN 'missing' WHEN shares > 100.5 THEN 'contradictory'
            WHEN untold > 0 OR coalesce(shares, 0) < 75 THEN 'missing' ELSE 'ok' END AS standing,
        CASE WHEN shares > 100.5 THEN '{ASK}'
            WHEN owners = 0 AND coalesce(matters, false) THEN '{ASK}'
            WHEN owners = 0 OR untold > 0 OR coalesce(shares, 0) < 75 THEN '{NOTE}' ELSE '' END AS weight,
        CASE WHEN owners = 0 THEN 'no owner is named'
            WHEN shares > 100.5 THEN 'the shares of the owners make ' || round(shares, 1) || ' %'
            WHEN untold > 0 THEN untold || ' of ' || owners || ' owners are named without their share'
            WHEN shares < 75 THEN 'the named owners hold ' || round(shares, 1)
                || ' %: somebody who is not named can hold 25 % or more'
            ELSE 'the owners are named' END AS words,
        'owners: ' || owners || coalesce('; shares: ' || round(shares, 1) || ' %', '') AS evidence
    FROM seen"""

POINTS = (
    field_point("identity", "legal name", ("name",), "true", "Ask for an extract from the company register.", _CODE),
    field_point(
        "identity", "registration or tax number", ("registration", "tax_id"), "NOT health",
        "Ask for the number and look it up in the public register.", _CODE,
    ),
    Point("identity", "tax number", _TAX_NUMBER, "Ask for the number again; look it up with the authority."),
    field_point("identity", "address", ("address",), "true", "Ask where the goods will be kept and used.", _CODE),
    Point("identity", "post box", _POST_BOX, "Ask for the address of the place where the goods are used.", _CODE),
    field_point(
        "identity", "country", ("country",), "true", "Ask where the site is: it says which law holds.",
    ),
    field_point("identity", "site type", ("site_type",), "true", "Ask what the site is; look at it on a map.", _CODE),
    Point(
        "identity", "site", _SITE,
        "Ask where the goods will be kept and used, and have somebody see the place.", _CODE,
    ),
    field_point("identity", "business line", ("business_line",), "true", "Ask what the customer does.", _CODE),
    Point("identity", "days", _DAYS, "Compare with the extract from the register of companies."),
    Point("identity", "visit", _VISIT, "Visit the site, or call the number in the public register.", _CODE),
    Point("owner", "owners", _OWNERS, "Ask who owns or controls 25 % or more.", _FATF),
)  # fmt: skip
