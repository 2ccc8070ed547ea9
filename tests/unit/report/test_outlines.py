"""Maps of outlines: every colour is one of the page's, every shade has its swatch, files are our own."""

import json
import re
from importlib import resources

from counterflow.console.map_view import WORLD_SHOWS, areas_view, world_view
from counterflow.flow.map_areas import Area, AreaMap, Series
from counterflow.flow.map_change import change_of
from counterflow.flow.map_trade import Country, Lane, Office, TradeMap

STATIC = resources.files("counterflow.console") / "static"
AREAS = AreaMap(
    "counties", (), Series("vital", "deaths", "all", "", "month", 3),
    (Area("17031", "Cook, IL", "17031", 120, False, change_of(120, 45), True),
     Area("17043", "DuPage, IL", "17043", None, True, None, False),
     Area("09110", "Capitol Planning Region", "", 45, False, None, False, "other areas")),
    None, None, 10,
)  # fmt: skip
TRADE = TradeMap(
    (Country("HK", "Hong Kong", "344", 5_000, 50, 0.9, 0.8, 12.0), Country("GI", "Gibraltar", "", 1, 0, None, None, None,
                                                                         "too small")),
    (Office("A", 5_001, 1.0, 2.0, 3.0), Office("B", 0, None, None, None)),
    (Lane("inbound", "HK", "A", "mail", 5_000), Lane("outbound", "HK", "B", "sea", 1), Lane("inbound", "GI", "A", "x", 1)),
)  # fmt: skip


def views():
    made = [areas_view(AREAS, show, "", state) for show in ("change", "counted") for state in ("", "17")]
    return [*made, *(world_view(TRADE, show, "") for show in WORLD_SHOWS)]


def test_colours_are_tokens_of_the_page_and_shades_have_swatches():
    css, room = ((STATIC / name).read_text("utf-8") for name in ("console.css", "rooms/map.css"))
    for view in views():
        for token in re.findall(r'"token:([a-z0-9-]+)', json.dumps(view["spec"])):
            assert f"--{token}:" in css, token
        for shade in view["legend"]:
            assert shade.token == "sunk" or f".swatch.{shade.token} " in room, shade
            assert shade.opacity == 1 or f".swatch.o{round(shade.opacity * 100)} " in room, shade


def test_shapes_come_from_files_that_are_shipped():
    for view in views():
        addresses = {each["url"] for each in view["spec"]["data"] if "url" in each}
        assert addresses
        for address in addresses:
            assert (STATIC / address.removeprefix("/static/")).is_file(), address


def test_a_shade_never_tells_what_is_withheld():
    values = {row["k"]: row for each in areas_view(AREAS, "counted", "", "")["spec"]["data"] if each["name"] == "values"
              for row in each["values"]}  # fmt: skip
    assert values["17043"] == {"k": "17043", "f": "w"}
    assert values["17031"]["a"] == 1
    assert "09110" not in values


def test_lanes_lead_only_to_offices_whose_place_is_known():
    lanes = next(d for d in world_view(TRADE, "received", "")["spec"]["data"] if d["name"] == "lanes")["values"]
    assert [(lane["k"], lane["n"]) for lane in lanes] == [("344", "A")]
