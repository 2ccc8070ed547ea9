"""The brief: what it says, what it hides, and the same bytes each time."""

import datetime as dt
import hashlib
import json
import tomllib
from importlib import resources

import pytest
from tests.unit.watch.response.conftest import clock, contacts, held, load, site  # noqa: F401 - fixtures
from tests.unit.watch.response.made import HOW, grid, judge, quiet, raise_one

from counterflow.core.errors import AccessError
from counterflow.report.pdf import pdf
from counterflow.report.watch_brief import blocks, kicker, render
from counterflow.watch.brief.build import build
from counterflow.watch.disclosure import Request
from counterflow.watch.disclosure.approvals import approve
from counterflow.watch.response.places import PLACES
from counterflow.watch.response.told import dispose, tell


def as_pdf(told):
    made = dt.datetime.fromisoformat(told["made_at"])
    return pdf(told["title"], kicker(told), blocks(told), made_at=made, foot=told["alarm"])


def test_it_says_what_where_since_when_and_how_sure(site, contacts):  # noqa: F811
    alarm = raise_one(site)
    tell(site, alarm, person="A. Analyst", to=["moh"])
    told = build(site, alarm)
    assert told["where"] == {"place": "County 0", "level": "county"}
    assert (told["numbers"]["observed"], told["numbers"]["expected"]) == (44, 20.0)
    ratio = told["numbers"]["ratio"]
    assert ratio["low"] < ratio["value"] == 2.2 < ratio["high"]
    assert told["like_places"]["places"] == 3
    assert [row["told"] is not None for row in told["response"]] == [True, False, False]
    assert told["after"]["said"] == "No earlier alarm of this kind is on record here."
    assert alarm in told["again"]["command"]
    page = render(told)
    for words in ("County 0", "2.20", "Medical officer", "What is not known", "accuses nobody", alarm):
        assert words in page
    assert "A. Analyst" not in page
    assert "epi@county.example" not in page
    assert "<script" not in page
    assert 'src="http' not in page


def test_a_small_count_stands_nowhere(site):  # noqa: F811
    # 7 events: neither the count, nor what it is over the expected, nor its score
    told = build(site, raise_one(site, count=7.0, limit=6.0))
    assert told["numbers"]["observed"] == "<10"
    assert told["numbers"]["ratio"] is None
    assert told["method"]["score"] is None
    assert told["numbers"]["upper"] is None
    assert {row["upper"] for row in told["history"]} == {None}
    assert {row["observed"] for row in told["history"]} == {"<10"}
    together = told["like_places"]["together"]
    assert together is None or together["value"] is None
    bare = json.dumps({k: v for k, v in told.items() if k not in {"again", "alarm", "when", "made_at", "history"}})
    assert "7.0" not in bare
    assert "fewer than 10, not shown" in render(told)


def test_one_small_place_hides_a_second_one(site):  # noqa: F811
    counts = quiet(places=4)
    counts[0, -1], counts[1, -1] = 44, 5
    from counterflow.watch.response import record

    given = grid(counts)
    like = build(site, record(site, given, judge(given), HOW).new[0])["like_places"]
    assert sorted(str(row["observed"]) for row in like["rows"])[-2:] == ["<10", "withheld"] or like["hidden"] >= 2
    assert (like["together"], like["taken_together"]) == (None, 0)  # beside a small one a larger one is hidden


def test_zeros_and_hidden_small_counts_do_not_make_a_ratio_of_nothing(site):  # noqa: F811
    counts = quiet(places=4)
    counts[:, -1] = [44, 0, 7, 8]
    from counterflow.watch.response import record

    given = grid(counts)
    together = build(site, record(site, given, judge(given), HOW).new[0])["like_places"]["together"]
    expected = 3 * float(counts[1:, -9:-1].mean())
    assert together["value"] is None
    assert together["low"] * expected < 15 < together["high"] * expected


def test_what_followed_earlier_alarms_is_told_with_its_number(site, clock):  # noqa: F811
    first = raise_one(site, measure="ed-visits")
    dispose(site, first, "artefact", person="A", words="double entries of one hospital")
    counts = quiet()
    counts[0, -1] = counts[1, -2] = 44
    from counterflow.watch.response import record

    given = grid(counts)
    made = record(site, given, judge(given), HOW, periods=2)
    old = next(one for one in made.new if build(site, one)["where"]["place"] == "County 1")
    dispose(site, old, "outbreak", person="A", words="seen in toxicology")
    new = next(one for one in made.new if one != old)
    past = build(site, new)["after"]
    assert (past["n"], past["verdicts"]["judged"], past["verdicts"]["outbreak"]) == (1, 1, 1)


def test_enforcement_is_refused_below_the_county_until_two_agreed_and_the_read_is_logged(site, tmp_path):  # noqa: F811
    load(site, tmp_path, PLACES, "place,level,parent\nLoop,subcounty,Cook\nCook,county,\n")
    alarm = raise_one(site, level="subcounty", places=["Loop", "A", "B", "C"])
    with pytest.raises(AccessError, match="withheld"):
        build(site, alarm, role="enforcement", purpose="supply-response")
    asked = Request("supply-response", "Cook", dt.date(2026, 11, 1), dt.date(2026, 11, 30), dt.date(2026, 12, 1))
    for side, person in (("health", "A. Meier"), ("oversight", "B. Other")):
        approve(site, asked, side=side, person=person, ground="adulterant seen in two labs")
    assert build(site, alarm, role="enforcement", purpose="supply-response")["where"]["place"] == "Loop"
    assert [body["rows"] for body in site.said("watch-read")] == [1]
    audit = build(site, alarm, role="oversight", purpose="audit")
    assert audit["where"]["place"] == "Cook"
    assert audit["like_places"]["rows"] == []
    assert "Loop" not in json.dumps(audit)


def test_the_pdf_is_the_same_each_time_tagged_and_in_its_language(site):  # noqa: F811
    told = build(site, raise_one(site, places=["Älvsborg", "Київ", "Θεσσαλονίκη", "東京"]))
    first = as_pdf(told)
    assert first == as_pdf(told)
    assert first.startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/Lang", b"/Figure", b"/H1", b"D:20261123100000Z"):
        assert mark in first


def test_fonts_are_those_that_their_list_names_and_their_licence_is_beside_them():
    folder = resources.files("counterflow.report.pdf") / "fonts"
    listed = tomllib.loads((folder / "FONTS.toml").read_text("utf-8"))["font"]
    assert len(listed) == 2
    for one in listed:
        assert hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest() == one["sha256"]
    assert "Bitstream Vera Fonts Copyright" in (folder / "LICENCE.txt").read_text("utf-8")
