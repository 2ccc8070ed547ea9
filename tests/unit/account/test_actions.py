"""An action is sealed before it starts, once, and nobody can change its words unseen."""

import pytest

from counterflow.account.actions import list_actions, read_action, seal_action
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName


def test_sealing_writes_dates_numbers_and_a_digest_and_no_words(empty_workspace, action_file):
    action = read_action(action_file())
    row = seal_action(empty_workspace, action)
    (entry,) = empty_workspace.ledger.entries("action")
    assert row["sealed_seq"] == entry.seq
    assert entry.body["starts"] == "2026-04-01"
    assert entry.body["forecast"] == {"high": "0.03", "level": "0.9", "low": "0.01", "value": "0.02"}
    assert entry.body["sha256"] == action.digest()
    assert "north hall" not in str(entry.body)


def test_sealing_again_changes_nothing_and_other_words_are_refused(empty_workspace, action_file):
    first = seal_action(empty_workspace, read_action(action_file()))
    again = seal_action(empty_workspace, read_action(action_file()))
    assert again["sealed_seq"] == first["sealed_seq"]
    assert empty_workspace.ledger.size == 1
    with pytest.raises(InputError, match="own id"):
        seal_action(empty_workspace, read_action(action_file(high="high = 0.05")))
    assert len(list_actions(empty_workspace)) == 1


@pytest.mark.parametrize("today", ["2026-04-01", "2026-05-01"])
def test_on_or_after_its_first_day_it_is_too_late(empty_workspace, action_file, today):
    empty_workspace.clock = fixed_clock(today)
    with pytest.raises(InputError, match="too late to seal"):
        seal_action(empty_workspace, read_action(action_file()))
    assert list_actions(empty_workspace) == []
    assert empty_workspace.ledger.size == 0


def test_a_sealing_that_was_cut_off_is_finished_even_after_the_start(empty_workspace, action_file):
    action = read_action(action_file())
    entry = empty_workspace.ledger.append("action", action.sealed_body(), key=f"action:{action.digest()}")
    empty_workspace.clock = fixed_clock("2026-05-01")
    assert seal_action(empty_workspace, action)["sealed_at"] == entry.time
    assert list_actions(empty_workspace)[0]["intact"] is True


@pytest.mark.parametrize("column", ["title", "evaluation_design", "forecast"])
def test_words_changed_later_are_seen(empty_workspace, action_file, column):
    seal_action(empty_workspace, read_action(action_file()))
    assert list_actions(empty_workspace)[0]["intact"] is True
    empty_workspace.store.execute(f"UPDATE action SET {column} = '\"other\"'")
    assert list_actions(empty_workspace)[0]["intact"] is False


@pytest.mark.parametrize(
    ("replaced", "column"),
    [
        ({"title": 'title = " "'}, "title"),
        ({"starts": 'starts = "2026-04-01"'}, "starts"),
        ({"starts": "starts = 2026-04-01T00:00:00"}, "starts"),
        ({"ends": "ends = 2026-03-01"}, "ends"),
        ({"evaluation_design": ""}, "evaluation_design"),
        ({"low": "low = true"}, "forecast.low"),
        ({"low": "low = 0.5"}, "forecast"),
        ({"level": "level = 1.5"}, "forecast"),
        ({"low": "low = nan"}, "forecast"),
        ({"action": 'action = "a b"'}, "action"),
    ],
)
def test_a_bad_value_is_named(action_file, replaced, column):
    with pytest.raises(InputError) as caught:
        read_action(action_file(**replaced))
    assert caught.value.column == column
    assert caught.value.file.endswith("action.toml")


def test_unknown_keys_and_kinds_get_the_nearest_name(action_file):
    with pytest.raises(UnknownName, match="'title'"):
        read_action(action_file(title='titel = "x"'))
    with pytest.raises(UnknownName, match="'operation'"):
        read_action(action_file(kind='kind = "operatoin"'))


def test_without_a_forecast_it_cannot_be_judged(action_file):
    with pytest.raises(InputError, match="cannot be judged"):
        read_action(action_file(action_file().read_text("utf-8").split("[forecast]")[0]))


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_action(tmp_path)
    broken = tmp_path / "b.toml"
    broken.write_bytes(b"action = \xff")
    with pytest.raises(InputError, match="not TOML"):
        read_action(broken)
