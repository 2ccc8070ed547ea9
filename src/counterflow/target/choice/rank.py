"""What puts records in order: the learned chances where a model has learned, the first score where it has not.

For each harm class c of a record::

    p_c = 1 - (1 - learned_c) * product over findings of c that the model has not learned of (1 - w_code * strength)

`learned_c` is the model's chance of a class that it has seen found; for a class that it never saw, the first score's
own p_c stands (`first_score`). A finding code is learned where at least `ENOUGH` of the inspected records that the
model learned from bore it; until then its a-priori weight holds, so a new check counts from its first day and is not
lost on a model that never met it. Both are combined as the first score combines them, by noisy-or (Pearl 1988,
chapter 4).

The order is that of expected harm: the sum over classes of severity times p_c. Where a finding names a substance whose
severity is known, the record's severity for that class is the substance's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.store.repository import Store
from counterflow.target.choice import frame
from counterflow.target.choice.draw import Floats
from counterflow.target.features.stored import feature_lines
from counterflow.target.first_score.history import past_rates
from counterflow.target.first_score.score import Scores, one_or_more, score, scored_findings
from counterflow.target.grounds.lookout import mandatory_by_lookout
from counterflow.target.grounds.mandatory import GROUNDS, mandatory_by_rule
from counterflow.target.models.kept import Kept, usable_model
from counterflow.target.models.scoring import learned_chances
from counterflow.target.options import TargetOptions
from counterflow.target.rules.active import RuleGrounds, active_attributes, active_hits, active_versions
from counterflow.target.severity.in_force import in_force, record_severity, routes_of

if TYPE_CHECKING:
    from counterflow.store.workspace import Workspace

__all__ = ["ENOUGH", "Ranked", "any_find", "combined", "rank_records"]

#: inspected records with a finding code from which on a model counts as having learned it
ENOUGH = 20


def combined(first: Scores, learned: Mapping[str, Floats], codes: frozenset[str]) -> Scores:
    """Return the first score with a model's chances in the place of what the model has learned.

    Args:
        first: the first score.
        learned: harm class to chance per record, of the classes the model has seen found.
        codes: finding codes that the model has learned.
    """
    known = pc.is_in(first.parts.column("code"), value_set=pa.array(sorted(codes), pa.string()))
    fresh = first.parts.filter(pc.invert(known))
    probability = {
        name: one_or_more(fresh, name, np.asarray(learned[name], np.float64)) if name in learned else own
        for name, own in first.probability.items()
    }
    return Scores(probability, first.severity, first.parts, first.history)


def any_find(scores: Scores) -> Floats:
    """Return each record's chance that an inspection finds anything, classes taken as independent."""
    missed = np.ones(len(next(iter(scores.probability.values()))))
    for p in scores.probability.values():
        missed *= 1.0 - p
    return 1.0 - missed


@dataclass(frozen=True)
class Ranked:
    """The eligible records in order, and what that rests on.

    Args:
        scores: chances and severities.
        severity: harm class to severity points, by class alone.
        grounds: mandatory grounds: row, words.
        chance: chance that an inspection finds anything, as said beforehand.
        said: what must be said of the order.
        kept: the model that ranked; None where the first score did.
        severity_version: version of severities in force; "" where the settings speak.
        rules: rules in force in the period, as rule/version.
    """

    scores: Scores
    severity: Mapping[str, float]
    grounds: pa.Table
    chance: Floats
    said: tuple[str, ...] = ()
    kept: Kept | None = None
    severity_version: str = ""
    rules: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Id of the model that ranked, "" for none."""
        return self.kept.name if self.kept else ""

    @cached_property
    def mandatory(self) -> npt.NDArray[np.bool_]:
        """Records with a mandatory ground."""
        met = np.zeros(len(self.chance), bool)
        met[self.grounds.column("row").to_numpy()] = True
        return met


def rank_records(
    workspace: Workspace, records: pa.Table, start: dt.date, end: dt.date, options: TargetOptions
) -> Ranked:
    """Rank the eligible records and gather what makes any of them mandatory.

    Args:
        workspace: findings, outcomes, rules, lookouts, models.
        records: eligible records, see `frame.eligible_records`.
        start: first day of the plan; only outcomes before it enter.
        end: its last day.
        options: severities, weights, keys.
    """
    store = workspace.store
    findings = frame.findings_on(store, records)
    severities = in_force(store, workspace.settings.target, start)
    options = replace(options, severity=severities.mapping())
    scored, routes = scored_findings(findings, options), routes_of(records)
    severity = record_severity(severities, scored, records.num_rows, routes)
    scores = replace(_first_score(store, records, findings, start, options), severity=severity)
    kept, said = usable_model(workspace, start)
    if kept is not None:
        scores = combined(scores, learned_chances(store, records, kept), kept.codes)
    rules = _rules(store, records, start, end, scores)
    lookouts = mandatory_by_lookout(store, records, workspace.clock())
    grounds = pa.concat_tables([mandatory_by_rule(findings, options), lookouts, _as_table(rules.grounds)])
    told = (said, *(severities.said if severities.version else ()), *rules.said)
    acting = tuple(
        f"{v.row['rule']}/{v.row['version']}" for v in (a.version for a in active_versions(store, start, end))
    )
    return Ranked(scores, options.severity, grounds, any_find(scores), told, kept, severities.version, acting)


def _rules(store: Store, records: pa.Table, start: dt.date, end: dt.date, scores: Scores) -> RuleGrounds:
    """Return what the rules in force make mandatory; without any, nothing is read."""
    if not active_versions(store, start, end):
        return RuleGrounds({}, ())
    lines = feature_lines(store, records, attributes=active_attributes(store, start, end))
    return active_hits(store, lines, rank=scores.harm)


def _first_score(store: Store, records: pa.Table, findings: pa.Table, start: dt.date, options: TargetOptions) -> Scores:
    """Score records by findings and by outcomes before the first day."""
    before = dt.datetime.combine(start, dt.time(), dt.UTC)
    lines = frame.goods_lines(store, records, options)
    history = past_rates(lines, records.num_rows, frame.past_labels(store, before, options), options)
    return score(findings, history, frame.record_of_codes(store, before), options)


def _as_table(grounds: Mapping[int, Sequence[str]]) -> pa.Table:
    """Return grounds by row as a table."""
    rows = [row for row, words in grounds.items() for _ in words]
    words = [word for one in grounds.values() for word in one]
    return pa.table([pa.array(rows, pa.int64()), pa.array(words, pa.string())], schema=GROUNDS)
