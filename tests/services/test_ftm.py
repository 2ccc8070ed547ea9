"""What we export is FollowTheMoney in the eyes of followthemoney itself, and reads back as it was written.

Its environment is made here and thrown away: nothing of it is ever a dependency of ours.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import venv
from pathlib import Path

import pyarrow as pa
import pytest

from counterflow.core.tables import FINDING, PARTY, TABLES
from counterflow.share import to_ftm
from counterflow.share.ftm import write_lines

pytestmark = pytest.mark.service

RIVALS = Path(__file__).parents[2] / "benchmarks" / "rivals"


@pytest.fixture(scope="module")
def check(tmp_path_factory):
    """Look at a file of entities with followthemoney's own model."""
    folder = tmp_path_factory.mktemp("followthemoney")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pins = RIVALS / "requirements-followthemoney.txt"
    quiet = ["-q", "--disable-pip-version-check", "--no-compile", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", pins], check=True)

    def run(path):
        environment = os.environ | {"PYTHONPATH": str(RIVALS / "without_icu")}
        done = subprocess.run(
            [python, RIVALS / "ftm_check.py", path], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def written(entities, path):
    """Write entities to a file; return how their names should read back."""
    entities = list(entities)
    with path.open("wb") as out:
        write_lines(entities, out)
    names = [
        f"{one['id']}, {name}"
        for one in entities
        for kind in ("name", "alias", "weakAlias")
        for name in one["properties"].get(kind, ())
    ]
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def test_a_real_list_is_valid_and_keeps_every_name(check, tmp_path, shared_data):
    from counterflow.intake.lists import load_ofac

    parts = [shared_data / "parties" / f"ofac_{part}_2021.csv.gz" for part in ("sdn", "alt", "add")]
    load = load_ofac(*parts)
    names = written(to_ftm(load.entries, addresses=load.addresses), tmp_path / "ofac.jsonl")
    said = check(tmp_path / "ofac.jsonl")
    assert said["invalid"] == []
    assert said["dangling"] == []
    assert said["names"] == names
    assert said["by_schema"]["Sanction"] == 8_976


def test_parties_and_entities_are_valid(check, tmp_path):
    party = {
        "source": "Poste été", "batch": "b", "role": "consignee", "address": "Rue du Port 1;, Douala", "postcode": "999",
        "country": "CM", "identifier": "M0817",
    }  # fmt: skip
    rows = [
        party | {"record_id": "1", "name": "'Société Générale du Port' SARL", "phone": "+237 699 99 99 99", "email": "a@b.cm"},
        party | {"record_id": "2", "name": "محمد علي", "phone": "12", "email": "a@b", "born": "1961-02", "identifier": "x" * 80},
        party | {"record_id": "3", "name": "= 1 + 1 \u202e\n", "country": "Narnia", "born": "about 1961"},
    ]  # fmt: skip
    parties = pa.Table.from_pylist(rows, schema=PARTY)
    finding = {
        "source": "Poste été", "record_id": "1", "part": "consignee", "check": "list-parties", "check_version": "1.a",
        "code": "listed-similar", "kind": "calibrated", "strength": 0.9, "meaning": "m", "harm_class": "party",
        "sentence": "s", "reference": "ofac:7", "reference_version": "ofac-sdn@v1", "run": "r",
    }  # fmt: skip
    findings = pa.Table.from_pylist([finding], schema=FINDING)
    member = {
        "scope": "parties",
        "source": "Poste été",
        "part": "consignee",
        "probability": 0.9,
        "resolution": "x1",
        "as_of": 0,
    }
    members = pa.Table.from_pylist(
        [member | {"record_id": str(n), "entity": "E00000000000000ab"} for n in (1, 2)],
        schema=TABLES["entity_member"].schema,
    )
    for name, table in (("parties", parties), ("entities", members)):
        names = written(to_ftm(table, parties=parties, findings=findings), tmp_path / name)
        said = check(tmp_path / name)
        assert said["invalid"] == [], name
        assert said["names"] == names
        assert said["dangling"] == ["ofac-7"]  # the list's entry travels with the list


def test_the_check_itself_sees_what_is_wrong(check, tmp_path):
    wrong = [
        {"id": "a b", "schema": "Person", "properties": {"name": ["X"]}},
        {"id": "p", "schema": "Person", "properties": {"name": ["X"], "birthDate": ["long ago"], "shoeSize": ["9"]}},
        {"id": "q", "schema": "Person", "properties": {"alias": ["X"]}},
        {"id": "r", "schema": "Person", "properties": {"name": ["X"]}, "datasets": ["ofac-sdn"]},
    ]
    wrong = [{"datasets": ["x"]} | one for one in wrong]
    (tmp_path / "wrong.jsonl").write_text("\n".join(map(json.dumps, wrong)))
    assert check(tmp_path / "wrong.jsonl")["invalid_count"] == len(wrong)
