"""`target estimate`: what a person gets from a file, right or wrong."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from counterflow.core.seeds import generator

HEADER = "record_id,stratum,inclusion_probability,state,found"


@pytest.fixture
def run(tmp_path, command):
    def go(text, *options, name="draws.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return command("target", "estimate", path, "--format", "json", *options)

    return go


def rows(count, stratum, chance, state, found, start=0, more=""):
    return "".join(f"{stratum}{start + i},{stratum},{chance},{state},{found}{more}\n" for i in range(count))


def frame(found=(3, 1), silent=0):
    """900 mail records of which 90 are drawn, 500 sea of which 100."""
    text = HEADER + "\n"
    for stratum, chance, drawn, all_of_it, hits in (("mail", 0.1, 90, 900, found[0]), ("sea", 0.2, 100, 500, found[1])):
        quiet = silent if stratum == "mail" else 0
        text += rows(hits, stratum, chance, "inspected", 1)
        text += rows(drawn - hits - quiet, stratum, chance, "inspected", 0, hits)
        text += rows(quiet, stratum, chance, "not_presented", "", drawn - quiet)
        text += rows(all_of_it - drawn, stratum, chance, "not_drawn", "", drawn)
    return text


def answer(result):
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def test_the_whole_and_each_stratum_carry_estimates_with_their_doubt(run):
    made = answer(run(frame()))
    assert made["records"] == 1_400
    assert (made["drawn"], made["inspected"], made["found"], made["found_all"]) == (190, 190, 4, 4)
    assert made["violative"]["value"] == pytest.approx(3 * 10 + 1 * 5)
    assert made["undetected"]["value"] == pytest.approx(31)
    assert made["interdiction"]["value"] == pytest.approx(4 / 35)
    for name in ("prevalence", "violative", "undetected", "interdiction"):
        of = made[name]
        assert of["low"] <= of["value"] <= of["high"]
        assert of["method"]
        assert of["source"] == "draws.csv, 1,400 records"
    assert [s["name"] for s in made["strata"]] == ["mail", "sea"]
    assert made["strata"][0]["violative"]["low"] >= 3
    assert "exact hypergeometric" in made["strata"][0]["prevalence"]["method"]
    assert made["halve"]["more_inspections"] > 100
    assert [part["stratum"] for part in made["halve"]["by_stratum"]] == ["mail", "sea"]


def test_nothing_found_is_at_most(run):
    made = answer(run(frame((0, 0))))
    assert made["words"].startswith("0 of 190: at most ")
    assert made["undetected"]["low"] == 0 < made["undetected"]["high"]
    assert made["interdiction"] is None
    assert "one class only: nothing was found" in made["said"]


def test_non_response_is_adjusted_up_to_a_limit_and_bounded_beyond(run):
    mild = answer(run(frame(silent=18)))
    assert mild["strata"][0]["prevalence"]["value"] == pytest.approx(3 / 72)
    assert "adjusted within stratum" in mild["non_response"]["handled"]
    much = answer(run(frame(silent=60)))
    assert much["non_response"]["handled"].startswith("worst-case bounds")
    mail = much["strata"][0]["prevalence"]
    assert mail["high"] > 60 / 90
    assert "worst-case" in mail["method"]
    unknown = answer(run(frame(silent=18), "--unknown-response"))
    assert unknown["prevalence"]["high"] > mild["prevalence"]["high"]
    assert unknown["non_response"]["handled"].startswith("worst-case bounds")
    assert unknown["halve"]["more_inspections"] is None


def test_targeted_records_count_as_found_and_make_no_rate(run):
    text = frame().replace("not_drawn,", "not_drawn,,").replace("inspected,1", "inspected,1,random")
    text = text.replace("inspected,0", "inspected,0,random").replace(HEADER, HEADER + ",arm")
    alone = answer(run(text))
    body = text.replace("mail500,mail,0.1,not_drawn,,", "mail500,mail,0.1,inspected,1,targeted")
    both = answer(run(body))
    assert both["prevalence"]["value"] == alone["prevalence"]["value"]
    assert both["found_all"] == alone["found_all"] + 1
    assert both["undetected"]["value"] == pytest.approx(alone["undetected"]["value"] - 1)
    assert any("chosen by other arms" in words for words in both["said"])


def test_lanes_classes_periods_and_mass_have_their_own_rows(run):
    text = HEADER + ",lane,harm_class,mass_kg,period\n"
    for i in range(400):
        found = 1 if i in (3, 9, 33) else 0
        state, seen = ("inspected", found) if i < 80 else ("not_drawn", "")
        harm = ("drug" if i != 9 else "weapon") if seen == 1 else ""
        text += f"r{i},s,0.2,{state},{seen},{'air' if i % 2 else 'sea'},{harm},{i % 7 + 1},2026-0{i % 2 + 1}\n"
    made = answer(run(text))
    assert [row["name"] for row in made["lanes"]] == ["air", "sea"]
    assert {row["name"]: row["found"] for row in made["harm_classes"]} == {"drug": 2, "weapon": 1}
    assert [row["name"] for row in made["periods"]] == ["2026-01", "2026-02"]
    mass = made["violative_mass_kg"]
    assert mass["low"] <= mass["value"] <= mass["high"]
    assert mass["value"] == pytest.approx(5 * sum(i % 7 + 1 for i in (3, 9, 33)))
    assert mass["high"] > made["violative"]["high"]


def test_weak_detection_raises_what_is_there(run):
    plain = answer(run(frame()))
    weak = answer(run(frame(), "--sensitivity", "16/20"))
    assert weak["violative"]["value"] == pytest.approx(plain["violative"]["value"] / 0.8)
    assert weak["violative"]["high"] > plain["violative"]["high"] / 0.8


def test_records_that_no_draw_could_reach_open_the_upper_end(run):
    made = answer(run(frame() + rows(200, "rail", "", "not_drawn", "")))
    assert made["out_of_reach"] == 200
    assert made["violative"]["high"] > 200
    assert "no draw could reach" in made["prevalence"]["method"]


def test_strata_without_a_draw_are_joined_and_named(run):
    made = answer(run(frame() + rows(9, "rail", 0.1, "not_drawn", "")))
    assert made["joined"] == [["mail", "rail"]]
    assert made["out_of_reach"] == 0
    assert made["violative"]["high"] < 150


def test_chances_that_do_not_fit_the_numbers_are_said(run):
    made = answer(run(frame().replace("mail,0.1,", "mail,0.01,")))
    assert any("its chances say 9 draws, the file holds 90" in words for words in made["said"])
    assert made["strata"][0]["prevalence"]["value"] == pytest.approx(3 / 90)


def test_parquet_gives_the_same_as_csv(run, tmp_path, command):
    lines = [line.split(",") for line in frame().strip().split("\n")[1:]]
    table = pa.table(
        {
            "record_id": [line[0] for line in lines],
            "stratum": [line[1] for line in lines],
            "inclusion_probability": [float(line[2]) for line in lines],
            "state": [line[3] for line in lines],
            "found": [int(line[4]) if line[4] else None for line in lines],
        }
    )
    pq.write_table(table, tmp_path / "draws.parquet")
    result = command("target", "estimate", tmp_path / "draws.parquet", "--format", "json")
    left, right = answer(result), answer(run(frame()))
    assert left["prevalence"]["high"] == right["prevalence"]["high"]
    assert left["strata"][1]["halve"] == right["strata"][1]["halve"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("r1,a,0.5,inspectd,1\n", ["line 2", "'state'", "'inspectd'", "Did you mean 'inspected'?"]),
        ("r1,a,0.5,not_drawn,1\n", ["line 2", "'found'", "was not drawn has a result"]),
        ("r1,a,0.5,not_presented,0\n", ["line 2", "'found'", "not presented has a result"]),
        ("r0,a,0.5,not_drawn,\n\nr1,a,0,inspected,1\n", ["line 4", "'inclusion_probability'", "'0'"]),
        ("r1,a,,inspected,1\n", ["line 2", "'inclusion_probability'", "needs its chance"]),
        ("r1,a,1.5,inspected,1\n", ["line 2", "'1.5'"]),
        ('r1,a,"0,5",inspected,1\n', ["line 2", "'0,5'", "decimal point"]),
        ("r1,a,-0.1,not_drawn,\n", ["line 2", "'-0.1'", "no chance"]),
        ("r1,a,nan,inspected,0\n", ["line 2", "'nan'"]),
        ("r1,a,0.5,inspected,maybe\n", ["line 2", "'maybe'"]),
        ("r1,a,0.5,inspected,1\nr1,a,0.5,inspected,0\n", ["line 3", "'r1'", "stands twice"]),
        (",a,0.5,inspected,1\n", ["line 2", "'record_id'"]),
        ("r1,a,0.5\n", ["line 2", "3 fields, the header 5"]),
        ("", ["no rows"]),
    ],
)
def test_a_fault_names_its_place(run, body, words):
    code, _, told = run(f"{HEADER}\n{body}")
    assert code == 3
    for word in ["draws.csv", *words]:
        assert word in told


def test_a_missing_column_and_an_empty_file_are_told(run):
    assert "'inclusion_probability'" in run("record_id,stratum,probability,state,found\nr1,a,1,inspected,1\n")[2]
    assert "The file is empty" in run("")[2]
    assert "not UTF-8" in run(HEADER.encode() + b"\nr\xff,a,0.5,inspected,1\n")[2]
    assert run(frame(), "--level", "1.5")[0] == 2


def test_the_same_row_twice_counts_once(run):
    text = frame()
    made = answer(run(text + text.split("\n")[1] + "\n"))
    assert made["records"] == 1_400
    assert any("count once" in words for words in made["said"])


def test_semicolons_spaces_and_other_columns_are_read(run):
    text = frame().replace(",", "; ").replace(HEADER.replace(",", "; "), HEADER.replace(",", "; ") + "; note")
    text = "\n".join(f"{line}; x" if i else line for i, line in enumerate(text.strip().split("\n")))
    made = answer(run(text))
    assert made["found"] == 4
    assert "columns not used: note" in made["said"]


def test_waiting_finds_open_the_upper_end_only(run):
    text = frame().replace("mail3,mail,0.1,inspected,0", "mail3,mail,0.1,inspected,")
    waits, clear = answer(run(text)), answer(run(frame()))
    assert waits["waiting"] == 1
    assert waits["strata"][0]["prevalence"]["value"] == clear["strata"][0]["prevalence"]["value"]
    assert waits["strata"][0]["violative"]["high"] > clear["strata"][0]["violative"]["high"]


def test_mass_intervals_hold_on_heavy_tails(tmp_path):
    from counterflow.account.interdiction.stratified_part import EstimateOptions, Heavy, Part, read_part

    rng = generator(5, "mass")
    size, stratum = 3_000, np.repeat([0, 1], 1_500)
    chance = np.array([0.05, 0.2])[stratum]
    violative = rng.random(size) < 0.08
    mass = rng.lognormal(1, 1, size)
    truth, held, draws = mass[violative].sum(), 0, 60
    order = np.argsort(-mass, kind="stable")
    for _ in range(draws):
        drawn = rng.random(size) < chance
        hit = (drawn & violative).astype(float)

        def per(values):
            return np.bincount(stratum, values, minlength=2).astype(float)

        zero = np.zeros(2)
        columns = {
            "records": per(np.ones(size)), "mass": per(mass), "drawn": per(drawn), "answered": per(drawn),
            "waiting": zero, "wait_total": zero, "wait_square": zero, "wait_mass_total": zero, "wait_mass_square": zero,
            "detection": zero, "detection_known": zero, "missing_mass": zero, "missing_mass_square": zero,
            "chosen": zero, "clear_all": per(drawn & ~violative), "total": per(hit), "square": per(hit),
            "mass_total": per(hit * mass), "mass_square": per(hit * mass**2), "found": per(hit), "found_all": per(hit),
            "mass_found_all": per(hit * mass),
        }  # fmt: skip
        open_ = order[~(drawn & ~violative)[order]]
        part = Part(columns, np.arange(2), np.array([0.05, 0.2]), Heavy(mass[open_], stratum[open_]))
        got = read_part(part, EstimateOptions()).mass
        held += got.low <= truth <= got.high
    assert held >= 0.93 * draws


def test_the_table_fits_a_terminal_and_names_what_is_not_informative(command, tmp_path):
    path = tmp_path / "draws.csv"
    path.write_text(frame((9, 1)))
    code, out, told = command("target", "estimate", path)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "10 of 190" in out
    _, _, told = command("target", "estimate", path, "--usefulness-limit", "0.01")
    assert "not informative" in told
