import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.report.charts import peers_chart, timeline_chart
from counterflow.report.plots import peers_svg, timeline_svg

amounts = st.floats(0, 1e9)
months = st.lists(st.tuples(amounts, st.none() | amounts, st.booleans(), st.booleans()), min_size=1, max_size=40)


def rows_of(drawn):
    return [
        {"month": f"{2024 + n // 12}-{n % 12 + 1:02d}", "quantity": q, "baseline": b, "alarm": a, "open": o}
        for n, (q, b, a, o) in enumerate(drawn)
    ]


@given(months)
def test_a_timeline_draws_every_month_inside_its_frame(drawn):
    rows = rows_of(drawn)
    svg = timeline_svg(rows, summary="what it shows")
    bars = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" class="bar[^"]*" width="([\d.]+)" height="([\d.]+)"', svg)
    assert len(bars) == len(rows)
    for x, y, width, height in ((float(v) for v in bar) for bar in bars):
        assert 56 <= x <= x + width <= 760.01
        assert 17.9 <= y <= y + height <= 214.01
    assert svg.count('class="alarm"') == sum(row["alarm"] for row in rows)
    assert "nan" not in svg


@given(st.lists(amounts, min_size=1, max_size=60), amounts)
def test_peers_are_drawn_inside_their_frame_and_never_named(peers, own):
    svg = peers_svg(peers, own, summary="what it shows")
    places = [float(x) for x in re.findall(r'cx="([\d.]+)"', svg)]
    assert len(places) == len(peers) + 1
    assert all(0 <= x <= 760 for x in places)


def test_nothing_is_drawn_of_nothing():
    assert timeline_svg([], summary="") == peers_svg([], 3.0, summary="") == ""
    assert timeline_chart([], measure="units", product="x").spec is None
    assert "no one to compare" in peers_chart([], 3.0, measure="units", group="all", months=3).summary


@pytest.mark.parametrize(("own", "below"), [(5.0, "1 of 3 peers"), (50.0, "3 of 3 peers"), (0.5, "0 of 3 peers")])
def test_the_sentence_says_where_the_customer_stands(own, below):
    told = peers_chart([9.0, 1.0, 30.0], own, measure="kg", group="paints", months=3)
    assert f"more than {below}" in told.summary
    assert told.rows[-1][0] == "this customer"


def test_the_timeline_says_the_last_month_and_its_alarms():
    chart = timeline_chart(
        rows_of([(10.0, None, False, False), (40.0, 12.0, True, True)]), measure="kg", product="acetone"
    )
    assert chart.summary.startswith("40 kg of acetone in 2024-02, 12 to be expected")
    assert [row[-1] for row in chart.rows] == ["quiet", "alarm"]
    assert chart.spec["data"]["values"][1]["state"] == "alarm"
