"""A pack is checked: each fault is found with its line; a pack that holds is let through."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.account.indicators.pack_read import pack_of_text, read_pack
from counterflow.account.indicators.records import Pack
from counterflow.core.errors import InputError
from counterflow.flow.account_targets import pack_named, pack_names, shipped_text

CLEAN = """\
[pack]
name = "clean"

[[indicator]]
id = "deaths"
words = "Overdose deaths"
unit = "deaths"
kind = "outcome"
direction = "down"
definition_version = "1"
source = "Medical examiner"
owner = "Health"
sdg = ["3.5"]

[[indicator]]
id = "seized"
unit = "kg"
kind = "output"
direction = "up"
definition_version = "1"
source = "Customs"
owner = "Customs"
outcome = "deaths"
counter = "fruitless"
rate = "interdicted"

[[indicator]]
id = "fruitless"
unit = "per 1,000"
kind = "counter"
direction = "down"
source = "Customs"

[[indicator]]
id = "interdicted"
unit = "share"
kind = "rate"
direction = "up"
source = "Random arm"

[[target]]
id = "T1"
indicator = "deaths"
source = "Plan 2025"
owner = "Health"
baseline = { value = 100, date = "2024", source = "Medical examiner", definition_version = "1" }
value = 75
change = "-25 %"
deadline = "2028"
milestones = [ { date = "2026", value = 90 }, { date = "2027", value = 80 } ]
lock = 2025-03-31

[[target]]
id = "T2"
indicator = "seized"
source = "Plan 2025"
owner = "Customs"
baseline = { value = "50 kg", date = "FY 2024", source = "Customs" }
value = "60 kg"
deadline = "FY 2028"

[[actual]]
indicator = "deaths"
period = "2025"
value = 97
as_of = 2026-02-01
"""


def codes(text):
    return {(one.target, one.code) for one in pack_of_text(text).problems}


def test_a_pack_that_holds_has_no_problem():
    pack = pack_of_text(CLEAN)
    assert pack.problems == ()
    assert pack.ok
    assert all(one.sound for one in pack.targets)


FAULTS = [
    ('source = "Plan 2025"\nowner = "Health"', 'owner = "Health"', "source-of-indicator", "T1"),
    ('deadline = "2028"', 'deadline = "2023"', "deadline-before-baseline", "T1"),
    ('deadline = "2028"', 'deadline = ["2025", "FY 2030"]', "two-deadlines", "T1"),
    ('deadline = "2028"', 'deadline = "by 2025 and FY 2030"', "ambiguous-date", "T1"),
    ('deadline = "2028"', 'deadline = "2026-2028"', "deadline-is-a-span", "T1"),
    ('deadline = "2028"\n', "", "no-deadline", "T1"),
    ("value = 75", "value = 60", "percent-and-numbers", "T1"),
    ("value = 75", 'value = "75 persons"', "unit-differs", "T1"),
    ("value = 75", 'value = "a lot"', "not-a-number", "T1"),
    ("value = 75", "value = 130", "direction-and-values", "T1"),
    ('date = "2026", value = 90 }, { date = "2027"', 'date = "2027", value = 90 }, { date = "2026"',
     "milestones-out-of-order", "T1"),
    ('{ date = "2027", value = 80 }', '{ date = "2027", value = 70 }', "milestone-off-path", "T1"),
    ('{ date = "2027", value = 80 }', '{ date = "2027", value = 95 }', "milestone-off-path", "T1"),
    ('{ date = "2027", value = 80 }', '{ date = "2029", value = 80 }', "milestone-after-deadline", "T1"),
    ('definition_version = "1" }', 'definition_version = "0" }', "definition-differs", "T1"),
    ("lock = 2025-03-31", "lock = 2026-06-30", "lock-after-actual", "T1"),
    ("lock = 2025-03-31", "lock = 2029-06-30", "lock-after-deadline", "T1"),
    ('sdg = ["3.5"]', 'sdg = ["3.55"]', "unknown-sdg", "deaths"),
    ('outcome = "deaths"\n', "", "no-outcome", "T2"),
    ('counter = "fruitless"\n', "", "no-counter", "T2"),
    ('rate = "interdicted"\n', "", "no-rate", "T2"),
    ('rate = "interdicted"', 'rate = "interdikted"', "unknown-indicator", "T2"),
    ('rate = "interdicted"', 'rate = "fruitless"', "wrong-kind", "T2"),
    ('kind = "outcome"\n', "", "no-kind", "T1"),
    ('direction = "down"\ndefinition_version = "1"\nsource = "Medical', 'definition_version = "1"\nsource = "Medical',
     "no-direction", "T1"),
    ('kind = "outcome"', 'kind = "outcom"', "unknown-kind", "deaths"),
    ('unit = "deaths"\n', "", "no-unit", "T1"),
    ('id = "T2"', 'id = "T1"', "duplicate-id", "T1"),
    ("value = 97", 'value = "97 persons"', "unit-change", "T1"),
    ("as_of = 2026-02-01", "as_of = 2025-02-01", "partial-period", "T1"),
    ('owner = "Health"\nbaseline', 'owner = "Health"\nownner = "x"\nbaseline', "unknown-key", "T1"),
    ("value = 100,", "valeu = 100,", "no-baseline-value", "T1"),
    ('date = "2024", source', 'dated = "2024", source', "no-baseline-date", "T1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "target"), FAULTS, ids=[f"{f[2]}-{n}" for n, f in enumerate(FAULTS)])
def test_each_fault_is_found_and_has_its_place(old, new, code, target):
    assert old in CLEAN
    text = CLEAN.replace(old, new, 1)
    found = [one for one in pack_of_text(text).problems if (one.target, one.code) == (target, code)]
    assert found, codes(text)
    assert all(one.problem and one.hint for one in found)
    assert all(one.line is None or 1 <= one.line <= text.count("\n") for one in found)


def test_a_target_without_any_source_is_an_error():
    text = CLEAN.replace('source = "Plan 2025"\nowner = "Health"', 'owner = "Health"')
    text = text.replace('source = "Medical examiner", ', "").replace('source = "Medical examiner"\n', "", 1)
    assert ("T1", "no-source") in codes(text)
    assert not pack_of_text(text).ok


def test_activity_alone_is_refused_as_a_pack():
    kept = CLEAN.split("[[target]]\n")
    text = kept[0].replace('kind = "outcome"', 'kind = "input"') + "[[target]]\n" + kept[2].split("[[actual]]")[0]
    assert ("", "output-only") in codes(text)


def test_the_contradiction_of_the_documents_is_an_error_unless_both_readings_are_held():
    quote = "increased by 100% by 2025, from 1.2 billion doses in FY 2023 to 2.4 billion doses in FY 2030"
    target = f"""
[[target]]
id = "A1"
indicator = "seized"
unit = "doses"
source = "document"
quote = "{quote}"
baseline = "1.2 billion doses in FY 2023"
value = "2.4 billion doses"
"""
    registry = CLEAN.replace('unit = "kg"', 'unit = "doses"').replace("50 kg", "50").replace("60 kg", "60")
    one = pack_of_text(registry + target + 'deadline = "FY 2030"\n')
    assert [p.line for p in one.problems if (p.target, p.code) == ("A1", "two-deadlines")]
    assert not next(t for t in one.targets if t.id == "A1").sound
    two = (
        target + '[[target.reading]]\nid = "a"\ndeadline = "2025"\n[[target.reading]]\nid = "b"\ndeadline = "FY 2030"\n'
    )
    held = pack_of_text(registry + two)
    assert held.ok, held.problems
    assert [r.deadline.last.isoformat() for r in held.targets[-1].readings] == ["2025-12-31", "2030-09-30"]
    half = target + '[[target.reading]]\nid = "a"\ndeadline = "2025"\n[[target.reading]]\nid = "b"\ndeadline = "2026"\n'
    assert "two-deadlines" in {code for name, code in codes(registry + half) if name == "A1"}


def test_rounded_numbers_may_give_the_percentage_and_exact_ones_must():
    def said(base, goal, change):
        text = CLEAN.replace("value = 100,", f"value = {base},").replace("value = 75", f"value = {goal}")
        text = text.replace('"-25 %"', f'"{change}"').replace("milestones = [ { date", "# [ { date")
        return ("T1", "percent-and-numbers") in codes(text)

    assert not said('"1.5 thousand"', '"1.0 thousand"', "-33 %")
    assert said(1500, 1000, "-35 %")
    assert not said(1500, 1000, "-33 %")
    assert said('"1.50 thousand"', '"1.1 thousand"', "-33 %")


def test_one_number_for_two_years_and_one_against_the_count_are_flagged():
    text = CLEAN + '[[claim]]\nid = "C1"\nindicator = "deaths"\nvalue = "over 120"\nperiod = "2025"\nsource = "x"\n'
    text += '[[claim]]\nid = "C2"\nindicator = "deaths"\nvalue = "over 120"\nperiod = "2024"\nsource = "y"\n'
    flags = [one for one in pack_of_text(text).problems if one.code == "fact-check"]
    assert [one.target for one in flags if "same number" in one.problem] == ["C1", "C2"]
    assert [one.target for one in flags if "were counted" in one.problem] == ["C1"]
    assert pack_of_text(text).ok


def test_other_natural_shapes_are_read_alike():
    text = """
[targets.fewer]
indicator = "Overdose deaths"
unit = "deaths"
type = "outcome"
better = "decrease"
definition = "1"
agency = "Health"
source = "Plan"
baseline_value = "1,000"
baseline_year = 2024
target_value = 800
by = 2028-12-31
milestones = { 2026 = 900 }
"""
    pack = pack_of_text(text)
    assert pack.ok, pack.problems
    target = pack.targets[0]
    assert (target.id, target.baseline.amount.value, target.readings[0].amount.value) == ("fewer", 1000, 800)
    assert pack.indicators[target.indicator].direction == "down"


@pytest.mark.parametrize("name", pack_names())
def test_shipped_packs_hold(name):
    pack = pack_named(name)
    assert pack.ok, [one for one in pack.problems if one.severity == "error"]
    assert pack.name == name
    assert pack_of_text(shipped_text(name), name).sha256 == pack.sha256


def test_what_is_no_pack_is_said(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text("a = [", "utf-8")
    with pytest.raises(InputError, match="no TOML"):
        read_pack(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_pack(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_pack(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_pack(tmp_path)
    assert [one.code for one in pack_of_text("").problems] == ["empty"]


KEYS = st.sampled_from(
    [
        "id",
        "name",
        "indicator",
        "unit",
        "kind",
        "direction",
        "baseline",
        "value",
        "deadline",
        "milestones",
        "reading",
        "quote",
        "change",
        "lock",
        "sdg",
        "break",
        "actual",
        "outcome",
        "counter",
        "rate",
        "source",
        "definition_version",
        "as_of",
        "form",
        "period",
        "date",
        "x",
    ]
)
SCALARS = st.one_of(
    st.booleans().map(lambda x: "true" if x else "false"), st.integers(-(2**63), 2**63 - 1).map(str),
    st.sampled_from(["1.5", "nan", "inf", "-inf", "2030-09-30", "2030-09-30T00:00:00Z", "07:30:00", "[]", "{}"]),
    st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=12).map(json.dumps).filter(
        lambda t: "\\u" not in t.replace("\\\\", "") or True
    ),
    st.sampled_from(["FY 2030", "by 2025 in FY 2030", "1.2 billion doses", "33 %", "up", "output", "1e999"]).map(json.dumps),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda rows: f"[{', '.join(rows)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda row: "{" + ", ".join(f"{key} = {value}" for key, value in row.items()) + "}"
        ),
    ),
    max_leaves=4,
)
TABLES = st.sampled_from(["[[target]]", "[[indicator]]", "[pack]", "[[claim]]", "[[actual]]", "[[step]]",
                          "[[commitment]]", "[targets.a]"])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TABLES, st.dictionaries(KEYS, VALUES, max_size=6)), max_size=4))
def test_whatever_stands_in_a_pack_it_is_listed_and_never_breaks(tables):
    text = "\n".join("\n".join([head, *(f"{key} = {value}" for key, value in rows.items())]) for head, rows in tables)
    try:
        pack = pack_of_text(text)
    except InputError:
        return
    assert isinstance(pack, Pack)
    assert all(one.severity in ("error", "warning", "note") for one in pack.problems)
    json.dumps([one.as_dict() for one in pack.problems])


def test_grouped_keys_series_and_scaled_units_are_read():
    text = """
[[indicators]]
id = "od"
unit = "deaths"
kind = "outcome"
direction = "lower is better"
source = "CDC"
series = [ { date = 2022, value = 110 }, { date = 2023, value = 105 } ]
[[indicators]]
id = "sz"
unit = "million doses"
kind = "output"
direction = "increase"
source = "CBP"
paired = { outcome = "od", counter = "fi", rate = "ir" }
"""
    for name, kind in (("fi", "counter"), ("ir", "rate")):
        text += f'[[indicators]]\nid = "{name}"\nkind = "{kind}"\nunit = "x"\ndirection = "down"\nsource = "x"\n'
    text += """
[[targets]]
id = "T1"
indicator = "sz"
source = "S0"
baseline = { value = 1200, date = 2023-09-30 }
target = { value = "2.4 billion doses", date = "FY 2030" }
percent_change = 100
[[targets]]
id = "T2"
indicator = { id = "hr", unit = "per 100,000", kind = "outcome", direction = "down", source = "FBI" }
baseline = { value = 6.5, year = 2022 }
target = { value = 5, year = 2028 }
"""
    pack = pack_of_text(text)
    assert pack.ok, pack.problems
    assert pack.targets[0].baseline.amount.value == 1.2e9
    assert pack.indicators["sz"].unit == "doses"
    assert pack.targets[1].readings[0].deadline.text == "2028"
    assert [one.period.text for one in pack.actuals] == ["2022", "2023"]
    wrong = pack_of_text(text.replace("value = 105", 'value = 105, unit = "persons"'))
    assert ("od", "unit-change") in {(one.target, one.code) for one in wrong.problems}
