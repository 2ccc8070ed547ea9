"""Chinese names stand without spaces: 甲苯 (toluene) inside 二甲苯 (xylene), 盐酸 (an acid) before every hydrochloride."""

from __future__ import annotations

import datetime as dt

import pytest

from counterflow.screen.substances import SubstanceLookup


@pytest.fixture(scope="module")
def look() -> SubstanceLookup:
    return SubstanceLookup(on=dt.date(2025, 8, 1), route=["CN"])


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("二甲苯 200升", "toluene"),
        ("对甲苯磺酸", "toluene"),
        ("丙酮酸钙", "acetone"),
        ("乙酰丙酮", "acetone"),
        ("硫酸铜", "sulphuric-acid"),
        ("过硫酸铵 25kg", "sulphuric-acid"),
        ("盐酸利多卡因 25kg", "hydrochloric-acid"),
        ("麻黄碱盐酸盐", "hydrochloric-acid"),
    ],
)
def test_another_chemical_whose_name_holds_a_listed_one_is_not_called_listed(
    look: SubstanceLookup, text: str, substance: str
) -> None:
    (met,) = [row for row in look.check(text=text) if row.substance == substance]
    assert met.verdict == "none"
    assert "part of a longer chemical name" in met.reason


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("甲苯200升", "toluene"),
        ("工业丙酮", "acetone"),
        ("浓盐酸", "hydrochloric-acid"),
        ("盐酸（分析纯）", "hydrochloric-acid"),
        ("硫酸溶液", "sulphuric-acid"),
        ("硫酸、盐酸", "sulphuric-acid"),
        ("无水乙醚", "ethyl-ether"),
        ("麻黄碱盐酸盐", "ephedrine"),
    ],
)
def test_the_listed_chemical_itself_is(look: SubstanceLookup, text: str, substance: str) -> None:
    assert ("listed_precursor", substance) in {(row.verdict, row.substance) for row in look.check(text=text)}


@pytest.mark.parametrize("text", ["盐酸吗啡", "硫酸吗啡片", "苯巴比妥钠", "盐酸氯胺酮注射液"])
def test_a_salt_of_a_drug_stays_the_drug(look: SubstanceLookup, text: str) -> None:
    assert "controlled" in {row.verdict for row in look.check(text=text)}


def test_a_drug_with_another_group_before_its_name_is_in_doubt(look: SubstanceLookup) -> None:
    assert {row.verdict for row in look.check(text="去甲麻黄碱")} == {"unclear"}


@pytest.mark.parametrize("text", ["fent\u200banyl 1 kg", "\u200bfent\u00adanyl", "fent\u200danyl"])
def test_an_invisible_character_hides_no_name_although_its_beginning_is_a_street_word(
    look: SubstanceLookup, text: str
) -> None:
    assert [(row.verdict, row.substance) for row in look.check(text=text)] == [("controlled", "fentanyl")]
