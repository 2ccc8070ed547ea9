"""Finding, listing, switching and refusing checks."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from counterflow.core.check import Resources
from counterflow.core.errors import ConfigError
from counterflow.core.settings import ScreenSettings
from counterflow.screen.checks import GROUP, list_checks, load_checks

ON = ScreenSettings()


def entry(name, value):
    return EntryPoint(name, value, GROUP)


GOODS = entry("goods-text", "counterflow.screen.goods_text:make")
SUBSTANCES = entry("substances", "counterflow.screen.substances:make")
ABSENT = entry("absent", "counterflow.no_such_module:make")
MISNAMED = entry("other", "counterflow.screen.goods_text:make")
NO_CHECK = entry("thing", "counterflow.core.check:Resources")


class WaitsForList:
    id, version, title, subject, reads, codes = "waits", "1", "t", "party", ("name",), ()
    inactive_reason = "no list is loaded"

    def run(self, batch):
        return batch


def test_checks_are_listed_with_what_they_read_and_find():
    (line,) = (c.as_dict() for c in list_checks(ON, Resources(), installed=[GOODS]))
    assert line["state"] == "on"
    assert line["subject"] == "goods_line"
    assert "stop-word-isolated" in line["codes"]
    assert line["reads"] == "description, hs"
    assert line["version"]


def test_a_check_that_is_off_is_listed_and_not_run():
    off = ScreenSettings(off=("goods-text",))
    listed = list_checks(off, Resources(), installed=[GOODS, SUBSTANCES])
    assert [(c.id, c.state) for c in listed] == [("goods-text", "off"), ("substances", "on")]
    assert [c.id for c in load_checks(off, Resources(), installed=[GOODS, SUBSTANCES])] == ["substances"]


@pytest.mark.parametrize("settings", [ScreenSettings(off=("good-text",)), ScreenSettings(checks={"good-text": {}})])
def test_an_unknown_name_is_refused_with_the_nearest(settings):
    with pytest.raises(ConfigError, match="goods-text"):
        load_checks(settings, Resources(), installed=[GOODS])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"goods-text": {"embeded": "off"}}, "It has embedded"),
        ({"goods-text": {"embedded": "loud"}}, "Use 'warn' or 'off'"),
        ({"substances": {"colour": 1}}, "It has none"),
    ],
)
def test_a_setting_that_a_check_does_not_have_stops_screening(given, says):
    with pytest.raises(ConfigError, match=r"has no setting|does not fit") as refused:
        load_checks(ScreenSettings(checks=given), Resources(), installed=[GOODS, SUBSTANCES])
    assert says in str(refused.value)


def test_settings_reach_the_check():
    quiet = ScreenSettings(checks={"goods-text": {"embedded": "off"}})
    plain, other = (load_checks(s, Resources(), installed=[GOODS])[0] for s in (ON, quiet))
    assert plain.version != other.version


@pytest.mark.parametrize(
    ("broken", "why"),
    [(ABSENT, "ModuleNotFoundError"), (MISNAMED, "its id is 'goods-text'"), (NO_CHECK, "lacks parts")],
)
def test_a_broken_check_is_shown_and_stops_screening_until_switched_off(broken, why):
    (listed,) = list_checks(ON, Resources(), installed=[broken])
    assert (listed.state, listed.check) == ("broken", None)
    assert why in listed.reason
    with pytest.raises(ConfigError, match="switch it off"):
        load_checks(ON, Resources(), installed=[broken, GOODS])
    off = ScreenSettings(off=(broken.name,))
    assert [c.id for c in load_checks(off, Resources(), installed=[broken, GOODS])] == ["goods-text"]


def test_a_check_that_waits_for_a_list_says_so(monkeypatch):
    module = ModuleType("a_third_party")
    module.make = lambda _: WaitsForList()
    monkeypatch.setitem(sys.modules, "a_third_party", module)
    waits = entry("waits", "a_third_party:make")
    (listed,) = list_checks(ON, Resources(), installed=[waits])
    assert (listed.state, listed.reason) == ("waiting", "no list is loaded")
    assert len(load_checks(ON, Resources(), installed=[waits])) == 1


def test_two_packages_with_one_id_are_refused():
    with pytest.raises(ConfigError, match="Two packages"):
        load_checks(ON, Resources(), installed=[GOODS, GOODS])
