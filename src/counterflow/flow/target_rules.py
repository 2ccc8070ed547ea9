"""Officers' rules where rooms meet: which finding codes there are, rules in files, back-tests on published files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.check import Resources
from counterflow.core.errors import InputError
from counterflow.core.settings import Settings
from counterflow.flow.labelled_file import Labelled, read_labelled
from counterflow.screen.checks import list_checks
from counterflow.target.features.lines import Known, Lines
from counterflow.target.rules.active import record_days
from counterflow.target.rules.backtest import BackTest, Trial, backtest
from counterflow.target.rules.conditions import Rule, look_back_days
from counterflow.target.rules.language import parse
from counterflow.target.rules.life import draft_rule
from counterflow.target.rules.looking_back import History
from counterflow.target.rules.mistakes import RuleError
from counterflow.target.rules.names import Vocabulary
from counterflow.target.rules.trial import require_selective, try_on_workspace
from counterflow.target.rules.unmet import unmet_words

if TYPE_CHECKING:
    from counterflow.intake.mapping.model import Mapping
    from counterflow.store.workspace import Workspace

__all__ = ["MOST_BYTES", "Drafted", "FileTest", "backtest_on_files", "draft", "read_rule", "rule_of", "vocabulary"]

MOST_BYTES = 64_000
_WEEKS_LEFT = 4


def vocabulary(text: str, settings: Settings | None = None) -> Vocabulary:
    """Return the harm classes that rules may name, and the finding codes where `text` speaks of findings.

    Codes are those of the checks of this installation; where a check cannot be made, codes are not checked at all.
    Making the checks takes a second, so that is left out where no finding is named.
    """
    settings = settings or Settings()
    classes = frozenset(settings.target.severity)
    if "finding" not in text:
        return Vocabulary(classes)
    checks = [one.check for one in list_checks(settings.screen, Resources(settings=settings.screen.checks))]
    whole = all(check is not None for check in checks)
    codes = frozenset(code.code for check in checks if check is not None for code in check.codes)
    return Vocabulary(classes, codes if whole else None)


def read_rule(file: Path, settings: Settings | None = None) -> Rule:
    """Read the rule in a text file, with the harm classes of `settings`.

    Raises:
        InputError: the file cannot be read as text.
        RuleError: the rule in it cannot be used; the error names the file.
    """
    try:
        text = file.read_text("utf-8") if file.stat().st_size <= MOST_BYTES else None
    except UnicodeDecodeError as error:
        hint = "Save it as UTF-8."
        raise InputError(f"This is no UTF-8 text: {error.reason}.", file=file, hint=hint) from error
    if text is None:
        raise InputError("This file is too long for a rule.", file=file, hint="One rule in a file.")
    try:
        return rule_of(text, settings)
    except RuleError as error:
        error.file = str(file)
        raise


def rule_of(text: str, settings: Settings | None = None) -> Rule:
    """Read a rule from its text, with the harm classes of `settings`.

    Raises:
        RuleError: the rule cannot be used; the error names line and place.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return parse(plain, vocabulary(plain, settings))


def draft(
    workspace: Workspace,
    rule: Rule,
    *,
    person: str,
    starts: dt.date | None = None,
    ends: dt.date,
    review_on: dt.date | None = None,
    of: str | None = None,
) -> Drafted:
    """Keep a rule as a draft, after a dry run on stored weeks; it does nothing until it is tested and approved.

    Args:
        workspace: where.
        rule: what it says; with a ground.
        person: who drafts it.
        starts: first day on which it may act; today where None.
        ends: last day.
        review_on: day of review; 90 days after the start where None.
        of: rule of which this is a new version.

    Raises:
        InputError: it hits nearly everything that is stored, lacks a ground, or its days do not go together.
        UnknownName: there is no such rule.
    """
    tried = None
    if workspace.store.rows("SELECT 1 FROM consignment LIMIT 1"):
        tried = try_on_workspace(workspace, rule, name=of or "")
        require_selective(tried)
    entries = workspace.ledger.size
    row = draft_rule(
        workspace, rule, person=person, starts=starts or workspace.clock().date(), ends=ends, review_on=review_on,
        of=of,
    )  # fmt: skip
    return Drafted(row, tried, fresh=int(row["ledger_seq"]) > entries)


@dataclass(frozen=True)
class Drafted:
    """A drafted version, its dry run (None where no record is stored), and whether it was not on record before."""

    row: dict[str, Any]
    tried: BackTest | None
    fresh: bool


@dataclass(frozen=True)
class FileTest:
    """A back-test on a published file, with what reading the file gave."""

    test: BackTest
    read: int
    refused: int
    said: tuple[str, ...]
    synthetic: bool


def backtest_on_files(
    rule: Rule,
    files: Sequence[Path],
    mapping: Mapping,
    *,
    now: dt.datetime,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> FileTest:
    """Try a rule on a labelled file under a mapping; nothing is stored.

    Args:
        rule: the rule.
        files: files that follow one another in time.
        mapping: which column feeds which field, and what a label means.
        now: the present.
        since: first day that is counted; earlier records are its past. Where None, the first from which the rule can
            look back as far as it asks, if four weeks are left after it; else the first of the file.
        until: last day.

    Raises:
        InputError: a file cannot be read, or has no record of those days.
    """
    held = read_labelled(files, mapping, now=now)
    day = record_days(held.lines)
    inside = day >= ((since - dt.date(1970, 1, 1)).days if since is not None else _first_day(rule, day))
    if until is not None:
        inside &= day <= (until - dt.date(1970, 1, 1)).days
    if not inside.any():
        raise InputError("The file has no record of those days.", hint="Leave --from and --to out.", file=files[0])
    lines, known = _portion(held, inside)
    names = ", ".join(file.name for file in files)
    trial = Trial(lines, known, History(held.lines, held.known), f"labels of {names}", now.date())
    made = backtest(rule, trial)
    return FileTest(made, held.read, held.refused.num_rows, (*held.said, *unmet_words(rule, lines)), held.synthetic)


def _first_day(rule: Rule, day: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    back = look_back_days(rule)
    first, last = int(day.min()), int(day.max())
    return first + back if last - first - back + 1 >= _WEEKS_LEFT * 7 else first


def _portion(held: Labelled, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Lines, Known]:
    """Return the records inside, numbered anew, with what is known of them."""
    place = np.cumsum(inside) - 1
    row = held.lines.row
    table = held.lines.table.filter(pa.array(inside[row]))
    number = table.schema.get_field_index("row")
    table = table.set_column(number, "row", pa.array(place[row[inside[row]]]))
    findings = held.lines.findings
    found_at = findings.column("row").to_numpy()
    findings = findings.filter(pa.array(inside[found_at]))
    index = findings.schema.get_field_index("row")
    findings = findings.set_column(index, "row", pa.array(place[found_at[inside[found_at]]], pa.int64()))
    known = held.known
    kept = Known(pc.filter(known.found, pa.array(inside)), known.on[inside], known.weight[inside], known.random[inside])
    return Lines(table.combine_chunks(), int(inside.sum()), findings), kept
