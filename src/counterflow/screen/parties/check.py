"""The check `list-parties`: names of parties against the names of every loaded list.

* **listed-exact**: the same words in the same order, after normalisation;
* **listed-reordered**: the same words in another order;
* **listed-similar**: other words, alike enough;
* **listed-number**: the same passport, tax, registration or IMO number, whatever the names;
* **listed-weak-alias**: a weak alias of one word, where a birth or a number speaks for it: alone it says too little;
* **listed-common-name**: the words of a listed name, where so many people bear them that the score stays below the
  threshold: told, and no alert;
* **listed-cleared**: one of these that a person has cleared; put in its place after the check (`settling.py`);
* **listed-confirmed**: two people say that it is the listed one; put beside the finding after the check.

The engine is that of the command line and of Python (`lookup.py`), and so is the rule by which a pair alerts. The
strength is the score of the names, which the sentence gives word by word so that it can be computed again. Birth,
country, address and numbers of the record are laid beside the entry's and told in words; they do not move it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources, Subject
from counterflow.core.errors import ConfigError, nearest
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.asked import EXACT, HOW, REORDERED, Met, Parties
from counterflow.screen.parties.corroboration import Corroboration
from counterflow.screen.parties.kinds import OPEN
from counterflow.screen.parties.lookup import NONE_MET
from counterflow.screen.parties.thresholds import LOWEST, Thresholds
from counterflow.screen.parties.versions import lists_in_words, score_version

if TYPE_CHECKING:
    from counterflow.matching.name_alignment import Alignment
    from counterflow.screen.parties.lookup import PartyLookup

__all__ = ["CLEARED", "CONFIRMED", "ID", "PartyCheck", "PartySettings", "make"]

ID = "list-parties"
CLEARED = "listed-cleared"
CONFIRMED = "listed-confirmed"
_CODE_VERSION = 2
_CODES = {
    "exact": Code("listed-exact", "party", "a listed name, word for word"),
    "reordered": Code("listed-reordered", "party", "the words of a listed name in another order"),
    "similar": Code("listed-similar", "party", "a name like a listed one"),
    "paper": Code("listed-number", "party", "the paper or number of a listed party"),
    "weak": Code("listed-weak-alias", "party", "a weak alias of one word that birth or number speaks for"),
    "common": Code("listed-common-name", "party", "a listed name that many people bear: it does not alert"),
    "cleared": Code(CLEARED, "party", "a pair that a person has cleared: it does not alert"),
    "confirmed": Code(CONFIRMED, "party", "a pair that two people have confirmed: it is the listed one"),
}
#: what rests on equality alone; all else is a likeness that a person judges first
_DETERMINISTIC = frozenset({"exact", "reordered", "paper"})
_NAME_KIND = {"primary": "the name", "alias": "an alias", "weak_alias": "a weak alias"}
_VERB = {
    "exact": "is word for word",
    "reordered": "holds the words of",
    "similar": "is like",
    "paper": "has the number of",
    "weak": "is",
}
_NUMBER_STRENGTH = 0.95
_NUMBER_MEANING = "the same number on both: set by rule, not a likeness of names and not a probability"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
#: what the record says beside the name, as columns of `party`
_READS = ("country", "born", "identifier", "address")


@dataclass(frozen=True, slots=True)
class PartySettings:
    """Settings under `[screen.checks.list-parties]`.

    Args:
        threshold: score from which every kind of party alerts; where it is not set, each kind has its own: those set
        on own traffic, else those shipped.
        most_hits: listed entries shown for one name, best first.
        candidates: listed names compared word by word with each name.
        thresholds: those set on own traffic, from the workspace; not written by hand.
    """

    threshold: float | None = None
    most_hits: int = 5
    candidates: int = 20
    thresholds: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, given: Mapping[str, object]) -> PartySettings:
        """Return the settings in force.

        Raises:
            ConfigError: a key is unknown or a value does not fit.
        """
        settings = cls()
        for key, value in given.items():
            if key not in cls.__slots__:
                own = [name for name in cls.__slots__ if name != "thresholds"]
                close = nearest(key, own) or own
                raise ConfigError(f"{ID} has no setting {key!r}.", hint=f"Use {' or '.join(close)}.")
            if key != "thresholds":
                _require_fit(key, value)
            settings = replace(settings, **{key: value})  # type: ignore[arg-type]
        return settings


def _require_fit(key: str, value: object) -> None:
    least, most = (LOWEST, 0.999) if key == "threshold" else (1, 1000)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    if not fits or (key != "threshold" and not isinstance(value, int)):
        raise ConfigError(f"{ID}.{key} lies between {least} and {most}, not {value!r}.")


class PartyCheck:
    """Names of parties against loaded lists; see the head of this module."""

    id = ID
    title = "Parties on official lists"
    subject: Subject = "party"
    reads: tuple[str, ...] = ("name", *_READS)
    codes = tuple(_CODES.values())

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._settings = PartySettings.read(resources.settings.get(ID, {}))
        self.version = self._version()
        self.inactive_reason = "" if resources.lists else "No list is loaded: `counterflow lists load` brings one."

    def _version(self) -> str:
        """Return all that a finding rests on, the list versions in clear: `rescreen` reads them from here."""
        said = repr((_CODE_VERSION, NORMALISER, score_version(), self._settings))
        return f"{_CODE_VERSION}.{hashlib.sha256(said.encode()).hexdigest()[:10]} {self._lists()}".strip()

    def _lists(self) -> str:
        return lists_in_words(self._resources.versions)

    @cached_property
    def look(self) -> PartyLookup:
        """The look-up that finds; clearings are settled after the check and are not part of it."""
        from counterflow.screen.parties.lookup import PartyLookup

        thresholds = Thresholds.read(self._settings.thresholds, self._settings.threshold)
        look = PartyLookup.of(self._resources, thresholds)
        return replace(look, candidates=self._settings.candidates)

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings on the parties of `batch`; see `counterflow.core.check.Check`."""
        found = FindingRows()
        if not self._resources.lists or not batch.num_rows:
            return found.batch()
        asked, met = self._meet(batch)
        alert = self.look.alerts(asked, met, self.look.corroborations(asked, met), {})
        told = alert | (met.how == EXACT) | (met.how == REORDERED)
        met, alert = met.take(np.flatnonzero(told)), alert[told]
        rows: list[int] = batch.column("row").to_pylist()
        backed, kinds = self.look.corroborations(asked, met), self.look.alert_kinds(asked, met).tolist()
        for place, alignment in enumerate(self.look.alignments(asked, met)):
            party = int(met.row[place])
            hit = _Hit(
                asked.names[party] or "", self.look.listed.row(int(met.listed[place])), HOW[int(met.how[place])],
                float(met.score[place]), kinds[place], alignment, backed[place], bool(alert[place]),
            )  # fmt: skip
            found.add(rows[party], **self._evidence(hit))
        return found.batch()

    def _meet(self, batch: pa.RecordBatch) -> tuple[Parties, Met]:
        """Return the parties and what they meet; each distinct name is looked for once."""
        least = max(LOWEST, float(self.look.thresholds.table().min()))
        asked, distinct, numbers = _parties_of(batch)
        met = self.look.search(distinct, top=self._settings.most_hits, least=least)
        return asked, self.look.with_evidence(asked, met.carried_to(numbers), self._settings.most_hits)

    def over(self, resources: Resources) -> PartyCheck:
        """Return this check, by the same rules, over other lists."""
        return PartyCheck(replace(resources, settings=self._resources.settings))

    def rows_near(self, asked: pa.Table) -> set[int]:
        """Return the rows whose name is near enough to a listed one to be compared, or whose number an entry holds."""
        near: set[int] = set()
        for batch in asked.combine_chunks().to_batches():
            parties, distinct, numbers = _parties_of(batch)
            by_name = self.look.is_near(distinct)
            by_name = np.append(by_name, False)[numbers]
            by_name[self.look.with_evidence(parties, NONE_MET, 1).row] = True
            near |= set(batch.column("row").to_numpy()[by_name].tolist())
        return near

    def _evidence(self, hit: _Hit) -> dict[str, Any]:
        """Return the columns of one finding."""
        how = self._ground(hit)
        words = {word for pair in hit.alignment.pairs if pair.query and pair.listed for word in pair.query.split()}
        start, end = _span(hit.name, words)
        listed, by_number = hit.listed, how == "paper"
        worth = f"likeness of the names, 0 to 1: {self.look.thresholds.worth(hit.kind, hit.score)}"
        return {
            "code": _CODES[how if hit.alert else "common"].code,
            "kind": "deterministic" if how in _DETERMINISTIC and hit.alert else "calibrated",
            "strength": _NUMBER_STRENGTH if by_number else hit.score,
            "meaning": _NUMBER_MEANING if by_number else worth,
            "harm_class": "party",
            "sentence": _sentence(hit, how),
            "field": "name",
            "start": start,
            "end": end,
            "matched": hit.name[start:end],
            "reference": listed["entry_id"],
            "reference_text": listed["name"],
            "reference_version": f"{listed['list']}@{listed['version']}",
            "citation": f"{listed['list']}, programme {listed['program'] or 'not stated'}",
        }

    def _ground(self, hit: _Hit) -> str:
        """Return what the finding rests on: the way the names met, or the number where they alone would not alert."""
        below = hit.score < self.look.thresholds.score(hit.kind)
        return "paper" if hit.backed.by_paper and below else hit.how


@dataclass(frozen=True, slots=True)
class _Hit:
    """A party beside a listed name."""

    name: str
    listed: Mapping[str, Any]
    how: str
    score: float
    kind: int
    alignment: Alignment
    backed: Corroboration
    alert: bool


def _parties_of(batch: pa.RecordBatch) -> tuple[Parties, Parties, npt.NDArray[np.int64]]:
    """Return the parties, their distinct names, and for each party the number of its name; one past them for none."""
    column = batch.column("name").dictionary_encode()
    count = len(column.dictionary)
    distinct = Parties(column.dictionary.to_pylist(), np.full(count, OPEN, np.int8))
    numbers = column.indices.fill_null(count).to_numpy(zero_copy_only=False).astype(np.int64)
    facts = {name: batch.column(name).to_pylist() for name in _READS if batch.column(name).null_count < len(batch)}
    names: list[str | None] = batch.column("name").to_pylist()
    return Parties(names, np.full(len(names), OPEN, np.int8), facts), distinct, numbers


def make(resources: Resources) -> PartyCheck:
    """Return the check (entry point)."""
    return PartyCheck(resources)


def _span(name: str, met: set[str]) -> tuple[int, int]:
    """Return where the words that were met stand in the name; all of it where that cannot be told."""
    words = list(_WORD.finditer(name))
    folded = normalise_all([word[0] for word in words])
    places = [word.span() for word, tokens in zip(words, folded, strict=True) if met.intersection(tokens)]
    return (places[0][0], places[-1][1]) if places else (0, len(name))


def _sentence(hit: _Hit, how: str) -> str:
    """Return the finding in words: what meets what, on which list, how, and what else the record says."""
    listed = hit.listed
    of = listed["entry_id"]
    if listed["primary"] and listed["primary"] != listed["name"]:
        of += f" “{listed['primary']}”"
    kind = (listed["schema"] or "entry").lower()
    program = f"programme {listed['program']}" if listed["program"] else "no programme stated"
    narcotics = ", a narcotics programme" if listed["narcotics"] else ""
    on = f"({kind}; {program}{narcotics}) on {listed['list']}"
    more = f" Beside the name: {hit.backed.in_words()}." if hit.backed.grounds else ""
    more += "" if hit.alert else " So many people bear these words that they alone do not alert."
    return (
        f"“{hit.name}” {_VERB[how]} “{listed['name']}”, {_NAME_KIND[listed['name_kind']]} of {of} {on}."
        f" Word by word: {hit.alignment.in_words()}. Score {hit.score:.4f}.{more}"
        " Alike names are not yet one party: a person decides."
    )
