"""A program with a scoped token at a real server: what docs/how-to/use-the-api.md says, step by step."""

import json
import re
import socket
import subprocess
import sys
import time

import pytest

from counterflow.client import Client, Problem
from counterflow.client.problem import Unreachable

pytestmark = pytest.mark.service


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "counterflow", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A workspace with one person and one token, served; its address, the token, and the folder."""
    folder = tmp_path_factory.mktemp("api") / "w"
    run("init", folder)
    run("-w", folder, "access", "add-user", "Petra Program", "--role", "analyst")
    scopes = [
        part for scope in ("intake:act", "intake:read", "screen:act", "queue:read") for part in ("--scope", scope)
    ]
    told = run("-w", folder, "access", "add-token", "Petra Program", "--label", "nightly load", *scopes,
               "--purpose", "inspection")  # fmt: skip
    token = re.search(r"cf_\S+", told)[0].strip('",')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "counterflow", "-w", str(folder), "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield address, token, folder
    finally:
        server.terminate()
        said = server.communicate(timeout=30)[1]
    assert "Traceback" not in said


def wait_for(address):
    with Client(address, tries=1) as api:
        for _ in range(300):
            try:
                api.get("/healthz")
            except Unreachable:
                time.sleep(0.1)
            except Problem:
                return
            else:
                return
    raise AssertionError("the server did not come up")


@pytest.fixture
def api(served):
    with Client(served[0], served[1]) as made:
        yield made


def parcels(tmp_path, count, start=0):
    file = tmp_path / "parcels.ndjson"
    rows = [
        {"id": f"P-{n}", "day": "2026-11-20", "goods": "pure 4-ANPP powder" if n % 10 == 0 else f"cotton shirts {n}"}
        for n in range(start, start + count)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


MAPPING = """
[mapping]
name = "post"
version = "1"
source = "post"
[fields.record_id]
column = "id"
[fields.declared_on]
column = "day"
format = ["%Y-%m-%d"]
[[goods]]
description = {column = "goods"}
"""


def test_a_program_loads_lists_and_screens_within_its_scopes(api, tmp_path):
    mapping = api.post("/v1/mappings", {"toml": MAPPING})["mapping"]
    receipt = api.load(parcels(tmp_path, 250), mapping=mapping, key="night 1")
    assert (receipt["read"], receipt["accepted"], receipt["already_loaded"]) == (250, 250, False)
    assert api.load(parcels(tmp_path, 250), mapping=mapping, key="night 1") == receipt
    assert api.load(parcels(tmp_path, 250), mapping=mapping)["already_loaded"]
    with pytest.raises(Problem) as met:
        api.load(parcels(tmp_path, 3, start=900), mapping=mapping, key="night 1")
    assert (met.value.status, met.value.kind) == (422, "key-used-otherwise")

    listed = list(api.records(batch=receipt["batch"], limit=100))
    assert len({row["record_id"] for row in listed}) == 250
    [told] = api.screen([{"record_id": "one", "goods": [{"description": "pure 4-ANPP powder"}]}])
    assert told["findings"][0]["matched"] == "4-ANPP"


def test_what_its_scopes_do_not_name_is_refused(api):
    for ask in (
        lambda: api.post("/v1/screenings"),
        lambda: list(api.plans()),
        lambda: api.get("/v1/entities"),
        lambda: api.plan("office\n", "2026-01-01", "2026-01-02"),
    ):
        with pytest.raises(Problem) as met:
            ask()
        assert met.value.status == 403
        assert "This token may do" in met.value.hint


@pytest.mark.parametrize("token", ["", "cf_0000000000_nothing", "Basic x"])
def test_no_token_or_a_foreign_one_opens_nothing(served, token):
    with Client(served[0], token) as stranger, pytest.raises(Problem) as met:
        next(stranger.records())
    assert met.value.status == 401
    assert met.value.hint


def test_the_document_says_what_each_endpoint_needs(served):
    with Client(served[0]) as stranger:
        told = stranger.get("/v1/openapi.json")
    assert told["paths"]["/v1/intake"]["post"]["x-needs"] == {"resource": "intake", "action": "act"}


def test_half_a_file_a_body_too_large_and_a_wrong_kind_leave_the_server_alive(served, api):
    host, port = served[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            b"POST /v1/intake?mapping=parcel HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: text/csv\r\n"
            b"authorization: Bearer " + served[1].encode() + b"\r\ncontent-length: 100000\r\n\r\nitem_id,"
        )
    with pytest.raises(Problem) as met:
        api.load(b"%PDF", mapping="parcel", form="application/pdf")
    assert met.value.status == 415
    with pytest.raises(Problem) as met:
        api.post("/v1/mappings", {"toml": "x" * (2 << 20)})
    assert met.value.status == 413
    assert api.get("/v1/mappings")["items"]
