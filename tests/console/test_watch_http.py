"""The page of early warning: what it answers first, what it says where there is nothing, and what it never shows."""

import datetime as dt
import re

import pytest
from fastapi.testclient import TestClient

from counterflow.console.app import create_app
from counterflow.console.watch import nothing
from counterflow.report.charts.places import Point
from counterflow.report.charts.series import Period

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
NOW = dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)


def room(name="Harbour County"):
    alarm = {
        "alarm": "A-1.2", "signal": "A-1", "signal_series": "s", "state": "new", "place": name, "level": "county",
        "measure": "overdoses", "subject": "opioids", "period": "2026-03-02", "observed": "<10", "expected": 2.1,
        "method": "default", "panel_changed": False, "must_be_told": 1, "told": 0, "acknowledged": 0, "acted": 0,
        "overdue": 1, "verdict": "", "made_at": NOW, "doubt": ["about 60 % of reports are in"], "rests_on": "",
        "method_source": "",
    }  # fmt: skip
    late = {"told_at": NOW, "acknowledged_at": None, "acted_at": None, "disposed_at": None}
    periods = [Period("2026-02-23", 20, expected=12, upper=18), Period("2026-03-02", None, withheld=True, alarm=True)]
    score = {"tried": 20, "wis": 3.0, "coverage_90": 0.9, "mae": 2.0, "mae_reported": 9.0}
    return dict(nothing()) | {
        "as_of": NOW, "alarms": [alarm], "acts": [alarm | late], "counts": 5, "contacts": 1, "located": 1,
        "due": [{"alarm": "A-1.2", "what": "tell", "contact": "hd", "by": NOW, "overdue": True}],
        "precision": [{"method": "default", "measure": "overdoses", "judged": 4, "share_outbreak": 0.5, "low": 0.07,
                       "high": 0.93, "not_judged": 0, "open": 1}],
        "series": [{"series": "s", "name": name, "source": "ems", "grain": "week", "periods": periods, "score": score,
                    "nowcast_as_of": dt.date(2026, 3, 8)}],
        "points": [Point(name, 41.0, -87.0, 7391, 1, alarm=True)], "grain": "week",
        "sources": [{"source": "ems", "measure": "overdoses", "grain": "week", "places": 1, "ends": dt.date(2026, 3, 8),
                     "as_of": dt.date(2026, 3, 8), "days": 30, "stale": True, "suppressed": 0, "not_looked": 0}],
        "changes": [{"from_day": dt.date(2026, 2, 1), "said": "xylazine added", "source": "lab"}],
    }  # fmt: skip


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def asked(sample_board, sheet_source):
    def ask(shown):
        app = create_app(lambda: sample_board, sheet_source, watch=lambda: shown)
        with TestClient(app, base_url="http://127.0.0.1", headers={"accept": "text/html"}) as web:
            return web.get("/watch").text

    return ask


def test_it_says_first_what_is_new_and_who_must_be_told(asked):
    page = asked(room())
    text = text_of(page)
    assert text.index("New, and who must be told") < text.index("Harbour County overdoses (opioids), 2026-03-02")
    for said in (
        "Tell hd by 2026-03-09 08:00 UTC overdue", "counterflow watch brief A-1.2", "about 60 % of reports are in",
        "&lt;10 counted, 2.1 expected", "On 20 past nowcasts, 90.0", "xylazine added", "STALE",
        "Nothing new came from ems", "as health may see it", "1 place with an open alarm", "50.0",
    ):  # fmt: skip
        assert said in text, said
    assert "7391" not in page, "a place's count is a range on the map"
    assert page.count("<svg") >= 3


def test_an_empty_room_says_what_to_do_next(asked):
    text = text_of(asked(nothing()))
    for said in ("No counts are held", "counterflow watch load FILE --as NAME", "counterflow watch places FILE",
                 "There is nothing to answer"):  # fmt: skip
        assert said in text, said
    held = dict(nothing()) | {"counts": 7}
    assert "counterflow watch alarms --stored" in text_of(asked(held))
    assert "counterflow watch contacts FILE" in text_of(asked(held))


def test_no_text_of_a_record_can_run(asked):
    page = asked(room(EVIL))
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    assert "&lt;script&gt;" in page


def test_what_is_withheld_from_a_role_is_said(asked):
    shown = room() | {"role": "enforcement", "withheld": ["3 series of harm below the county are withheld."]}
    text = text_of(asked(shown))
    assert "3 series of harm below the county are withheld." in text
    assert "as enforcement may see it" in text
