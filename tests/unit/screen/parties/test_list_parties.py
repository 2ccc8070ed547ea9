"""The check list-parties: what it finds, what its evidence says, and what it leaves alone."""

import pyarrow as pa
import pytest

from counterflow.core.check import Resources
from counterflow.core.errors import ConfigError, EngineError
from counterflow.core.tables import LIST_ENTRY
from counterflow.matching.name_index import NameIndex
from counterflow.screen.parties import make
from counterflow.screen.parties.calibration import FALSE_ALERTS, default_threshold, expected_per_1000

ENTRIES = [
    ("ofac:1", "GUZMAN LOERA, Joaquin", "primary", "Person", "SDNTK", True),
    ("ofac:1", "EL GORDO CHEPE", "weak_alias", "Person", "SDNTK", True),
    ("ofac:1", "PACHO", "weak_alias", "Person", "SDNTK", True),
    ("ofac:2", "AEROCARIBBEAN AIRLINES", "primary", "Organization", "CUBA", False),
    ("ofac:2", "AERO-CARIBBEAN", "alias", "Organization", "CUBA", False),
    ("ofac:3", "S.A. LTD", "primary", None, None, False),
]


def write_list(folder, name="ofac-sdn", version="v1", entries=ENTRIES):
    keys = ("entry_id", "name", "name_kind", "schema", "program", "narcotics")
    rows = [dict(zip(keys, entry, strict=True)) | {"list": name, "version": version} for entry in entries]
    path = folder / f"{name}-{version}.arrow"
    table = pa.Table.from_pylist(rows, schema=LIST_ENTRY)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path


def resources(folder, settings=None, **versions):
    versions = versions or {"ofac-sdn": "v1"}
    lists = {name: write_list(folder, name, version) for name, version in versions.items()}
    return Resources(lists, versions, folder, {"list-parties": settings or {}})


def run(check, *names):
    columns = {"row": pa.array(range(10, 10 + len(names)), pa.int64()), "name": pa.array(names, pa.string())}
    batch = pa.record_batch(columns | {name: pa.nulls(len(names), pa.string()) for name in check.reads[1:]})
    return check.run(batch).to_pylist()


@pytest.fixture
def check(tmp_path):
    return make(resources(tmp_path))


@pytest.mark.parametrize(
    ("name", "code", "kind", "matched"),
    [
        ("Joaquín Guzmán Loera", "listed-exact", "deterministic", "Joaquín Guzmán Loera"),
        ("C/O GUZMAN LOERA Joaquin, TEL 555123456", "listed-reordered", "deterministic", "GUZMAN LOERA Joaquin"),
        ("Juakin Guzman Loera", "listed-similar", "calibrated", "Juakin Guzman Loera"),
        ("EL GORDO CHEPE", "listed-exact", "deterministic", "EL GORDO CHEPE"),
    ],
)
def test_finds_the_entry_and_where_it_stands(check, name, code, kind, matched):
    (found,) = run(check, "Anna Schmidt", name)
    assert (found["row"], found["code"], found["kind"], found["matched"]) == (11, code, kind, matched)
    assert name[found["start"] : found["end"]] == matched
    assert (found["reference"], found["reference_version"], found["harm_class"]) == ("ofac:1", "ofac-sdn@v1", "party")
    assert 0 < found["strength"] < 1
    assert "SDNTK, a narcotics programme" in found["sentence"]
    assert "a person decides" in found["sentence"]


@pytest.mark.parametrize(
    "name", [None, "", "UNKNOWN", "N/A", "0012345", "LTD", "S.A. Ltd", "Pacho", "Maria", "El Gordo Chepa"]
)
def test_leaves_alone_what_says_too_little(check, name):
    assert run(check, name) == []


def test_says_which_alias_of_whom_was_met(check):
    (found,) = run(check, "Aero Caribbean")
    assert found["reference_text"] == "AERO-CARIBBEAN"
    assert "an alias of ofac:2 “AEROCARIBBEAN AIRLINES”" in found["sentence"]
    assert "narcotics" not in found["sentence"]


def test_a_similar_name_says_what_its_score_is_worth(check):
    (found,) = run(check, "Juakin Guzman Loera")
    assert "of 1,000 clean person names reach it (as shipped)" in found["meaning"]
    assert "juakin ~ joaquin" in found["sentence"]
    assert f"Score {found['strength']:.4f}" in found["sentence"]


def test_the_strength_re_derives_from_the_words_shown(check):
    (found,) = run(check, "Juakin Guzman Loera")
    index = check.look.listed.index
    assert index.explain("Juakin Guzman Loera", 0).score == pytest.approx(found["strength"], abs=6e-5)


def test_without_a_list_it_finds_nothing_and_says_why():
    idle = make(Resources())
    assert run(idle, "Joaquin Guzman Loera") == []
    assert "lists load" in idle.inactive_reason


def test_its_version_names_lists_and_settings(tmp_path):
    versions = {
        make(resources(tmp_path)).version,
        make(resources(tmp_path, **{"ofac-sdn": "v2"})).version,
        make(resources(tmp_path, {"threshold": 0.8})).version,
        make(resources(tmp_path, **{"ofac-sdn": "v1", "un": "v1"})).version,
    }
    assert len(versions) == 4


def test_two_lists_give_a_finding_each(tmp_path):
    both = make(resources(tmp_path, **{"ofac-sdn": "v1", "un": "v1"}))
    assert [f["reference_version"] for f in run(both, "Joaquin Guzman Loera")] == ["ofac-sdn@v1", "un@v1"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"treshold": 0.8}, "threshold"),
        ({"threshold": 2}, "between 0.1 and 0.999"),
        ({"most_hits": 1.5}, "between 1 and 1000"),
        ({"candidates": True}, "between 1 and 1000"),
        ({"threshold": "high"}, "between 0.1"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        make(Resources(settings={"list-parties": settings}))


def test_the_threshold_holds(tmp_path):
    assert run(make(resources(tmp_path, {"threshold": 0.99})), "Juakin Guzman Loera") == []


def test_the_index_is_kept_and_a_damaged_one_is_built_again(tmp_path):
    given = resources(tmp_path)
    first = run(make(given), "Juakin Guzman Loera")
    (kept,) = tmp_path.glob("names-*.index")
    assert isinstance(NameIndex.load(kept), NameIndex)
    kept.write_bytes(b"damaged")
    assert run(make(given), "Juakin Guzman Loera") == first
    assert NameIndex.load(kept).tokens


def test_a_list_that_cannot_be_read_says_what_to_do(tmp_path):
    given = resources(tmp_path)
    given.lists["ofac-sdn"].write_bytes(b"no arrow")
    with pytest.raises(EngineError, match="cache folder"):
        run(make(given), "Joaquin Guzman Loera")


def test_higher_scores_mean_fewer_false_alerts():
    scores = [row.score for row in FALSE_ALERTS]
    assert scores == sorted(scores)
    for kind in ("person", "organisation", "vessel"):
        values = [expected_per_1000(kind, score / 100) for score in range(20, 91)]
        assert values == sorted(values, reverse=True)
        assert expected_per_1000(kind, default_threshold(kind)) == pytest.approx(10, rel=0.1)
        assert default_threshold(kind, 1.0) > default_threshold(kind, 10.0)
