"""Scenario files: the shipped example, and every fault with its place and what to write instead."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.core.errors import InputError, UnknownName
from counterflow.target.whatif.example import capacity_text, scenario_text
from counterflow.target.whatif.forms import LaneForm, ResourceForm
from counterflow.target.whatif.scenario import parse_scenario

MAIL = '[[lane]]\nname = "a"\nmode = "mail"\narrivals_per_hour = 10\n'
MOVE = '[[whatif]]\nname = "w"\nchanges = [{ do = "move", resource = "officer", lane = "mail", to_lane = "x"'
MOVE += ", minutes = 5 }]\n"
HARM = '[[lane.harm]]\nharm_class = "drug"\n'


def refused(text):
    with pytest.raises(InputError) as caught:
        parse_scenario(text.encode(), "s.toml")
    return caught.value


def test_the_example_is_the_one_in_the_examples_and_has_every_mode_in_and_out():
    folder = Path(__file__).parents[4] / "examples" / "plan-capacity"
    assert (folder / "scenario.toml").read_text("utf-8") == scenario_text()
    assert (folder / "capacity.csv").read_text("utf-8") == capacity_text()
    form = parse_scenario(scenario_text().encode(), "scenario.toml")
    assert {lane.mode for lane in form.lane} == {"land", "air", "sea", "rail", "express", "mail"}
    assert {lane.direction for lane in form.lane} == {"inbound", "outbound"}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("x = 1\n" + MAIL, 1, "x", "not known"),
        (MAIL + "shre_inspected = 0.4\n", 5, "lane.1.shre_inspected", "'share_inspected'"),
        (MAIL + "share_inspected = 40\n", 5, "lane.1.share_inspected", "0.40 for 40 %"),
        (MAIL.replace("mail", "lnd"), 3, "lane.1.mode", "'land'"),
        (MAIL + "auc = 0.8\nlift = [[0.1, 0.5]]\n", 1, "lane.1", "one of auc, lift and scores"),
        (MAIL + "lift = [[0.5, 0.1]]\n", 1, "lane.1", "less than chance"),
        (MAIL.replace("10", "[1, 2]"), 1, "lane.1", "24 from midnight"),
        (MAIL + HARM + "found = 3\n", 5, "lane.1.harm.1", "go together"),
        (MAIL + HARM + "found = 3\ninspected = 2\n", 5, "lane.1.harm.1", "more found than inspected"),
        (MAIL + HARM + "prevalence = 0.5\nlow = 0.6\nhigh = 0.7\n", 5, "lane.1.harm.1", "must rise"),
        (MAIL + HARM, 5, "lane.1.harm.1", "give prevalence"),
        (MAIL + HARM + "low = 0.1\nhigh = 0.2\n" + HARM + "low = 0.1\nhigh = 0.2\n", 1, "lane.1", "stands twice"),
        (MAIL + '[[resource]]\nname = "x"\nhours = [9, 8]\n', 5, "resource.1", "rising"),
        (MAIL + '[[whatif]]\nname = "w"\nchanges = [{ do = "ad" }]\n', 7, "whatif.1.changes.1.do", "'add'"),
        (MAIL + '[[whatif]]\nname = "w"\nchanges = [{ do = "add", resource = "x" }]\n', 7, None, "number is missing"),
        (MAIL + '[[whatif]]\nname = "w"\nchanges = [{ do = "share", to = 40 }]\n', 7, None, "0.40 for 40 %"),
        (MAIL + MAIL, 6, "lane.name", "the same name"),
        ("lane = 3\n", 1, "lane", "list"),
        ("[[lane]\n", 1, None, "not TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_a_way_out(text, line, column, says):
    error = refused(text)
    assert says.casefold() in str(error).casefold()
    assert error.line in (line, None)
    assert column is None or error.column == column
    assert "pydantic" not in str(error)


def test_no_lane_and_no_text_are_told(ask):
    assert "lane" in str(refused("title = 'x'\n"))
    with pytest.raises(InputError, match="UTF-8"):
        parse_scenario(b"\xff\xfe", "s.toml")


@pytest.mark.parametrize(
    ("tail", "error", "says"),
    [
        ('[[resource]]\nname = "oficer"\n', UnknownName, "officer"),
        ('[[whatif]]\nname = "w"\nchanges = [{ do = "share", lane = "mial", to = 0.4 }]\n', UnknownName, "'mail'"),
        ('[[whatif]]\nname = "w"\nchanges = [{ do = "add", resource = "scaner", number = 1 }]\n', InputError, "long"),
        (
            '[[whatif]]\nname = "w"\nchanges = [{ do = "take", resource = "officer", number = 5 }]\n',
            InputError,
            "fewer",
        ),
        (
            MOVE,
            UnknownName,
            "lane",
        ),
    ],
)
def test_names_and_numbers_that_do_not_fit_the_capacity_file_are_told(ask, lane_of, tail, error, says):
    with pytest.raises(error, match=says):
        ask(lane_of(tail=tail), "*,mail,*,officer,480,10,0.9")


def test_a_capacity_file_for_somewhere_else_is_told(ask, lane_of):
    with pytest.raises(InputError, match="mail"):
        ask(lane_of(), "*,sea,*,officer,480,10,0.9")
    told = ask(lane_of(), "*,mail,*,officer,480,10,0.9", "*,mal,*,officer,480,10,0.9")
    assert any("did you mean 'mail'" in line for line in told["said"])


def test_arrivals_that_nobody_gives_are_told(ask, lane_of):
    with pytest.raises(InputError, match="how many arrive"):
        ask(lane_of().replace("arrivals_per_hour = 100\n", ""), "*,mail,*,officer,480,10,0.9")


def test_a_class_without_severity_is_told(ask, lane_of):
    with pytest.raises(InputError, match="'drug'"):
        ask(lane_of().replace('"drug"', '"drugs"'), "*,mail,*,officer,480,10,0.9")


VALUES = st.one_of(
    st.integers(-5, 50), st.floats(allow_nan=True, allow_infinity=True), st.booleans(), st.text(max_size=4), st.just([]),
    st.lists(st.integers(-3, 3), max_size=3),
)  # fmt: skip
KEYS = st.sampled_from(sorted({*LaneForm.model_fields, *ResourceForm.model_fields, "do", "changes", "x"}))


@given(st.sampled_from(["lane", "lane.harm", "resource", "whatif"]), st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_a_table_holds_it_is_read_or_refused_with_its_place(table, keys):
    lines = [f"{key} = {toml(value)}" for key, value in keys.items()]
    text = f"{MAIL}[[{table}]]\n" + "\n".join(lines)
    met = None
    try:
        parse_scenario(text.encode(), "s.toml")
    except InputError as error:
        met = error
    assert met is None or (met.file == "s.toml" and met.hint)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(content):
    with pytest.raises(InputError):
        parse_scenario(content, "s.toml")


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, str) else str(value)
