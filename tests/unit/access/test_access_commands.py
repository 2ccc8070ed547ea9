"""`counterflow access …` as an operator types it."""

import csv
import io
import json
import shutil

import pytest

from counterflow.access.policy import ACTIONS, RESOURCES, ROLES
from counterflow.store.workspace import Workspace


@pytest.fixture
def folder(empty_folder, tmp_path):
    return shutil.copytree(empty_folder, tmp_path / "w")


def test_people_tokens_and_looks_from_the_command_line(command, folder, tmp_path):
    code, out, err = command("-w", folder, "access", "add-user", "Olu Officer", "--role", "officer", "--format", "json")
    assert code == 0, err
    made = json.loads(out)[0]
    assert len(made["password"]) == 19
    assert made["password"] not in err
    code, out, _ = command(
        "-w", folder, "access", "add-token", "olu officer", "--scope", "queue:read,record:read", "--format", "json"
    )
    token = json.loads(out)[0]
    assert token["scopes"] == "queue:read record:read"
    code, out, _ = command("-w", folder, "access", "tokens", "--format", "csv")
    assert token["token"] not in out
    assert token["id"] in out
    assert command("-w", folder, "access", "revoke-token", token["id"])[0] == 0
    code, out, _ = command("-w", folder, "access", "tokens", "--format", "json")
    assert json.loads(out)[0]["state"] == "revoked"
    assert command("-w", folder, "access", "give-role", "Olu Officer", "--role", "analyst")[0] == 0
    code, _, err = command("-w", folder, "access", "give-role", "Olu Officer", "--role", "auditor")
    assert code == 3
    assert "checks the work does not do it" in err
    code, _, err = command("-w", folder, "access", "close-user", "Olu Officer", "--ground", "left the service")
    assert f"--record {made['id']}" in err
    code, out, _ = command("-w", folder, "access", "users", "--format", "json")
    assert json.loads(out)[0]["state"] == "closed"
    for name in ("requests", "overrides", "reads"):
        assert command("-w", folder, "access", name)[0] == 0


def test_a_password_from_a_file_or_a_service_elsewhere(command, folder, tmp_path):
    words = tmp_path / "password"
    words.write_text("grey harbour at dawn 7\n", "utf-8")
    with_file = ("access", "add-user", "Ada", "--role", "admin", "--password-file", words)
    code, out, _ = command("-w", folder, *with_file, "--format", "json")
    assert (code, json.loads(out)[0]["password"]) == (0, "")
    words.write_text("", "utf-8")
    assert command("-w", folder, "access", "add-user", "Bea", "--role", "viewer", "--password-file", words)[0] == 3
    assert (
        command("-w", folder, "access", "add-user", "Cy", "--role", "viewer", "--issuer", "https://x.example")[0] == 2
    )
    elsewhere = ("--issuer", "https://x.example", "--subject", "7")
    assert command("-w", folder, "access", "add-user", "Cy", "--role", "viewer", *elsewhere)[0] == 0
    with Workspace(folder) as workspace:
        assert len(list(workspace.ledger.entries("access-person"))) == 2


def test_the_matrix_says_who_may_do_what_and_why(command):
    code, out, _ = command("access", "matrix", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == len(ROLES) * len(RESOURCES) * len(ACTIONS)
    code, out, _ = command("access", "matrix", "--role", "viewer", "--allowed", "--format", "json")
    assert {row["role"] for row in json.loads(out)} == {"viewer"}
    code, _, err = command("access", "matrix", "--resource", "que")
    assert code == 3
    assert "queue" in err
