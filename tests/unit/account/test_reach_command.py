"""`account reach` as a stranger types it: what it answers, and how it refuses."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "series.csv"
    values = [100, 104, 99, 95, 97, 93, 90, 91]
    path.write_text("year,place,deaths,unit\n" + "".join(f"{2010 + k},A,{v},deaths\n" for k, v in enumerate(values)))
    return path


ASK = ("--time", "year", "--value", "deaths", "--target", "80", "--direction", "down")


def test_json_has_the_keys(command, file) -> None:
    code, out, _ = command("account", "reach", file, *ASK, "--by", "2020", "--baseline-on", "2015", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert 0 < told["low"] <= told["probability"] <= told["high"] < 1
    assert set(told["expected"]) == {"value", "low80", "high80"}
    assert (told["status"], told["straight_line"], told["origin"]) == ("behind", 0.0, "2017-12-31")
    assert told["target"]["baseline"] == 93
    assert [each["period_end"][:4] for each in told["path"]] == ["2018", "2019", "2020"]
    assert told["path"][-1]["needed"] == 80


def test_every_form_and_the_hindcast(command, file) -> None:
    for form in ("table", "csv"):
        code, out, err = command("account", "reach", file, *ASK, "--by", "2020", "--format", form, "--hindcast")
        assert code == 0
        assert "behind" in out
        assert "hindcast" in err


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--by", "2020", "--time", "yaer"), 3, "'year'"),
        (("--by", "2020", "--where", "place=B"), 3, "'B'"),
        (("--by", "2020", "--where", "place"), 2, "COLUMN=TEXT"),
        (
            (
                "--by",
                "by 2025 and in FY 2030",
            ),
            2,
            "names 2 days",
        ),
        (("--by", "2020", "--direction", "downward"), 3, "Did you mean 'down'"),
        (("--by", "2020", "--kind", "levels"), 3, "Did you mean 'level'"),
        (("--by", "2020", "--low", "deaths"), 2, "two ends"),
        (("--by", "2012", "--baseline", "100", "--baseline-on", "2015"), 3, "does not lie after the baseline"),
        (("--by", "2020", "--baseline-on", "1999"), 2, "no value for the baseline"),
    ],
)
def test_refusals_name_what_to_do(command, file, more, code, words) -> None:
    found, _, err = command("account", "reach", file, *ASK, *more)
    assert found == code
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "words"),
    [("2015,A,7,deaths", "stands twice"), ("soon,A,7,deaths", "no period"), ("2018,A,many,deaths", "not a number"),
     ("2018,A,7,people", "unit changes")],
)  # fmt: skip
def test_a_bad_line_is_named(command, file, line, words) -> None:
    with file.open("a") as more:
        more.write(line + "\n")
    code, _, err = command("account", "reach", file, *ASK, "--by", "2020", "--unit", "unit")
    assert code == 3
    assert words in err
    assert "line 10" in err


def test_gaps_are_counted_and_breaks_cut(command, file) -> None:
    with file.open("a") as more:
        more.write("2018,A,NA,deaths\n")
    code, _, err = command("account", "reach", file, *ASK, "--by", "2020")
    assert (code, "1 rows without a value" in err) == (0, True)
    code, out, _ = command("account", "reach", file, *ASK, "--by", "2020", "--break", "2013", "--format", "json")
    told = json.loads(out)
    assert (told["status"], told["probability"]) == ("not assessable", None)
    assert "break" in told["why"]
