"""A run to take away: as JSON with all that is needed to make it again, as a table, or as the policy alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from counterflow.core.errors import UnknownName
from counterflow.flow.strategy_desk import Mix, run_of
from counterflow.report.rows import plain
from counterflow.strategy.levers.policy import policy_toml
from counterflow.strategy.model.layout import VARIABLES

__all__ = ["FORMS", "RunFile", "run_file"]

FORMS: Mapping[str, str] = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "toml": "application/toml; charset=utf-8"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file with its name."""

    name: str
    content: bytes


def run_file(mix: Mix, form: str) -> RunFile:
    """Return a run as a file.

    Args:
        mix: what is run.
        form: "json" (every variable, with and without; model version, digest of its tables, seed), "csv" (year,
            variable, quantile, value, as `counterflow strategy run` prints it) or "toml" (the policy file).

    Raises:
        UnknownName: there is no such form.
    """
    if form not in FORMS:
        raise UnknownName("form", form, FORMS)
    if form == "toml":
        return RunFile("policy.toml", policy_toml(mix.pulls).encode())
    told = run_of(mix, [variable.name for variable in VARIABLES])
    if form == "json":
        text = json.dumps(plain(told), indent=1, sort_keys=True, ensure_ascii=False)
        return RunFile("strategy-run.json", text.encode())
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("year", "variable", "quantile", "value"))
    for fan in told["fans"]:
        band = fan["turned"] or fan["without"]
        for place, year in enumerate(band["years"]):
            for name, row in band.items():
                if name != "years":
                    writer.writerow((year, fan["name"], name.removeprefix("q"), repr(row[place])))
    return RunFile("strategy-run.csv", lines.getvalue().encode())
