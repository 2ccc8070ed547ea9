"""The commands: a file in, signals and weights out, as a shell sees them."""

import csv
import datetime as dt
import io
import json

from tests.unit.watch.published import made_up
from tests.unit.watch.supply.test_harm import CLASS, cbp, vsrr

from counterflow.store.workspace import Workspace
from counterflow.watch.series.load import load_file
from counterflow.watch.series.reader import Options


def test_from_files_to_signals_and_weights(command, tmp_path):
    work = ("-w", Workspace.create(tmp_path / "w"))
    with Workspace(tmp_path / "w") as workspace:
        for name, form, text, day in (
            ("seized.csv", "cbp-seizures", cbp(), dt.date(2025, 1, 20)),
            ("deaths.csv", "cdc-vsrr", vsrr(), dt.date(2025, 5, 14)),
            ("prices.csv", "prices", made_up.PRICES, dt.date(2024, 6, 1)),
        ):
            (tmp_path / name).write_text(text)
            receipt = load_file(workspace, tmp_path / name, Options(dt.date(2026, 3, 2), as_of=day), form=form)
            assert receipt.read == receipt.accepted + receipt.rejected
    asked = ("--substance", "fentanyl", "--until", "2024-12-31", "--format", "json")
    code, out, said = command(*work, "watch", "supply", *asked)
    assert code == 0
    told = {row["measure"]: row for row in json.loads(out)["signals"]}
    assert set(told) == {"seizures", "mass-kg", "doses", "purity"}
    assert told["seizures"]["value"] == 8
    assert told["seizures"]["effort"] == "effort not known"
    assert told["doses"]["low"] < told["doses"]["value"] < told["doses"]["high"]
    assert "more supply or more searching" in said
    asked = ("--take", f"{CLASS}=fentanyl", "--per", "kg", "--to-severity", "--format", "csv")
    code, out, said = command(*work, "watch", "harm", "--place", "CT", *asked)
    assert code == 0
    rows = {row["substance"]: row for row in csv.DictReader(io.StringIO(out))}
    assert float(rows["fentanyl"]["value"]) > float(rows["cocaine"]["high"])
    assert "another person approves" in said
