"""`strategy calibrate`: what is refused before any run, and a posterior of another model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from counterflow.cli.strategy_calibrate import _say_fit
from counterflow.core.errors import ConfigError, InputError
from counterflow.strategy.calibrate.fit import errors_of, needed
from counterflow.strategy.calibrate.learnt import Learnt
from counterflow.strategy.model.parameters import parameters
from counterflow.strategy.model.posterior import Posterior, load, save


def asked(*arguments: str) -> tuple[int, str]:
    """Exit code of the command, and the reason it gave."""
    from counterflow.cli.strategy import app

    result = CliRunner().invoke(app, ["calibrate", *arguments])
    error = result.exception
    return getattr(error, "exit_code", result.exit_code), f"{error} {result.output}"


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--runs", "10"), 2, "5000 to"),
        (("--until", "1990"), 2, "2005 to 2022"),
        (("--rows", "3"), 2, "rows"),
        (("--out", "nowhere/at/all.npz"), 2, "nowhere"),
    ],
)
def test_what_cannot_be_fitted_is_refused_before_a_run(arguments: tuple[str, ...], code: int, reason: str) -> None:
    found, said = asked(*arguments)
    assert found == code
    assert reason in said


def test_a_series_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("year,deaths\n1999,8\n", "utf-8")
    found, said = asked("--series", str(path))
    assert found == 3
    assert "role,series,time,value" in said


def posterior() -> Posterior:
    names = ("od_illicit", "relapse")
    about = {
        "errors": [{"id": "ODTo", "spread": 0.1, "memory": 0.5, "bias": 0.0, "last": 0.1, "step": 0.0, "until": 2020}]
    }
    return Posterior(names, np.array([[0.1, 0.5], [0.2, 0.6]], dtype=np.float32), parameters().version, about)


def test_a_posterior_of_another_model_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "posterior.npz"
    save(posterior(), path)
    held = load(path)
    assert held.names == ("od_illicit", "relapse")
    assert held.rows.tobytes() == posterior().rows.tobytes()
    assert errors_of(held)[0].memory == 0.5
    save(replace(posterior(), version="0-before"), path)
    with pytest.raises(InputError, match="version 0-before") as caught:
        load(path)
    assert "strategy calibrate" in caught.value.hint
    path.write_bytes(b"PK no posterior")
    with pytest.raises(InputError, match="not a posterior"):
        load(path)


def test_without_a_posterior_the_command_that_makes_one_is_named() -> None:
    with pytest.raises(ConfigError, match="strategy calibrate"):
        needed(None)


def test_a_fit_that_has_not_mixed_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    one = Learnt("od_illicit", 0.1, 0.2, 0.1, 0.15, 0.2, 0.0, "on its bound", 1.5, 10.0, 8.0)
    about = {
        "learnt": [], "on_bound": ["od_illicit"], "parameters": [one.as_dict()], "tied": [["a", "b", 0.9]],
        "until": 2020, "runs": 5000, "seed": 1, "day": "2026-11-22", "version": "1", "targets": "t", "drivers": "d",
        "rhat_most": 1.5, "rhat_median": 1.2, "bulk_least": 10.0, "tail_least": 8.0,
    }  # fmt: skip
    _say_fit(about)
    said = capsys.readouterr().err
    assert "NOT mixed" in said
    assert "1 not identified" in said
    assert "Known only together: a and b" in said
