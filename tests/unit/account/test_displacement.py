"""The displacement quotient by hand, its interval, and when there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.account.displacement import Counts, displacement
from counterflow.core.seeds import generator

GROUPS = ("treated", "buffer", "control")


def three(*pairs):
    return Counts(("a", "b", "c"), GROUPS, np.array(pairs, float), 1)


@pytest.mark.parametrize(
    ("a", "b", "c", "quotient"),
    [
        ((100, 50), (100, 100), (1000, 1000), 0.0),
        ((100, 50), (100, 150), (1000, 1000), -1.0),
        ((100, 50), (100, 75), (1000, 1000), 0.5),
        ((200, 90), (120, 100), (1000, 1250), (100 / 1250 - 0.12) / (90 / 1250 - 0.2)),
    ],
)
def test_quotient_by_hand(a, b, c, quotient) -> None:
    found = displacement(three(a, b, c))
    assert found.quotient == pytest.approx(quotient)
    assert found.low < quotient < found.high
    assert found.net["value"] == pytest.approx((a[0] + b[0]) * c[1] / c[0] - a[1] - b[1])


def test_no_quotient_where_nothing_left() -> None:
    still = displacement(three((100, 98), (100, 120), (1000, 1000)))
    assert (still.informative, still.quotient, still.low, still.high) == (False, None, None, None)
    assert "unbounded" in still.why_not
    worse = displacement(three((100, 300), (100, 120), (1000, 1000)))
    assert "did not gain" in worse.why_not
    few = displacement(three((100, 4), (100, 120), (1000, 1000)))
    assert "fewer than 10" in few.why_not
    assert displacement(three((100, 40), (100, 120), (0, 100))).informative is False


@given(st.integers(30, 500), st.integers(10, 200), st.integers(10, 500), st.integers(10, 500), st.integers(1, 9))
def test_larger_counts_tell_more(a0, a1, b0, b1, times) -> None:
    pairs = np.array([[a0, a1], [b0, b1], [1000, 900]], float)
    once, more = displacement(three(*pairs)), displacement(three(*(pairs * (times + 1))))
    if once.informative:
        assert more.informative
        assert more.quotient == pytest.approx(once.quotient)
        assert more.high - more.low < once.high - once.low


def test_periods_that_jump_widen_the_interval() -> None:
    rng = generator(1, "test", "displacement")
    mean = np.repeat([[40.0], [60.0], [200.0]], 24, axis=1)
    mean[0, 12:] = 20
    calm, wild = (displacement(Counts(("a", "b", "c"), GROUPS, values.astype(float), 12)) for values in (
        rng.poisson(mean), rng.negative_binomial(mean / 5, 1 / 6)))  # fmt: skip
    assert calm.dispersion < 1.6 < wild.dispersion
    assert calm.high - calm.low < wild.high - wild.low


def test_intervals_hold_a_known_quotient() -> None:
    held = 0
    for run in range(200):
        rng = generator(run, "test", "coverage")
        values = rng.poisson([[480, 240], [720, 792], [2400, 2400]]).astype(float)
        found = displacement(Counts(("a", "b", "c"), GROUPS, values, 1))
        held += found.low <= -0.3 <= found.high
    assert 180 <= held <= 199


@pytest.fixture
def file(tmp_path):
    rows = ["month,area,value"]
    for month in range(1, 13):
        late = month > 6
        for area, value in (("North", 20 if late else 40), ("East", 33 if late else 30), ("Far", 100)):
            rows.append(f"2020-{month:02d},{area},{value}")
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


ASK = ("--time", "month", "--treated", "North", "--buffer", "East", "--control", "Far")


def test_command_answers_as_json(command, file) -> None:
    code, out, _ = command("account", "displacement", file, *ASK, "--start", "2020-07", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["quotient"] == pytest.approx(-0.15)
    assert told["counts"]["treated"] == {"before": 240.0, "after": 120.0}
    assert [each["area"] for each in told["neighbours"]] == ["East"]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (("--start", "2021"), 3, "on or after the start"),
        (("--start", "2020-01"), 3, "before the start"),
        (("--start", "soon"), 2, "--start"),
        (("--start", "2020-07", "--buffer", "North"), 2, "both treated and buffer"),
        (("--start", "2020-07", "--control", "Fra"), 3, "'Far'"),
        (("--start", "2020-07", "--area", "place"), 3, "place"),
    ],
)
def test_command_refuses_with_the_reason(command, file, more, code, words) -> None:
    found, _, err = command("account", "displacement", file, *ASK, *more)
    assert found == code
    assert words in err
    assert "Traceback" not in err


def test_a_place_twice_and_a_count_below_zero_name_their_line(command, file) -> None:
    text = file.read_text()
    file.write_text(text + "2020-12,Far,100\n")
    code, _, err = command("account", "displacement", file, *ASK, "--start", "2020-07")
    assert (code, "line 38" in err) == (3, True)
    file.write_text(text.replace("2020-02,East,30", "2020-02,East,-3"))
    code, _, err = command("account", "displacement", file, *ASK, "--start", "2020-07")
    assert (code, "line 6" in err) == (3, True)
