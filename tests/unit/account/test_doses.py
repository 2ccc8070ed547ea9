"""Doses: amounts as people write them, bounds, a claim, a precursor."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.doses import claim_of, precursor_bound, published_purity, read_mass
from counterflow.core.errors import InputError, UnknownName
from counterflow.flow.account_doses import AskDoses, doses_of

DAY = dt.date(2026, 1, 1)


def ask(amount, **more):
    return doses_of(AskDoses(amount, more.pop("substance", "fentanyl"), DAY, **more))


@pytest.mark.parametrize(
    ("text", "kg"),
    [("10000lb", 4535.9237), ("10,000 pounds", 4535.9237), ("1 kg", 1), ("250 g", 0.25), ("2t", 2000), ("1e3 g", 1)],
)
def test_amounts(text, kg) -> None:
    assert read_mass(text).kg == pytest.approx(kg)


@pytest.mark.parametrize(
    "text", ["", "10000", "kg", "-3 kg", "0 kg", "3,5 kg", "3 ton", "4 litres", "5 furlongs", "1e999 kg"]
)
def test_unclear_amounts_are_refused(text) -> None:
    with pytest.raises(InputError):
        read_mass(text)


@given(st.floats(0.001, 1e6), st.sampled_from([("lb", 0.45359237), ("kg", 1.0), ("g", 0.001), ("oz", 0.028349523125)]))
def test_amounts_come_back(value, unit) -> None:
    assert read_mass(f"{value:.6f}{unit[0]}").kg == pytest.approx(float(f"{value:.6f}") * unit[1])


def test_a_measured_purity_gives_an_answer_and_none_gives_none() -> None:
    known = ask("10000 lb", purity=(0.15, 0.1, 0.2))["doses"]
    assert known["informative"]
    # 4,536 kg at 15 % and 1.94 mg, salt or base unknown
    assert known["value"] == pytest.approx(4535.9e6 * 0.15 * 0.95 / 1.94, rel=0.15)
    assert known["low"] < known["value"] < known["high"]
    unknown = ask("10000 lb")["doses"]
    assert not unknown["informative"]
    assert unknown["value"] is None
    assert unknown["low"] < known["low"] < known["high"] < unknown["high"] * 2


def test_doses_grow_with_mass_in_proportion() -> None:
    one, ten = (ask(f"{n} kg", purity=(0.15, 0.1, 0.2))["doses"] for n in (1, 10))
    assert ten["low"] == pytest.approx(10 * one["low"])


def test_a_claim_is_held_against_the_interval() -> None:
    told = ask("27000 lb", published=True, claimed=1.2e9)["claim"]
    assert told["inside"]
    assert told["gross_mg_per_dose"] == pytest.approx(27000 * 453592.37 / 1.2e9)
    assert claim_of(10.0, 1.0, 20.0, 30.0)["words"].startswith("the claim lies below")


def test_precursors_have_an_upper_end_only() -> None:
    made = ask("5000 lb", substance="fentanyl precursors", precursor=True)["doses"]
    assert (made["low"], made["value"], made["informative"]) == (0.0, None, False)
    fentanyl = ask("5000 lb", purity=(0.999, 0.998, 1.0))["doses"]
    assert made["high"] == pytest.approx(fentanyl["high"] * precursor_bound("fentanyl precursors").most, rel=1e-6)


def test_tablets_are_counted() -> None:
    assert ask("80000 pills")["doses"]["value"] == 80000


@pytest.mark.parametrize(
    "wrong",
    [
        {"purity": (15.0, 10.0, 20.0)},
        {"purity": (0.1, 0.2, 0.3)},
        {"substance": "fentany"},
        {"substance": "x", "precursor": True},
    ],
)
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(InputError):
        ask("3 kg", **wrong)


def test_nobody_published_a_purity_of_everything() -> None:
    assert published_purity("fentanyl").source
    with pytest.raises(UnknownName):
        published_purity("khat")


def test_command(command) -> None:
    code, out, err = command("account", "doses", "--substance", "fentanyl", "--mass", "10000lb", "--purity", "15%",
                             "--low", "0.1", "--high", "0.2", "--format", "json")  # fmt: skip
    assert code == 0
    assert json.loads(out)["doses"]["unit"] == "doses of 0.2 to 9 mg"
    assert "no lethal dose" in err


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--mass", "3 ton"), 3), (("--mass", "3 kg", "--purity", "0.2"), 2), (("--mass", "3 kg", "--low", "0.2"), 2),
        (("--mass", "3 kg", "--purity", "much"), 2),
    ],
)  # fmt: skip
def test_command_refuses(command, more, code) -> None:
    found, _, err = command("account", "doses", "--substance", "fentanyl", *more)
    assert found == code
    assert "Traceback" not in err
