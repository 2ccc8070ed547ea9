"""What was vendored is what is there, with its licence, and it asks for nothing from elsewhere."""

import hashlib
import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

import counterflow.console

STATIC = Path(counterflow.console.__file__).parent / "static"
VENDOR = STATIC / "vendor"
LISTED = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["asset"]
TOOL = Path(__file__).parents[3] / "tools" / "vendor_assets.py"


@pytest.mark.parametrize("asset", LISTED, ids=lambda asset: asset["file"])
def test_each_vendored_file_hashes_as_listed(asset):
    assert hashlib.sha256((VENDOR / asset["file"]).read_bytes()).hexdigest() == asset["sha256"]


def test_every_file_there_is_listed():
    there = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()}
    assert there - {"VENDOR.toml"} == {asset["file"] for asset in LISTED}


def test_each_package_ships_its_licence_text():
    with_text = {a["package"] for a in LISTED if a["file"].startswith("licences/")}
    assert with_text == {a["package"] for a in LISTED}


def test_no_script_points_to_a_source_map():
    assert not [p.name for p in VENDOR.glob("*.js") if b"sourceMappingURL" in p.read_bytes()]


def test_our_own_styles_and_scripts_ask_for_nothing_elsewhere():
    for path in (*STATIC.glob("*.css"), *STATIC.glob("*.js")):
        assert not re.search(r"https?:|//[a-z0-9-]+\.[a-z]|@import|eval\(|innerHTML", path.read_text()), path.name


def test_the_tool_sees_a_changed_a_missing_and_an_unlisted_file(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("vendor_assets", TOOL)
    tool = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "vendor_assets", tool)
    spec.loader.exec_module(tool)
    rows = [{"file": name, "sha256": hashlib.sha256(b"x").hexdigest()} for name in ("kept", "changed", "missing")]
    (tmp_path / tool.MANIFEST).write_text(tool.manifest_text(rows))
    for name, content in (("kept", b"x"), ("changed", b"y"), ("extra", b"")):
        (tmp_path / name).write_bytes(content)
    assert tool.wrong_files(tmp_path) == ["missing: missing", "not listed: extra", "changed: changed"]
