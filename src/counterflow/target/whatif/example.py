"""The example that `target whatif --example` prints: made-up numbers, every table and most keys once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

__all__ = ["capacity_text", "scenario_text", "write_example"]


def scenario_text() -> str:
    """Return the example scenario."""
    return _read("example.toml")


def capacity_text() -> str:
    """Return the capacity file that belongs to it."""
    return _read("example.csv")


def write_example(scenario: Path) -> Path:
    """Write the scenario to a file and its capacity file beside it; return where that lies."""
    scenario.write_text(scenario_text(), "utf-8")
    capacity = scenario.with_name("capacity.csv")
    capacity.write_text(capacity_text(), "utf-8")
    return capacity


def _read(name: str) -> str:
    return (resources.files("counterflow.target.whatif") / name).read_text("utf-8")
