"""The door on a real line: slow peers, the identity provider in a process of its own, TLS, and a browser."""

import contextlib
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
import uvicorn
from playwright.sync_api import expect
from tests.console import issuer as other_side
from tests.console.browser import BUILD, SCHEMES, WIDTHS, axe, browser, violations, visit  # noqa: F401 - fixtures
from tests.unit.server.test_reach import PAIR, write_pair

from counterflow.access.doors import Doors
from counterflow.access.passwords import Passwords
from counterflow.core.errors import AccessError
from counterflow.server.app import create_app, site_for
from counterflow.server.reach import listen, reach_of
from counterflow.server.run import serve_workspace, uvicorn_config
from counterflow.server.wire import BoundedProtocol
from counterflow.store.owner import who_owns
from counterflow.store.workspace import Workspace
from counterflow.web.openid import OpenId, Provider

pytestmark = pytest.mark.service

PASSWORD = "corn harbour violet nine"
HTML = {"accept": "text/html"}
#: milliseconds that a page may take on a machine where much else runs
LOADED = 30_000


@contextlib.contextmanager
def served(app, folder, settings):
    """Serve as `counterflow serve` does, on a free port; give the address."""
    reach = reach_of(settings, folder, 0, people=True)
    listener = listen(reach)
    server = uvicorn.Server(uvicorn_config(app, reach))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"{reach.scheme}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def provider():
    """The identity provider: its address."""
    with subprocess.Popen(
        [sys.executable, other_side.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def house(tmp_path_factory, provider):
    """A workspace whose people sign in with a password or at the provider, served on a free port."""
    folder = Workspace.create(tmp_path_factory.mktemp("house") / "w")
    (folder / "secret").write_text(other_side.SECRET, "utf-8")
    (folder / "secret").chmod(0o600)
    with (folder / "counterflow.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'[serve]\noidc_issuer = "{provider}"\noidc_client = "{other_side.CLIENT}"\n')
        toml.write('oidc_secret_file = "secret"\n')
    with Workspace(folder) as workspace:
        doors = Doors(workspace, passwords=Passwords(memory_kib=64, passes=1))
        doors.add_person("Ina Issued", ["analyst"], by="command-line", issuer=(provider, "sub-ina"))
        doors.add_person("Pat Password", ["viewer"], by="command-line", password=PASSWORD)
        site = site_for(workspace)
        with served(create_app(site), folder, workspace.settings.serve) as address:
            yield address
        site.close()


def go_there(web, address, then="/own"):
    """Begin at our sign-in page; give the address at the provider."""
    page = web.get(f"{address}/sign-in?{urlencode({'next': then})}", headers=HTML)
    link = re.search(r'href="(/sign-in/elsewhere[^"]*)"', page.text).group(1).replace("&amp;", "&")
    answer = web.get(address + link, headers=HTML)
    assert answer.status_code == 303
    return answer.headers["location"]


def come_back(web, there, name, **changed):
    """Sign in at the provider as `name`, and follow its way back with parts of the answer changed."""
    back = httpx2.get(f"{there}&login_as={name}").headers["location"]
    address, _, query = back.partition("?")
    return web.get(f"{address}?{urlencode(dict(parse_qsl(query)) | changed)}", headers=HTML)


def test_somebody_signs_in_at_the_provider_and_is_who_this_house_knows(house):
    with httpx2.Client() as web:
        there = go_there(web, house)
        asked = dict(parse_qsl(urlsplit(there).query))
        assert asked["code_challenge_method"] == "S256"
        assert {"state", "nonce", "code_challenge"} <= asked.keys()
        assert asked["redirect_uri"] == f"{house}/sign-in/back"
        answer = come_back(web, there, "ina")
        assert (answer.status_code, answer.headers["location"]) == (303, "/own")
        page = web.get(f"{house}/own", headers=HTML)
        assert "Ina Issued" in page.text
        assert "Change your password" not in page.text


def test_whoever_the_house_does_not_know_is_told_the_id_to_be_named_by(house):
    with httpx2.Client() as web:
        answer = come_back(web, go_there(web, house), "stranger")
        assert answer.status_code == 401
        assert "sub-stranger" in answer.text
        assert "counterflow" not in {c.name.partition("-")[0] for c in web.cookies.jar if c.name != "counterflow-door"}
        assert web.get(f"{house}/own", headers=HTML).status_code == 303


@pytest.mark.parametrize("changed", [{"state": "another"}, {"iss": "https://another.example"}, {"code": "guessed"},
                                     {"code": ""}, {"error": "<b>no</b>"}])  # fmt: skip
def test_an_answer_that_is_not_to_our_question_lets_nobody_in(house, changed):
    with httpx2.Client() as web:
        answer = come_back(web, go_there(web, house), "ina", **changed)
        assert answer.status_code == 403
        assert "<b>no</b>" not in answer.text
        assert web.get(f"{house}/own", headers=HTML).status_code == 303


def test_a_way_back_is_good_once_and_in_one_browser(house):
    with httpx2.Client() as web, httpx2.Client() as other:
        there = go_there(web, house)
        back = httpx2.get(f"{there}&login_as=ina").headers["location"]
        stolen = other.get(back, headers=HTML)
        assert stolen.status_code == 403
        assert "too old, or was begun elsewhere" in stolen.text
        assert web.get(back, headers=HTML).status_code == 303
        assert web.get(back, headers=HTML).status_code == 403


@pytest.mark.parametrize("how", other_side.SPOILT)
def test_a_token_that_is_wrong_in_one_way_lets_nobody_in(provider, how):
    found = OpenId(Provider(provider, other_side.CLIENT, other_side.SECRET))
    there, binding = found.begin("http://127.0.0.1:1/sign-in/back", "/")
    httpx2.post(f"{provider}/spoil?how={how}")
    back = httpx2.get(f"{there}&login_as=ina").headers["location"]
    with pytest.raises(AccessError, match="does not hold"):
        found.finish(binding, dict(parse_qsl(urlsplit(back).query)))


def test_new_keys_of_the_provider_are_learned_and_a_wrong_secret_is_said(provider):
    found = OpenId(Provider(provider, other_side.CLIENT, other_side.SECRET))
    wrong = OpenId(Provider(provider, other_side.CLIENT, "another secret"))

    def sign_in(by):
        there, binding = by.begin("http://127.0.0.1:1/sign-in/back", "/queue")
        back = httpx2.get(f"{there}&login_as=ina").headers["location"]
        return by.finish(binding, dict(parse_qsl(urlsplit(back).query)))

    assert sign_in(found).subject == "sub-ina"
    httpx2.post(f"{provider}/rotate")
    assert sign_in(found).goes_to == "/queue"
    with pytest.raises(AccessError, match="invalid_client"):
        sign_in(wrong)


def test_a_provider_that_does_not_answer_is_said_on_the_page(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = OpenId(Provider(f"http://127.0.0.1:{port}", "c", "s"))
    with pytest.raises(Exception, match="did not answer"):
        away.begin("http://127.0.0.1:1/sign-in/back", "/")


@pytest.fixture
def impatient(monkeypatch):
    """The server gives a head half a second, and lets ten connections stand."""
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 0.5)
    monkeypatch.setattr(BoundedProtocol, "most_connections", 10)


def lines_to(address, count):
    parts = urlsplit(address)
    return [socket.create_connection((parts.hostname, parts.port), timeout=10) for _ in range(count)]


def ended(line):
    """Whether the other side has ended this connection."""
    line.settimeout(0.01)
    try:
        return line.recv(1000) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_heads_that_trickle_lose_their_line_and_others_are_served_meanwhile(house, impatient):
    slow = lines_to(house, 5)
    try:
        for line in slow:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        until = time.monotonic() + 8
        while not all(ended(line) for line in slow):
            assert time.monotonic() < until
            began = time.monotonic()
            assert httpx2.get(f"{house}/healthz", timeout=5).status_code == 200
            assert time.monotonic() - began < 4
            for line in slow:
                with contextlib.suppress(OSError):
                    line.sendall(b"X-A: b\r\n")
            time.sleep(0.1)
    finally:
        for line in slow:
            line.close()


def test_a_crowd_that_only_holds_lines_gives_way_to_who_asks(house, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "most_connections", 10)
    crowd = lines_to(house, 40)
    try:
        assert httpx2.get(f"{house}/healthz", timeout=5).status_code == 200
        assert sum(ended(line) for line in crowd) >= 30
    finally:
        for line in crowd:
            line.close()


def test_bodies_larger_than_allowed_are_refused_before_they_have_come(house):
    parts = urlsplit(house)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        head = "POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        line.sendall(f"{head}Content-Length: 9000000000\r\n\r\n".encode() + b"a" * 1000)
        assert b"413" in line.recv(20)
    assert httpx2.get(f"{house}/healthz").status_code == 200


def test_what_is_no_http_gets_a_plain_no(house):
    parts = urlsplit(house)
    for said in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"A" * 70_000):  # fmt: skip
        told = b""
        with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
            line.sendall(said)
            told = line.recv(1000)
        assert told[9:12] in {b"400", b"421", b""}
    assert httpx2.get(f"{house}/healthz").status_code == 200


def test_over_tls_with_people_the_network_is_served_and_commands_keep_their_own_door(tmp_path):
    """As `counterflow serve` does it: TLS for people, a door on loopback for this user's commands."""
    folder = Workspace.create(tmp_path / "w")
    write_pair(folder)
    with (folder / "counterflow.toml").open("a", encoding="utf-8") as toml:
        toml.write('[serve]\naddress = "0.0.0.0"\nnames = ["localhost"]\n')
        toml.writelines(f'{key} = "{file}"\n' for key, file in PAIR.items())
    said, stopped = [], threading.Event()
    with Workspace(folder) as workspace:
        doors = Doors(workspace, passwords=Passwords(memory_kib=64, passes=1))
        doors.add_person("Adi Admin", ["admin"], by="command-line", password=PASSWORD)

        def run():
            serve_workspace(workspace, 0, len, said.append)
            stopped.set()

        servers = []
        began = uvicorn.Server.run

        def kept(self, *args, **options):
            servers.append(self)
            began(self, *args, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(uvicorn.Server, "run", kept)
            thread = threading.Thread(target=run)
            thread.start()
            until = time.monotonic() + 30
            while not any(server.started and server.config.is_ssl for server in servers):
                assert time.monotonic() < until
                time.sleep(0.05)
        address = re.search(r"https://\S+", said[0]).group().replace("127.0.0.1", "localhost")
        trusted = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        with httpx2.Client(verify=trusted) as web:
            page = web.get(f"{address}/sign-in", headers=HTML)
            assert page.headers["strict-transport-security"]
            assert web.post(f"{address}/owner/command", json={"arguments": [], "folder": "."}).status_code == 404
        with pytest.raises(httpx2.HTTPError):
            httpx2.get(address.replace("https", "http"))
        note = who_owns(folder)
        assert note.url.startswith("http://127.0.0.1:")
        body = {"arguments": ["a", "b"], "folder": str(tmp_path)}
        allowed = httpx2.post(f"{note.url}/owner/command", json=body, headers={"authorization": f"Bearer {note.token}"})
        assert allowed.json()["exit_code"] == 2
        assert httpx2.post(f"{note.url}/owner/command", json=body).status_code == 403
        assert httpx2.get(f"{note.url}/sign-in").status_code == 404
        for server in servers:
            server.should_exit = True
        assert stopped.wait(30)
        thread.join()


def test_a_browser_signs_in_at_the_provider_and_by_keys_alone_finds_its_way(house, visit, axe):  # noqa: F811
    page = visit(f"{house}/watch", scheme="dark")
    expect(page).to_have_url(re.compile("/sign-in"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Sign in with").press("Enter")
    page.get_by_label("Name").fill("ina")
    page.get_by_label("Name").press("Enter")
    expect(page).to_have_url(f"{house}/watch", timeout=LOADED)
    page.wait_for_load_state()
    page.keyboard.press("?")
    card = page.get_by_role("dialog", name="Keys")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Watch")
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    expect(card).not_to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url(f"{house}/help", timeout=LOADED)
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find a record")).to_be_focused()
    page.keyboard.type("gs?")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{house}/find?q=gs%3F")
    assert violations(page, axe) == []
    page.goto(f"{house}/own")
    page.set_viewport_size({"width": 390, "height": 844})
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Pages").press("Enter")
    expect(page.get_by_role("link", name="Watch")).to_be_visible()
    page.get_by_role("combobox", name="for").select_option("compliance")
    expect(page.get_by_text("working for compliance")).to_be_visible(timeout=LOADED)
    page.get_by_label("What it is for").fill("nightly count")
    page.get_by_label("What it may do at most").select_option("board:read")
    page.get_by_role("button", name="Make it").press("Enter")
    expect(page.get_by_role("heading", name="The token for nightly count")).to_be_visible(timeout=LOADED)
    page.get_by_role("button", name="Sign out").first.press("Enter")
    expect(page).to_have_url(f"{house}/sign-in")
    page.goto(f"{house}/own")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_admin_pages_are_accessible_and_fit(tmp_path, visit, axe):  # noqa: F811
    with Workspace(Workspace.create(tmp_path / "w")) as workspace:
        Doors(workspace, passwords=Passwords(memory_kib=64, passes=1))
        site = site_for(workspace)
        with served(create_app(site), workspace.path, workspace.settings.serve) as address:
            page = visit(f"{address}/admin")  # this machine's own user
            page.get_by_role("textbox", name="Name").fill("Adi Admin")
            page.get_by_role("button", name="Add", exact=True).press("Enter")
            password = page.locator(".once code").inner_text()
            page.get_by_role("link", name="to the sign-in page").press("Enter")
            page.get_by_label("Name").fill("Adi Admin")
            page.get_by_label("Password").fill(password)
            page.keyboard.press("Enter")
            for label in ("New password", "The new one again"):
                page.get_by_label(label).fill(PASSWORD)
            page.get_by_label("The password you have now").fill(password)
            page.keyboard.press("Enter")
            expect(page.get_by_text("Your new password holds")).to_be_visible(timeout=LOADED)
            pictures = BUILD / "screenshots"
            pictures.mkdir(parents=True, exist_ok=True)
            for path in ("/admin", "/admin/rights", "/admin/tokens", "/admin/settings", "/admin/health", "/own"):
                page.goto(address + path)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    assert violations(page, axe) == [], (path, scheme)
                page.screenshot(path=pictures / f"{path.strip('/').replace('/', '-')}.png")
        site.close()
