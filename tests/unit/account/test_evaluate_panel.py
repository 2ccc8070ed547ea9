"""Panels as people save them, and the command on them: what is read, what is refused, with the place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.evaluate.columns import named_columns, named_specials
from counterflow.account.evaluate.panel import block_of, named_units, panel_of, read_panel
from counterflow.account.evaluate.periods import read_period, read_span
from counterflow.account.evaluate.run import method_names
from counterflow.account.given import read_rows, rows_of
from counterflow.core.errors import InputError, UnknownName

UNITS = ("Ash", "Bo", "Cork, East", 'The "Q"', "Åland (x)", "Fir", "7")


def saved(folder, rows, name="p.csv", head="u,t,y"):
    file = folder / name
    file.write_text(head + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def rows_for(units=UNITS, periods=range(2000, 2010), value=lambda i, t: 10 + i * 0.3 + (t * (i + 3)) % 7):
    return [f"{quoted(u)},{t},{value(i, t)}" for i, u in enumerate(units) for t in periods]


@pytest.fixture
def panel(tmp_path):
    return read_panel(saved(tmp_path, rows_for()), unit="u", time="t", outcome="y")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["Ash"], ("Ash",)),
        (["ash,BO"], ("Ash", "Bo")),
        (["Cork, East"], ("Cork, East",)),
        (["Ash,Cork, East,Bo"], ("Ash", "Cork, East", "Bo")),
        (['The "Q"', "Åland (x)"], ('The "Q"', "Åland (x)")),
        (["7.0"], ("7",)),
        (["Ash", "Ash"], ("Ash",)),
    ],
)
def test_names_of_units_may_hold_anything(panel, texts, found):
    assert named_units(panel, texts) == found


@pytest.mark.parametrize(("text", "near"), [("Ahs", "Ash"), ("aland", "Åland"), ("Cork", "Cork, East")])
def test_a_name_that_is_missed_shows_the_near_one(panel, text, near):
    with pytest.raises(UnknownName, match=near):
        named_units(panel, [text])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=8), min_size=2,
                max_size=6, unique_by=lambda n: n.strip().casefold()))  # fmt: skip
def test_every_unit_can_be_named_whole(names):
    from pathlib import Path

    content = ("u;t;y\n" + "".join(f"{quoted(n)};{t};{i + t}\n" for i, n in enumerate(names) for t in (1, 2))).encode()
    panel = panel_of(rows_of(content, Path("p.csv"), "a panel"), unit="u", time="t", outcome="y")
    for unit in panel.units:
        assert named_units(panel, [unit])[0].casefold() == unit.casefold()


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ("\ufeffu;t;y\na;2000;1,5\nb;2000;2,25\n", 1.5),
        ('u,t,y\na,2000,"1,5"\nb,2000,"2,25"\n', 1.5),
        ('u,t,y\na,2000,"1,500"\nb,2000,"2,250"\n', 1500),
        ("u\tt\ty\na\t2000.0\t1.5\nb\t2000.0\tNA\n", 1.5),
        ("u|t|y\r\na|2000|1.5e0\r\nb|2000|\r\n", 1.5),
    ],
)
def test_numbers_and_delimiters(tmp_path, content, first):
    file = tmp_path / "p.csv"
    file.write_bytes(content.encode())
    panel = read_panel(file, unit="u", time="t", outcome="y")
    assert panel.outcome[0, 0] == first
    assert panel.labels == ("2000",)


@pytest.mark.parametrize(
    ("form", "start", "place"),
    [
        (lambda k: str(1990 + k), "1993", 3),
        (lambda k: f"{1990 + k}.0", "1993", 3),
        (lambda k: f"2019-{k + 1:02d}", "2019-04", 3),
        (lambda k: f"2019-{k + 1:02d}-01", "2019-04", 3),
        (lambda k: f"2019-{k + 1:02d}-01", "2019-04-01", 3),
        (lambda k: f"{2019 + k // 4}Q{k % 4 + 1}", "2019-Q4", 3),
        (lambda k: f"2019-W{k + 10}", "2019-W13", 3),
        (lambda k: f"2019-03-{k + 10}", "2019-03-13", 3),
    ],
)
def test_periods_in_every_form(tmp_path, form, start, place):
    rows = [f"{u},{form(k)},{i + k}" for i, u in enumerate("abc") for k in range(6)]
    panel = read_panel(saved(tmp_path, rows[::-1]), unit="u", time="t", outcome="y")
    assert panel.period_at(start) == place
    assert (panel.places[1:] - panel.places[:-1] == 1).all()


def test_spans():
    assert read_span("1960-1969", "x") == (frozenset(), (1960.0, 1969.0))
    assert read_span("1960:1969", "x") == (frozenset(), (1960.0, 1969.0))
    assert read_span("1961, 1963", "x") == (frozenset({1961.0, 1963.0}), None)
    assert read_span("2019-02", "x")[0] == {read_period("2019-02").place}
    for bad in ("", "1969-1960", "soon", "1-2-3"):
        with pytest.raises(InputError):
            read_span(bad, "x")


def test_specials_in_one_text_or_many(tmp_path):
    rows = read_rows(saved(tmp_path, ["u,1,2,3,4"], head="u,t,y,sec.a,b:c"))
    one = named_specials(rows, ["sec.a:1961,1963;b:c:1969, y:1960-1969"])
    assert [(s.column, s.words) for s in one] == [("sec.a", "1961,1963"), ("b:c", "1969"), ("y", "1960-1969")]
    assert named_specials(rows, ["sec.a:1961,1963", "b:c:1969", "y:1960-1969"]) == one
    for bad in ("z:1969", "y", "y:1969,z:1970"):
        with pytest.raises(InputError):
            named_specials(rows, [bad])
    assert named_columns(rows, ["sec.a,b:c"]) == ("sec.a", "b:c")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: [*rows, rows[3]], "twice"),
        (lambda rows: [r.replace(",2003,", ",2003,much ") for r in rows], "not a number"),
        (lambda rows: [r.replace(",2003,", ",March,") for r in rows], "not a period"),
        (lambda rows: [r.replace(",2003,", ",2003-01,") for r in rows], "This is a month, the first is a number"),
        (lambda rows: [*rows, ",2003,1"], "unit is missing"),
        (lambda rows: [*rows, "x,2003"], "2 cells"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path, change, words):
    with pytest.raises(InputError, match=words) as refused:
        read_panel(saved(tmp_path, change(rows_for())), unit="u", time="t", outcome="y")
    assert refused.value.line is not None


def test_gaps_leave_donors_out_and_refuse_the_treated(tmp_path):
    rows = [r.replace(",2003,", ",2003,NA#").split("#")[0] if r.startswith('"Bo",2003') else r for r in rows_for()]
    panel = read_panel(saved(tmp_path, rows), unit="u", time="t", outcome="y")
    assert block_of(panel, ("Ash",), 5).left_out == ("Bo: 1 of 10 periods missing",)
    with pytest.raises(InputError, match="Bo is treated and has no y in 2003"):
        block_of(panel, ("Bo",), 5)
    with pytest.raises(InputError, match="treated from the first period"):
        block_of(panel, ("Ash",), 0)
    with pytest.raises(InputError, match="at least 2"):
        block_of(panel, ("Ash",), 5, donors=("Bo", "Fir"))


def test_groups_are_first_treated_periods(tmp_path):
    rows = [f"{u},{t},{t}.5,{g}" for u, g in zip("abcdef", ("0", "NA", "", "inf", "2002.0", "2003"), strict=True)
            for t in range(2000, 2005)]  # fmt: skip
    panel = read_panel(saved(tmp_path, rows, head="u,t,y,g"), unit="u", time="t", outcome="y", group="g")
    assert [p and p.label for p in panel.group] == [None, None, None, None, "2002", "2003"]
    rows[-1] = rows[-1].replace(",2003", ",2004")
    with pytest.raises(InputError, match="one value for each unit"):
        read_panel(saved(tmp_path, rows, head="u,t,y,g"), unit="u", time="t", outcome="y", group="g")


def test_estimators_by_name():
    assert method_names(["sdid,sc", "DID"]) == ("sdid", "sc", "did")
    assert method_names(["cs"]) == ("callaway-santanna",)
    with pytest.raises(UnknownName, match="sdid"):
        method_names(["sddid"])


def asked(command, file, *more):
    return command("account", "evaluate", file, "--unit", "u", "--time", "t", "--outcome", "y", *more)


def test_the_contract(command, tmp_path, monkeypatch):
    monkeypatch.delenv("COUNTERFLOW_WORKSPACE", raising=False)
    file = saved(tmp_path, rows_for())
    code, out, err = asked(command, file, "--treated", "Cork, East", "--start", "2006", "--methods", "sdid,sc,did",
                           "--format", "json")  # fmt: skip
    assert code == 0
    told = json.loads(out)
    for name in ("sdid", "sc", "did"):
        assert {"effect", "low", "high", "weights", "placebo_p", "smallest_p", "in_time", "leave_one_out"} <= set(
            told[name]
        )
        assert told[name]["low"] <= told[name]["effect"] <= told[name]["high"]
        assert told[name]["smallest_p"] == pytest.approx(1 / 7)
    assert told["registration"]["registered"] is False
    assert told["beside"] == {}
    assert "Exploratory" in err
    assert "smallest p" in err


def test_one_estimator_gets_a_second_beside_it(command, tmp_path):
    code, out, _ = asked(command, saved(tmp_path, rows_for()), "--treated", "7", "--start", "2006", "--methods", "did",
                         "--quick", "--format", "json")  # fmt: skip
    told = json.loads(out)
    assert (code, list(told["beside"]), len(told["agreement"]["estimators"])) == (0, ["sdid"], 2)


def test_a_table_and_a_file(command, tmp_path):
    file = saved(tmp_path, rows_for())
    code, out, _ = asked(command, file, "--treated", "Ash", "--start", "2006", "--format", "csv", "--quick")
    assert code == 0
    assert out.splitlines()[0].startswith("method,asked,effect,low,high")
    assert len(out.splitlines()) == 4
    code, out, _ = asked(command, file, "--treated", "Ash", "--start", "2006", "--exclude", "Bo", "--from", "2002",
                         "--to", "2008", "--quick", "--format", "json", "--out", tmp_path / "o.json")  # fmt: skip
    told = json.loads((tmp_path / "o.json").read_text())
    assert (code, out, told["panel"]["periods"], told["panel"]["donors"]) == (0, "", 7, 5)


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--treated", "Nobody", "--start", "2006"], 3, "no unit"),
        (["--treated", "Ash", "--start", "2000"], 3, "treated from the first period"),
        (["--treated", "Ash", "--start", "1989"], 3, "from 2000 to 2009"),
        (["--treated", "Ash", "--start", "soon"], 3, "not among the periods"),
        (["--treated", "Ash"], 2, "from when"),
        ([], 2, "Who was treated"),
        (["--treated", "Ash", "--start", "2006", "--group", "y"], 2, "--group"),
        (["--treated", "Ash", "--start", "2006", "--methods", "magic"], 3, "no estimator"),
        (["--treated", ",".join(UNITS[:-1]), "--start", "2006"], 3, "at least 2"),
        (["--treated", "Ash", "--start", "2006", "--methods", "sc", "--special", "y:2004-2008"], 3, "treated periods"),
        (["--treated", "Ash", "--start", "2006", "--outcome", "z"], 3, "no column 'z'"),
        (["--treated", "Ash", "--start", "2006", "--control", "some"], 2, "neither"),
        (["--treated", "Ash", "--start", "2006", "--option", "x"], 2, "NAME=VALUE"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(command, tmp_path, more, code, words):
    left, out, err = asked(command, saved(tmp_path, rows_for()), *more)
    assert (left, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


def test_staggered_units_are_not_compared_as_if_they_started_at_once(command, tmp_path):
    starts = dict(zip("abcdefgh", (0, 0, 0, 0, 2003, 2003, 2005, 2005), strict=True))
    rows = [f"{u},{t},{(t * (i + 3)) % 7},{starts[u]}" for i, u in enumerate(starts) for t in range(2000, 2008)]
    file = saved(tmp_path, rows, head="u,t,y,g")
    code, _, err = asked(command, file, "--group", "g", "--methods", "sdid")
    assert code == 3
    assert "callaway-santanna" in err
    one = saved(tmp_path, [r for r in rows if not r.endswith("2005")], name="one.csv", head="u,t,y,g")
    code, out, _ = asked(command, one, "--group", "g", "--methods", "did", "--quick", "--format", "json")
    assert code == 0
    assert json.loads(out)["panel"]["treated"] == ["e", "f"]


def test_a_period_may_be_named_in_another_form_than_the_file_s(tmp_path):
    def read(stamp, first="0"):
        rows = [f"{u},{stamp.format(t)},{t % 7 + i},{first if u == 'a' else '0'}" for i, u in enumerate("abc")
                for t in range(2000, 2006)]  # fmt: skip
        file = saved(tmp_path, rows, head="u,t,y,g")
        return read_panel(file, unit="u", time="t", outcome="y", group="g")

    for stamp in ("{}", "{}-01-01", "{}-12-31", "{}-01", "{}Q3"):
        panel = read(stamp, "2003")
        assert panel.period_at("2003") == 3
        assert panel.group[0].place == panel.places[3]
    panel = read("{}-01", "2003-01-01")
    assert panel.group[0].place == panel.places[3]
    assert read("{}", "2003-01-01").group[0].place == 2003
    assert read("{}-12-31", "2003-02").group[0].place > panel.places[2]
    for stamp, first in (("{}", "2003-07-01"), ("{}-01", "2003-01-15"), ("{}", "soon")):
        with pytest.raises(InputError, match="not the first treated period"):
            read(stamp, first)


def test_a_year_among_months_is_no_period(tmp_path):
    rows = [f"{u},2003-{m:02d},{m}" for u in "abc" for m in range(1, 13)]
    panel = read_panel(saved(tmp_path, rows), unit="u", time="t", outcome="y")
    with pytest.raises(InputError, match="not among the periods"):
        panel.period_at("2003")


def test_one_value_written_in_two_ways_is_one_value(tmp_path):
    rows = [f"{u},{t},{t % 3},{g[t % 2]}" for u, g in (("a", ("2003", "2003.0")), ("b", ("", "NA")), ("c", "00"))
            for t in range(2000, 2006)]  # fmt: skip
    panel = read_panel(saved(tmp_path, rows, head="u,t,y,g"), unit="u", time="t", outcome="y", group="g")
    assert [p and p.label for p in panel.group] == ["2003", None, None]


def test_gaps_of_some_treated_and_of_whole_periods_leave_those_out_and_say_so(command, tmp_path):
    rows = [
        ",".join([*r.split(",")[:-1], "NA"]) if ",2009," in r or ("Fir" in r and ",2003," in r) else r
        for r in rows_for()
    ]
    code, out, err = asked(command, saved(tmp_path, rows), "--treated", "Ash,Fir", "--start", "2006", "--quick",
                           "--format", "json")  # fmt: skip
    told = json.loads(out)
    assert (code, told["panel"]["treated"]) == (0, ["Ash"])
    assert told["panel"]["treated_left_out"] == ["Fir: 1 of 9 periods missing"]
    assert "Treated and left out, so not told of: Fir" in err
    assert "no unit has y in them: 2009" in err
    for method in ("sdid", "sc", "did"):
        assert "Fir" not in told[method]["weights"]
        assert told[method]["n_treated"] == 1


def test_a_fit_that_others_reach_too_is_said(command, tmp_path):
    rows = rows_for(units=[*"abcdefghi"], value=lambda i, t: i + ((i * 7 + t * 3) % 5) / 9)
    rows += [f"mid,{t},{sum(i + ((i * 7 + t * 3) % 5) / 9 for i in range(9)) / 9}" for t in range(2000, 2010)]
    file = saved(tmp_path, rows)
    _, out, _ = asked(command, file, "--treated", "mid", "--start", "2004", "--quick", "--format", "json")
    assert any("not unique" in words for words in json.loads(out)["sc"]["limits"])
