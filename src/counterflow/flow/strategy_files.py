"""A run to take away or to put on record: as JSON with all it rests on, as the command's table, or as its policy."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterflow.core.errors import UnknownName, UsageError
from counterflow.flow.strategy_desk import Mix, run_of
from counterflow.flow.strategy_kept import worlds
from counterflow.flow.strategy_runs import Run, record_run
from counterflow.report.export import write
from counterflow.report.rows import plain
from counterflow.strategy.compare.quantiles import quantile_rows, variables_named
from counterflow.strategy.levers.policy import policy_toml
from counterflow.strategy.model.layout import LAST_YEAR, VARIABLES

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["FORMS", "RunFile", "command_of", "recorded", "run_file"]

FORMS: Mapping[str, str] = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "toml": "application/toml; charset=utf-8"
}  # fmt: skip
POLICY_FILE = "policy.toml"
#: what `counterflow strategy run` shows where it is not asked otherwise
_SINCE, _UNTIL = 2022, LAST_YEAR


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file with its name."""

    name: str
    content: bytes


def run_file(mix: Mix, form: str) -> RunFile:
    """Return a run as a file.

    Args:
        mix: what is run.
        form: "json" (every variable, with and without the mix; model version, digest of its tables, seed), "csv" (year,
            variable, quantile, value: the bytes of `command_of`) or "toml" (the policy file).

    Raises:
        UnknownName: there is no such form.
    """
    if form not in FORMS:
        raise UnknownName("form", form, FORMS)
    if form == "toml":
        return RunFile(POLICY_FILE, policy_toml(mix.pulls).encode())
    if form == "csv":
        return RunFile("strategy-run.csv", _table(mix))
    told = run_of(mix, [variable.name for variable in VARIABLES]) | {"command": " ".join(command_of(mix))}
    text = json.dumps(plain(told), indent=1, sort_keys=True, ensure_ascii=False)
    return RunFile("strategy-run.json", text.encode())


def command_of(mix: Mix) -> list[str]:
    """Return the words after `counterflow` that give the same figures from the policy file."""
    return [
        "strategy", "run", "--policy", POLICY_FILE, "--draws", str(mix.draws), "--seed", str(mix.seed),
        "--scenario", mix.scenario, "--format", "csv",
    ]  # fmt: skip


def recorded(workspace: Workspace, mix: Mix) -> Run:
    """Put a run on record in the ledger; `counterflow strategy rerun` gives the same bytes.

    Raises:
        UsageError: nothing is pulled.
    """
    if not mix.pulls:
        raise UsageError("Nothing is pulled: there is no run to put on record.", hint="Pull a lever first.")
    return record_run(
        workspace, command="strategy run", arguments=command_of(mix), seed=mix.seed, draws=mix.draws,
        contents={POLICY_FILE: policy_toml(mix.pulls)}, output=_table(mix),
    )  # fmt: skip


def _table(mix: Mix) -> bytes:
    turned = worlds().turned(mix.ensemble, mix.pulls)
    lines = io.StringIO()
    write(quantile_rows(turned, variables_named(()), _SINCE, _UNTIL), "csv", lines)
    return lines.getvalue().encode()
