"""Files of counts, events and triangles: what is kept, what is refused, and that no person's row ever is."""

import csv
import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pytest

from counterflow.core.errors import ConfigError, InputError, UnknownName, UsageError
from counterflow.store.workspace import Workspace
from counterflow.watch.series import vintages
from counterflow.watch.series.coarser import to_grain
from counterflow.watch.series.held import held
from counterflow.watch.series.load import load_file, read_mapped
from counterflow.watch.series.mapping import checked, mapping_of, read_mapping
from counterflow.watch.series.panel import add_changes, change_of, panel_rows
from counterflow.watch.series.reader import Options
from counterflow.watch.series.shown import shown_grid
from counterflow.watch.series.stored import grid, within_of

TODAY = dt.date(2026, 11, 22)
DEATHS = {
    "source": "me", "measure": "deaths", "level": "subcounty", "within_level": "county", "date_format": "%m/%d/%Y",
    "text": ["Cause"], "flags": {"Heroin": "heroin", "Xylazine": "xylazine"},
    "columns": {"date": "Date", "place": "City", "within": "County", "basis": "How"},
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ws") / "w"
    Workspace.create(folder)
    with Workspace(folder) as opened:
        yield opened


@pytest.fixture
def write(tmp_path):
    def to(text, name="f.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return to


def read(path, form, said=None, **options):
    return read_mapped(path, checked("m", mapping_of(form), said or {}), Options(TODAY, **options))


def cells(counts, *names):
    return [tuple(row[name] for name in names) for row in counts.to_pylist()]


def test_counts_by_week_number_with_what_was_withheld_and_not_looked_for(write):
    text = "place,year,week,subject,count,looked_for\nA,2020,52,heroin,12,yes\nA,2020,53,heroin,<10,yes\n"
    found = read(write(text + "A,2021,1,heroin,,yes\nA,2021,2,Unheardofine,,no\n"), "counts", {"measure": "deaths"})
    assert cells(found.counts, "starts", "subject", "count", "suppressed", "looked_for") == [
        (dt.date(2020, 12, 21), "heroin", 12.0, False, True),
        (dt.date(2020, 12, 28), "heroin", None, True, True),
        (dt.date(2021, 1, 11), "Unheardofine", None, False, False),
    ]
    assert (found.rows, found.accepted) == (4, 4)
    assert any("1 cells are empty: unknown, not zero" in words for words in found.said)


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        ("A,2020-01-06,-1", "negative", "count"),
        ("A,2020-01-06,1.5", "no-count", "count"),
        ("A,2020-01-06,some", "no-number", "count"),
        ("A,2020-01-36,1", "no-period", "starts"),
        ("A,2020-W54,1", "no-period", "starts"),
        ("A,2030-01-07,1", "counted-before-it-began", "starts"),
        ("A,2020-01-13,2", "twice", "starts"),
        ("A,2020-01-06", "ragged", ""),
    ],
)
def test_a_bad_row_is_refused_with_its_line(write, row, reason, column):
    found = read(write(f"place,starts,count\nA,2020-01-13,1\nA,2020-01-20,1\n{row}\n"), "counts")
    one = found.refused[-1]
    assert (one.reason, one.column, one.line) == (reason, column, 4)
    assert found.rows == found.accepted + len(found.refused) == 3


def test_twelve_month_sums_by_month_are_refused_unless_called_so(write):
    rng = np.random.default_rng(2)
    sums = np.convolve(rng.poisson(80, 72), np.ones(12), "valid").astype(int)
    months = np.arange("2015-01", "2020-02", dtype="datetime64[M]").astype(str)
    path = write("place,month,count\n" + "".join(f"A,{m},{n}\n" for m, n in zip(months, sums, strict=True)))
    with pytest.raises(InputError, match="sums over the last 12 months, not counts by month"):
        read(path, "counts")
    named = read(path, "counts", {"grain": "12-months"})
    assert cells(named.counts, "grain", "starts", "ends")[0] == ("12-months", dt.date(2014, 2, 1), dt.date(2015, 1, 31))


def test_a_wide_file_by_place_with_a_first_day_of_looking(write):
    text = "week,heroin,xylazine\n2020-01-06,4,0\n2020-01-13,5,2\n"
    found = read(write(text), "counts", {"wide": "subject", "since": {"xylazine": "2020-01-13"}})
    assert cells(found.counts, "subject", "count", "looked_for") == [
        ("heroin", 4.0, True), ("heroin", 5.0, True), ("xylazine", None, False), ("xylazine", 2.0, True),
    ]  # fmt: skip


def deaths(days=730, since=400):
    """A made-up file of a medical examiner: a name stands where a day should, and a flag begins late."""
    rng, lines = np.random.default_rng(5), ["Case,Date,How,Name,Age,City,County,Cause,Heroin,Xylazine"]
    for day in range(days):
        when = dt.date(2018, 1, 1) + dt.timedelta(day)
        how = "reported" if when.year == 2019 else "death"
        for _ in range(int(rng.poisson(2)) + 1):
            city = f"T{rng.integers(0, 4)}"
            county = "North" if city in ("T0", "T1") else "South"
            heroin, xylazine = rng.random() < 0.5, rng.random() < 0.3
            words = " and ".join([w for w, b in (("HEROIN", heroin), ("xylazine", xylazine)) if b] or ["a fall"])
            lines.append(
                f"C{day},{when:%m/%d/%Y},{how},Secret Person,41,{city},{county},Acute toxicity of {words},"
                f"{'Y' if heroin else ''},{'Y' if xylazine and day >= since else ''}"
            )
    lines.insert(3, "C9,Jane Doe,death,Jane Doe,33,T0,North,x,Y,")
    return "\n".join(lines) + "\n"


def test_deaths_are_counted_while_they_are_read(write):
    text = deaths()
    found = read(write(text), "events", DEATHS)
    assert found.rows == text.count("\n") - 1
    assert [(row.line, row.reason, row.value, row.raw) for row in found.refused] == [(4, "no-day", "", "")]
    kept = str(found.counts.to_pylist()) + str(found.panel.to_pylist()) + str(found.said)
    assert "Jane" not in kept
    assert "Secret" not in kept
    rows = found.counts.to_pylist()
    total = sum(row["count"] or 0 for row in rows if row["subject"] == "all" and row["level"] == "subcounty")
    aside = ("periods that the file does not cover", "they stand in no count")
    outside = sum(int(words.split()[0]) for words in found.said if any(why in words for why in aside))
    assert total + outside == found.accepted
    wholes = {(row["place"], row["starts"], row["definition"]): row["count"] for row in rows
              if row["level"] == "county" and row["subject"] == "all"}  # fmt: skip
    parts: dict[tuple[object, ...], float] = {}
    for row in rows:
        if row["level"] == "subcounty" and row["subject"] == "all" and row["count"] is not None:
            key = ("North" if row["place"] in ("T0", "T1") else "South", row["starts"], row["definition"])
            parts[key] = parts.get(key, 0) + row["count"]
    assert {key: number for key, number in wholes.items() if number is not None} == parts


def test_a_flag_that_starts_is_not_a_drug_that_starts(write):
    found = read(write(deaths()), "events", DEATHS)
    rows = [row for row in found.counts.to_pylist() if row["subject"] == "xylazine" and row["place"] == "T0"]
    flags = [row for row in rows if "; flags; by reported" in row["definition"] and row["starts"].year == 2019]
    text = [row for row in rows if "; text; by reported" in row["definition"] and row["starts"].year == 2019]
    began = dt.date(2018, 1, 1) + dt.timedelta(400)
    assert all(row["looked_for"] == (row["starts"] >= began) for row in flags)
    assert all(row["looked_for"] for row in text[1:])
    changes = {(row["change"], row["subject"]): row["from_day"] for row in found.panel.to_pylist()}
    assert abs((changes["added", "xylazine"] - began).days) < 10
    assert changes["date-basis", "*"] == dt.date(2018, 12, 31)


def test_counts_by_two_dates_are_two_series_and_unknown_where_the_other_is_used(write):
    found = read(write(deaths()), "events", DEATHS)
    own = {(row["definition"], row["starts"].year): row["looked_for"] for row in found.counts.to_pylist()
           if row["subject"] == "all" and row["starts"].month == 6}  # fmt: skip
    assert own == {("as published; by death", 2018): True, ("as published; by reported", 2018): False,
                   ("as published; by death", 2019): False, ("as published; by reported", 2019): True}  # fmt: skip


def test_a_line_list_becomes_what_was_known_on_each_day(workspace, write):
    text = "event_date,report_date\n2024-01-01,2024-01-01\n2024-01-01,2024-01-03\n2024-01-02,2024-01-03\n"
    text += "2024-01-03,2024-01-02\n2024-01-04,\n2024-01-04,2024-01-05\n"
    said = checked("m", mapping_of("line-list"), {"source": "ll", "measure": "cases", "level": "nation"})
    receipt = load_file(workspace, write(text), Options(TODAY), mapping=said)
    assert receipt.reasons == {"no-day": 1, "reported-before": 1}
    assert (receipt.read, receipt.accepted, receipt.rejected) == (6, 4, 2)
    for day, known in ((1, [1]), (2, [1, 0]), (3, [2, 1, 0]), (5, [2, 1, 0, 1])):
        own = grid(workspace.store, source="ll", as_of=dt.date(2024, 1, day))
        assert own.counts[0].tolist() == known
    made = vintages.triangle(workspace.store, source="ll", max_delay=3)
    assert np.array_equal(made.counts, [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, np.nan], [0, 1, np.nan, np.nan]],
                          equal_nan=True)  # fmt: skip


def test_weekly_triangle_with_corrections_of_totals(workspace, write):
    text = "area,week,reported_week,events\nA,2024-01-01,2024-01-01,5\nA,2024-01-01,2024-01-08,9\n"
    text += "A,2024-01-08,2024-01-08,3\nA,2024-01-01,2024-01-15,8\nA,2024-01-15,2024-01-15,1\n"
    said = {"source": "tri", "grain": "week", "cumulative": True,
            "columns": {"reference": "week", "report": "reported_week", "count": "events"}}  # fmt: skip
    receipt = load_file(workspace, write(text), Options(TODAY), mapping=checked("m", mapping_of("triangle"), said))
    assert any("1 totals fell" in words for words in receipt.said)
    made = vintages.triangle(workspace.store, source="tri", max_delay=2)
    assert np.array_equal(made.counts, [[5, 4, -1], [3, 0, np.nan], [1, np.nan, np.nan]], equal_nan=True)
    assert grid(workspace.store, source="tri", as_of=dt.date(2024, 1, 14)).counts.tolist() == [[9, 3]]


def test_instalments_add_to_what_is_held(workspace, write):
    said = {"source": "parts of it", "grain": "week",
            "columns": {"place": "area", "reference": "week", "report": "reported_week", "count": "events"}}  # fmt: skip
    files = [
        "A,2024-01-01,2024-01-01,5\nB,2024-01-01,2024-01-01,7\n",
        "A,2024-01-01,2024-01-08,4\nA,2024-01-08,2024-01-08,3\n",
    ]

    def load(rows, **more):
        mapping = checked("m", mapping_of("triangle"), said | more)
        return load_file(workspace, write("area,week,reported_week,events\n" + rows), Options(TODAY), mapping=mapping)

    assert load(files[0], adds=True).tables["series_count"] == 2
    with pytest.raises(InputError, match="adds = true"):
        load("A,2024-01-01,2024-01-08,1\n")
    assert any("1 counts are those held" in words for words in load(files[1], adds=True).said)
    assert load(files[1], adds=True).repeated
    with pytest.raises(InputError, match="are held"):
        load("A,2024-01-01,2024-01-08,2\n", adds=True)
    own = grid(workspace.store, source="parts of it")
    assert dict(zip(own.key.column("place").to_pylist(), own.counts.tolist(), strict=True)) == {
        "A": [9, 3],
        "B": [7, 0],
    }
    first = grid(workspace.store, source="parts of it", as_of=dt.date(2024, 1, 7))
    assert first.counts.tolist() == [[5], [7]]


def test_a_total_among_its_parts_is_not_added_to_them(write):
    with pytest.raises(InputError, match="says what age is"):
        read(write("reference_date,delay,age,count\n2024-01-01,0,all,5\n2024-01-01,0,young,2\n"), "triangle")


def test_a_real_triangle_comes_back_cell_by_cell(workspace, shared_data):
    path = shared_data / "watch" / "germany_hosp_triangle_to_2021-08.csv.gz"
    said = {"source": "rki", "level": "nation", "columns": {"subject": "age_group"}}
    load_file(workspace, path, Options(TODAY), mapping=checked("m", mapping_of("triangle"), said))
    made = vintages.triangle(workspace.store, source="rki", subject="00+", max_delay=40)
    with gzip.open(path, "rt") as stream:
        own = {(row["reference_date"], int(row["delay"])): float(row["count"]) for row in csv.DictReader(stream)
               if row["age_group"] == "00+"}  # fmt: skip
    place = {str(day): number for number, day in enumerate(made.reference)}
    assert all(made.counts[place[day], delay] == number for (day, delay), number in own.items())
    assert int(np.isfinite(made.counts).sum()) == len(own)


def test_the_same_file_changes_nothing_and_a_later_one_supersedes(workspace, write):
    head = "place,starts,count\n"
    said = {"source": "rev", "measure": "visits"}

    def load(rows, day):
        mapping = checked("m", mapping_of("counts"), said)
        return load_file(workspace, write(head + rows), Options(TODAY, as_of=dt.date(2024, 2, day)), mapping=mapping)

    first = load("A,2024-01-01,40\nA,2024-01-08,50\n", 1)
    assert first.tables == {"series_count": 2}
    assert load("A,2024-01-01,40\nA,2024-01-08,50\n", 1).repeated
    assert any("duplicated vintage" in words for words in load("A,2024-01-01,40\nA,2024-01-08,50\n", 2).said)
    fell = load("A,2024-01-01,38\nA,2024-01-08,55\nA,2024-01-15,60\n", 3)
    assert any("1 of 2 counts fell" in words for words in fell.said)
    again = load("A,2024-01-01,39\nA,2024-01-08,55\n", 3)
    assert any("1 counts as of 2024-02-03 are held already" in words for words in again.said)
    assert any("1 counts differ" in words for words in again.said)
    assert grid(workspace.store, source="rev", as_of=dt.date(2024, 2, 2)).counts.tolist() == [[40, 50]]
    assert grid(workspace.store, source="rev").counts.tolist() == [[39, 55, 60]]
    kept = workspace.store.rows("SELECT count(*) AS n FROM series_count WHERE source = 'rev'")
    assert kept[0]["n"] == 2 + 2 + 3 + 1
    row = held(workspace.store, source="rev")[0]
    assert (row["places"], row["vintages"], row["gaps"], row["cells"]) == (1, 3, 0, 3)
    with pytest.raises(InputError, match="No count of this kind was known"):
        grid(workspace.store, source="rev", as_of=dt.date(2024, 1, 1))
    with pytest.raises(UnknownName, match="Did you mean 'rev'"):
        grid(workspace.store, source="revv")


def test_days_sum_to_weeks_only_where_the_week_is_whole(workspace, write):
    rows = "".join(f"A,{dt.date(2024, 1, 3) + dt.timedelta(day)},{day % 3 + 10}\n" for day in range(18))
    mapping = checked("m", mapping_of("counts"), {"source": "daily", "grain": "day"})
    load_file(workspace, write("place,date,count\n" + rows), Options(TODAY), mapping=mapping)
    iso = grid(workspace.store, source="daily", grain="week")
    assert iso.starts.astype(str).tolist() == ["2024-01-01", "2024-01-08", "2024-01-15"]
    assert np.isnan(iso.counts[0]).tolist() == [True, False, True]
    mmwr = grid(workspace.store, source="daily", grain="week", week="mmwr")
    assert mmwr.starts.astype(str).tolist() == ["2023-12-31", "2024-01-07", "2024-01-14"]
    assert np.isfinite(mmwr.counts[0]).tolist() == [False, True, True]
    with pytest.raises(UsageError, match="cannot be summed"):
        to_grain(iso, "month")


def test_wholes_are_summed_and_the_same_cells_withheld_everywhere(workspace, write):
    rows = "T1,North,2024-01-01,3\nT2,North,2024-01-01,30\nT1,North,2024-01-08,40\nT2,North,2024-01-08,20\n"
    said = {"source": "parts", "level": "subcounty", "within_level": "county", "columns": {"within": "region"}}
    path = write("place,region,starts,count\n" + rows)
    load_file(workspace, path, Options(TODAY), mapping=checked("m", mapping_of("counts"), said))
    assert within_of(workspace.store, ["parts"])["T1"] == "North"
    assert grid(workspace.store, source="parts", level="county").counts.tolist() == [[33, 60]]
    hidden, whole, mask = shown_grid(workspace.store, 10, source="parts", place="T2")
    assert whole.counts.tolist() == [[30, 20]]
    assert mask.tolist() == [[True, False]]
    assert np.isnan(hidden.counts[0, 0])


@pytest.mark.parametrize("form", ["events", "line-list"])
def test_a_name_that_strayed_into_a_column_is_no_series(write, form):
    rows = [f"2024-01-{day:02d},2024-01-{day:02d},Cook,pressed pills" for day in range(1, 15)]
    rows += ["2024-01-03,2024-01-03,Cook,Jane Roe 41", "2024-01-03,2024-01-03,Cook,Heroin"]
    text = "event_date,report_date,place,subject\n" + "\n".join(rows) + "\n"
    found = read(write(text), form, {"columns": {"subject": "subject"}, "grain": "day"})
    subjects = set(found.counts.column("subject").to_pylist())
    assert subjects - {"all"} == {"heroin", "pressed pills", "other"}
    assert "Roe" not in str(found.said)


def test_changes_of_panel_by_hand(workspace):
    said = {"source": "rev", "from_day": "2024-01-08", "change": "added", "said": "visits of children too"}
    assert add_changes(workspace, [change_of(said)]).tables == {"panel": 1}
    assert add_changes(workspace, [change_of(said)]).repeated
    assert [row["from_day"] for row in panel_rows(workspace.store, source="rev")] == [dt.date(2024, 1, 8)]
    for wrong in ({"from_day": "8 January"}, {"change": "begun"}, {"said": ""}):
        with pytest.raises(InputError):
            change_of(said | wrong)


def test_the_example_of_the_documentation_runs(write):
    page = (Path(__file__).parents[4] / "docs" / "how-to" / "load-counts.md").read_text("utf-8")
    page = page.partition("## A mapping that runs")[2]
    text, said = (page.partition(f"```{kind}\n")[2].partition("```")[0] for kind in ("csv", "toml"))
    found = read_mapped(write(text), read_mapping(write(said, "deaths.toml")), Options(TODAY))
    counted = {(row["place"], row["level"], row["subject"], row["definition"].split("; ")[1]): row["count"]
               for row in found.counts.to_pylist() if row["count"] and row["starts"] == dt.date(2024, 1, 8)}  # fmt: skip
    both = (
        [("Hartford", level) for level in ("subcounty", "county")],
        [("New Haven", lv) for lv in ("subcounty", "county")],
    )
    ways = ("flags", "text")
    assert counted == {(*where, "all", "by Date of death"): 1 for each in both for where in each} | {
        (*where, "heroin", way): 1 for where in both[0] for way in ways} | {
        (*where, "xylazine", way): 1 for where in both[1] for way in ways} | {
        (*where, "fentanyl", "text"): 1 for where in both[1]}  # fmt: skip
    assert "N. N." not in str(found.counts.to_pylist())


def test_a_mapping_says_what_it_does_not_know(write):
    for text, said in (
        ('form = "count"', "form is 'count'"),
        ('form = "counts"\nsorce = "x"', "Did you mean 'source'"),
        ('form = "counts"\n[columns]\nplce = "x"', "Did you mean 'place'"),
        ('form = "counts"\ngrain = "fortnight"', "grain is 'fortnight'"),
        ('form = "counts"\nsource = 3', "source cannot be 3"),
        ("form", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_mapping(write(text, "m.toml"))


def test_the_commands(command, write, tmp_path):
    folder = tmp_path / "w2"
    Workspace.create(folder)
    path = write("place,starts,count\nA,2024-01-01,3\nA,2024-01-08,12\nA,2024-01-15,-4\n")
    code, out, err = command("-w", folder, "watch", "load", path, "--as", "counts", "--source", "s")
    assert (code, '"rejected": 1' in out, "2 accepted + 1 in quarantine" in err) == (0, True, True)
    out = command("-w", folder, "watch", "series", "--format", "csv")[1]
    assert out.splitlines()[1].startswith("s,events,all,state,as published,week,1,2024-01-01,2024-01-14,2")
    out = command("-w", folder, "watch", "series", "--counts", "--format", "csv")[1]
    assert out.splitlines()[1:] == [
        "s | A | events | all,1,2024-01-01,,true",
        "s | A | events | all,2,2024-01-08,12,false",
    ]
