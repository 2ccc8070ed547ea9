"""The check `list-parties`: names of parties against the names of every loaded list.

* **listed-exact**: the same words in the same order, after normalisation;
* **listed-reordered**: the same words in another order;
* **listed-similar**: other words, alike enough; the strength is the score of `counterflow.matching.name_score`,
  which the sentence gives word by word, so that it can be computed again.

A name that names nobody (``UNKNOWN``, digits, a company form alone) or is one common word meets nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from counterflow.core.check import Code, FindingRows, Resources, Subject, strength_below_one
from counterflow.core.errors import ConfigError, nearest
from counterflow.matching.normalise import VERSION as NORMALISER
from counterflow.matching.normalise import normalise_all
from counterflow.screen.parties.calibration import expected_alerts

if TYPE_CHECKING:
    from counterflow.matching.name_alignment import Alignment
    from counterflow.matching.name_index import Hit
    from counterflow.screen.parties.listed import Listed

__all__ = ["PartyCheck", "PartySettings", "make"]

ID = "list-parties"
_CODE_VERSION = 1
_CODES = {
    "exact": Code("listed-exact", "party", "a listed name, word for word"),
    "reordered": Code("listed-reordered", "party", "the words of a listed name in another order"),
    "similar": Code("listed-similar", "party", "a name like a listed one"),
}
_KIND = {"primary": "the name", "alias": "an alias", "weak_alias": "a weak alias"}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class PartySettings:
    """Settings under `[screen.checks.list-parties]`.

    Args:
        threshold: score from which a name is similar; about 10 of 1,000 clean parties of the measurement
        alert.
        most_hits: listed entries shown for one name, best first.
        candidates: listed names compared word by word with each name.
    """

    threshold: float = 0.75
    most_hits: int = 5
    candidates: int = 20

    @classmethod
    def read(cls, given: Mapping[str, object]) -> PartySettings:
        """Return the settings in force.

        Raises:
            ConfigError: a key is unknown or a value does not fit.
        """
        settings = cls()
        for key, value in given.items():
            if key not in cls.__slots__:
                close = nearest(key, cls.__slots__) or list(cls.__slots__)
                raise ConfigError(f"{ID} has no setting {key!r}.", hint=f"Use {' or '.join(close)}.")
            least, most = (0.3, 0.999) if key == "threshold" else (1, 1000)
            fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
            if not fits or (key != "threshold" and not isinstance(value, int)):
                raise ConfigError(f"{ID}.{key} lies between {least} and {most}, not {value!r}.")
            settings = replace(settings, **{key: value})  # type: ignore[arg-type]
        return settings


class PartyCheck:
    """Names of parties against loaded lists; see the head of this module."""

    id = ID
    title = "Parties on official lists"
    subject: Subject = "party"
    reads: tuple[str, ...] = ("name",)
    codes = tuple(_CODES.values())

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._settings = PartySettings.read(resources.settings.get(ID, {}))
        self.version = self._version()
        self.inactive_reason = "" if resources.lists else "No list is loaded: `counterflow lists load` brings one."

    def _version(self) -> str:
        lists = sorted(self._resources.versions.items())
        said = repr((_CODE_VERSION, NORMALISER, self._settings, lists))
        return f"{_CODE_VERSION}.{hashlib.sha256(said.encode()).hexdigest()[:10]}"

    @cached_property
    def _listed(self) -> Listed:
        from counterflow.screen.parties.listed import read_lists

        return read_lists(self._resources.lists, self._resources.versions, self._resources.cache)

    def run(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return findings on the names of `batch`; see `counterflow.core.check.Check`."""
        found = FindingRows()
        if not self._resources.lists or not batch.num_rows:
            return found.batch()
        names: list[str | None] = batch.column("name").to_pylist()
        rows: list[int] = batch.column("row").to_pylist()
        for hit in self._search(names):
            self._add(found, rows[hit.row], names[hit.row] or "", hit)
        return found.batch()

    def _search(self, names: list[str | None]) -> list[Hit]:
        from counterflow.matching.name_index import SearchOptions

        settings = self._settings
        options = SearchOptions(
            threshold=settings.threshold, most_hits=settings.most_hits, candidates=settings.candidates
        )
        return self._listed.index.search(names, options)

    def _add(self, found: FindingRows, row: int, name: str, hit: Hit) -> None:
        listed = self._listed.row(hit.listed)
        alignment = self._listed.index.explain(name, hit.listed)
        start, end = _span(name, alignment)
        found.add(
            row,
            code=_CODES[hit.how].code,
            kind="calibrated" if hit.how == "similar" else "deterministic",
            strength=hit.score,
            meaning=_meaning(hit),
            harm_class="party",
            sentence=_sentence(name, listed, hit, alignment),
            field="name",
            start=start,
            end=end,
            matched=name[start:end],
            reference=listed["entry_id"],
            reference_text=listed["name"],
            reference_version=f"{listed['list']}@{listed['version']}",
            citation=f"{listed['list']}, programme {listed['program'] or 'not stated'}",
        )


def make(resources: Resources) -> PartyCheck:
    """Return the check (entry point)."""
    return PartyCheck(resources)


def _span(name: str, alignment: Alignment) -> tuple[int, int]:
    """Return where the words that were met stand in the name; all of it where that cannot be told."""
    met = {word for pair in alignment.pairs if pair.query and pair.listed for word in pair.query.split()}
    words = list(_WORD.finditer(name))
    folded = normalise_all([word[0] for word in words])
    places = [word.span() for word, tokens in zip(words, folded, strict=True) if met.intersection(tokens)]
    return (places[0][0], places[-1][1]) if places else (0, len(name))


def _meaning(hit: Hit) -> str:
    if hit.how != "similar":
        from counterflow.matching.name_score import Weights

        return f"rarity of the words that are the same: 1 - exp(-nats / {Weights().scale:g}); not a probability"
    expected = expected_alerts(hit.score)
    return (
        f"likeness of names, 0 to 1; at {expected.score:.2f} or more, {expected.all:g} of 1,000 clean parties"
        f" alerted (people {expected.people:g}, companies {expected.companies:g}; own measurement 2026-11-21)"
    )


def _sentence(name: str, listed: dict[str, Any], hit: Hit, alignment: Alignment) -> str:
    """Return the finding in words: what meets what, on which list, and how, word by word."""
    verb = {"exact": "is word for word", "reordered": "holds the words of", "similar": "is like"}[hit.how]
    of = listed["entry_id"]
    if listed["primary"] and listed["primary"] != listed["name"]:
        of += f" “{listed['primary']}”"
    kind = (listed["schema"] or "entry").lower()
    program = f"programme {listed['program']}" if listed["program"] else "no programme stated"
    narcotics = ", a narcotics programme" if listed["narcotics"] else ""
    on = f"({kind}; {program}{narcotics}) on {listed['list']}"
    return (
        f"“{name}” {verb} “{listed['name']}”, {_KIND[listed['name_kind']]} of {of} {on}."
        f" Word by word: {alignment.in_words()}. Score {strength_below_one(hit.score):.3f}."
        " Alike names are not yet one party: a person decides."
    )
