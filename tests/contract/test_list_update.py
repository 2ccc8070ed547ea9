"""`lists update` against a real server on this machine: cuts, changes, pages of HTML, wrong sizes, signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterflow.core.errors import EngineError, InputError, UsageError
from counterflow.intake.lists.download import download

HEAD = "Name\tCity\tCountry\tEffective_Date\tExpiration_Date\n"
BODY = (HEAD + "".join(f"PARTY NUMBER {n}\tTOWN\tUS\t01/02/2020\t\n" for n in range(3000))).encode()


class _Answers(BaseHTTPRequestHandler):
    """Serves `server.files`; `server.behave` may cut, refuse or lie, once for each entry."""

    def do_GET(self):
        site = self.server
        site.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        behave = site.behave.pop(0) if site.behave else {}
        if "status" in behave:
            self.send_error(behave["status"])
            return
        file = site.files.get(self.path)
        if file is None:
            self.send_error(404)
            return
        if "location" in behave:
            self.send_response(302)
            self.send_header("Location", behave["location"])
            self.end_headers()
            return
        tag = behave.get("etag", '"one"')
        begin = self._begin(tag) if behave.get("ranges", True) else 0
        part = file[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin + behave.get('lie', 0)}-{len(file) - 1}/{len(file)}")
        self.send_header("Content-Type", behave.get("type", "text/plain"))
        self.send_header("Content-Length", str(len(part)))
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Last-Modified", "Fri, 07 Aug 2026 18:36:51 GMT")
        self.end_headers()
        self.wfile.write(part[: behave.get("cut", len(part))])
        self.close_connection = True

    def _begin(self, tag):
        asked = self.headers.get("Range", "")
        if asked and self.headers.get("If-Range") == tag:
            return int(asked.removeprefix("bytes=").rstrip("-"))
        return 0

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    """A server on 127.0.0.1 with one list; no proxy of the person who runs the tests is used."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.files, server.behave, server.asked = {"/dpl.txt": BODY}, [], []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(site, folder, path="/dpl.txt", **limits):
    return download(site.url + path, folder / "dpl.txt", sleep=lambda _: None, **limits)


def test_a_file_arrives_whole_with_its_digest(site, tmp_path):
    got = fetch(site, tmp_path)
    assert got.path.read_bytes() == BODY
    assert (got.sha256, got.size, got.resumed) == (hashlib.sha256(BODY).hexdigest(), len(BODY), 0)
    assert [file.name for file in tmp_path.iterdir()] == ["dpl.txt"]


def test_a_cut_connection_goes_on_where_it_was(site, tmp_path):
    site.behave = [{"cut": 5000}, {"cut": 7000}]
    assert fetch(site, tmp_path).path.read_bytes() == BODY
    assert site.asked == [
        ("/dpl.txt", None, None),
        ("/dpl.txt", "bytes=5000-", '"one"'),
        ("/dpl.txt", "bytes=12000-", '"one"'),
    ]


def test_a_cut_in_one_call_is_mended_in_the_next(site, tmp_path):
    site.behave = [{"cut": 5000}] + [{"cut": 0}] * 4
    with pytest.raises(EngineError, match="5,000 bytes have arrived and are kept"):
        fetch(site, tmp_path)
    assert not (tmp_path / "dpl.txt").exists()
    got = fetch(site, tmp_path)
    assert (got.path.read_bytes(), got.resumed) == (BODY, 5000)


@pytest.mark.parametrize("second", [{"etag": '"two"'}, {"ranges": False}, {"etag": ""}])
def test_a_file_that_changed_in_between_is_taken_anew(site, tmp_path, second):
    site.behave = [{"cut": 5000}, second]
    site.files["/dpl.txt"] = BODY if second.get("etag") != '"two"' else BODY.replace(b"TOWN", b"CITY")
    assert fetch(site, tmp_path).path.read_bytes() == site.files["/dpl.txt"]


@pytest.mark.parametrize("tag", ['W/"weak"', ""])
def test_halves_are_not_glued_without_a_strong_mark(site, tmp_path, tag):
    site.behave = [{"cut": 5000, "etag": tag}, {"etag": tag}]
    assert fetch(site, tmp_path).path.read_bytes() == BODY
    asked = site.asked[1]
    assert asked[1] is None or (tag == "" and asked[2] == "Fri, 07 Aug 2026 18:36:51 GMT")


def test_a_server_that_sends_another_part_is_not_believed(site, tmp_path):
    site.behave = [{"cut": 5000}, {"lie": 3}]
    assert fetch(site, tmp_path).path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("behave", "limits", "error", "words"),
    [
        ({"status": 404}, {}, InputError, "answers 404"),
        ({"status": 403}, {}, InputError, "answers 403"),
        ({"type": "text/html; charset=utf-8"}, {}, InputError, "web page"),
        ({}, {"least_bytes": 1_000_000}, InputError, "the list has 1,000,000 at least"),
        ({}, {"most_bytes": 1000}, InputError, "larger than 1,000 bytes"),
    ],
)
def test_what_is_not_the_file_leaves_nothing(site, tmp_path, behave, limits, error, words):
    site.behave = [behave]
    with pytest.raises(error, match=words) as refused:
        fetch(site, tmp_path, **limits)
    assert refused.value.hint
    assert not (tmp_path / "dpl.txt").exists()


def test_a_page_that_calls_itself_text_is_seen_through(site, tmp_path):
    site.files["/dpl.txt"] = b"\n <!DOCTYPE html><html>We have moved.</html>"
    with pytest.raises(InputError, match="web page"):
        fetch(site, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_server_in_trouble_is_asked_again_and_then_told(site, tmp_path):
    site.behave = [{"status": 503}, {"status": 500}]
    assert fetch(site, tmp_path).path.read_bytes() == BODY
    site.behave = [{"status": 503}] * 5
    with pytest.raises(EngineError, match="503"):
        fetch(site, tmp_path)
    assert len(site.asked) == 8


def test_no_server_and_no_web_address(tmp_path):
    with pytest.raises(EngineError, match="cannot be reached") as refused:
        download("http://127.0.0.1:9/x", tmp_path / "x", sleep=lambda _: None)
    assert "lists load" in refused.value.hint
    with pytest.raises(UsageError, match="not an address of the web"):
        download("file:///etc/hostname", tmp_path / "x")


@pytest.fixture
def update(site, tmp_path, command):
    assert command("init", tmp_path / "W")[0] == 0

    def run(*arguments):
        code, out, err = command("-w", tmp_path / "W", "lists", "update", *arguments)
        assert "Traceback" not in err
        return code, out, err

    return run


def test_an_update_is_stored_once(site, update):
    address = ("bis-dpl", "--from", f"{site.url}/dpl.txt", "--format", "json")
    code, out, err = update(*address)
    assert code == 0, err
    (receipt,) = json.loads(out)
    assert (receipt["accepted"], receipt["already_loaded"]) == (3000, False)
    assert hashlib.sha256(BODY).hexdigest() in err
    assert json.loads(update(*address)[1])[0]["already_loaded"]


def test_an_edition_that_lost_a_fifth_is_refused_unless_forced(site, update):
    address = ("bis-dpl", "--from", f"{site.url}/dpl.txt")
    assert update(*address)[0] == 0
    site.files["/dpl.txt"] = b"".join(BODY.splitlines(keepends=True)[:2000])
    code, out, err = update(*address)
    assert (code, out) == (3, "")
    assert "1,999 entries; the edition in force has 3,000" in err
    assert update(*address, "--force")[0] == 0


def test_a_digest_or_signature_that_does_not_fit_is_refused(site, update, tmp_path):
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    address = ("bis-dpl", "--from", f"{site.url}/")
    digest = hashlib.sha256(BODY).hexdigest()
    code, _, err = update(*address, "--sha256", "0" * 64)
    assert (code, digest in err) == (3, True)
    code, _, err = update(*address, "--sha256", f"other.txt={digest}")
    assert (code, "has no file 'other.txt'" in err) == (2, True)
    assert update(*address, "--public-key", tmp_path / "key.pem")[0] == 3
    for signature in (b"0" * 64, b"?"):
        site.files["/dpl.txt.sig"] = signature
        code, _, err = update(*address, "--public-key", tmp_path / "key.pem")
        assert (code, "not by this key" in err) == (3, True)
    for signature in (key.sign(BODY), base64.b64encode(key.sign(BODY)) + b"\n"):
        site.files["/dpl.txt.sig"] = signature
        assert update(*address, "--public-key", tmp_path / "key.pem", "--sha256", digest)[0] == 0
    code, _, err = update(*address, "--public-key", tmp_path / "none.pem")
    assert (code, "cannot be read" in err) == (4, True)


def test_a_list_of_several_files_is_fetched_from_a_folder(site, update):
    row = '{},"ROE, Jane {}","individual","SDNT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1950"\r\n'
    site.files |= {
        "/m/sdn.csv": "".join(row.format(n, n) for n in range(5)).encode(), "/m/alt.csv": b'1,1,"aka","J. ROE",-0- \r\n',
        "/m/add.csv": b'1,1,"1 Road","Lima","Peru",-0- \r\n', "/m/sdn_comments.csv": b'1,"; nationality Peru."\r\n',
    }  # fmt: skip
    code, out, err = update("ofac-sdn", "--from", f"{site.url}/m/", "--format", "json")
    assert code == 0, err
    assert json.loads(out)[0]["accepted"] == 8
    code, _, err = update("ofac-sdn", "--from", f"{site.url}/m/sdn.csv")
    assert (code, "several files" in err) == (2, True)


def test_lists_that_are_not_known_or_not_one(update):
    code, _, err = update("ofac-snd")
    assert (code, "Did you mean 'ofac-sdn'" in err) == (3, True)
    code, _, err = update("--from", "http://127.0.0.1:9/x")
    assert (code, "one list" in err) == (2, True)


def test_one_list_that_fails_does_not_keep_the_others(site, update, monkeypatch):
    from counterflow.reference import list_addresses

    monkeypatch.setattr(list_addresses, "read_rows", lambda *_: [
        {"list": name, "part": "bis", "file": "dpl.txt", "url": f"{site.url}{path}", "kind": "csv", "least_bytes": "1",
         "most_bytes": "1000000", "source": "bis"} for name, path in (("gone", "/gone.txt"), ("bis-dpl", "/dpl.txt"))
    ])  # fmt: skip
    list_addresses._all.cache_clear()
    code, out, err = update("--format", "json")
    list_addresses._all.cache_clear()
    assert code == 3
    assert "answers 404" in err
    assert [receipt["list"] for receipt in json.loads(out)] == ["bis-dpl"]
