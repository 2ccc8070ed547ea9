"""Mappings by name: those that come with the package, or a TOML file of the user's."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from counterflow.core.errors import ConfigError, UnknownName
from counterflow.intake.mapping.model import Mapping
from counterflow.intake.mapping.parse import parse_mapping

__all__ = ["find_mapping", "shipped_names"]


def shipped_names() -> list[str]:
    """Return the names of the mappings that come with the package."""
    folder = resources.files("counterflow.intake") / "mappings"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def find_mapping(name: str) -> Mapping:
    """Return a mapping by the name of a shipped one or the path of a TOML file.

    Raises:
        UnknownName: it is neither.
        ConfigError: it is not sound.
    """
    names = shipped_names()
    if name in names:
        text = (resources.files("counterflow.intake") / "mappings" / f"{name}.toml").read_text("utf-8")
        return parse_mapping(text, f"{name}.toml")
    path = Path(name)
    if not path.is_file():
        if path.suffix == ".toml" or len(path.parts) > 1:
            raise ConfigError(
                f"There is no mapping file {name}.",
                hint="`counterflow intake map FILE --out M.toml` writes one.",
            )
        raise UnknownName("mapping", name, names)
    try:
        return parse_mapping(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start + 1}).") from error
