"""A scan as a page that stands alone: map, clusters, their course, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterflow.report import numbers
from counterflow.report.charts.places import Point, Ring, places_chart
from counterflow.report.charts.series import Period, series_summary
from counterflow.report.map_svg import MAP_STYLE, places_svg
from counterflow.report.markup import Safe, tag
from counterflow.report.page import facts, grid_of, page, section
from counterflow.report.series_svg import SERIES_STYLE, series_svg

__all__ = ["cluster_words", "render", "rings_of"]

_STYLE = Safe(
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:1rem}"
    "main{max-width:76rem}td:nth-child(2){min-width:11rem;overflow-wrap:anywhere}"
)
_MOST_NAMED = 8


def render(
    told: Mapping[str, Any], points: Sequence[Point], courses: Sequence[Sequence[Period]], *, small: int = 10,
    areas: Sequence[Mapping[str, Any]] = (), what: str = "cases",
) -> str:  # fmt: skip
    """Return the page.

    Args:
        told: the scan, as `watch scan --format json` gives it.
        points: places with what was counted in them over the longest window.
        courses: counts and expectations of each cluster's places together, cluster by cluster.
        small: counts from 1 to one less are shown as a range.
        areas: GeoJSON features to draw below.
        what: what is counted.
    """
    clusters, study = told["clusters"], told["study"]
    rings = rings_of(clusters, small)
    chart = places_chart(points, rings, small=small, what=what, areas=areas)
    alarms = sum(bool(c["alarm"]) for c in clusters)
    verdict = f"{numbers.counted(len(clusters), 'cluster')} told; an alarm has p of at most {told['alpha']:.3g}"
    drawn = places_svg(points, rings, summary=chart.summary, small=small, what=what, areas=areas)
    plots = [
        tag("figure", tag("figcaption", line), series_svg(course, summary=line, small=small))
        for line, course in (
            (series_summary(f"Cluster {n}", course, what=what), course) for n, course in enumerate(courses, 1)
        )
    ]
    title = f"{numbers.counted(alarms, 'cluster alarm') if alarms else 'No cluster alarm'}, {study['last_t']}"
    return page(
        title,
        tag("style", _STYLE, MAP_STYLE, SERIES_STYLE),
        tag("p", f"Space-time scan, {study['first_t']} to {study['last_t']}", class_="kicker"),
        tag("h1", title),
        tag("p", f"{verdict}; {numbers.counted(study['places'], 'place')} and {numbers.count(study['cases'])} {what}."),
        section("Where", tag("figure", tag("figcaption", chart.summary), drawn)),
        section("Clusters", _table(clusters, small), empty="No place holds more than expected."),
        section("Their course", tag("div", *plots, class_="plots") if plots else ""),
        section("How to read this", tag("ul", *(tag("li", line) for line in told["said"]))),
        section("How it was made", _made(told)),
    )  # fmt: skip


def rings_of(clusters: Sequence[Mapping[str, Any]], small: int) -> list[Ring]:
    """Return the rings of clusters, numbered from 1."""
    return [
        Ring(n, c["lat"], c["lon"], c["radius_km"], cluster_words(n, c, small), alarm=bool(c["alarm"]))
        for n, c in enumerate(clusters, start=1)
    ]


def cluster_words(number: int, cluster: Mapping[str, Any], small: int) -> str:
    """Return a cluster in one sentence, small counts as a range."""
    places = numbers.counted(len(cluster["places"]), "place")
    since = f"since {cluster['first_t']}" if cluster["periods"] > 1 else f"in {cluster['last_t']}"
    ratio = "" if _hidden(cluster, small) else f", {numbers.amount(cluster['ratio'])} times the expected"
    return (
        f"Cluster {number}: {places} around {cluster['centre']}, {since}, {_count(cluster['observed'], small)} counted"
        f"{ratio}; p {_p(cluster['p'])}."
    )


def _table(clusters: Sequence[Mapping[str, Any]], small: int) -> Safe:
    rows = [
        {
            "n": n, "places": _named(c["places"]), "radius": numbers.amount(c["radius_km"]),
            "since": f"{c['first_t']} to {c['last_t']}", "observed": _count(c["observed"], small),
            # The expected count and a ratio together give a small count away.
            "expected": numbers.amount(c["expected"]), "ratio": _ratio(c, small), "p": _p(c["p"]),
            "recurs": _recurs(c), "alarm": "ALARM" if c["alarm"] else "",
        }
        for n, c in enumerate(clusters, start=1)
    ]  # fmt: skip
    heads = {
        "n": "No.", "places": "Places", "radius": "Radius, km", "since": "Periods", "observed": "Counted",
        "expected": "Expected", "ratio": "Times expected (95 %)", "p": "p", "recurs": "By chance once in",
        "alarm": "Verdict",
    }  # fmt: skip
    return grid_of(rows, heads, caption="Clusters, the most likely first", numbers=("radius", "observed", "expected"))


def _made(told: Mapping[str, Any]) -> Safe:
    radius = told["largest_radius_km"]
    return facts([
        ("Method", told["method"]), ("Model", told["model"]),
        ("Longest window", numbers.counted(told["longest_window"], "period")),
        ("Largest circle", f"{numbers.share(told['largest_share'])} of those at risk"
         + (f", {numbers.amount(radius)} km" if radius else "")),
        ("Replicates", numbers.count(told["replicates"])), ("Seed", str(told["seed"])),
        ("Sources", "; ".join(told["sources"])),
        ("SHA-256 of the data", tag("code", told["data_sha256"] or "withheld")),
    ])  # fmt: skip


def _named(places: Sequence[str]) -> str:
    shown = ", ".join(places[:_MOST_NAMED])
    return f"{shown} and {len(places) - _MOST_NAMED} more" if len(places) > _MOST_NAMED else shown


def _hidden(cluster: Mapping[str, Any], small: int) -> bool:
    return cluster["observed"] is None or cluster["observed"] < small


def _count(value: float | None, small: int) -> str:
    if value is None:
        return "withheld"
    return f"1 to {small - 1}" if 0 < value < small else numbers.count(value)


def _ratio(cluster: Mapping[str, Any], small: int) -> str:
    if _hidden(cluster, small):
        return "withheld"
    around = {"low": cluster["ratio_low"], "high": cluster["ratio_high"]}
    return f"{numbers.amount(cluster['ratio'])} ({numbers.interval(around, 'amount')})"


def _p(value: float | None) -> str:
    if value is None:
        return "withheld"
    return f"{value:.2g}" if value >= 1e-6 else "below 0.000001"


def _recurs(cluster: Mapping[str, Any]) -> str:
    periods = cluster["recurrence_periods"]
    if periods is None:
        return "withheld"
    return f"{numbers.amount(periods)} periods" if periods < 1e6 else "more than a million periods"
