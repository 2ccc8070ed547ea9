"""Whose connection it is, as the kernel's table says."""

import os

import pytest
from starlette.requests import Request

from counterflow.web import local

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
MINE = os.getuid()


def asked(**headers):
    scope = {
        "type": "http", "client": ("127.0.0.1", 0x9BCC), "server": ("127.0.0.1", 0xACDB),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize(
    ("state", "user", "ours"),
    [
        ("01", MINE, True),
        ("01", MINE + 1, False),
        # closed by its owner: the kernel says user 0, whoever it was
        ("06", MINE, False),
        ("05", MINE, False),
        ("04", MINE, False),
        ("08", MINE, False),
    ],
)
def test_only_an_open_connection_of_the_user_who_serves_is_ours(tmp_path, monkeypatch, state, user, ours):
    line = f"   4: 0100007F:9BCC 0100007F:ACDB {state} 00000000:00000000 00:00000000 00000000 {user:>5} 0 1\n"
    table = tmp_path / "tcp"
    table.write_text(HEAD + line)
    monkeypatch.setattr(local, "_TABLE", table)
    assert local._is_ours(asked()) is ours


@pytest.mark.parametrize("said", ["x_forwarded_for", "x_forwarded_host", "x_real_ip", "via", "forwarded"])
def test_what_comes_through_a_proxy_is_nobodys_own(tmp_path, monkeypatch, said):
    table = tmp_path / "tcp"
    table.write_text(HEAD + f"   4: 0100007F:9BCC 0100007F:ACDB 01 0:0 0:0 0 {MINE} 0 1\n")
    monkeypatch.setattr(local, "_TABLE", table)
    assert local._is_ours(asked())
    assert not local._is_ours(asked(**{said: "x"}))
