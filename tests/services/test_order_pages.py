"""Dossier, report and year in a real browser: accessible, as wide as the screen, nothing fetched, on A4."""

import datetime as dt
import json

import pytest
from tests.console.browser import SCHEMES, WIDTHS, axe, browser, violations

from counterflow.report.dossier import render
from counterflow.report.order_report import render as render_report
from counterflow.report.order_year import render as render_year

__all__ = ["axe", "browser"]  # fixtures

pytestmark = pytest.mark.service

DAY = dt.date(2026, 11, 2)


def series(product, open_from):
    months = [
        {"month": f"{2024 + n // 12}-{n % 12 + 1:02d}", "quantity": 3400.0 if n >= open_from else 1000.0 + 40 * n, "orders": 2,
         "baseline": 1100.0 if n > 4 else None, "alarm": n == open_from, "open": n >= open_from}
        for n in range(30)
    ]  # fmt: skip
    return {
        "product": product,
        "measure": "units",
        "months": months,
        "peer_group": "customers of type PHARMACY",
        "peers": [float(p) for p in range(200, 4000, 150)],
        "own": 3400.0,
        "peer_months": 3,
        "returned": 50.0,
    }


@pytest.fixture
def shown():
    flags = [
        {
            "grade": grade,
            "kind": "payment",
            "words": "Paid in cash, " * 8,
            "clears": "Who pays.",
            "evidence": {"orders": ["O1", "O2" * 30]},
            "citation": "21 CFR 1310.05(a)(1)",
        }
        for grade in ("strong", "moderate", "weak")
    ]
    points = [
        {"point": "licence", "standing": s, "words": f"it is {s}", "to_do": "ask", "weight": "ask"}
        for s in ("missing", "expired", "expiring", "contradictory", "listed")
    ]
    questions = [
        {
            "question": f"Q-{s}",
            "due_on": DAY,
            "state": s,
            "text": "What changed?",
            "answer": None,
            "asked_by": "A. Meier",
            "answered_by": None,
        }
        for s in ("waiting", "overdue", "answered")
    ]
    return {
        "customer_id": "C1", "product": None, "synthetic": True, "as_of": DAY,
        "in_law": ["oxycodone is a controlled drug (US CSA Schedule II)", "methadone is a controlled drug"], "why_open": ["Alarm of 2026-09"] * 3, "clears": ["A reason"],
        "due": [{"on": DAY, "what": "file the report", "past": True}, {"on": DAY, "what": "an answer", "past": False}],
        "concern": {"concern": "ask", "groups": "quantity (strong); payment (weak)"},
        "queue": [{"rank": 1, "product": "oxycodone", "cost": 3.2, "days": 4, "next": "decide"}],
        "file": {"Legal name": "Springfield Pharmacy with a name that is long enough to be broken somewhere", "Address": "1 Main Street"},
        "series": [series("oxycodone", 26), series("methadone", 99)], "flags": flags, "points": points,
        "licences": [{"kind": "registration", "number": "AB1234563", "authority": "DEA", "covers": "II", "expires_on": DAY, "checked_on": None, "standing": "expiring"}],
        "hits": [{"role": "owner", "name": "A Name", "listed_name": "Another Name", "list": "ofac", "entry": "ofac:1", "cleared": "", "explanation": "similar"}],
        "answers": [{"order_id": "O1", "answer": "hold", "reasons": "no licence", "citations": "21 CFR 1301.74(a)"}],
        "questions": questions, "orders": [], "rules": [{"rule": "3x mean", "month": None, "says": "silent"}],
        "decisions": [{"decided_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "subject": "order", "subject_id": "O1", "act": "hold", "finding": None, "ground": "wait", "person": "A. Meier", "second_person": None, "ledger_seq": 3}],
        "ledger": [{"seq": 3, "what": "decision D-1: hold", "hash": "a" * 64}],
    }  # fmt: skip


@pytest.fixture
def pages(shown, tmp_path):
    body = {
        "fields": [{"label": "Substance", "value": "", "source": "to fill in"}],
        "missing": ["Substance"],
        "within": "immediately",
        "not_read": "not at hand",
    }
    report = {
        "report": "R-1",
        "authority": "Competent authority",
        "state": "draft",
        "subject_id": "A1",
        "citation": "art. 8(1)",
        "reference": None,
        "body": body,
    }
    year = {
        "year": 2026, "as_of": DAY, "whole_year": False, "figures": [{"what": "Questions asked", "value": 3, "rests_on": {"ledger": "order-question", "where": {}, "first": 1, "last": 9}}, {"what": "Alarms raised", "value": 3, "rests_on": {"table": "order_alarm"}}],
        "counter_indicators": {"alarms_cleared": None, "held_orders": {"held": 3, "shipped_after_all": 1, "median_days_of_delay": 2, "waiting": 1}},
        "days_to_disposal": {"median": 3, "most": 9}, "ledger": {"ledger_id": "x", "size": 9, "chain": "a" * 64, "root": "b" * 64}, "rows": {"intact": 9}, "not_told": ["What nobody looked at."],
    }  # fmt: skip
    made = {"dossier": render(shown), "report": render_report(report), "year": render_year(year)}
    for name, page in made.items():
        (tmp_path / f"{name}.html").write_text(page, "utf-8")
    return {name: (tmp_path / f"{name}.html").as_uri() for name in made}


@pytest.fixture
def visit(browser):
    opened, heard = [], []

    def go(url, scheme, width):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("request", lambda request: None if request.url == url else heard.append(request.url))
        page.goto(url)
        return page

    yield go
    for context in opened:
        context.close()
    assert heard == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["dossier", "report", "year"])
def test_pages_are_accessible_and_fit_at_every_width(pages, visit, axe, name, scheme):
    for width in WIDTHS:
        page = visit(pages[name], scheme, width)
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # folded parts too
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_dossier_draws_its_months_and_prints_on_a4(pages, visit):
    page = visit(pages["dossier"], "light", 1440)
    assert page.locator("#figure-1-timeline svg rect").count() == 30
    assert page.locator("#figure-1-timeline svg .alarm").count() == 1
    assert page.locator("#figure-1-peers svg .own").count() == 1
    assert page.locator("main details details").count() == 2  # the quiet product stands folded up
    assert json.loads(json.dumps(page.title())).startswith("Dossier")
    pdf = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in pdf or b"/MediaBox [0 0 595" in pdf
