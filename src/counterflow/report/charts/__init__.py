"""Charts as data: tables into Vega-Lite dictionaries, each with one sentence and the numbers it shows.

A specification holds no colour: whoever draws it gives its own theme as Vega configuration (`range.category`
for arms, `range.ordinal` for levels), so that light, dark and print each stay readable.
"""

from counterflow.report.charts.burden import bar_chart, burden_chart
from counterflow.report.charts.capacity import capacity_bars
from counterflow.report.charts.chart import Chart
from counterflow.report.charts.coverage import coverage_ladder
from counterflow.report.charts.frontier import frontier_chart
from counterflow.report.charts.intervals import interval_chart
from counterflow.report.charts.lateness import lateness_bars
from counterflow.report.charts.loop import shares_chart, weeks_chart
from counterflow.report.charts.peers import peers_chart
from counterflow.report.charts.returns import plans_chart, returns_chart
from counterflow.report.charts.target import target_chart
from counterflow.report.charts.timeline import timeline_chart

__all__ = [
    "Chart",
    "bar_chart",
    "burden_chart",
    "capacity_bars",
    "coverage_ladder",
    "frontier_chart",
    "interval_chart",
    "lateness_bars",
    "peers_chart",
    "plans_chart",
    "returns_chart",
    "shares_chart",
    "target_chart",
    "timeline_chart",
    "weeks_chart",
]
