"""A list written as FollowTheMoney and loaded again is the same list: names, kinds, programmes, births, papers."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from counterflow.intake.lists import load_ftm, load_ofac
from counterflow.share import to_ftm
from counterflow.share.ftm import write_lines
from counterflow.share.ftm_terms import listed_id


def quotes_off(name):
    whole = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
    return name[1:-1] if whole else name


def entries_of(load):
    found = defaultdict(lambda: {"names": set()})
    for row in load.entries.to_pylist():
        one = found[row["entry_id"].rpartition(":")[2]]
        one["names"].add((row["name_kind"], quotes_off(row["name"])))
        one |= {part: row[part] for part in ("schema", "program", "narcotics", "identifiers", "born", "nationality")}
    return found


@pytest.fixture(scope="module")
def both(shared_data, tmp_path_factory):
    files = [shared_data / "parties" / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt", "add")]
    before = load_ofac(*files)
    path = tmp_path_factory.mktemp("ftm") / "ofac.jsonl"
    with path.open("wb") as out:
        write_lines(to_ftm(before.entries, addresses=before.addresses), out)
    after = load_ftm(path, "copy")
    assert after.rejected == 0
    named = entries_of(before)
    return (
        {listed_id("ofac-sdn", f"ofac:{number}"): entry for number, entry in named.items()},
        entries_of(after),
        before,
        after,
    )


def test_every_entry_with_every_name(both):
    before, after, *_ = both
    assert before.keys() == after.keys()
    assert not [i for i in before if before[i]["names"] != after[i]["names"]]


@pytest.mark.parametrize("part", ["schema", "program", "narcotics"])
def test_what_the_entry_is_and_why_it_stands_there(both, part):
    before, after, *_ = both
    assert not [i for i in before if before[i][part] != after[i][part]]


def test_days_of_birth_and_papers_of_known_form(both):
    before, after, *_ = both

    def parts(entry, part):
        return {p.strip().removesuffix("~") for p in (entry[part] or "").split(";") if p.strip() and "/" not in p}

    people = [i for i in before if before[i]["schema"] == "Person"]
    assert not [i for i in people if not parts(before[i], "born") <= parts(after[i], "born")]
    written_otherwise = ("website:", "phone:")  # with a scheme; with a country's code, else in the notes
    papers = [(i, p) for i in before for p in parts(before[i], "identifiers") if not p.startswith(written_otherwise)]
    kept = sum(p in parts(after[i], "identifiers") for i, p in papers)
    assert len(papers) > 7_000
    assert kept / len(papers) > 0.98


def test_every_address_is_there_again(both):
    *_, one, other = both

    def places(load):
        found = defaultdict(list)
        for row in load.addresses.to_pylist():
            number = row["entry_id"].rpartition(":")[2].removeprefix("ofac-")
            found[number].append((row["city"], row["postcode"], set(re.findall(r"\w+", row["address"] or ""))))
        return found

    before, after = places(one), places(other)
    assert one.addresses.num_rows == other.addresses.num_rows > 10_000
    lost = [
        (number, place)
        for number, known in before.items()
        for place in known
        if not any(place[:2] == there[:2] and place[2] <= there[2] for there in after[number])
    ]
    assert not lost
