"""Rules in files and on published files; the counts are made a second time, by SQL on the file itself."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from counterflow.core.errors import InputError
from counterflow.flow.target_rules import backtest_on_files, read_rule, vocabulary
from counterflow.intake.mapping import find_mapping
from counterflow.target.rules.language import parse
from counterflow.target.rules.mistakes import RuleError

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
RULE = 'rule "r" when {} then inspect first, 5 minutes each'


@pytest.fixture(scope="module")
def dev(request):
    """The public declarations of a quarter, and a way to count them by SQL."""
    file = request.getfixturevalue("shared_data") / "targeting" / "customs_kr_2021q1_dev.parquet"
    return file, lambda where: duckdb.sql(f"SELECT count(*) FROM '{file}' WHERE {where}").fetchall()[0][0]


def test_hits_finds_and_burden_on_a_published_file_are_those_that_sql_counts(dev):
    file, count = dev
    rule = parse(RULE.format('hs2 is "84" and origin is one of "CN", "DE" and not mass > 100 kg'))
    shown = backtest_on_files(rule, [file], find_mapping("customs_kr"), now=NOW)
    where = (
        "substr(lpad(CAST(hs6_code AS VARCHAR), 6, '0'), 1, 2) = '84' AND country_of_origin IN ('CN', 'DE')"
        " AND net_mass <= 100"
    )
    figures = shown.test.figures
    assert shown.synthetic
    assert (shown.read, shown.test.hits) == (count("true"), count(where))
    assert figures["inspected"]["found"]["drug"]["found"] == count(f"{where} AND critical_fraud = 2")
    assert figures["inspected"]["never_inspected"] == 0
    burden = {(row["by"], row["name"]): row["records"] for row in figures["burden"]}
    assert burden["origin", "CN"] == count("country_of_origin = 'CN'")


def test_days_that_are_not_counted_are_still_past(dev):
    file, _ = dev
    rule = parse(RULE.format("importer with hs6 is new within 20 days"))
    mapping = find_mapping("customs_kr")
    usual = backtest_on_files(rule, [file], mapping, now=NOW).test
    assert usual.first == dt.date(2021, 1, 21)
    march = backtest_on_files(rule, [file], mapping, now=NOW, since=dt.date(2021, 3, 1)).test
    assert march.figures["undecided"] <= usual.figures["undecided"]
    weeks = {week["week"]: week for week in usual.figures["by_week"]}
    assert all(weeks[week["week"]] == week for week in march.figures["by_week"])
    with pytest.raises(InputError, match="no record of those days"):
        backtest_on_files(rule, [file], mapping, now=NOW, since=dt.date(2030, 1, 1))


def test_codes_of_the_checks_are_known_where_a_rule_names_findings(tmp_path):
    assert "stop-word-isolated" in vocabulary("finding").codes
    assert vocabulary("lane").codes is None
    file = tmp_path / "r.txt"
    file.write_text(RULE.format('finding "stop-word-isolatd"'), "utf-8")
    with pytest.raises(RuleError, match="Did you mean 'stop-word-isolated'") as met:
        read_rule(file)
    assert met.value.file == str(file)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    file = tmp_path / "r.txt"
    file.write_text("\ufeff" + RULE.format("mass > 5 kg"), "utf-8")
    assert read_rule(file).title == "r"
