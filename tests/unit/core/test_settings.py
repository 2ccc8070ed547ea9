"""Settings: where each value comes from, and that a misspelt one is never passed over."""

from __future__ import annotations

import pytest

from counterflow.core.errors import ConfigError
from counterflow.core.settings import Settings, describe, load_settings


def write(folder, text):
    (folder / "counterflow.toml").write_text(text, "utf-8")
    return folder


def test_flags_beat_environment_beats_file_beats_default(tmp_path):
    folder = write(tmp_path, "[target]\nrandom_share = 0.2\n[engine]\nworkers = 1\nbatch_rows = 1000\n")
    variables = {"COUNTERFLOW_TARGET__RANDOM_SHARE": "0.3", "COUNTERFLOW_ENGINE__WORKERS": "2"}
    loaded = load_settings(folder, variables, {"engine.workers": 3})
    assert loaded.settings.engine.workers == 3
    assert loaded.settings.target.random_share == 0.3
    assert loaded.settings.engine.batch_rows == 1000
    assert loaded.settings.account.level == Settings().account.level
    assert loaded.origins["engine.workers"] == "flag engine.workers"
    assert loaded.origins["target.random_share"] == "environment COUNTERFLOW_TARGET__RANDOM_SHARE"
    assert loaded.origins["engine.batch_rows"].startswith("counterflow.toml")


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError) as met:
        load_settings(write(tmp_path, "[target]\nrandom_shar = 0.2\n"), {})
    assert "target.random_shar" in str(met.value)
    assert "target.random_share" in met.value.hint
    with pytest.raises(ConfigError, match="targt"):
        load_settings(write(tmp_path, "[targt]\nrandom_share = 0.2\n"), {})
    with pytest.raises(ConfigError, match="COUNTERFLOW_TARGET__SHARE"):
        load_settings(None, {"COUNTERFLOW_TARGET__SHARE": "0.1"})


def test_a_value_that_does_not_fit_names_its_origin(tmp_path):
    with pytest.raises(ConfigError) as met:
        load_settings(write(tmp_path, "[target]\nrandom_share = 1.5\n"), {})
    assert "target.random_share = 1.5" in str(met.value)
    assert "counterflow.toml" in str(met.value)


def test_a_file_that_does_not_parse_is_said_to(tmp_path):
    with pytest.raises(ConfigError, match="does not parse"):
        load_settings(write(tmp_path, "[target\n"), {})


def test_every_setting_says_what_it_means():
    rows = describe(load_settings(None, {}))
    assert len(rows) > 10
    assert not [row["setting"] for row in rows if not row["means"]]
    assert {row["origin"] for row in rows} == {"default"}
