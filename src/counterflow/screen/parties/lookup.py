"""Looking parties up on lists: one engine for the check, the command line and Python.

    from counterflow.screen.parties import PartyLookup
    look = PartyLookup.open("W")
    look.screen(["Joaquin Guzman"], schema="Person")

An answer has up to `top` rows for each party, best first, whatever the threshold; `alert` says which reach it. Beside
the score of the names stands the corroboration, what birth, place and papers say: two numbers, never one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.errors import UsageError
from counterflow.matching.normalise import normalise_all, set_aside_all
from counterflow.screen.parties.asked import EXACT, PAPER, REORDERED, WEAK, BestScores, Met, Parties, Words, together
from counterflow.screen.parties.clearings import Cleared, Clearing, cleared_now
from counterflow.screen.parties.corroboration import NOTHING, Corroboration, corroborate
from counterflow.screen.parties.entries import Entries
from counterflow.screen.parties.kinds import KINDS, OPEN, ORGANISATION, PERSON, VESSEL
from counterflow.screen.parties.papers import read_papers
from counterflow.screen.parties.thresholds import LOWEST, Thresholds, in_force
from counterflow.screen.parties.versions import lists_in_words

if TYPE_CHECKING:
    from counterflow.core.check import Resources
    from counterflow.matching.name_alignment import Alignment
    from counterflow.screen.parties.listed import Listed
    from counterflow.store.workspace import Workspace

__all__ = ["ANSWER", "PartyLookup", "printed"]

Floats = npt.NDArray[np.float64]

#: One row for each party and listed entry it was laid beside.
ANSWER = pa.schema(
    [
        ("query_id", pa.string()),
        ("rank", pa.int32()),
        ("list", pa.string()),
        ("entity_id", pa.string()),
        ("score", pa.float64()),
        ("corroboration", pa.float64()),
        ("alert", pa.int8()),
        ("alias", pa.string()),
        ("explanation", pa.string()),
    ]
)


@dataclass(frozen=True)
class PartyLookup:
    """Lists, thresholds and clearings in force, ready to be asked; holds no lock on the workspace.

    Args:
        listed: the listed names.
        versions: list to version.
        thresholds: from which score each kind of party alerts.
        cleared: pairs that a person has cleared.
        candidates: listed names laid beside each name.
    """

    listed: Listed
    versions: Mapping[str, str]
    thresholds: Thresholds = field(default_factory=Thresholds)
    cleared: Cleared = field(default_factory=Cleared)
    candidates: int = 20

    @classmethod
    def open(cls, workspace: Workspace | Path | str) -> PartyLookup:
        """Return the look-up of the lists loaded in a workspace, as it stands now.

        Args:
            workspace: an open workspace, or its folder: then it is opened, read and closed again.

        Raises:
            UsageError: no list is loaded.
        """
        from counterflow.store.workspace import Workspace

        if not isinstance(workspace, Workspace):
            with Workspace.open(Path(workspace), doing="looking parties up") as opened:
                return cls.open(opened)
        from counterflow.screen.resources import resources_of

        resources = resources_of(workspace)
        if not resources.lists:
            raise UsageError("No list is loaded.", hint="`counterflow lists load` brings one.")
        store = workspace.store
        return cls.of(
            resources,
            thresholds=_with_settings(in_force(store, resources.versions), resources),
            cleared=cleared_now(store, resources.versions, workspace.clock().date()),
        )

    @classmethod
    def of(
        cls, resources: Resources, thresholds: Thresholds | None = None, cleared: Cleared | None = None
    ) -> PartyLookup:
        """Return the look-up of the lists of `resources`."""
        from counterflow.screen.parties.listed import read_lists

        listed = read_lists(resources.lists, resources.versions, resources.cache)
        return cls(listed, dict(resources.versions), thresholds or Thresholds(), cleared or Cleared())

    @cached_property
    def entries(self) -> Entries:
        """The entries behind the listed names."""
        return Entries(self.listed.rows)

    # ---- asking

    def screen(
        self, parties: pa.Table | Sequence[str | None] | Parties, schema: str | None = None, *, top: int = 10
    ) -> pa.Table:
        """Return for each party the `top` listed entries most like it, whatever the threshold.

        Args:
            parties: names, or a table; see `Parties.of`.
            schema: kind of all of them: Person, Organization, Company, LegalEntity or Vessel.
            top: entries for each.

        Returns:
            A table of schema `ANSWER`, in order of party and rank; a party that shares nothing with any listed name
            has no row.
        """
        asked = parties if isinstance(parties, Parties) else Parties.of(parties, schema)
        return self.answer(asked, self.search(asked, top=top, least=0.0))

    def search(self, parties: Parties, *, top: int, least: float) -> Met:
        """Return what each party meets with a score of at least `least`, at most `top` entries each.

        Entries that hold the same paper or number come in addition, whatever their names.
        """
        from counterflow.matching.name_index import SearchOptions

        options = SearchOptions.top(top)
        if least > 0:
            options = SearchOptions(candidates=self.candidates, threshold=least, most_hits=top)
        hits = self.listed.index.find(parties.words.looked_for, options)
        met = Met(hits.row, hits.listed.astype(np.int64), hits.how, printed(hits.score))
        return self.with_evidence(parties, met, top)

    def is_near(self, parties: Parties) -> npt.NDArray[np.bool_]:
        """Return which parties share so much with any listed name that it is laid beside theirs, or hold its number."""
        hits = self.listed.index.find(parties.words.looked_for)
        near: npt.NDArray[np.bool_] = hits.candidates > 0
        near[self.with_evidence(parties, NONE_MET, 1).row] = True
        return near

    def with_evidence(self, parties: Parties, met: Met, top: int) -> Met:
        """Return `met` with what a number, or a birth beside a weak alias of one word, meets in addition."""
        known = set(zip(met.row.tolist(), self.entries.owners[met.listed].tolist(), strict=True))
        more = [*self._by_number(parties, known), *self._by_weak_alias(parties, known)]
        return together(met, more, top)

    def _by_number(self, parties: Parties, known: set[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """Yield (party, listed name, how, score) of entries that hold a party's number, `known` pairs apart."""
        for row, text in enumerate(parties.facts.get("identifier", ())):
            for paper in read_papers(text) if text else ():
                for owner in self.entries.by_number.get(paper.number, ()):
                    names = self.entries.names(owner)
                    backed = corroborate(parties.facts_of(row), self.entries.facts(names[0]))
                    if (row, owner) not in known and backed.by_paper:
                        known.add((row, owner))
                        listed, score = self.best_name(parties, row, names)
                        yield row, listed, PAPER, score

    def _by_weak_alias(self, parties: Parties, known: set[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """Yield the same of entries with a weak alias of one word, where the birth agrees."""
        births = parties.facts.get("born", ())
        rows = [row for row, born in enumerate(births) if born and len((parties.names[row] or "").split()) == 1]
        tokens = normalise_all([parties.names[row] for row in rows])
        for row, words in zip(rows, tokens, strict=True):
            for listed in self.entries.weak_words.get(words[0], ()) if len(words) == 1 else ():
                owner = int(self.entries.owners[listed])
                backed = corroborate(parties.facts_of(row), self.entries.facts(listed))
                if (row, owner) not in known and backed.by_birth:
                    known.add((row, owner))
                    yield row, listed, WEAK, self.best_name(parties, row, [listed])[1]

    def best_scores(self, traffic: pa.Table) -> BestScores:
        """Return the best score of each distinct name of clean traffic; names that name nobody are left out.

        Names of no stated kind count as organisations where a word says so, else as people.
        """
        asked = Parties.of(traffic)
        kinds = np.where(asked.words.kinds == OPEN, PERSON, asked.words.kinds).astype(np.int8)
        first: dict[tuple[str, int], int] = {}
        for row, words in enumerate(asked.words.tokens):
            if words:
                first.setdefault((" ".join(words), int(kinds[row])), row)
        rows = np.fromiter(first.values(), dtype=np.int64, count=len(first))
        names = [asked.names[row] or "" for row in rows.tolist()]
        best = np.zeros(len(rows))
        met = self.search(Parties(list(names), kinds[rows]), top=1, least=LOWEST)
        np.maximum.at(best, met.row, met.score)
        return BestScores(best, kinds[rows], names, [words for words, _ in first])

    def in_words(self) -> str:
        """Return what is asked and from which scores parties alert."""
        scores = ", ".join(
            f"{KINDS[kind]} {self.thresholds.score(kind):.4g}" for kind in (PERSON, ORGANISATION, VESSEL)
        )
        said = (
            f"Looked up on {lists_in_words(self.versions)}: {self.listed.rows.num_rows} names."
            f" Alert from {scores} ({self.thresholds.origin})."
        )
        return f"{said} {self.thresholds.note}".strip()

    # ---- answering

    def answer(self, parties: Parties, met: Met) -> pa.Table:
        """Return what was met as a table of schema `ANSWER`."""
        rows = met.row.tolist()
        pick = pa.array(met.listed)
        columns = self.listed.rows.select(["list", "entry_id", "name"]).take(pick)
        backed = self.corroborations(parties, met)
        cleared = self.clearings_of(parties, met)
        alert = self.alerts(parties, met, backed, cleared)
        rank = np.arange(len(met)) - np.searchsorted(met.row, met.row, side="left") + 1
        ids = [str(row) for row in rows] if parties.ids is None else [parties.ids[row] for row in rows]
        values = [
            ids, rank, columns.column("list"), columns.column("entry_id"), met.score,
            [b.value for b in backed] if parties.facts else np.zeros(len(met)),
            alert.astype(np.int8), columns.column("name"),
            self._explanations(parties, met, backed, cleared),
        ]  # fmt: skip
        return pa.table([_column(v, f.type) for v, f in zip(values, ANSWER, strict=True)], schema=ANSWER)

    def corroborations(self, parties: Parties, met: Met) -> list[Corroboration]:
        """Return what the other fields say for or against each."""
        if not parties.facts:
            return [NOTHING] * len(met)
        facts = {row: parties.facts_of(row) for row in np.unique(met.row).tolist()}
        pairs = zip(met.row.tolist(), met.listed.tolist(), strict=True)
        return [corroborate(facts[row], self.entries.facts(listed)) for row, listed in pairs]

    def clearings_of(self, parties: Parties, met: Met) -> dict[int, Clearing]:
        """Return the clearing in force of each pair that has one, by its place in `met`."""
        if not self.cleared:
            return {}
        named = [
            place
            for place, listed in enumerate(met.listed.tolist())
            if self.entries.keys[listed] in self.cleared.by_entry
        ]
        rows = met.row[named]
        words, places = parties.words_of(rows)
        told = zip(named, rows.tolist(), places.tolist(), met.listed[named].tolist(), strict=True)
        found = (
            (
                at,
                self.cleared.of(
                    " ".join(words.tokens[place]), int(words.kinds[place]), parties.facts_of(row),
                    *self.entries.keys[listed],
                ),
            )
            for at, row, place, listed in told
        )  # fmt: skip
        return {place: clearing for place, clearing in found if clearing}

    def alert_kinds(self, parties: Parties, met: Met) -> npt.NDArray[np.int8]:
        """Return the kind each pair is judged by: the party's own; where nobody says, that of the listed entry."""
        words, places = parties.words_of(met.row)
        kinds = words.kinds[places]
        return np.where(kinds == OPEN, self.listed.index.names.kind[met.listed], kinds).astype(np.int8)

    def alerts(
        self, parties: Parties, met: Met, backed: Sequence[Corroboration], cleared: Mapping[int, Clearing]
    ) -> npt.NDArray[np.bool_]:
        """Return which pairs alert: those that reach the threshold of their kind and that nobody has cleared.

        Two grounds come before the score, since they are no likeness: the same paper or number, and a birth that
        agrees beside the same words (or beside a weak alias of one word, which is met for that reason only).
        """
        reached = met.score >= self.thresholds.table()[self.alert_kinds(parties, met)]
        if parties.facts:
            reached |= np.fromiter((b.by_paper for b in backed), dtype=np.bool_, count=len(met))
            same_words = (met.how == EXACT) | (met.how == REORDERED)
            reached |= same_words & np.fromiter((b.by_birth for b in backed), dtype=np.bool_, count=len(met))
        reached |= met.how == WEAK
        reached[list(cleared)] = False
        return reached

    def _explanations(
        self, parties: Parties, met: Met, backed: Sequence[Corroboration], cleared: Mapping[int, Clearing]
    ) -> pa.LargeStringArray:
        """Return one text for each pair: word by word; then, where there is any, what else was seen."""
        words, places = parties.words_of(met.row)
        told = self.listed.index.explain_all(words.looked_for, places, met.listed)
        rows, of = np.unique(met.row, return_inverse=True)
        aside = [_aside_in_words(found) for found in set_aside_all([parties.names[row] for row in rows.tolist()])]
        more = [
            " | ".join(text for text in (aside[name], _HOW.get(how, ""), backed[place].said_if_any) if text)
            for place, (name, how) in enumerate(zip(of.tolist(), met.how.tolist(), strict=True))
        ]
        for place, clearing in cleared.items():
            more[place] = " | ".join(text for text in (more[place], clearing.in_words()) if text)
        behind = pa.array([text or None for text in more], told.type)
        return pc.binary_join_element_wise(told, behind, pa.scalar(" | ", told.type), null_handling="skip")

    def alignments(self, parties: Parties, met: Met) -> list[Alignment]:
        """Return each pair of names side by side, from which the score is computed again."""
        if not len(met):
            return []
        words, places = parties.words_of(met.row)
        return self.listed.index.explained(words.looked_for, places, met.listed)

    def best_name(self, parties: Parties, row: int, places: Sequence[int]) -> tuple[int, float]:
        """Return which of these listed names party `row` is most like, and the score; of equals the first."""
        scores = self.scores(parties, row, places)
        best = int(scores.argmax())
        return places[best], float(scores[best])

    def scores(self, parties: Parties, row: int, places: Sequence[int]) -> Floats:
        """Return the score of party `row` with each of these listed names."""
        one = Words.of([parties.names[row]], parties.kinds[row : row + 1])
        rows = np.zeros(len(places), np.int64)
        return printed(self.listed.index.score_pairs(one.looked_for, rows, np.array(places, np.int64)))


NONE_MET = Met(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0))
_HOW = {
    PAPER: "met by a paper or number, not by the name",
    WEAK: "a weak alias of one word, looked for because a birth speaks for it",
}


def printed(scores: Floats) -> Floats:
    """Return scores to the four decimals they are printed and compared with; never 1.0."""
    kept: Floats = np.minimum(np.round(scores, 4), 0.9999)
    return kept


def _aside_in_words(found: Sequence[tuple[str, str]]) -> str:
    return "set aside: " + ", ".join(f"{text} ({kind})" for kind, text in found) if found else ""


def _column(values: object, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return values.cast(kind) if isinstance(values, pa.ChunkedArray | pa.Array) else pa.array(values, kind)


def _with_settings(thresholds: Thresholds, resources: Resources) -> Thresholds:
    """Return the thresholds with the score that the user's settings fix for all kinds, if they do."""
    fixed = resources.settings.get("list-parties", {}).get("threshold")
    if not isinstance(fixed, int | float) or isinstance(fixed, bool):
        return thresholds
    return Thresholds(thresholds.own, thresholds.origin, float(fixed), thresholds.note)
