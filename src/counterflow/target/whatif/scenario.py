"""Reading a scenario file: every fault with the place it stands at, and what to write instead."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from counterflow.core.errors import InputError, nearest
from counterflow.target.csv_file import read_content
from counterflow.target.whatif.forms import ScenarioForm

__all__ = ["parse_scenario", "read_scenario"]

#: what pydantic adds to a place where a value may be of several kinds
_KINDS = frozenset({"float", "list[float]"})
_TOO_BIG, _TOO_SMALL = "less_than", "greater_than"


def read_scenario(path: Path) -> ScenarioForm:
    """Read the scenario at `path`.

    Raises:
        InputError: it cannot be read, or anything in it that cannot be used, with line and key.
    """
    return parse_scenario(read_content(path, "a scenario in TOML"), path.name)


def parse_scenario(content: bytes, file: str) -> ScenarioForm:
    """Read the bytes of a scenario; see `read_scenario`."""
    try:
        text = content.decode("utf-8-sig")
        tree = tomllib.loads(text)
    except UnicodeDecodeError:
        raise InputError("This is not UTF-8.", file=file, hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        hint = "`target whatif --example` prints a whole file."
        line = int(place.group(1)) if place else None
        raise InputError(f"This is not TOML: {error}.", file=file, line=line, hint=hint) from None
    try:
        form = ScenarioForm.model_validate(tree)
    except ValidationError as error:
        raise _explained(error, text, file) from None
    _refuse_twins(form, text, file)
    return form


def _refuse_twins(form: ScenarioForm, text: str, file: str) -> None:
    kinds: tuple[tuple[str, list[Any]], ...] = (
        ("lane", [(lane.name, lane.office) for lane in form.lane]),
        ("whatif", [each.name for each in form.whatif]),
        ("resource", [(each.name, each.lane) for each in form.resource]),
    )
    for table, names in kinds:
        for place, name in enumerate(names):
            if name in names[:place]:
                said = name[0] if isinstance(name, tuple) else name
                raise InputError(
                    f"Two tables [[{table}]] say the same name.", hint="Name them apart, or join them.", file=file,
                    line=_line(text, (table, place, "name")), column=f"{table}.name", value=said,
                )  # fmt: skip


def _explained(error: ValidationError, text: str, file: str) -> InputError:
    # A key that nothing reads is told before what is missing: it is most often what was meant.
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    where = tuple(part for part in first["loc"] if part not in _KINDS)
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
    line, kind = _line(text, where), first["type"]
    value = first["input"] if isinstance(first["input"], str | int | float | bool) else None
    if kind == "extra_forbidden":
        known = _known(where)
        close = nearest(str(where[-1]), known)
        hint = f"Did you mean {' or '.join(repr(c) for c in close)}?" if close else f"Known: {', '.join(known)}."
        return InputError("This key is not known.", hint=hint, file=file, line=line, column=place)
    message = first["msg"].removeprefix("Value error, ")
    if kind == "missing":
        message = "This is missing."
    if kind == "literal_error" and isinstance(value, str):
        allowed = re.findall(r"'([^']+)'", first["msg"])
        close = nearest(value, allowed)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(allowed)}."
        return InputError("This is not known.", hint=hint, file=file, line=line, column=place, value=value)
    said = f"{message[0].upper()}{message[1:].rstrip('.')}."
    return InputError(said, hint=_hint(where, kind), file=file, line=line, column=place, value=value)


def _hint(where: tuple[int | str, ...], kind: str) -> str:
    model, name = _model(where[:-1]), where[-1]
    info = model.model_fields.get(str(name)) if model else None
    means = f"{name}: {info.description}. " if info is not None and info.description else ""
    if kind.startswith((_TOO_BIG, _TOO_SMALL)) and "share" in means + str(name):
        return f"{means}A share lies between 0 and 1: write 0.40 for 40 %."
    return f"{means}`target whatif --example` prints a whole file."


def _known(where: tuple[int | str, ...]) -> list[str]:
    model = _model(where[:-1])
    return list(model.model_fields) if model else []


def _model(where: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the form that a place of the tree is held by."""
    model: type[BaseModel] | None = ScenarioForm
    for part in where:
        if isinstance(part, str) and model is not None:
            info = model.model_fields.get(part)
            model = _inner(info.annotation) if info else None
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _line(text: str, where: tuple[int | str, ...]) -> int | None:
    """Return the line at which a key stands, as well as tables in order of the file let one tell."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    path, key = "", next((part for part in reversed(where) if isinstance(part, str)), "")
    for part, after in zip(where, (*where[1:], None), strict=True):
        if isinstance(part, str):
            path = f"{path}.{part}" if path else part
        if isinstance(part, str) and isinstance(after, int):
            heads = [n for n in range(start, end) if _header(lines[n]) == path]
            if after >= len(heads):
                key = part  # a table written in one line: its key is the nearest that can be found
                break
            start = heads[after]
            end = next((n for n in range(start + 1, len(lines)) if _ends(_header(lines[n]), path)), len(lines))
    for n in range(start, end):
        if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[n]):
            return n + 1
    return start + 1 if start else None


def _header(line: str) -> str:
    found = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
    return found.group(1).replace(" ", "") if found else ""


def _ends(header: str, path: str) -> bool:
    return bool(header) and not header.startswith(f"{path}.")
