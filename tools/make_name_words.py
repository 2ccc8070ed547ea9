"""Make `src/counterflow/matching/data/name_words.csv`: how often common words stand in listed names.

    python tools/make_name_words.py sdn.csv alt.csv OUT.csv

A word is common when at least 10 names of the Treasury's list hold it. A list of a few names can say nothing on which
words are rare; this table does.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from counterflow.intake.lists import load_ofac
from counterflow.matching.normalise import normalise_all

LEAST = 10


def main(sdn: str, alt: str, out: str) -> None:
    """Count the names that hold each word, and write those of the common ones."""
    entries = load_ofac(Path(sdn), Path(alt)).entries.to_pylist()
    names = normalise_all([row["name"] for row in entries if row["name_kind"] != "weak_alias"])
    counts = Counter(word for words in names for word in set(words))
    rows = sorted((word, count) for word, count in counts.items() if count >= LEAST)
    lines = [
        "# Of how many names each word is part, among all names of the OFAC SDN list of mid-2021 with its aliases",
        "# (US Department of the Treasury; a work of the US government, public domain), words as normalised.",
        "# Made by tools/make_name_words.py. The row with no word gives the number of names.",
        "word,names",
        f",{len(names)}",
        *(f"{word},{count}" for word, count in rows),
    ]
    Path(out).write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(rows)} words of {len(names)} names")


if __name__ == "__main__":
    main(*sys.argv[1:])
