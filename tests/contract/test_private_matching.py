"""Two firms, two workspaces, messages carried as files: what each learns, what is refused, what is on record."""

import csv
import io
import json
import os
import stat
import subprocess
import sys

import pytest

FIRMS = {"a": range(150), "b": range(100, 260)}


@pytest.fixture
def firms(tmp_path, command, monkeypatch):
    """Two workspaces with matching turned on, and a file of customers each; `run` a command as one of them."""
    monkeypatch.chdir(tmp_path)
    for name, numbers in FIRMS.items():
        assert command("init", tmp_path / name)[0] == 0
        turn_on(tmp_path / name)
        rows = [f"{name}{n},Firm Number{n} {'Ltd' if name == 'a' else 'LIMITED'},GB:{10000 + n}" for n in numbers]
        (tmp_path / f"{name}.csv").write_text("\n".join(["customer_id,name,registration", *rows]))

    def run(firm, *arguments, **environment):
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        return command("-w", tmp_path / firm, "orders", "match", *arguments)

    return run


def turn_on(folder, more=""):
    with (folder / "counterflow.toml").open("a") as toml:
        toml.write(f"\n[match]\nenabled = true\n{more}\n")


def who(partner):
    return ("--partner", partner, "--purpose", "buyers split over suppliers", "--person", "Ann Officer")


def offer(run, out="offer.json", columns="registration", **more):
    options = [word for name, value in more.items() for word in (f"--{name}", value)]
    return run("a", "offer", "--key-columns", columns, "--file", "a.csv", "--message", out, *who("Firm B"), *options)


def answer(run, letter="offer.json", out="answer.json", columns="registration", file="b.csv", **more):
    options = [word for name, value in more.items() for word in (f"--{name}", value)]
    return run(
        "b", "answer", letter, "--key-columns", columns, "--file", file, "--message", out, *who("Firm A"), *options
    )


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_three_messages_and_both_know_their_own_rows(firms, tmp_path):
    assert offer(firms)[0] == 0
    assert answer(firms)[0] == 0
    code, out, _ = firms("a", "finish", "answer.json", "--message", "result.json", "--format", "csv")
    assert code == 0
    first = rows(out)
    assert {row["record_id"] for row in first} == {f"a{n}" for n in range(100, 150)}
    code, out, err = firms("b", "finish", "result.json", "--format", "csv")
    assert code == 0, err
    second = rows(out)
    assert {row["record_id"] for row in second} == {f"b{n}" for n in range(100, 150)}
    # One reference number on both sides for one customer.
    theirs = {row["match"]: row["record_id"][1:] for row in second}
    assert all(theirs[row["match"]] == row["record_id"][1:] for row in first)
    carried = "".join((tmp_path / name).read_text() for name in ("offer.json", "answer.json", "result.json"))
    assert not any(word in carried for word in ("Firm Number", "GB:", "Ann Officer", "customer_id", "a149,"))


def test_only_the_size_where_that_is_agreed(firms):
    assert offer(firms, reveal="size")[0] == 0
    assert answer(firms)[0] == 3  # the other party agreed to ids
    assert answer(firms, reveal="size")[0] == 0
    code, out, _ = firms("a", "finish", "answer.json", "--message", "result.json", "--format", "csv")
    assert (code, rows(out)) == (0, [{"key": "register", "matched": "50"}])
    code, out, _ = firms("b", "finish", "result.json", "--format", "csv")
    assert (code, rows(out)) == (0, [{"key": "register", "matched": "50"}])


def test_off_by_default(tmp_path, command, firms):
    assert command("init", tmp_path / "c")[0] == 0
    code, _, err = firms("c", "offer", "--key-columns", "name", "--file", "a.csv", "--message", "o.json", *who("B"))
    assert code == 6
    assert "off here" in err
    assert not (tmp_path / "o.json").exists()


def test_an_offer_is_answered_once_and_so_many_a_day(firms):
    assert offer(firms)[0] == 0
    assert answer(firms)[0] == 0
    code, _, err = answer(firms)
    assert code == 6
    assert "begun here before" in err
    assert offer(firms, "second.json")[0] == 0
    code, _, err = offer(firms, "third.json")
    assert code == 6
    assert "within 24 hours" in err
    # Another spelling of the partner is the same partner.
    code, _, err = firms(
        "a", "offer", "--key-columns", "name", "--file", "a.csv", "--message", "o.json", *who("FIRM  B.")
    )
    assert code == 6
    code, out, _ = firms("a", "log", "--format", "csv")
    assert [row["act"] for row in rows(out)] == ["offer", "offer", "refused", "refused"]
    assert {row["person"] for row in rows(out)} == {"Ann Officer"}
    assert "within 24 hours" in rows(out)[2]["reason"]


def test_what_is_on_record_is_in_the_ledger_without_names(firms, tmp_path):
    assert offer(firms)[0] == 0
    assert answer(firms)[0] == 0
    assert firms("a", "finish", "answer.json", "--message", "r.json")[0] == 0
    text = "".join(path.read_text() for path in (tmp_path / "a" / "ledger").glob("entries-*.jsonl"))
    acts = [json.loads(line)["entry"] for line in text.splitlines() if '"kind":"order-match"' in line]
    assert [(one["body"]["act"], one["body"].get("matched")) for one in acts] == [("offer", None), ("finish", 50)]
    assert not any(word in text for word in ("Ann", "Officer", "Firm B", "split over"))


def test_small_sets_are_refused_on_either_side(firms, tmp_path):
    few = (tmp_path / "b.csv").read_text().splitlines()[:20]
    (tmp_path / "few.csv").write_text("\n".join(few))
    code, _, err = firms("b", "offer", "--key-columns", "name", "--file", "few.csv", "--message", "o.json", *who("A"))
    assert code == 3
    assert "19 identifiers" in err
    assert offer(firms)[0] == 0
    code, _, err = answer(firms, file="few.csv")
    assert code == 3
    assert "Our set" in err
    # A party that allows itself small sets is still refused by the other.
    turned = (tmp_path / "a" / "counterflow.toml").read_text() + "least = 2\n"
    (tmp_path / "a" / "counterflow.toml").write_text(turned)
    (tmp_path / "a.csv").write_text("\n".join((tmp_path / "a.csv").read_text().splitlines()[:5]))
    assert offer(firms, "probe.json")[0] == 0
    code, _, err = answer(firms, "probe.json")
    assert code == 3
    assert "Their set of register has 4 identifiers" in err


def test_what_is_kept_is_the_owners_and_goes_when_it_is_done(firms, tmp_path):
    assert offer(firms)[0] == 0
    (kept,) = (tmp_path / "a" / "matching").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert answer(firms)[0] == 0
    assert firms("a", "finish", "answer.json", "--message", "r.json")[0] == 0
    assert not list((tmp_path / "a" / "matching").iterdir())
    code, _, err = firms("a", "finish", "answer.json", "--message", "r.json")
    assert code == 3
    assert "No matching is under way" in err


def test_a_matching_is_given_up(firms, tmp_path):
    assert offer(firms)[0] == 0
    (session,) = json.loads((tmp_path / "offer.json").read_text())["session"].split()
    assert firms("a", "cancel", session)[0] == 0
    assert not list((tmp_path / "a" / "matching").iterdir())
    assert firms("a", "cancel", session)[0] == 3
    assert firms("a", "cancel", "../../counterflow")[0] == 3


@pytest.mark.parametrize("missing", ["--partner", "--purpose", "--person"])
def test_nobody_asks_without_a_name_and_a_purpose(firms, missing):
    said = who("Firm B")
    at = said.index(missing)
    code, _, err = firms(
        "a", "offer", "--key-columns", "name", "--file", "a.csv", "--message", "o.json", *said[:at], *said[at + 2 :]
    )
    assert code == 3
    assert missing[2:] in err


def test_messages_in_the_wrong_place(firms):
    assert offer(firms)[0] == 0
    assert firms("a", "finish", "offer.json", "--message", "r.json")[0] == 3
    assert answer(firms)[0] == 0
    assert firms("b", "answer", "answer.json", "--key-columns", "name", "--message", "x.json", *who("A"))[0] == 3
    assert firms("b", "finish", "answer.json", "--message", "r.json")[0] == 3
    assert firms("a", "finish", "answer.json")[0] == 2
    assert firms("a", "finish", "a.csv", "--message", "r.json")[0] == 3
    assert firms("a", "finish", "none.json", "--message", "r.json")[0] == 3


def test_two_files_in_one_place_need_no_workspace(command, firms, tmp_path):
    code, out, _ = command("orders", "match", "a.csv", "b.csv", "--key-columns", "registration,name", "--format", "csv")
    assert code == 0
    found = rows(out)
    assert [(row["a_id"], row["b_id"]) for row in found] == [(f"a{n}", f"b{n}") for n in range(100, 150)]
    assert {row["columns"] for row in found} == {"registration; name"}
    assert command("orders", "match", "--key-columns", "name", "a.csv", "none.csv")[0] == 3
    assert command("orders", "match", "a.csv", "b.csv", "--key-columns", "taxid")[0] == 2
    assert command("orders", "match", "a.csv", "b.csv", "--key-columns", ",")[0] == 2


@pytest.mark.slow
def test_two_processes_that_exchange_nothing_but_files(firms, tmp_path):
    def process(firm, *arguments):
        words = [sys.executable, "-m", "counterflow", "-w", str(tmp_path / firm), "orders", "match", *arguments]
        done = subprocess.run(words, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    own = [("--key-columns", "registration,name+registration", "--file", f"{firm}.csv") for firm in ("a", "b")]
    process("a", "offer", *own[0], "--message", "1.json", *who("B"))
    process("b", "answer", "1.json", *own[1], "--message", "2.json", *who("A"))
    first = rows(process("a", "finish", "2.json", "--message", "3.json", "--format", "csv"))
    second = rows(process("b", "finish", "3.json", "--format", "csv"))
    assert len(first) == len(second) == 100
    assert {row["record_id"] for row in first} == {f"a{n}" for n in range(100, 150)}
    assert {row["record_id"] for row in second} == {f"b{n}" for n in range(100, 150)}
