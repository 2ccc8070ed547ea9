"""An action is sealed before it starts with what is expected of it, once; nobody can change its words unseen."""

import datetime as dt
import json

import pytest

from counterflow.account.actions.forecast import Forecast
from counterflow.account.actions.plan import read_action, silent_on
from counterflow.account.actions.sealing import as_emergency, as_late, list_actions, seal_action
from counterflow.core.clock import fixed_clock
from counterflow.core.errors import InputError, UnknownName


def test_sealing_writes_dates_numbers_and_a_digest_and_no_words(empty_workspace, action_file):
    action = read_action(action_file())
    row = seal_action(empty_workspace, action)
    (entry,) = empty_workspace.ledger.entries("action")
    assert row["sealed_seq"] == entry.seq
    assert entry.body["starts"] == "2026-04-01"
    (forecast,) = entry.body["forecasts"]
    assert (forecast["by"], forecast["levels"]) == ("agency", ["0.05", "0.5", "0.95"])
    assert forecast["quantiles"] == ["0.01", "0.02", "0.03"]
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


@pytest.mark.parametrize("column", ["title", "evaluation_design", "forecast", "area", "possible_targets", "standing"])
def test_words_changed_later_are_seen(empty_workspace, action_file, column):
    seal_action(empty_workspace, read_action(action_file()))
    assert list_actions(empty_workspace)[0]["intact"] is True
    value = '{"Cook": 3}' if column == "possible_targets" else "[]" if column == "forecast" else "other"
    empty_workspace.store.execute(f"UPDATE action SET {column} = ?", [value])
    assert list_actions(empty_workspace)[0]["intact"] is False


def test_a_row_from_before_there_were_several_forecasts_still_reads(empty_workspace):
    forecast = {
        "as_of": "2026-03-01", "high": 0.03, "informative": True, "level": 0.9, "low": 0.01, "method": "judgement",
        "source": "2025", "unit": "share", "value": 0.02, "why_not": "",
    }  # fmt: skip
    row = {
        "action": "old", "kind": "operation", "title": "t", "starts": dt.date(2026, 4, 1), "ends": dt.date(2026, 4, 2),
        "resources": "r", "evaluation_design": "d", "forecast": json.dumps(forecast, sort_keys=True),
    }  # fmt: skip
    import hashlib

    from counterflow.store.ledger import canonical_bytes

    names = ("action", "kind", "title", "resources", "evaluation_design", "starts", "ends", "forecast")
    digest = hashlib.sha256(canonical_bytes({name: str(row[name]) for name in names})).hexdigest()
    entry = empty_workspace.ledger.append("action", {"action": "old", "sha256": digest}, key="action:old")
    empty_workspace.store.execute(
        "INSERT INTO action (action, kind, title, starts, ends, resources, evaluation_design, forecast, sealed_seq)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row[n] for n in ("action", "kind", "title", "starts", "ends", "resources", "evaluation_design", "forecast")]
        + [entry.seq],
    )
    (read,) = list_actions(empty_workspace)
    assert (read["intact"], read["standing"], read["substance_class"]) == (True, "sealed", "all")
    assert read["forecasts"][0].interval(0.9) == (0.01, 0.03)


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
        ({"level": "level = 1.5"}, "forecast.level"),
        ({"low": "low = nan"}, "forecast"),
        ({"high": "high = inf"}, "forecast"),
        ({"action": 'action = "a b"'}, "action"),
        ({"unit": 'unit = "share"\nto = 2026-03-31'}, "forecast.to"),
        ({"title": 'title = "t"\npossible_targets = 0'}, "possible_targets"),
        ({"title": 'title = "t"\nstarted_at = 2026-04-01T00:00:00'}, "started_at"),
        ({"title": 'title = "t"\ncounts = {overdoses = 3}'}, "counts.overdoses"),
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
    with pytest.raises(UnknownName, match="'opioids'"):
        read_action(action_file(title='title = "x"\nsubstance_class = "opiods"'))
    with pytest.raises(UnknownName, match="'overdoses'"):
        read_action(action_file(unit='unit = "x"\nmeasure = "overdose"'))


def test_without_a_forecast_it_cannot_be_judged(empty_workspace, action_file):
    action = read_action(action_file(action_file().read_text("utf-8").split("[forecast]")[0]))
    with pytest.raises(InputError, match="cannot be judged"):
        seal_action(empty_workspace, action)


def test_saying_that_it_cannot_be_told_is_an_answer_and_silence_is_seen(action_file):
    more = '\n[[forecast]]\nmeasure = "displacement"\nwhy_not = "nobody measures it"\n'
    text = action_file().read_text("utf-8").replace("[forecast]", "[[forecast]]") + more
    action = read_action(action_file(text))
    assert action.forecasts[1].levels == ()
    assert silent_on(action.forecasts) == ["availability", "substitution", "overdoses", "burden"]


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_action(tmp_path)
    broken = tmp_path / "b.toml"
    broken.write_bytes(b"action = \xff")
    with pytest.raises(InputError, match="not TOML"):
        read_action(broken)


BEGUN = 'title = "t"\nstarted_at = 2026-04-01T22:00:00Z'


@pytest.mark.parametrize(
    ("now", "words", "said"),
    [
        ("2026-04-02T21:59:00Z", "a tip that could not wait", None),
        ("2026-04-02T22:01:00Z", "a tip that could not wait", "within 24 hours"),
        ("2026-04-01T21:00:00Z", "a tip that could not wait", "has not begun"),
        ("2026-04-02T01:00:00Z", "tip", "Why could"),
    ],
)
def test_an_emergency_is_sealed_within_a_day_and_marked(action_file, now, words, said):
    action, instant = read_action(action_file(title=BEGUN)), dt.datetime.fromisoformat(now)
    if said is None:
        assert as_emergency(action, words, instant).standing == "unforecast"
    else:
        with pytest.raises(InputError, match=said):
            as_emergency(action, words, instant)


def test_what_is_late_is_on_record_apart(empty_workspace, action_file):
    empty_workspace.clock = fixed_clock("2026-05-01")
    action = as_late(read_action(action_file()), "the form was lost", empty_workspace.clock())
    assert seal_action(empty_workspace, action)["standing"] == "late"
    with pytest.raises(InputError, match="not late"):
        as_late(action, "the form was lost", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))


def test_a_value_is_placed_between_quantiles_and_beyond():
    day = dt.date(2026, 4, 1)
    one = Forecast("agency", "overdoses", "action", day, day, "counted", "value", (0.05, 0.5, 0.95), (80.0, 100.0, 140.0),
                   "m", "s", day)  # fmt: skip
    assert one.z_of(100.0) == pytest.approx(0)
    assert one.z_of(140.0) == pytest.approx(1.6449, abs=1e-3)
    assert one.z_of(180.0) == pytest.approx(2 * 1.6449, abs=1e-3)
    assert Forecast.of_row(one.as_row()) == one
