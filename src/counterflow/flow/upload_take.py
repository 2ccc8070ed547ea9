"""From a confirmed upload to its answer: loaded, screened, and the file that waited deleted; or names looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import InputError, UsageError
from counterflow.flow.upload_columns import Asked, as_mapping, source_from
from counterflow.flow.uploads import Held, let_go
from counterflow.intake.load import load
from counterflow.intake.receipt import Receipt
from counterflow.store.workspace import Workspace

__all__ = ["MOST_NAMES", "look_up_names", "take"]

#: names looked up at a time; more go by `counterflow parties screen`
MOST_NAMES = 5_000
_TOP = 3


def take(workspace: Workspace, held: Held, asked: Asked) -> Receipt:
    """Load a file that waited, as its sender confirmed it, and screen what came in.

    The file is deleted once its rows stand in the store or in quarantine; where something could not be done at all it
    waits on, and nothing was loaded.

    Raises:
        UsageError: an answer is missing.
        InputError: the file cannot be read, or its columns make no record.
        ConfigError: a column is not there.
    """
    mapping = as_mapping(held, asked, workspace.clock().date().isoformat())
    receipt = load(workspace, held.path, mapping, source=asked.source or source_from(held.name))
    let_go(workspace, held.id)
    if mapping.table == "consignment" and receipt.accepted:
        from counterflow.screen.run import screen

        screen(workspace)
    return receipt


def look_up_names(workspace: Workspace, held: Held, asked: Asked) -> dict[str, Any]:
    """Look the names of a file up on every loaded list; nothing of them is kept, and the file waits on.

    Returns:
        `names`: how many; `said`: what was asked and from which score it alerts; `rows`: a row per name and listed
        entry that alerts, best first, with `near` ones (alike, below the score that alerts) after them; `nobody`: names
        that name nobody.

    Raises:
        UsageError: no list is loaded, or no column holds the name.
        InputError: the file cannot be read, or has too many names.
    """
    from counterflow.screen.parties import PartyLookup
    from counterflow.screen.parties.asked import Parties
    from counterflow.screen.parties.said import count_unasked

    table = _names(held, asked)
    look = PartyLookup.open(workspace)
    parties = Parties.of(table)
    answer = look.screen(parties, top=_TOP).to_pylist()
    names = table.column("name").to_pylist()
    rows = [row | {"name": names[int(row["query_id"])], "row": int(row["query_id"]) + 1} for row in answer]
    alerting = {row["row"] for row in rows if row["alert"]}
    shown = [row for row in rows if row["alert"] or (row["row"] not in alerting and row["rank"] == 1)]
    shown.sort(key=lambda row: (not row["alert"], -row["score"], row["row"]))
    return {
        "names": len(names), "said": look.in_words(), "rows": shown[:500], "left": max(len(shown) - 500, 0),
        "alerting": len(alerting), "nobody": sum(count_unasked(names).values()),
    }  # fmt: skip


def _names(held: Held, asked: Asked) -> pa.Table:
    """Return the names of the file with what stands beside them, one row each."""
    from counterflow.intake.convert.values import as_text
    from counterflow.intake.readers import open_source

    columns = {target: column for column, target in (asked.columns or {}).items() if target}
    if "name" not in columns:
        raise UsageError("Say which column holds the name.", hint="Nothing was looked up.")
    source = open_source(held.path, replace(asked.options(), batch_rows=MOST_NAMES + 1))
    parts = []
    for raw in source.batches():
        parts.append(pa.table({t: as_text(raw.table.column(c)) for t, c in columns.items()}))
        if sum(part.num_rows for part in parts) > MOST_NAMES:
            raise InputError(
                f"The file has more than {MOST_NAMES:,} names.",
                hint="Look so many up with `counterflow parties screen FILE`.",
                file=held.name,
            )
    table = pa.concat_tables(parts).combine_chunks()
    return table.set_column(table.column_names.index("name"), "name", pc.fill_null(table.column("name"), ""))
