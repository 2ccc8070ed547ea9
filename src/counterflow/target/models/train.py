"""Training: outcomes on record become a model that ranks, if there are enough of both kinds to learn from.

It learns from every inspected record whose outcome is settled and was known before a day, and is shown the declarations
of the last weeks besides, inspected or not, so that it knows what is usual and what is new. How well it ranks is
measured on the last part of time, with a model that learned only from what came before, with and without origin and
departure of the goods; among inspected records, for of others nobody knows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError
from counterflow.store.ledger import decimal_text
from counterflow.store.repository import Store
from counterflow.target.choice.rank import ENOUGH
from counterflow.target.features.lines import Known, Lines
from counterflow.target.features.stored import feature_lines, known_outcomes
from counterflow.target.models.judged import judged
from counterflow.target.models.kept import files_digest, intact, model_folder
from counterflow.target.options import enters_a_score

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace
    from counterflow.target.learn.options import LearnOptions
    from counterflow.target.learn.scorer import Scorer

__all__ = ["Trained", "train"]

#: declarations of so many days are shown besides, at most so many of them
_SEEN_DAYS, _MOST_SEEN = 90, 300_000
_MOST_ATTRIBUTES = 24
#: fewer inspections than this are learned from with small forests
_SMALL = 6_000

_INSPECTED = """
    SELECT source, record_id, confirmation FROM (
        SELECT source, record_id, state, confirmation, row_number() OVER (
            PARTITION BY source, record_id ORDER BY time DESC, recorded_at DESC, ledger_seq DESC
        ) AS turn FROM outcome WHERE time < ?
    ) latest WHERE turn = 1 AND state = 'inspected' AND confirmation IN ('confirmed', 'refuted', 'none')
"""
_RECORDS = f"""
    SELECT DISTINCT source, record_id FROM (
        SELECT i.source, i.record_id FROM ({_INSPECTED}) i
            JOIN consignment c ON c.source = i.source AND c.record_id = i.record_id
        UNION ALL
        SELECT source, record_id FROM (
            SELECT source, record_id FROM consignment WHERE declared_on >= ? AND declared_on < ?
            ORDER BY md5(source || chr(31) || record_id) LIMIT ?
        ) seen
    ) both_kinds ORDER BY source, record_id
"""
_ATTRIBUTES = """
    SELECT name, count(*) AS records FROM (
        SELECT unnest(map_keys(c.attributes)) AS name FROM consignment c JOIN asked a
        ON a.source = c.source AND a.record_id = c.record_id
    ) named GROUP BY name ORDER BY records DESC, name
"""


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Args:
        model: id of the model; "" where there was too little to learn from.
        said: what there is to say of it, in words.
        row: its row in the table `model`.
        repeated: True where the same training was done before.
    """

    model: str
    said: tuple[str, ...]
    row: dict[str, Any] | None = None
    repeated: bool = False


def train(
    workspace: Workspace,
    before: dt.date,
    *,
    person: str | None = None,
    without: frozenset[str] = frozenset(),
    seed: int = 0,
    judge: bool = True,
) -> Trained:
    """Learn from what was known before a day, keep the model, and seal its digests in the ledger.

    Where there is too little to learn from (no outcome, only one kind, too few finds) no model is made, and `said`
    tells why; plans then go by rules, findings and exploration. The same training on the same data is the same model.

    Args:
        workspace: records and outcomes; takes the model.
        before: only outcomes known before this day enter; plans from this day on may use the model.
        person: who has it trained.
        without: columns left out of every feature, as origin and departure.
        seed: seed of the learning.
        judge: whether to measure how it ranks on the last part of time, which takes two more fits.

    Raises:
        UsageError: a column that is not one of a record, or a day after today.
    """
    from counterflow.target.learn.scorer import Scorer

    _check(workspace, before, without)
    store = workspace.store
    finds, clean = _counted(store, before)
    options = _options(workspace, without, finds + clean)
    if lacking := _lacking(finds, clean, before, options):
        return Trained("", (lacking,))
    lines, known, attributes = past_of(store, before)
    asked = _asked(lines, known, options, before, seed)
    repeated = store.rows("SELECT * FROM model WHERE model = ?", [asked])
    if repeated and intact(workspace, repeated[0]):
        return Trained(asked, ("this very model was trained before",), dict(repeated[0]), repeated=True)
    scorer = Scorer.fit(lines, known, options, on=before, seed=seed)
    if not scorer.learnt:
        return Trained("", scorer.said)
    metrics = judged(lines, known, options, before, seed) if judge else {}
    row = _row(workspace, asked, scorer, lines, known, attributes, metrics) | {"trained_by": person}
    return _kept(workspace, row, scorer, repeated=bool(repeated))


def _check(workspace: Workspace, before: dt.date, without: frozenset[str]) -> None:
    if before > workspace.clock().date() + dt.timedelta(days=1):
        raise UsageError(f"What is known before {before} is not known yet.", hint="Name today or an earlier day.")
    for column in sorted(without):
        if not enters_a_score(column):
            raise UsageError(f"{column!r} never enters a score.", hint="There is no need to leave it out.")


def past_of(store: Store, before: dt.date) -> tuple[Lines, Known, list[str]]:
    """Return what there is to learn from before a day: lines, outcomes, and the attributes that are columns."""
    moment = dt.datetime.combine(before, dt.time(), dt.UTC)
    since = before - dt.timedelta(days=_SEEN_DAYS)
    records = store.query(_RECORDS, [moment, since, before, _MOST_SEEN])
    named = [str(r["name"]) for r in store.rows(_ATTRIBUTES, asked=records)]
    attributes = [name for name in named if enters_a_score(f"attributes.{name}")][:_MOST_ATTRIBUTES]
    lines = feature_lines(store, records, attributes=attributes)
    return lines, known_outcomes(store, lines, moment), attributes


def _counted(store: Store, before: dt.date) -> tuple[int, int]:
    """Return how many inspected records with a settled outcome are finds, and how many are not."""
    counted = store.rows(
        f"SELECT confirmation = 'confirmed' AS found, count(*) AS records FROM ({_INSPECTED}) GROUP BY 1",
        [dt.datetime.combine(before, dt.time(), dt.UTC)],
    )
    by = {bool(row["found"]): int(str(row["records"])) for row in counted}
    return by.get(True, 0), by.get(False, 0)


def _options(workspace: Workspace, without: frozenset[str], inspected: int) -> LearnOptions:
    """Return how to learn: few inspections carry few trees."""
    from counterflow.target.learn.options import LearnOptions

    severity = dict(workspace.settings.target.severity)
    if inspected < _SMALL:
        return LearnOptions.fast(severity=severity, without=without, calibration="platt")
    return LearnOptions(severity=severity, without=without)


def _lacking(finds: int, clean: int, before: dt.date, options: LearnOptions) -> str:
    """Return what is missing for learning, "" where nothing is."""
    if not finds + clean:
        return f"no outcome was known before {before}: nothing to learn from"
    if not finds or not clean:
        return f"all {finds + clean} outcomes known before {before} say the same: one class alone teaches nothing"
    if min(finds, clean) < options.enough_finds:
        return (
            f"{finds + clean} outcomes were known before {before}, {finds} of them finds; a model needs"
            f" {options.enough_finds} finds and as many inspections without one"
        )
    return ""


def _inspected(known: Known) -> int:
    return len(known.found) - int(known.found.null_count)


def _asked(lines: Lines, known: Known, options: LearnOptions, before: dt.date, seed: int) -> str:
    """Return the id that the same training on the same data always has."""
    digest = hashlib.sha256(json.dumps([before.isoformat(), seed, options.to_json()]).encode())
    for table in (lines.table, lines.findings.sort_by([(n, "ascending") for n in ("row", "code", "strength")])):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        digest.update(sink.getvalue())
    digest.update("\n".join(v or "" for v in pc.fill_null(known.found, "?").to_pylist()).encode())
    for part in (known.on, known.weight, known.random):
        digest.update(np.ascontiguousarray(part).tobytes())
    return f"model-{digest.hexdigest()[:16]}"


def _row(
    workspace: Workspace,
    model: str,
    scorer: Scorer,
    lines: Lines,
    known: Known,
    attributes: list[str],
    metrics: dict[str, Any],
) -> dict[str, Any]:
    days = lines.table.column("day")
    finds = {name: scorer.counts.get(f"found {name}", 0) for name in scorer.classes}
    spec = scorer.state.layout.spec.to_json()
    return {
        "model": model, "known_before": scorer.on, "first_day": pc.min(days).as_py(), "last_day": pc.max(days).as_py(),
        "records": _inspected(known), "finds": json.dumps(finds, sort_keys=True), "codes": _learned_codes(lines, known),
        "attributes": attributes, "without": sorted(scorer.options.without),
        "features_sha256": hashlib.sha256(spec.encode()).hexdigest(), "calibration": "; ".join(scorer.said),
        "metrics": json.dumps(metrics, sort_keys=True), "seed": scorer.seed, "trained_at": workspace.clock(),
    }  # fmt: skip


def _learned_codes(lines: Lines, known: Known) -> list[str]:
    """Return the finding codes that enough inspected records bore."""
    inspected = known.found.is_valid().to_numpy(zero_copy_only=False)
    mine = lines.findings.filter(pa.array(inspected[lines.findings.column("row").to_numpy()]))
    counted = mine.group_by("code").aggregate([("row", "count_distinct")])
    enough = counted.filter(pc.greater_equal(counted.column("row_count_distinct"), ENOUGH))
    return sorted(c for c in enough.column("code").to_pylist() if c)


def _kept(workspace: Workspace, row: dict[str, Any], scorer: Scorer, *, repeated: bool) -> Trained:
    """Write the files, then the ledger entry, then the row; a model without its row is never used."""
    folder = model_folder(workspace, row["model"])
    _written(folder, scorer)
    row["files_sha256"] = files_digest(folder)
    body = {
        "model": row["model"], "known_before": row["known_before"].isoformat(), "records": row["records"],
        "finds": json.loads(row["finds"]), "features_sha256": row["features_sha256"],
        "files_sha256": row["files_sha256"], "without": row["without"], "seed": row["seed"],
        "metrics": _decimals(json.loads(row["metrics"])),
    }  # fmt: skip
    with workspace.store.transaction():
        sealed = workspace.ledger.append_many([("model", body)], key=f"model {row['model']} {row['files_sha256']}")
        workspace.store.execute("DELETE FROM model WHERE model = ?", [row["model"]])
        row["ledger_seq"] = sealed[0].seq
        workspace.store.append("model", pa.Table.from_pylist([row], schema=_schema()))
    return Trained(row["model"], scorer.said, row, repeated)


def _schema() -> pa.Schema:
    from counterflow.core.tables import MODEL

    return MODEL


def _written(folder: Path, scorer: Scorer) -> None:
    """Write a model's files beside their place, then put them there: half a model is never read."""
    fresh = folder.with_name(f".{folder.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    scorer.save(fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _decimals(value: Any) -> Any:
    """Return plain data with numbers that are not whole as decimal text: the ledger holds no floats."""
    if isinstance(value, dict):
        return {k: _decimals(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_decimals(v) for v in value]
    return decimal_text(value) if isinstance(value, float) else value
