"""Words of free text counted by period and place on read: names that are known, and unknown words that rise.

No text is kept. A word is only ever shown where at least so many reports hold it, and never where it is known as a
name of people: a rare word may be somebody.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from counterflow.watch.emergence.build import ALL, Cells, build
from counterflow.watch.emergence.streams import Change, Streams
from counterflow.watch.series.periods import starts_of

__all__ = ["counted", "drug_like", "unknown_words"]

Days = npt.NDArray[np.datetime64]

#: counts of reports, which are of people
MEASURE = "text-reports"
_SHORTEST, _LONGEST = 5, 40
_BETWEEN = r"[^\p{L}\p{N}-]+"
#: endings that substances of abuse bear (stems of international non-proprietary names and trivial names; recalled)
_ENDINGS = re.compile(
    r"(fentan[iy]le?|nitazene|azolam|azepam|barbital|caine|cathinone|amphetamine|codone|morph(ine|one)|metomidine"
    r"|zine|pinaca|binaca|binacl|chminaca|ylone|edrone|lysergamide|tryptamine|cyclidine)$"
)


def drug_like(word: str) -> bool:
    """Whether a word ends as names of drugs do; a hint to a person, no more.

    >>> drug_like("metonitazene"), drug_like("kitchen")
    (True, False)
    """
    return bool(_ENDINGS.search(word))


def unknown_words(
    texts: pa.Array, known: Collection[str], people: Collection[str], *, fewest: int
) -> tuple[pa.Array, pa.Array]:
    """Return row and word of each distinct word per text that may be told of.

    Args:
        texts: strings; null is no text.
        known: words, folded to lower case, that registries know.
        people: words, folded to lower case, that are names of people.
        fewest: reports that must hold a word.
    """
    pieces = pc.split_pattern_regex(pc.fill_null(pc.utf8_lower(texts), ""), _BETWEEN)
    pairs = pa.table({"row": pc.list_parent_indices(pieces), "word": pc.utf8_trim(pc.list_flatten(pieces), "-")})
    length = pc.utf8_length(pairs["word"])
    kept = pc.and_(pc.greater_equal(length, _SHORTEST), pc.less_equal(length, _LONGEST))
    kept = pc.and_(kept, pc.match_substring_regex(pairs["word"], r"\p{L}{3}"))
    pairs = pairs.filter(kept).group_by(["row", "word"]).aggregate([])
    often = pairs.group_by("word").aggregate([([], "count_all")])
    often = often.filter(pc.greater_equal(often["count_all"], fewest))["word"].to_pylist()
    told = [word for word in often if word not in known and not (set(word.split("-")) & set(people))]
    pairs = pairs.filter(pc.is_in(pairs["word"], pa.array(told, pa.string())))
    return pairs["row"].combine_chunks(), pairs["word"].combine_chunks()


def counted(
    rows: npt.NDArray[np.int64], subjects: list[str], days: Days, places: list[str], *, grain: str, source: str
) -> Streams:
    """Return the reports that hold each subject, of all reports read, by place and period.

    Reading looks for every word from the first report on, so a period without a word is a true zero.

    Args:
        rows: report of each pair.
        subjects: subject of each pair; a pair is there once.
        days: day of each report.
        places: place of each report.
        grain: length of the periods.
        source: name of the file.
    """
    starts = starts_of(days, grain)
    where = np.array(places, object)
    names = np.array(subjects, object).astype(str)
    told = [(ALL, np.arange(len(days)))]
    told += [(name, rows[names == name]) for name in sorted(set(subjects))]
    place_column, day_column, subject_column, count_column = [], [], [], []
    for name, at in told:
        pairs = pa.table({"place": where[at], "day": starts[at]}).group_by(["place", "day"])
        distinct = pairs.aggregate([([], "count_all")]).sort_by([("place", "ascending"), ("day", "ascending")])
        place_column += distinct["place"].to_pylist()
        day_column += distinct["day"].to_pylist()
        counts = distinct["count_all"].to_pylist()
        subject_column += [name] * len(counts)
        count_column += counts
    size = len(count_column)
    constant = {"source": [source] * size, "measure": [MEASURE] * size, "definition": [""] * size}
    key = pa.table({"place": place_column, "subject": subject_column, **constant})
    nothing = np.full(size, np.nan)
    cells = Cells(
        key, np.array(day_column, "datetime64[D]"), np.array(count_column, float), nothing, np.full(size, -1, np.int8)
    )
    always = Change("*", "*", "*", "*", starts.min(), "added", "all words of the texts are read")
    return build(cells, grain, (always,))
