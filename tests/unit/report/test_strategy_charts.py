"""The charts of strategy: an honest axis, years held back in a shade, nothing drawn that is not there."""

from counterflow.report.charts.fan import Band, Counted, fan_chart
from counterflow.report.charts.tornado import tornado_chart

YEARS = (2019, 2020, 2021)
BAND = Band(YEARS, (80, 81, 82), (90, 91, 92), (100.4, 101, 102), (110, 111, 112), (123456, 121, 122))


def layers(chart):
    return chart.spec["layer"]


def test_the_axis_of_a_fan_starts_at_zero_and_may_be_shared():
    chart = fan_chart("Deaths", "people", BAND, top=200_000)
    scales = [layer["encoding"]["y"]["scale"] for layer in layers(chart) if "y" in layer["encoding"]]
    assert all(scale["zero"] is True and scale["domain"] == [0, 200_000] for scale in scales)


def test_only_years_held_back_are_shaded():
    seen = [Counted(2019, 99.0), Counted(2020, 98.0, held_back=True), Counted(2021, 97.0, held_back=True)]
    shaded = [one for one in layers(fan_chart("Deaths", "people", BAND, BAND, seen)) if one["mark"]["type"] == "rect"]
    assert shaded[0]["data"]["values"] == [{"what": "years held back", "from": 2019.5, "to": 2021.5}]
    known = fan_chart("Deaths", "people", BAND, BAND, seen[:1])
    assert not [one for one in layers(known) if one["mark"]["type"] == "rect"]
    assert "not shown those of 2020 to 2021" in fan_chart("Deaths", "people", BAND, BAND, seen).summary


def test_without_a_mix_and_counts_there_is_one_line_and_no_dot():
    chart = fan_chart("Deaths", "people", BAND)
    assert [one["mark"]["type"] for one in layers(chart)] == ["area", "area", "line"]
    assert chart.rows[0] == ("2019", "", "100", "80", "123\u202f000")


def test_the_widest_bars_come_first_and_the_rest_stay_in_the_table():
    rows = [
        {"name": f"p{n}", "low": 0.0, "high": float(n), "middle": 1.0, "informed": n % 2 == 0} for n in range(1, 13)
    ]
    chart = tornado_chart("deaths averted", "deaths", rows)
    assert [one["name"] for one in chart.spec["data"]["values"]][:2] == ["p12", "p11"]
    assert (len(chart.spec["data"]["values"]), len(chart.rows), chart.left_out) == (10, 12, 2)
    assert chart.summary.startswith("p12 moves it most")
    assert tornado_chart("deaths averted", "deaths", []).spec is None
