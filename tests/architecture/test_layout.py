"""The shape of the house: sizes, names, exports, start-up cost, and what may not stand in what we ship."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import counterflow

SOURCE = Path(counterflow.__file__).parent
ROOT = Path(__file__).parents[2]
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


def test_no_module_outgrows_one_idea():
    long = {str(p.relative_to(SOURCE)): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_no_function_outgrows_one_screen():
    long = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
                if lines > 50:
                    long.append(f"{path.relative_to(SOURCE)}:{node.name} {lines}")
    assert not long


def test_nothing_is_called_by_a_name_that_says_nothing():
    empty_names = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert not [p for p in MODULES if p.stem in empty_names or p.parent.name in empty_names]


def test_every_module_says_what_it_is_for():
    assert not [str(p) for p in MODULES if not ast.get_docstring(tree_of(p))]


def test_all_names_are_really_there():
    for info in pkgutil.walk_packages(counterflow.__path__, "counterflow."):
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{info.name}.{name}"


def with_examples():
    for path in MODULES:
        if ">>> " in path.read_text("utf-8"):
            yield ".".join(("counterflow", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


@pytest.mark.parametrize("name", sorted(with_examples()))
def test_examples_in_docstrings_say_what_really_comes_out(name):
    run = doctest.testmod(importlib.import_module(name))
    assert run.attempted
    assert not run.failed


def test_rooms_export_few_names():
    rooms = ("intake", "screen", "target", "account", "report", "engine", "store", "matching", "reference", "core")
    for room in rooms:
        module = importlib.import_module(f"counterflow.{room}")
        assert len(getattr(module, "__all__", ())) <= 12


def test_help_does_not_import_the_heavy_ones():
    code = (
        "import sys; from counterflow.cli import answer; answer(['--help']);"
        "heavy = {'pyarrow', 'duckdb', 'numpy', 'scipy', 'numba', 'pydantic', 'fastapi', 'cryptography'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def shipped():
    """Every text file that git holds, with its content."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    binary = {".woff2", ".png", ".parquet", ".gz"}
    paths = [ROOT / name for name in listed if name and Path(name).suffix not in binary]
    return {path: path.read_text("utf-8", errors="replace") for path in paths if path.is_file()}


def test_what_we_ship_names_no_folder_of_the_machine_it_was_made_on():
    folders = [f"{folder}/" for folder in (ROOT.parent, Path.home()) if len(folder.parts) > 1]
    met = [str(path) for path, text in shipped().items() if any(folder in text for folder in folders)]
    assert not met


def test_pins_carry_hashes_and_no_address():
    for path in [*(ROOT / "requirements").glob("*.lock"), ROOT / "constraints.txt"]:
        assert "://" not in path.read_text("utf-8"), path.name
    runtime = (ROOT / "requirements" / "runtime.lock").read_text("utf-8")
    assert runtime.count("==") <= runtime.count("--hash=sha256:")


def test_crossings_have_no_field_for_a_person():
    from counterflow.core.tables import CROSSING

    assert not {"driver", "owner", "plate", "name", "nationality"} & {
        part for n in CROSSING.names for part in n.split("_")
    }
