"""The door over HTTP: who gets in and how, what a browser must send back, and what one visitor may ask at once."""

import re

import anyio
import pytest
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from counterflow.access.doors import Doors
from counterflow.access.passwords import Passwords
from counterflow.console.signin import _ours
from counterflow.core.errors import InputError
from counterflow.server.app import create_app, site_for
from counterflow.store.workspace import Workspace
from counterflow.web.limits import ADDRESS_CHARACTERS, FORM_BYTES, Limits, takes
from counterflow.web.visitor import Visitor, needs

PASSWORD = "corn harbour violet nine"
PAGE = {"accept": "text/html"}
OFFICER, ADMIN = "Olu Officer", "Adi Admin"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An empty workspace with an officer and an admin; passwords are checked with little work."""
    with Workspace(Workspace.create(tmp_path_factory.mktemp("door") / "w")) as workspace:
        doors = Doors(workspace, passwords=Passwords(memory_kib=64, passes=1))
        doors.add_person(OFFICER, ["officer", "supervisor"], by="command-line", password=PASSWORD)
        doors.add_person(ADMIN, ["admin"], by="command-line", password=PASSWORD)
        made = site_for(workspace)
        assert made.access is doors
        yield made
        made.close()


async def swallow(request: Request):
    return len(await request.body())


async def swallow_large(request: Request):
    return len(await request.body())


@pytest.fixture(scope="module")
def app(site):
    router = APIRouter()
    router.post("/small", dependencies=[needs("own", "act")])(swallow)
    router.post("/large", dependencies=[needs("own", "act")])(takes(3 * FORM_BYTES)(swallow_large))
    return create_app(site, extra_routers=[router])


@pytest.fixture
def web(app):
    with TestClient(app, base_url="http://127.0.0.1", headers=PAGE, follow_redirects=False) as asked:
        yield asked


def mark_of(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text).group(1)


def sign_in(web, name=OFFICER, password=PASSWORD, then="/"):
    form = {"csrf": mark_of(web.get("/sign-in")), "name": name, "password": password, "next": then}
    return web.post("/sign-in", data=form)


def session_of(web):
    return next((c for c in web.cookies.jar if re.fullmatch(r"counterflow-[0-9a-f]{8}", c.name)), None)


def test_whoever_is_not_in_is_shown_the_way_in_and_programs_are_told_so(web):
    page = web.get("/queue?name=Müller%26Co")
    assert page.status_code == 303
    assert page.headers["location"] == "/sign-in?next=%2Fqueue%3Fname%3DM%25C3%25BCller%2526Co"
    part = web.get("/queue", headers={"hx-request": "true", "hx-current-url": "http://127.0.0.1/today?day=1"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Ftoday%3Fday%3D1")
    for path in ("/queue", "/v1/checks"):
        told = web.get(path, headers={"accept": "application/json"})
        assert told.status_code == 401
        assert told.json()["code"] == "not-signed-in"


def test_a_session_is_held_by_a_cookie_that_no_script_reads_and_ends_with_the_way_out(web):
    before = web.get("/sign-in")
    assert before.status_code == 200
    answer = sign_in(web, name="olu  officer", then="/own")
    assert (answer.status_code, answer.headers["location"]) == (303, "/own")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if "counterflow-door" not in c)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie  # gone with the browser
    first = session_of(web).value
    page = web.get("/own")
    assert OFFICER in page.text
    sign_in_again = web.get("/sign-in")
    assert sign_in_again.status_code == 303  # whoever is in is not asked again
    assert web.post("/sign-out", data={"csrf": mark_of(page)}).headers["location"] == "/sign-in"
    web.cookies.set(session_of(web).name if session_of(web) else "x", first)
    assert web.get("/own").status_code == 303
    sign_in(web)
    assert session_of(web).value != first  # never the one that was there before


def test_over_tls_the_cookie_belongs_to_this_host_alone(app):
    with TestClient(app, base_url="https://127.0.0.1", headers=PAGE, follow_redirects=False) as web:
        answer = sign_in(web)
        cookies = answer.headers.get_list("set-cookie")
        assert any(c.startswith("__Host-counterflow-") and "Secure" in c and "Path=/" in c for c in cookies)
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert OFFICER in web.get("/own").text


def test_name_and_password_that_do_not_fit_say_not_which(web):
    wrong, unknown = sign_in(web, password="another one of these"), sign_in(web, name="Nobody Here")
    for answer in (wrong, unknown):
        assert answer.status_code == 401
        assert "Name and password do not fit." in answer.text
        assert PASSWORD not in answer.text
    assert session_of(web) is None


def test_after_many_wrong_tries_the_next_waits(site, app):
    site.access.add_person("Tess Tried", ["viewer"], by="command-line", password=PASSWORD)
    with TestClient(app, base_url="http://127.0.0.1", headers=PAGE, client=("127.0.0.9", 1)) as web:
        for _ in range(5):
            assert sign_in(web, name="Tess Tried", password="wrong again and again").status_code == 401
        answer = sign_in(web, name="Tess Tried")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 10
    assert "Try again in" in answer.text


def test_a_form_of_the_door_works_only_in_the_browser_that_it_was_given_to(web):
    form = {"csrf": mark_of(web.get("/sign-in")), "name": OFFICER, "password": PASSWORD}
    web.cookies.clear()
    answer = web.post("/sign-in", data=form)
    assert answer.status_code == 403
    assert "keeps no cookies" in answer.text
    assert session_of(web) is None


@pytest.mark.parametrize(
    "then",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\tevil", "/ok\r\nset-cookie: a=b", "", "/sign-in?next=/sign-in"],
)  # fmt: skip
def test_the_way_in_leads_to_our_own_pages_only(then):
    assert _ours(then) == "/"


@pytest.mark.parametrize("then", ["/queue?text=a%20b&after=x", "/record?source=a&id=b"])
def test_the_way_in_leads_back_to_where_one_was(then):
    assert _ours(then) == then


def test_a_password_that_was_given_opens_the_page_to_set_ones_own_and_nothing_else(site, web):
    _, given = site.access.add_person("Nia New", ["viewer"], by="command-line")
    assert sign_in(web, "Nia New", given, then="/").headers["location"] == "/own/password"
    refused = web.get("/")
    assert (refused.status_code, refused.headers["location"]) == (303, "/own/password")
    assert web.get("/v1/checks").status_code == 403
    page = web.get("/own/password")
    mark = mark_of(page)
    new = "nine violet harbours of corn"
    for form, said in (
        ({"old": given, "new": new, "again": new + "x"}, "The two new passwords differ"),
        ({"old": "wrong", "new": new, "again": new}, "another"),
        ({"old": given, "new": "short", "again": "short"}, "12 to 256 characters"),
        ({"old": given, "new": "Nia New Nia New", "again": "Nia New Nia New"}, "easily guessed"),
    ):
        answer = web.post("/own/password", data=form | {"csrf": mark})
        assert answer.status_code in {401, 422}
        assert said in answer.text
        assert "new password holds" not in answer.text
    done = web.post("/own/password", data={"old": given, "new": new, "again": new, "csrf": mark})
    assert done.headers["location"] == "/own?done=password"
    assert web.get("/").status_code == 200


def test_a_change_needs_the_mark_of_the_very_session(app, web):
    sign_in(web)
    mark = mark_of(web.get("/own"))
    with TestClient(app, base_url="http://127.0.0.1", headers=PAGE, follow_redirects=False) as other:
        sign_in(other, ADMIN)
        foreign = mark_of(other.get("/own"))
    for given in ({}, {"csrf": ""}, {"csrf": "x" * 40}, {"csrf": foreign}):
        answer = web.post("/own/purpose", data=given | {"purpose": "compliance"})
        assert answer.status_code == 403
        assert "older than your session" in answer.text
    ok = web.post(
        "/own/purpose", data={"csrf": mark, "purpose": "compliance"}, headers={"referer": "http://127.0.0.1/own"}
    )
    assert (ok.status_code, ok.headers["location"]) == (303, "/own")
    assert "working for compliance" in web.get("/own").text
    by_header = web.post("/own/purpose", data={"purpose": "inspection"}, headers={"x-csrf-token": mark})
    assert by_header.status_code == 303
    assert web.post("/own/purpose", data={"csrf": mark, "purpose": "research"}).status_code == 403
    assert web.post("/own/purpose", data={"csrf": mark, "purpose": "<b>"}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://127.0.0.1:9"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}, False),
    ],
)
def test_a_change_from_another_site_is_refused_though_it_has_the_mark(web, headers, refused):
    sign_in(web)
    form = {"csrf": mark_of(web.get("/own")), "purpose": "compliance"}
    answer = web.post("/own/purpose", data=form, headers=headers)
    assert (answer.status_code == 403) == refused


def test_another_site_may_link_to_a_page_and_load_nothing(web):
    sign_in(web)
    piece = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert web.get("/own", headers=piece).status_code == 403
    assert web.get("/static/console.css", headers=piece).status_code == 403
    assert web.get("/own", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def token_of(site, **changed):
    asked = {"label": "a program", "scopes": ["board:read", "own:read"], "purpose": "inspection", "by": OFFICER}
    return site.access.tokens.make(OFFICER, **(asked | changed))


def test_a_token_does_what_its_scopes_say_without_a_form_and_nothing_once_it_is_taken_back(site, web):
    text, token = token_of(site)
    shown = {"authorization": f"Bearer {text}", "accept": "application/json"}
    assert web.get("/board.json", headers=shown).status_code == 200
    refused = web.get("/queue", headers=shown)
    assert refused.status_code == 403
    assert "This token may do board:read, own:read and nothing else." in refused.text
    narrow = web.post("/own/purpose", data={"purpose": "compliance"}, headers=shown)
    assert narrow.status_code == 403
    site.access.tokens.revoke(token.id, by=ADMIN)
    after = web.get("/board.json", headers=shown)
    assert after.status_code == 401
    assert "taken back" in after.text


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer cf_nothing_here", "Bearer " + "x" * 3000,
                                   "Bearer ünï", "bearer \x01"])  # fmt: skip
def test_what_is_no_token_opens_nothing_even_beside_a_session(web, shown):
    sign_in(web)
    answer = web.get("/board.json", headers={"authorization": shown.encode(), "accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not-signed-in"


def test_a_token_is_shown_once_and_ends_from_its_own_page(web):
    sign_in(web)
    mark = mark_of(web.get("/own"))
    form = {"csrf": mark, "label": "nightly count", "scope": ["board:read"], "purpose": "inspection", "days": "7"}
    made = web.post("/own/tokens", data=form)
    text = re.search(r"<code>(cf_[^<]+)</code>", made.text).group(1)
    again = web.get("/own")
    assert text not in again.text
    assert "nightly count" in again.text
    asked = {"authorization": f"Bearer {text}"}
    assert web.get("/board.json", headers=asked).status_code == 200
    token = re.search(r'name="token" value="([^"]+)"', again.text).group(1)
    assert web.post("/own/tokens/revoke", data={"csrf": mark, "token": "of-somebody-else"}).status_code == 404
    assert web.post("/own/tokens/revoke", data={"csrf": mark, "token": token}).status_code == 303
    assert web.get("/board.json", headers=asked).status_code == 401
    for bad in ({"days": "a"}, {"days": "9" * 21}, {"scope": ["board:nothing"]}, {"scope": []}, {"label": ""},
                {"scope": ["users:manage"]}, {"days": "0"}):  # fmt: skip
        assert 400 <= web.post("/own/tokens", data=form | bad).status_code < 500, bad


def test_every_look_at_cases_and_every_refusal_is_on_record(site, web):
    sign_in(web)
    web.get("/queue?text=needle")
    web.get("/admin")
    site.access.reads.settle()
    rows = site.workspace.store.rows("SELECT * FROM access_read")
    rows.sort(key=lambda row: row["at"], reverse=True)
    looked = next(row for row in rows if row["resource"] == "queue" and row["query"])
    assert (looked["allowed"], looked["purpose"], looked["roles"]) == (True, "inspection", "officer supervisor")
    assert "needle" not in str(looked)
    assert looked["query"] == site.access.reads.digest("needle")
    refused = next(row for row in rows if row["resource"] == "users")
    assert refused["allowed"] is False
    assert "No rule lets" in refused["reason"]


def test_bodies_and_addresses_have_a_greatest_size(web):
    sign_in(web)
    mark = {"x-csrf-token": mark_of(web.get("/own"))}
    assert web.post("/small", content=b"x" * FORM_BYTES, headers=mark).json() == FORM_BYTES
    for content in (b"x" * (FORM_BYTES + 1), iter([b"x" * FORM_BYTES, b"x"])):
        answer = web.post("/small", content=content, headers=mark)
        assert answer.status_code == 413
        assert "At most 1 MB" in answer.text
    assert web.post("/large", content=b"x" * (FORM_BYTES + 1), headers=mark).json() == FORM_BYTES + 1
    assert web.post("/large", content=b"x" * (3 * FORM_BYTES + 1), headers=mark).status_code == 413
    assert web.get("/find?q=" + "x" * ADDRESS_CHARACTERS).status_code == 414


def ask(app, received, headers=()):
    """Ask an application by hand; give status and problem, `received` telling what the peer sends."""
    told = []

    async def send(message):
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "scheme": "http",
             "headers": [(b"host", b"127.0.0.1"), *headers], "client": ("127.0.0.1", 1), "app": None}  # fmt: skip
    anyio.run(app, scope, received, send)
    return told


async def read_all(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_a_body_that_stops_or_trickles_is_given_up():
    async def silent():
        await anyio.sleep(5)

    async def trickling():
        await anyio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    for peer in (silent, trickling):
        with pytest.raises(HTTPException) as given_up:
            ask(Limits(read_all, silence=0.1, grace=0.1), peer)
        assert given_up.value.status_code == 408


def test_one_session_leaves_room_for_others():
    """Two under way at once are what this one may have: the third is told to wait, another session's is not."""
    released = []

    async def slow(scope, receive, send):
        await released[0].wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    app = Limits(slow, at_once=2, from_one_address=4)
    statuses = {}

    async def one(name, cookie):
        async def send(message):
            statuses.setdefault(name, message.get("status"))

        scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"",
                 "headers": [(b"cookie", cookie)] if cookie else [], "client": ("127.0.0.1", 1),
                 "app": type("App", (), {"state": type("State", (), {"card": None})()})()}  # fmt: skip
        await app(scope, None, send)

    async def all_of_them():
        released.append(anyio.Event())
        async with anyio.create_task_group() as group:
            for name, cookie in (("a1", b"a"), ("a2", b"a")):
                group.start_soon(one, name, cookie)
            await anyio.sleep(0.05)
            await one("a3", b"a")
            for name, cookie in (("b1", b"b"), ("c1", b"c")):
                group.start_soon(one, name, cookie)
            await anyio.sleep(0.05)
            await one("d1", b"d")
            released[0].set()
        await one("a4", b"a")

    anyio.run(all_of_them)
    assert statuses == {"a1": 200, "a2": 200, "a3": 429, "b1": 200, "c1": 200, "d1": 429, "a4": 200}


def test_this_machines_own_user_is_somebody_only_while_nobody_is_named(tmp_path, app, monkeypatch):
    with Workspace(Workspace.create(tmp_path / "w")) as workspace:
        site = site_for(workspace)
        monkeypatch.setitem(app.state._state, "site", site)
        me = Visitor("root", frozenset({"admin", "viewer"}), "administration", "local", "local", "mark")
        site.doorman._local = lambda _request: me
        with TestClient(app, base_url="http://127.0.0.1", headers=PAGE, follow_redirects=False) as web:
            page = web.get("/admin")
            assert "Nobody is named yet" in page.text
            form = {"csrf": "mark", "name": "Vera Viewer", "role": "viewer"}
            assert web.post("/admin/people", data=form, headers={"origin": "http://127.0.0.1"}).status_code == 422
            first = web.post("/admin/people", data=form | {"role": "admin", "name": "Adi Admin"})
            password = re.search(r"<code>([a-z2-9-]{19})</code>", first.text).group(1)
            assert "From now on everybody signs in" in first.text
            assert web.get("/admin").status_code == 303
            assert sign_in(web, "Adi Admin", password).status_code == 303
        site.close()


@pytest.mark.parametrize("said", ["[", "[::1", "user@127.0.0.1", "127.0.0.1:abc", "127.0.0.1:99999999", ""])
def test_a_host_that_is_no_name_and_port_is_refused_with_a_card(web, said):
    answer = web.get("/", headers={"host": said})
    assert (answer.status_code, "content-security-policy" in answer.headers) == (421, True)


def test_an_origin_that_cannot_be_read_is_another_site(web):
    sign_in(web)
    form = {"csrf": mark_of(web.get("/own")), "purpose": "compliance"}
    assert web.post("/own/purpose", data=form, headers={"origin": "http://["}).status_code == 403


def test_nobody_trains_on_records_that_people_sent(site, web):
    sign_in(web)
    page = web.get("/own")
    assert 'value="training"' not in page.text
    assert web.post("/own/purpose", data={"csrf": mark_of(page), "purpose": "training"}).status_code == 403
    with pytest.raises(InputError, match="Nobody trains"):
        token_of(site, purpose="training")


def test_only_this_machines_own_user_chooses_who_to_be_in_the_training_world(site, web, monkeypatch):
    monkeypatch.setitem(site.access.__dict__, "training", True)
    form = {"csrf": mark_of(web.get("/sign-in")), "person": OFFICER}
    answer = web.post("/sign-in/trainee", data=form)
    assert (answer.status_code, session_of(web)) == (401, None)


def test_programs_of_this_machines_own_user_need_no_form_but_browsers_do(tmp_path, app, monkeypatch):
    with Workspace(Workspace.create(tmp_path / "w")) as workspace:
        site = site_for(workspace)
        monkeypatch.setitem(app.state._state, "site", site)
        me = Visitor("root", frozenset({"viewer"}), "research", "local", "local", "mark")
        site.doorman._local = lambda _request: me
        with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as web:
            form = {"purpose": "research"}
            assert web.post("/own/purpose", data=form).status_code == 303
            for browser in ({"origin": "http://127.0.0.1"}, {"sec-fetch-site": "same-origin"}, {"cookie": "a=b"},
                            {"referer": "http://127.0.0.1/"}):  # fmt: skip
                web.cookies.clear()
                assert web.post("/own/purpose", data=form, headers=browser).status_code == 403
        site.close()


def test_an_admin_keeps_people_and_their_tokens_and_sees_no_case(site, web):
    sign_in(web, ADMIN)
    page = web.get("/admin")
    mark = mark_of(page)
    made = web.post("/admin/people", data={"csrf": mark, "name": "Ana <b>Analyst</b>", "role": ["analyst"]})
    assert "Ana &lt;b&gt;Analyst&lt;/b&gt; can sign in now" in made.text
    name = "Ana <b>Analyst</b>"
    for act, role in (("give", "viewer"), ("take", "analyst")):
        done = web.post("/admin/people/role", data={"csrf": mark, "person": name, "role": role, "act": act})
        assert done.status_code == 303
    assert site.access.people.named(name).roles == {"viewer"}
    to_oneself = {"csrf": mark, "person": ADMIN, "role": "viewer", "act": "give"}
    assert web.post("/admin/people/role", data=to_oneself).status_code == 403
    assert "They are changed in the workspace" in web.get("/admin/settings").text
    assert "What was looked at" in web.get("/admin/health").text
    assert "no rule" in web.get("/admin/rights").text
    assert web.get("/admin/rights?role=officer").text.count("<tr>") > 10
    reset = web.post("/admin/people/password", data={"csrf": mark, "person": name})
    assert re.search(r"<code>[a-z2-9-]{19}</code>", reset.text)
    assert web.post("/admin/people/close", data={"csrf": mark, "person": name, "ground": "left"}).status_code == 422
    closed = web.post("/admin/people/close", data={"csrf": mark, "person": name, "ground": "left the office"})
    assert closed.status_code == 303
    assert not site.access.people.named(name).open
    assert web.get("/queue").status_code == 403
    text, token = token_of(site)
    assert "a program" in web.get("/admin/tokens").text
    assert web.post("/admin/tokens/revoke", data={"csrf": mark, "token": token.id}).status_code == 303
    assert web.get("/board.json", headers={"authorization": f"Bearer {text}"}).status_code == 401


def test_who_is_refused_for_their_purpose_is_offered_the_one_that_would_do(client_as):
    refused = client_as("supervisor", purpose="inspection").get("/orders")
    assert refused.status_code == 403
    assert "Work for compliance from now on" in refused.text
    assert "from now on" not in client_as("viewer").get("/orders").text
