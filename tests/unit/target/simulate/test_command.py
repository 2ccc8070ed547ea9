"""`target simulate` on a small file: the answer, its page, and what is refused."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from counterflow.cli import target
from counterflow.core.errors import CounterflowError

from .conftest import days_of

COLUMNS = ("office_id", "process_type", "import_type", "import_use", "payment_type", "mode_of_transport", "declarant_id",
           "importer_id", "seller_id", "courier_id", "hs6_code", "country_of_departure", "country_of_origin", "tax_type",
           "country_of_origin_indicator")  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """60 weeks of 14 declarations in the columns of the public file."""
    rng = np.random.default_rng(1)
    days = days_of(60, 2)
    count = len(days)
    columns = {name: rng.choice(["10", "20", "30"], count) for name in COLUMNS}
    columns["hs6_code"] = rng.choice(["300490", "850440"], count)
    columns |= {name: rng.choice(["CN", "DE"], count) for name in ("country_of_departure", "country_of_origin")}
    fraud = ((columns["hs6_code"] == "300490") & (rng.random(count) < 0.8)).astype(int)
    numbers = {"tax_rate": rng.choice([0.0, 6.5, 8.0], count), "net_mass": rng.lognormal(2, 1, count),
               "item_price": rng.lognormal(6, 1, count), "fraud": fraud, "critical_fraud": fraud}  # fmt: skip
    file = tmp_path_factory.mktemp("history") / "h.parquet"
    ids = {"declaration_id": [str(10_000_000 + n) for n in range(count)], "date": pa.array(days)}
    pq.write_table(pa.table(ids | columns | numbers), file)
    return file


def simulate(history, *more):
    arguments = ["simulate", "--history", str(history), "--map", "customs_kr", "--seeds", "2", "--jobs", "1", *more]
    return CliRunner().invoke(target.app, arguments, obj={"workspace": None, "quiet": False})


def test_an_overlay_is_played_and_told_in_json_and_on_a_page(history, tmp_path):
    ids = pq.read_table(history, columns=["declaration_id"])["declaration_id"].to_pylist()
    overlay = tmp_path / "o.csv"
    overlay.write_text(
        "record_id,week,label\n" + "".join(f"{i},{n // 14},1\n" for n, i in enumerate(ids) if n % 40 == 39)
    )
    more = ("--strategy", "random,exploit", "--overlay", str(overlay), "--format", "json")
    made = simulate(history, *more, "--html", str(tmp_path / "p.html"))
    assert made.exit_code == 0, made.output
    assert "synthetic declarations" in made.stderr
    said = json.loads(made.stdout)
    assert said["history"] | {"finds": 0} == {
        "records": 840, "weeks": 60, "first_day": "2020-01-01", "finds": 0, "critical": 0.0, "scheme_records": 21,
    }  # fmt: skip
    for one in said["strategies"].values():
        assert set(one["precision"]) == {"weeks 4-25", "weeks 26-51", "weeks 52-59", "all", "last13"}
        assert 0 <= one["scheme_found"]["mean"] <= 1
        assert set(one["scheme_found"]["last13"]) == {"mean", "sd"}
    assert simulate(history, *more).stdout == made.stdout
    page = (tmp_path / "p.html").read_text("utf-8")
    assert "SYNTHETIC declarations" in page
    assert page.count("<svg") == 2
    assert "exploit, plain learner" in page


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--strategy", "exploitation"), "no strategy 'exploitation'"),
        (("--rate", "0"), "inspects nothing"),
        (("--write-overlay", "x.csv"), "needs a scheme"),
        (("--make-scheme", "chapter", "--overlay", "x.csv"), "exclude each other"),
        (("--shares", ".1,many"), "not shares"),
        (("--make-scheme", "chapter", "--scheme-week", "70"), "cannot begin in week 70"),
    ],
    ids=["strategy", "rate", "write", "both", "shares", "late"],
)
def test_a_call_that_cannot_be_meant_is_refused_in_words(history, more, words):
    refused = simulate(history, *more)
    assert isinstance(refused.exception, CounterflowError)
    assert words in str(refused.exception)


def on_world(*more):
    return CliRunner().invoke(target.app, ["simulate", "--world", *more], obj={"workspace": None, "quiet": False})


def test_the_training_world_is_played_and_says_that_it_is_made_up():
    made = on_world("--weeks", "8", "--records-per-week", "130", "--strategy", "exploit", "--seeds", "2",
                    "--jobs", "1", "--format", "json")  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "SYNTHETIC training world" in made.stderr
    said = json.loads(made.stdout)
    assert said["caveat"].startswith("SYNTHETIC training world")
    assert (said["history"]["records"], said["history"]["weeks"], said["protocol"]["seeds"]) == (1040, 8, 2)
    for one in said["strategies"].values():
        assert set(one["precision"]) == {"weeks 4-7", "all", "last13"}
        assert set(one["recall"]["last13"]) == {"mean", "sd"}
        assert 0 <= one["scheme_found"]["mean"] <= 1


def test_files_and_the_training_world_exclude_each_other():
    for more, words in (
        (("--map", "customs_kr"), "brings records"),
        (("--weeks", "6", "--records-per-week", "100"), "1,000"),
    ):
        refused = on_world(*more)
        assert isinstance(refused.exception, CounterflowError)
        assert words in str(refused.exception)
    nothing = CliRunner().invoke(target.app, ["simulate"], obj={"workspace": None, "quiet": False})
    assert "nothing to run on" in str(nothing.exception)


def test_an_overlay_of_a_spreadsheet_with_semicolons_is_read(history, tmp_path):
    overlay = tmp_path / "o.csv"
    overlay.write_text("record_id;week;label\n10000839;59;1\n", "utf-8-sig")
    made = simulate(history, "--strategy", "random", "--overlay", str(overlay), "--format", "json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["history"]["scheme_records"] == 1


@pytest.mark.parametrize(("more", "peers"), [((), 4), (("--no-beside",), 0)])
def test_the_peers_of_adaptive_can_be_left_out(history, monkeypatch, more, peers):
    def shown(_world, entries, *_, **__):
        raise CounterflowError(" ".join(entry.name for entry in entries))

    monkeypatch.setattr("counterflow.target.simulate.compare.compare", shown)
    assert len(str(simulate(history, "--strategy", "adaptive", *more).exception).split()) == 1 + peers
