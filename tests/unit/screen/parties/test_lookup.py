"""Looking parties up: the top entries whatever the threshold, two numbers each, and one engine for every face."""

import numpy as np
import pyarrow as pa
import pytest

from counterflow.core.errors import InputError, UnknownName, UsageError
from counterflow.screen.parties import PartyLookup
from counterflow.screen.parties.asked import PAPER, Met, together
from counterflow.screen.parties.explain import explain
from counterflow.screen.parties.kinds import KINDS, infer_kinds, kind_of_schema
from counterflow.screen.parties.lookup import ANSWER
from counterflow.screen.parties.pairs import score_pairs
from counterflow.screen.parties.said import count_unasked
from counterflow.screen.run import screen


@pytest.fixture
def look(site):
    site.put_list("v1", addresses=[("x:2", "Calle 50, Torre Global, Panama City")])
    return PartyLookup.open(site.folder)


def rows(answer):
    return answer.to_pylist()


def test_three_lines_of_python_and_the_workspace_is_free_again(site):
    site.put_list("v1")
    answer = PartyLookup.open(str(site.folder)).screen(["Joaquin Guzman Loera"], schema="Person")
    assert answer.schema == ANSWER
    assert (rows(answer)[0]["entity_id"], rows(answer)[0]["alert"]) == ("x:1", 1)
    with site.open() as workspace:  # nobody else holds it
        assert workspace.store.rows("SELECT count(*) AS n FROM list_entry")


def test_without_a_list_it_says_what_to_do(site):
    with pytest.raises(UsageError, match="lists load"):
        PartyLookup.open(site.folder)


def test_ranks_start_at_one_and_scores_fall(look):
    asked = pa.table({"query_id": ["a", "b", "c"], "query": ["Guzman Joaquin", None, "Perpetua Oldcastel"]})
    found = rows(look.screen(asked, top=3))
    assert {r["query_id"] for r in found} == {"a", "c"}
    for query in ("a", "c"):
        mine = [r for r in found if r["query_id"] == query]
        assert [r["rank"] for r in mine] == list(range(1, len(mine) + 1))
        assert [r["score"] for r in mine] == sorted((r["score"] for r in mine), reverse=True)
        assert len({r["entity_id"] for r in mine}) == len(mine)
    assert all(0 <= r["score"] < 1 for r in found)


def test_the_batch_makes_no_difference(look):
    names = ["Joaquin Guzman", "Ocean Marlin", "Zebulon Trading", "Perpetua", "N/A", "Maria Lopez"]
    whole = rows(look.screen(names, top=4))
    single = [r | {"query_id": str(i)} for i, name in enumerate(names) for r in rows(look.screen([name], top=4))]
    assert whole == single


def test_corroboration_is_a_number_of_its_own(look):
    name, births = "Joaquin Guzman Loera", ["1957-04-04", "1980", None]
    found = rows(look.screen(pa.table({"name": [name] * 3, "born": births}), top=1))
    assert len({r["score"] for r in found}) == 1
    assert [r["alert"] for r in found] == [1, 1, 1]
    assert found[0]["corroboration"] > 0 > found[1]["corroboration"]
    assert found[2]["corroboration"] == 0
    assert "the same day (+4)" in found[0]["explanation"]


def test_a_number_finds_an_entry_whatever_the_name(look):
    asked = pa.table({"name": ["Blue Whale", "Blue Whale"], "identifier": ["IMO 9187629", "IMO 9187620"]})
    (found,) = rows(look.screen(asked, top=1))[:1]
    assert (found["query_id"], found["entity_id"], found["alert"]) == ("0", "x:3", 1)
    assert "not by the name" in found["explanation"]
    assert all(r["query_id"] == "0" or not r["alert"] for r in rows(look.screen(asked)))


def test_a_weak_alias_of_one_word_needs_a_birth_or_a_number(look):
    asked = pa.table({"name": ["Pacho"] * 4, "born": ["1957", "1970", None, None], "identifier": [None, None, None, "passport:G7654321"]})  # fmt: skip
    found = rows(look.screen(asked))
    assert [(r["query_id"], r["entity_id"]) for r in found if r["alert"]] == [("0", "x:1"), ("3", "x:1")]


@pytest.mark.parametrize("name", ["UNKNOWN", "N/A", "CORP", "Ltd.", "0012345", "", "  ", None, "--"])
def test_what_names_nobody_meets_nothing_and_is_counted(look, name):
    assert look.screen([name]).num_rows == 0
    assert sum(count_unasked([name]).values()) == 1


def test_a_name_of_ten_thousand_characters_does_no_harm(look):
    look.screen(["Guzman " * 1500, "x" * 10_000])


def test_kinds_are_stated_or_told_by_words():
    assert [KINDS[kind_of_schema(s)] for s in ("person", "Company", None, " ", "LegalEntity", "Airplane")] == [
        "person", "organisation", "party", "party", "party", "aircraft",
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="'Person'"):
        kind_of_schema("Persn")
    assert [KINDS[k] for k in infer_kinds([["juan", "de", "la", "cruz"], ["acme", "ltd"], []])] == [
        "party", "organisation", "party",
    ]  # fmt: skip


def test_a_table_needs_a_column_of_names(look):
    with pytest.raises(UsageError, match="column of names"):
        look.screen(pa.table({"nome": ["x"]}))


def test_further_hits_come_in_order_and_within_the_top():
    met = Met(np.array([0, 0, 2]), np.array([5, 6, 7]), np.full(3, 2, np.int8), np.array([0.9, 0.4, 0.8]))
    both = together(met, [(2, 1, PAPER, 0.1), (0, 3, PAPER, 0.0)], 2)
    assert list(zip(both.row, both.listed, both.how, strict=True)) == [(0, 3, 3), (0, 5, 2), (2, 1, 3), (2, 7, 2)]
    assert together(met, [], 2) is met


def test_hits_of_distinct_names_are_carried_to_every_party():
    met = Met(np.array([0, 2, 2]), np.array([5, 6, 7]), np.array([0, 2, 2], np.int8), np.array([0.9, 0.8, 0.7]))
    carried = met.carried_to(np.array([2, 1, 0, 2, 3]))
    assert carried.row.tolist() == [0, 0, 2, 3, 3]
    assert carried.listed.tolist() == [6, 7, 5, 6, 7]
    assert carried.how.tolist() == [2, 2, 0, 2, 2]


@pytest.mark.parametrize("name", ["Juakin Guzman Loera", "GUZMAN LOERA Joaquin", "Zebulon Quatermain Trdg", "Marlin"])
def test_an_explanation_gives_the_score_again(look, name):
    for row in rows(look.screen([name], top=3)):
        told = explain(look, name, row["entity_id"])
        assert told["score_again_from_the_line"] == told["score"]
        assert told["score"] >= row["score"] - 1e-9
        assert told["alert"] in {0, 1}


def test_an_explanation_tells_all_that_an_alert_rests_on(look):
    told = explain(look, "ATTN Joaquin Guzman Torres", "example@x:1", "Person", {"born": "1957", "country": "MX"})
    assert told["set_aside"] == "attn (attention)"
    assert told["corroboration"] > 0
    assert [words.partition(":")[0] for words in told["other_fields"]] == ["born", "country"]
    assert "torres: only in the record" in " ".join(told["word_by_word"])
    assert "example@v1" in told["versions"]
    with pytest.raises(InputError, match="names nobody"):
        explain(look, "N/A", "x:1")
    with pytest.raises(UnknownName, match="x:1"):
        explain(look, "Joaquin", "x:11")


def test_the_check_finds_what_the_look_up_alerts_on(site, look):
    parties = [
        {"name": "Juakin Guzman Loera", "born": "1957"}, {"name": "Zebulon Quartermain Trading Co"},
        {"name": "Pacho", "born": "1957-04-04"}, {"name": "Blue Whale", "identifier": "imo:9187629"},
        {"name": "Anna Schmidt"}, {"name": None},
    ]  # fmt: skip
    site.put_parties(parties)
    with site.open() as workspace:
        screen(workspace)
    asked = pa.Table.from_pylist(parties, schema=pa.schema([(n, pa.string()) for n in ("name", "born", "identifier")]))
    alerts = {(str(int(r["query_id"]) + 1), r["entity_id"]) for r in rows(look.screen(asked, top=5)) if r["alert"]}
    found = site.findings()
    assert {(f["record_id"], f["reference"]) for f in found} == alerts
    assert {f["code"] for f in found} == {"listed-similar", "listed-exact", "listed-weak-alias", "listed-number"}
    told = {f["code"]: f for f in found}
    assert "Beside the name: born: 1957 here" in told["listed-similar"]["sentence"]
    assert told["listed-number"]["kind"] == "deterministic"
    assert told["listed-weak-alias"]["kind"] == "calibrated"


def test_a_listed_name_that_many_bear_is_told_and_alerts_with_a_birth(site):
    site.put_list("v1", [("x:5", "GARCIA, Jose", "primary", "Person", "1960", None, None, None)])
    site.put_parties([{"name": "Jose Garcia"}, {"name": "Garcia Jose", "born": "1960-05-01"}, {"name": "Jose Garza"}])
    with site.open(screen__checks={"list-parties": {"threshold": 0.999}}) as workspace:
        screen(workspace)
    told = {f["record_id"]: f for f in site.findings()}
    assert {record: (f["code"], f["kind"]) for record, f in told.items()} == {
        "1": ("listed-common-name", "calibrated"),
        "2": ("listed-reordered", "deterministic"),
    }
    assert "they alone do not alert" in told["1"]["sentence"]
    assert "they alone" not in told["2"]["sentence"]


def test_pairs_score_without_a_list():
    scores = score_pairs(["Jon Smith", "CORP", None, "Anna Schmidt"], ["John Smith", "CORP", "x", "Boris Iwanow"], [None, "Company", "", "Person"])  # fmt: skip
    assert scores[0] > 0.5 > scores[3]
    assert scores[1] == scores[2] == 0
    with pytest.raises(UnknownName):
        score_pairs(["a"], ["b"], ["Persn"])


def test_threads_may_ask_at_once(look):
    from concurrent.futures import ThreadPoolExecutor

    names = ["Joaquin Guzman", "Ocean Marlin", "Zebulon Trading", "Perpetua Oldcastle"] * 5
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: look.screen(names, top=3), range(8)))
    assert all(answer.equals(answers[0]) for answer in answers)


def test_what_a_risk_score_reads_of_a_finding_knows_no_birth_and_no_country(site):
    """`target.score` reads code, kind, strength and harm class of a finding: they come from the names alone."""
    site.put_list("v1")
    name = "Juakin Guzman Loera"
    site.put_parties([{"name": name, "born": "1957", "country": "MX"}, {"name": name, "born": "1990", "country": "NO"}])
    with site.open() as workspace:
        screen(workspace)
    read = [{f[k] for k in ("code", "kind", "strength", "harm_class")} for f in site.findings()]
    assert len(read) == 2
    assert read[0] == read[1]
