"""Bad files of orders and customers through the command line: it ends in words, and no row goes missing."""

import contextlib
import datetime as dt
import json
import random

import pytest

from counterflow.core.errors import CounterflowError
from counterflow.intake.standalone import read_file

from .test_bad_input import workbook
from .test_bad_input_mutations import damaged

#: damaged files of each kind: few are loaded into a workspace, all are read
LOADED, READ = 1, 10
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

ORDERS = (
    "order_id,customer_id,order_date,item,cas,quantity,unit,pack_size,purity,price,currency,ship_to_country,kind\n"
    + "".join(
        f"O{n},C{n % 3},2026-03-{n + 1:02},Acetone,67-64-1,{n + 1},{('kg', 'g', 'L')[n % 3]},,99 %,{n}.5,EUR,DE,sale\n"
        for n in range(14)
    )
    + "O20,C1,2026-03-20,Toluene,108-88-3,10 drums of 25 kg,,,98 %,1,EUR,FR,return\n"
    + "O21,C1,2026-03-20,Toluene,108-88-3,10,drums,25 kg,98 %,1,EUR,FR,sale\n"
).encode()
CUSTOMERS = (
    "customer_id;name;country;licence_no;licence_expiry;expected_product;expected_monthly_volume_kg;beneficial_owner\n"
    + "".join(f'C{n};Firm {n};DE;L{n};{n + 1:02}.12.2027;"acetone; ether";"5; 1,5";Jane Roe\n' for n in range(12))
).encode()
BOOK = workbook(*(line.split(",") for line in ORDERS.decode().splitlines()))


def told_whole(ask, *command):
    """Run a load; whatever becomes of it, its counts reconcile and its refused rows can be listed."""
    code, out, err = ask("orders", "load", *command, "--format", "json")
    assert code in {0, 2, 3, 4}, err
    if code == 0:
        told = json.loads(out)
        assert told["read"] == told["accepted"] + told["rejected"]
        assert told["rejected"] == sum(told["reasons"].values())
        kept = json.loads(ask("intake", "quarantine", "list", "--batch", told["batch"], "--format", "json")[1])
        assert len(kept) == told["rejected"]
        assert all(row["hint"] for row in kept)
    return code


def all_read(path, table):
    """Read a file without a workspace: its counts reconcile, or it is refused in words that name it."""
    with contextlib.suppress(CounterflowError):
        made = read_file(path, None, table=table, now=NOW)
        assert made.read == made.accepted + made.refused.num_rows
        assert all(made.refused.column("hint").to_pylist())


def other_cells(seed):
    """Return the orders with cells in each other's place, and some that are nothing."""
    chance = random.Random(seed)
    rows = [line.split(",") for line in ORDERS.decode().splitlines()]
    for _ in range(12):
        one, other = chance.randrange(1, len(rows)), chance.randrange(1, len(rows))
        strange = ["", "-1", "1;2", "½", "∞", "=A1", "1e309", "0", "99999999", "x" * 300]
        rows[one][chance.randrange(13)] = chance.choice([rows[other][chance.randrange(13)], *strange])
    return "".join(",".join(r) + "\n" for r in rows).encode()


def damaged_header(seed):
    head, rest = ORDERS.split(b"\n", 1)
    return damaged(head, seed) + b"\n" + rest


KINDS = {
    "orders": ("order", "o.csv", lambda seed: damaged(ORDERS, seed)),
    "customers": ("customer", "c.csv", lambda seed: damaged(CUSTOMERS, seed)),
    "cells": ("order", "o.csv", other_cells),
    "header": ("order", "o.csv", damaged_header),
    "workbook": ("order", "o.xlsx", lambda seed: damaged(BOOK, seed)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_loses_no_row(kind, site, ask):
    table, name, made = KINDS[kind]
    for seed in range(LOADED):
        (site / name).write_bytes(made(seed))
        told_whole(ask, name, "--table", table)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_without_a_workspace(kind, tmp_path):
    table, name, made = KINDS[kind]
    for seed in range(1000, 1000 + READ):
        (tmp_path / name).write_bytes(made(seed))
        all_read(tmp_path / name, table)


def test_what_is_wrong_names_file_line_value_and_what_to_do(site, refused):
    (site / "o.csv").write_text("nothing,here\n1,2\n")
    refused(3, ("o.csv", "customer", "intake map"), "orders", "load", "o.csv")
    (site / "e.csv").write_text("")
    refused(3, ("e.csv", "empty"), "orders", "load", "e.csv")
    refused(3, ("no such file",), "orders", "load", "absent.csv")
    (site / "o.csv").write_bytes(ORDERS)
    refused(2, ("consignment", "intake load"), "orders", "load", "o.csv", "--map", "m.toml")
    refused(2, ("no date format",), "orders", "load", "o.csv", "--dates", "day first")
    refused(2, ("--dates",), "orders", "load", "o.csv", "--map", "orders", "--dates", "%d/%m/%Y")


def test_refused_orders_say_line_value_and_hint(site, ask):
    (site / "o.csv").write_text(
        "order_id,buyer,date,item,qty,unit\n1,B,2026-01-01,A,-5,kg\n2,B,03/04/2026,A,1,kg\n3,B,2026-01-01,A,1,kg\n"
    )
    assert told_whole(ask, "o.csv") == 0
    rows = json.loads(ask("intake", "quarantine", "list", "--source", "orders", "--format", "json")[1])
    assert [(r["line"], r["column"], r["value"], r["reason"]) for r in rows] == [
        (2, "qty", "-5", "negative"), (3, "date", "03/04/2026", "date-format"),
    ]  # fmt: skip
    assert "kind = return" in rows[0]["hint"]
    assert "3 April or 4 March" in rows[1]["hint"]


def test_a_proposed_mapping_loads_and_the_same_file_goes_in_once(site, ask):
    (site / "o.csv").write_bytes(ORDERS)
    code, out, _ = ask("intake", "map", "o.csv", "--table", "order", "--out", "o.toml", "--format", "json")
    assert code == 0
    assert {"field": "quantity", "column": "quantity", "read_as": "amount"} in json.loads(out)
    told = json.loads(ask("orders", "load", "o.csv", "--map", "o.toml", "--format", "json")[1])
    assert (told["accepted"], told["rejected"], told["already_loaded"]) == (16, 0, False)
    again = json.loads(ask("orders", "load", "o.csv", "--map", "o.toml", "--format", "json")[1])
    assert again["already_loaded"]
