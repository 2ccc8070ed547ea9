"""The client, over a transport that answers by a script and writes down what it was asked."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from counterflow.client import Answer, Client, HttpTransport, Problem
from counterflow.client.problem import Unreachable
from counterflow.core.errors import UsageError


class Scripted:
    """Gives the answers of a list, in order; an exception in it is raised."""

    def __init__(self, *answers):
        self.answers, self.asked, self.bodies, self.closed = list(answers), [], [], False

    def send(self, asked):
        self.asked.append(asked)
        self.bodies.append(asked.body.read() if hasattr(asked.body, "read") else asked.body)
        told = self.answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def close(self):
        self.closed = True


def said(body, status=200, **headers):
    return Answer(status, headers, json.dumps(body).encode())


def client(*answers, **more):
    transport = Scripted(*answers)
    slept = []
    return Client("http://127.0.0.1:1", "cf_x", transport=transport, sleep=slept.append, **more), transport, slept


def test_pages_are_turned_with_the_cursor_and_the_filters():
    api, transport, _ = client(
        said({"items": [{"a": 1}, {"a": 2}], "next": "c=&1"}), said({"items": [{"a": 3}], "next": None})
    )
    assert [row["a"] for row in api.records(lane="air mail", code=None)] == [1, 2, 3]
    second = urlsplit(transport.asked[1].target)
    assert second.path == "/v1/records"
    assert parse_qs(second.query) == {"lane": ["air mail"], "cursor": ["c=&1"]}
    assert transport.asked[0].headers["Authorization"] == "Bearer cf_x"


def test_a_busy_server_is_asked_again_with_the_same_key_and_the_whole_file(tmp_path):
    file = tmp_path / "parcels.csv"
    file.write_text("id\n1\n")
    busy = said({"happened": "Busy.", "retryable": True}, 503, **{"retry-after": "3"})
    api, transport, slept = client(Unreachable("gone"), busy, said({"accepted": 1}))
    assert api.load(file, mapping="parcel")["accepted"] == 1
    assert slept == [0.5, 3.0]
    assert transport.bodies == [b"id\n1\n"] * 3
    assert len({asked.headers["Idempotency-Key"] for asked in transport.asked}) == 1
    assert transport.asked[0].headers["Content-Type"] == "text/csv"


def test_a_refusal_is_an_error_that_says_what_to_do():
    document = {"happened": "There is no load.", "hint": "Known: a.", "code": "unknown-name", "errors": [{"at": "x"}]}
    api, _, slept = client(said(document, 404))
    with pytest.raises(Problem, match=r"There is no load\. Known: a\.") as met:
        api.get("/v1/loads/x")
    assert (met.value.status, met.value.kind, met.value.may_try_again, slept) == (404, "unknown-name", False, [])
    assert met.value.places == [{"at": "x"}]


def test_it_gives_up_after_its_tries():
    busy = said({"happened": "Busy."}, 503)
    api, _, slept = client(busy, busy, tries=2)
    with pytest.raises(Problem, match="Busy"):
        api.get("/v1/checks")
    assert slept == [0.5]
    api, _, _ = client(Unreachable("gone"), tries=1)
    with pytest.raises(Unreachable, match="gone"):
        api.get("/v1/checks")


def test_many_records_are_screened_in_portions_in_order():
    api, transport, _ = client(said({"records": 10_000}), said({"records": 5}))
    assert [told["records"] for told in api.screen({"record_id": str(n)} for n in range(10_005))] == [10_000, 5]
    assert json.loads(transport.bodies[1])["records"][0] == {"record_id": "10000"}


def test_names_in_a_path_cannot_lead_elsewhere():
    api, transport, _ = client(said({}))
    api.record("a/../b", "x?y=1#z")
    assert transport.asked[0].target == "/v1/records/a%2F..%2Fb/x%3Fy%3D1%23z"


def test_a_file_of_unknown_kind_is_not_guessed_at(tmp_path):
    api, _, _ = client()
    with pytest.raises(UsageError, match="kind of file"):
        api.load(tmp_path / "records.bin", mapping="parcel")


@pytest.mark.parametrize(
    "address", ["http://example.org", "ftp://127.0.0.1", "127.0.0.1:8321", "https://", "https://x/v1"]
)
def test_a_token_is_not_sent_in_the_clear_or_to_no_address(address):
    with pytest.raises(UsageError):
        HttpTransport(address)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8321", "http://localhost:1", "http://[::1]:1/", "https://example.org"]
)
def test_these_addresses_are_fine(address):
    HttpTransport(address).close()


def test_leaving_closes_the_connection():
    api, transport, _ = client()
    with api:
        pass
    assert transport.closed
