"""Sealing a draw: what the ledger holds of it, so that anyone can check the tables against it later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.ledger import decimal_text
from counterflow.target.choice.choose import ARMS, Bools, Choice
from counterflow.target.choice.draw import Floats
from counterflow.target.choice.rank import Ranked

__all__ = ["by_arm", "draw_digest", "draw_entries", "plan_id", "rests_on"]

DIGEST_OF = "sha256 of lines: source U+001F record_id U+001F inclusion_probability U+001F arm LF"
DIGEST_OF_STRATA = DIGEST_OF.replace("arm LF", "arm U+001F stratum LF")
_CELLS_PER_ENTRY = 500


def plan_id(asked: Sequence[object], records: pa.Table, harm: Floats, mandatory: Bools) -> str:
    """Return the id that the same request on the same data always has.

    Args:
        asked: period, share, seed and capacity, as plain data.
        records: eligible records.
        harm: their expected harm.
        mandatory: which of them have a mandatory ground.
    """
    digest = hashlib.sha256(json.dumps(asked, default=str).encode())
    named = [records.column(name) for name in ("source", "record_id", "office", "lane")]
    digest.update(_lines(*named, records.column("day").cast(pa.string())))
    digest.update(np.round(harm, 9).tobytes())
    digest.update(np.asarray(mandatory, np.uint8).tobytes())
    return f"plan-{digest.hexdigest()[:16]}"


def _lines(*columns: pa.ChunkedArray) -> memoryview:
    """Return one line of text per row: its values between unit separators, absent ones empty."""
    filled = [pc.fill_null(column, "") for column in columns]
    joined = pc.binary_join_element_wise(*filled[:-1], pc.binary_join_element_wise(filled[-1], "\n", ""), "\x1f")
    text = pa.chunked_array(joined).cast(pa.large_string()).combine_chunks()
    text = text.chunk(0) if isinstance(text, pa.ChunkedArray) else text
    return memoryview(text.buffers()[2] or b"")


def draw_digest(draws: pa.Table) -> str:
    """Return the digest of a frame that the ledger holds: anyone with the table can make it again.

    SHA-256 over one line of UTF-8 per record, in order of source and record id (by code point): source,
    record id, inclusion probability (shortest decimal that reads back as the same number), arm and, where the random
    arm was drawn in strata, stratum, with U+001F between them and a line feed at the end.
    """
    named = ["source", "record_id", "inclusion_probability", "arm"]
    table = draws.select([*named, "stratum"] if _in_strata(draws) else named)
    table = table.sort_by([("source", "ascending"), ("record_id", "ascending")])
    numbers = table.column("inclusion_probability").combine_chunks().dictionary_encode()
    texts = pa.array([decimal_text(v) for v in numbers.dictionary.to_pylist()], pa.string())
    probability = pa.chunked_array([texts.take(numbers.indices)])
    last = [table.column("arm"), *([table.column("stratum")] if "stratum" in table.column_names else [])]
    return hashlib.sha256(_lines(table.column("source"), table.column("record_id"), probability, *last)).hexdigest()


def _in_strata(draws: pa.Table) -> bool:
    return "stratum" in draws.column_names and draws.column("stratum").null_count < draws.num_rows


def draw_entries(head: dict[str, Any], draws: pa.Table, choice: Choice) -> list[tuple[str, Mapping[str, object]]]:
    """Return what the ledger holds of a draw: one entry for the whole, then its cells."""
    whole = head | {
        "frame": draws.num_rows,
        "out_of_reach": int((choice.probability <= 0).sum()),
        "selected": dict(by_arm(choice)),
        "digest": draw_digest(draws),
        "digest_of": DIGEST_OF if choice.strata is None else DIGEST_OF_STRATA,
    }
    if choice.strata is not None:
        sizes, rates = choice.strata.sizes.tolist(), choice.strata.rate.tolist()
        whole["strata"] = [
            {"stratum": name, "records": size, "rate": decimal_text(rate)}
            for name, size, rate in zip(choice.strata.names, sizes, rates, strict=True)
        ]
    arms = np.zeros((len(choice.cells), len(ARMS)), np.int64)
    chosen = choice.selected
    np.add.at(arms, (choice.cell[chosen], choice.arm[chosen]), 1)
    cells = [
        {
            "office": cell.pool.office,
            "lane": cell.pool.lane,
            "day": cell.day.isoformat(),
            "resource": cell.pool.resource,
            "within_reach": int(choice.groups.sizes[list(cell.groups)].sum()) if cell.groups else 0,
            "inspections": cell.pool.slots,
            "random_expected": decimal_text(float(choice.draw.expected[i])),
            **{arm: int(arms[i, k]) for k, arm in enumerate(ARMS) if arm},
        }
        for i, cell in enumerate(choice.cells)
    ]
    parts = [cells[i : i + _CELLS_PER_ENTRY] for i in range(0, len(cells), _CELLS_PER_ENTRY)]
    return [("draw", whole), *(("draw-cells", {"plan": head["plan"], "cells": part}) for part in parts)]


def rests_on(ranked: Ranked) -> dict[str, object]:
    """Return what put the records in order, so that an inspector can find each part again: model, severities, rules."""
    return {
        "model": ranked.model,
        "severity_version": ranked.severity_version,
        "severity": {name: decimal_text(float(points)) for name, points in sorted(ranked.severity.items())},
        "rules": list(ranked.rules),
    }


def by_arm(choice: Choice) -> dict[str, int]:
    """Return how many records each arm selected."""
    counts = np.bincount(choice.arm, minlength=len(ARMS))
    return {arm: int(counts[i]) for i, arm in enumerate(ARMS) if arm}
