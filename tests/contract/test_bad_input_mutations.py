"""Good files with random damage, through the command line: it ends in words, and no row goes missing."""

import json
import random

import pytest

from .conftest import CAPACITY, HEADER, MAPPING, PERIOD, record
from .test_bad_input import EDIFACT, parquet, workbook

ROUNDS = 24
JUNK = [b"", b"\0", b"\xff", b'"', b"'", b",", b";", b"\n", b"\r\n", b"\t", b"=1+1", b"\xef\xbb\xbf", b"1e999", b"-"]
JUNK += [b"\xed\xa0\x80", "\u202e海".encode(), b"9" * 400, b"x" * 200_000, b"[", b"{", b"= ", b"#", b"\\", b"\x1a"]

RECORDS = (HEADER + "".join(record(f"n{n}", kg=str(n + 1)) for n in range(12))).encode()
SDN = "".join(
    f'{n},"ROE{n}, Jane","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1970; a.k.a. \'PACHO\'."\r\n'
    for n in range(9)
).encode()


def damaged(content: bytes, seed: int) -> bytes:
    """Return `content` with one to four spans overwritten, cut out, doubled or swapped for junk."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 1, 1, 3, 20, 200]))
        put = chance.choice([*JUNK, content[start:end] * 2, chance.randbytes(3), b"", content[end:]])
        content = content[:start] + put + content[end:]
    return content


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_file_of_records_loses_no_row(seed, site, ask):
    (site / "f.csv").write_bytes(damaged(RECORDS, seed))
    code, out, err = ask("intake", "load", "f.csv", "--map", "m.toml", "--format", "json")
    assert code in {0, 3, 4}, err
    if code == 0:
        told = json.loads(out)
        assert told["read"] == told["accepted"] + told["rejected"] == told["accepted"] + sum(told["reasons"].values())
        kept = json.loads(ask("intake", "quarantine", "list", "--batch", told["batch"], "--format", "json")[1])
        assert len(kept) == told["rejected"]


OTHERS = {
    "f.xlsx": workbook(*(line.split(",") for line in RECORDS.decode().splitlines())),
    "f.parquet": parquet(),
    "f.ndjson": b"".join(b'{"id": "n%d", "day": "01.03.2021"}\n' % n for n in range(12)),
    "f.edi": EDIFACT.format(3).encode(),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(80, 80 + ROUNDS // 2))
def test_a_damaged_file_of_another_kind_ends_in_words(seed, name, site, ask):
    (site / name).write_bytes(damaged(OTHERS[name], seed))
    mapping = "cuscar" if name.endswith("edi") else "m.toml"
    code, out, err = ask("intake", "load", name, "--map", mapping, "--format", "json")
    assert code in {0, 3, 4}, err
    if code == 0:
        told = json.loads(out)
        assert told["read"] == told["accepted"] + told["rejected"]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_mapping_is_refused_or_read(seed, site, ask):
    (site / "f.csv").write_bytes(RECORDS)
    (site / "bad.toml").write_bytes(damaged(MAPPING.encode(), seed))
    code, out, err = ask("intake", "load", "f.csv", "--map", "bad.toml", "--format", "json")
    assert code in {0, 2, 3, 4}, err
    assert code != 0 or json.loads(out)["read"] == 12


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_capacity_file_is_refused_or_read(seed, site, ask):
    rows = CAPACITY + "*,*,*,officer,60,10,0.9\nOslo,*,*,dog,60,20,0.95\nOslo,mail,2021-03-01,x-ray,30,2,0.6\n"
    (site / "k.csv").write_bytes(damaged(rows.encode(), seed))
    code, _, err = ask("target", "plan", "--capacity", "k.csv", *PERIOD)
    assert code in {0, 3}, err
    assert code == 0 or "k.csv" in err or "No resource can reach" in err


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_file_of_outcomes_loses_no_row(seed, site, ask):
    drawn = [line.split(",")[0] for line in (site / "plan.csv").read_text().splitlines()[1:]]
    rows = "".join(f"{one},inspected,none,,2021-03-02T10:00Z\n" for one in drawn)
    (site / "o.csv").write_bytes(damaged(f"record_id,state,confirmation,harm_class,time\n{rows}".encode(), seed))
    code, out, err = ask("target", "record", "o.csv")
    assert code in {0, 3}, err
    if out:
        told = json.loads(out)
        kept = json.loads(ask("intake", "quarantine", "list", "--source", "outcomes", "--format", "json")[1])
        assert told["rejected"] == sum(told["reasons"].values()) == len(kept)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_damaged_list_loses_no_row(seed, site, ask):
    (site / "sdn.csv").write_bytes(damaged(SDN, seed))
    code, out, err = ask("lists", "load", "ofac", "--sdn", "sdn.csv", "--format", "json")
    assert code in {0, 3}, err
    if code == 0:
        told = json.loads(out)
        assert told["read"] == told["accepted"] + sum(told["reasons"].values())
