"""Make `src/counterflow/reference/names/words.csv`: of how many names in a million each common word is part.

    python tools/make_name_statistics.py LISTS CENSUS

`LISTS` is the folder with the public lists (ofac_*, un_*, bis_*), `CENSUS` the folder with the US Census Bureau's
`dist.all.last`, `dist.male.first` and `dist.female.first`. The rest comes from `people.csv` and `organisations.csv`
beside the result.

What counts is how many listed names a name meets by chance. Of a tradition whose bearers are a share s of N listed
names, a name of two words meets N s p1 p2, where p is a word's share within the tradition; the share of the word on
the lists is about s p. A mean of both shares lets common names of traditions that the lists hold many of weigh less,
and no tradition need be known. Within a tradition a word has the largest share that any source gives it. On the lists
it counts once for each entry, however many aliases hold it. Syllables that given names of China and Korea are made of
are taken as they stand, since lists write them as one word.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from counterflow.matching.name_consonants import skeletons
from counterflow.matching.normalise import normalise_all, rules

OUT = Path(__file__).parents[1] / "src" / "counterflow" / "reference" / "names"
LEAST_ENTRIES = 3  # entries of the lists that must hold a word
LEAST_CENSUS = 0.004  # per cent of the population of the census that must bear it
OF_LISTS = 0.3  # weight of the share on the lists in the mean of both
SPREAD = 2.5  # 1 / s of a common tradition: brings shares on the lists to the size of shares within it

Shares = dict[str, float]


def main(lists: str, census: str) -> None:
    """Write the table."""
    listed = _listed(Path(lists))
    at_large: tuple[Shares, Shares] = ({}, {})
    _raise(at_large[0], _census(Path(census)))
    _raise(at_large[0], _ranked(OUT / "people.csv"))
    _raise(at_large[1], _ranked(OUT / "organisations.csv"))
    people, organisations = (_met_by_chance(*both) for both in zip(listed, at_large, strict=True))
    syllables = dict(_ranked(OUT / "people.csv", syllables=True))
    _raise(people, syllables.items())
    _raise(people, [(word, _of_syllables(word, syllables)) for word in people])
    words = sorted(people.keys() | organisations.keys())
    columns = (people, organisations, syllables)
    rows = [",".join([w, *(_whole(of.get(w)) for of in columns)]) for w in words]
    head = "# Share, in a million, of the names of people and of organisations that each word is part of; empty: not\n"
    head += "# known to be common. From the sources in sources.csv by tools/make_name_statistics.py, which says how.\n"
    (OUT / "words.csv").write_text(head + "word,people,organisations,syllable\n" + "\n".join(rows) + "\n", "utf-8")
    _write_skeletons(words, people, organisations)
    print(f"{len(rows)} words; {len(people)} of people, {len(organisations)} of organisations")


def _met_by_chance(listed: tuple[Counter[str], int], at_large: Shares) -> Shares:
    """A weighted geometric mean of a word's share on the lists and within its tradition."""
    counts, entries = listed
    shares = {w: 1e6 * n / entries for w, n in counts.items() if n >= LEAST_ENTRIES and w not in at_large}
    for word, share in at_large.items():
        on_lists = 1e6 * (counts[word] + 0.5) / entries
        shares[word] = min(share ** (1.0 - OF_LISTS) * (SPREAD * on_lists) ** OF_LISTS, 1e6)
    return shares


def _of_syllables(word: str, syllables: Shares) -> float:
    """Share of given names made of the two syllables that make up a word; 0 where none do."""
    cuts = range(2, len(word) - 1)
    return max((syllables.get(word[:k], 0.0) * syllables.get(word[k:], 0.0) / 1e6 for k in cuts), default=0.0)


def _write_skeletons(words: list[str], people: Shares, organisations: Shares) -> None:
    """Add up the shares of the words that have the same consonants, for words written without vowels."""
    added: dict[str, float] = {}
    for word, skeleton in zip(words, skeletons(words), strict=True):
        share = max(people.get(word, 0.0), organisations.get(word, 0.0))
        added[skeleton] = added.get(skeleton, 0.0) + share
    rows = [f"{skeleton},{_whole(share)}" for skeleton, share in sorted(added.items()) if skeleton]
    head = "# Share, in a million, of names that hold a word with these consonants (name_consonants.skeletons), from\n"
    head += "# words.csv by tools/make_name_statistics.py.\n"
    (OUT / "skeletons.csv").write_text(head + "skeleton,names\n" + "\n".join(rows) + "\n", "utf-8")


def _whole(share: float | None) -> str:
    return "" if share is None else str(max(round(share), 1))


def _raise(shares: Shares, more: Iterable[tuple[str, float]]) -> None:
    for word, share in more:
        shares[word] = max(shares.get(word, 0.0), share)


def _ranked(path: Path, *, syllables: bool = False) -> Iterator[tuple[str, float]]:
    """Rows of words by rank: word k has top * k ** -fall in a thousand."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        if (row.get("role") == "syllable") != syllables:
            continue
        seen: set[str] = set()
        for written in row["words"].split():
            for word in normalise_all([f"x {written}"])[0][1:]:
                if word not in seen:
                    seen.add(word)
                    yield word, 1e3 * float(row["top"]) * len(seen) ** -float(row["fall"])


def _census(folder: Path) -> Iterator[tuple[str, float]]:
    for name, factor in (("dist.all.last", 1.0), ("dist.male.first", 0.5), ("dist.female.first", 0.5)):
        for line in (folder / name).read_text("ascii").splitlines():
            word, per_cent = line.split()[:2]
            if float(per_cent) >= LEAST_CENSUS:
                for token in normalise_all([f"x {word}"])[0][1:]:
                    yield token, 1e4 * float(per_cent) * factor


def _listed(folder: Path) -> tuple[tuple[Counter[str], int], tuple[Counter[str], int]]:
    """In how many entries each word stands, and how many there are; an entry of several editions is one."""
    names: dict[tuple[str, str], set[str]] = {}
    kinds: dict[str, str] = {}
    for year in ("2019", "2021"):
        for row in _rows(folder / f"ofac_sdn_{year}.csv.gz"):
            kinds[row["ent_num"]] = "person" if row["type"] == "individual" else "organisation"
            names.setdefault((kinds[row["ent_num"]], f"ofac:{row['ent_num']}"), set()).add(row["name"])
        for row in _rows(folder / f"ofac_alt_{year}.csv.gz"):
            names.setdefault((kinds[row["ent_num"]], f"ofac:{row['ent_num']}"), set()).add(row["alt_name"])
    for row in _rows(folder / "ofac_alt_2025.csv.gz"):
        # This edition says no kind; "LAST, First" is how it prints people.
        name = row["alt_name"]
        kind = "person" if "," in name and not any(c in name for c in ".&") else "organisation"
        names.setdefault((kinds.setdefault(row["ent_num"], kind), f"ofac:{row['ent_num']}"), set()).add(name)
    for row in _rows(folder / "un_consolidated_2026-02.csv.gz"):
        kind = "person" if row["kind"].lower().startswith("indiv") else "organisation"
        names.setdefault((kind, f"un:{row['dataid']}"), set()).update([row["name"], *row["aliases"].split("; ")])
    for number, row in enumerate(_rows(folder / "bis_dpl_2022.csv.gz")):
        legal = rules().legal_classes.intersection(normalise_all([row["Name"]])[0])
        names.setdefault(("organisation" if legal else "person", f"bis:{number}"), set()).add(row["Name"])
    return _counted(names, "person"), _counted(names, "organisation")


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _counted(names: dict[tuple[str, str], set[str]], kind: str) -> tuple[Counter[str], int]:
    entries = [sorted(of) for (k, _), of in names.items() if k == kind]
    tokens = normalise_all([name for of in entries for name in of])
    place, counts = 0, Counter[str]()
    for of in entries:
        counts.update({t for words in tokens[place : place + len(of)] for t in words})
        place += len(of)
    return Counter({w: n for w, n in counts.items() if not w.isdigit() and w == w.lower()}), len(entries)


if __name__ == "__main__":
    main(*sys.argv[1:])
