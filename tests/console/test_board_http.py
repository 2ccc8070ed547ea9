"""The console over HTTP: what it shows, what it refuses, and that no text of a record can run."""

import json
import re
import types
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from jinja2 import ChoiceLoader, DictLoader

from counterflow.console.layout import templates
from counterflow.core.errors import ConfigError, StoreBusy
from counterflow.web.guard import CONTENT_POLICY
from counterflow.web.visitor import needs

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\x1b[2J"
HTML = {"accept": "text/html"}
PAGES = ("/", "/sheets", "/sheet?office=Harbour+East&lane=post&day=2026-03-09", "/watch", "/nowhere")


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def client(app, **options):
    return TestClient(app, base_url="http://127.0.0.1", headers=HTML, **options)


@pytest.fixture
def web(sample_app, sample_board, sheet_source):
    with client(sample_app(lambda: sample_board, sheet_source)) as asked:
        yield asked


class Page(HTMLParser):
    """Collects what could load or run."""

    def __init__(self, text):
        super().__init__()
        self.names, self.attributes, self.inline, self.addresses, self._in_script = [], [], [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value for name, value in attrs if name in {"src", "href"}]
        self._in_script = tag in {"script", "style"}

    def handle_endtag(self, tag):
        self._in_script = self._in_script and tag not in {"script", "style"}

    def handle_data(self, data):
        if self._in_script and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/static/console.css", "/sheet.css", "/board.json"])
def test_every_answer_carries_the_content_policy(web, path):
    headers = web.get(path).headers
    assert headers["content-security-policy"] == CONTENT_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")


def test_the_policy_lets_nothing_in_from_elsewhere_and_nothing_inline():
    rules = dict(part.strip().split(" ", 1) for part in CONTENT_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in CONTENT_POLICY
    assert "http" not in CONTENT_POLICY


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_from_here_alone_and_hold_no_inline_script_or_style(web, path):
    page = Page(web.get(path).text)
    assert page.addresses
    assert all(a.startswith(("/", "#")) and not a.startswith("//") for a in page.addresses)
    assert page.inline == []
    assert "style" not in page.attributes
    assert not [a for a in page.attributes if a.startswith("on")]


def test_the_board_shows_rate_beside_burden_and_what_is_missed(web):
    text = re.sub(r"<[^>]+>", " ", web.get("/").text)
    for said in (
        "SYNTHETIC training data", "cannot be screened at all", "Undetected in the recorded flow",
        "95 % interval", "Inspected with nothing found", "4 refuted", "12 not present", "K-0001", "4-ANPP",
        "controlled-precursor", "hit rate only", "goods never declared", "9f9f", "As of 2026-03-08",
    ):  # fmt: skip
        assert said in text, said


def test_real_data_is_not_called_synthetic(sample_app, sample_board, sheet_source):
    with client(sample_app(lambda: sample_board | {"synthetic": False}, sheet_source)) as web:
        assert "SYNTHETIC" not in web.get("/").text


def test_an_estimate_that_is_not_informative_is_shown_as_interval_with_the_reason(
    sample_app, sample_board, sheet_source
):
    for row in sample_board["interdiction"]:
        if row["arm"] == "random":
            row |= {"informative": False, "why_not": "too few drawn"}
    with client(sample_app(lambda: sample_board, sheet_source)) as web:
        tile = re.search(r'<li class="tile doubt">.*?Undetected.*?</li>', web.get("/").text, re.DOTALL).group()
    assert "not informative: too few drawn" in tile
    value = re.search(r'Undetected.*?class="value">([^<]*)<', tile).group(1)
    assert " to " in value  # an interval, no point


def test_finds_are_not_shown_as_a_result_where_the_account_refuses_them(sample_board, sheet_source, sample_app):
    refused = sample_board | {"outputs": [], "refused": [{"what": "Finds confirmed", "why": "There is no rate."}]}
    with client(sample_app(lambda: refused, sheet_source)) as web:
        text = text_of(web.get("/").text)
    assert "finds confirmed: 38" not in text
    assert "Not shown: finds confirmed There is no rate." in text
    assert "Harm counted by others: Overdoses: 210" in text
    with client(sample_app(lambda: sample_board, sheet_source)) as web:
        text = text_of(web.get("/").text)
    for said in ("finds confirmed: 38", "38 finds confirmed Rate", "Overdoses: 210 from 2026-01-12 to 2026-03-08, 240 a",
                 "no clear change. Reports are still coming in", "inspections that found nothing", "1 open, 1 of them",
                 "1 granted, 0 in part, 1 refused", "does not say that the one made the other"):  # fmt: skip
        assert said in text, said


def test_the_board_names_single_records_only_to_who_may_read_sheets(training_site, client_as):
    names = {row["record_id"] for row in training_site.board()["sheet"]}
    assert names
    officer, viewer = client_as("officer"), client_as("viewer")
    assert any(name in officer.get("/").text for name in names)
    for path in ("/", "/board.json"):
        text = viewer.get(path).text
        assert not [name for name in names if name in text]


def test_an_empty_workspace_has_a_board_too(sample_app, sheet_source):
    lists = {name: [] for name in ("coverage", "sheet", "interdiction", "burden", "findings", "notes")}
    empty = {"title": "Counterflow", "synthetic": False, "as_of": None, "plan": {}, "ledger": {}} | lists
    with client(sample_app(lambda: empty, sheet_source)) as web:
        answer = web.get("/")
    assert answer.status_code == 200
    assert "Nothing is planned" in answer.text
    assert "nothing has been loaded yet" in answer.text


def strewn(value):
    """Return the same shape with every text replaced by something that would like to run."""
    if isinstance(value, dict):
        return {key: strewn(v) for key, v in value.items()}
    if isinstance(value, list):
        return [strewn(v) for v in value]
    return EVIL if isinstance(value, str) else value


def test_html_in_any_text_field_never_becomes_markup(sample_app, sample_board, sample_sheet, sheet_source):
    def evil_sheets(**which):
        return strewn(sheet_source(**{key: sample_sheet[key] for key in which}))

    with client(sample_app(lambda: sample_board, sheet_source)) as web:
        usual = {path: Page(web.get(path).text) for path in PAGES}
    # What selects rows and decides how they are shown stays; every other text turns evil.
    evil = strewn(sample_board) | {"interdiction": []}
    kept = [{**strewn(r), "lane": r["lane"], "arm": r["arm"]} for r in sample_board["interdiction"]]
    for board in (evil, evil | {"interdiction": kept}):
        with client(sample_app(lambda board=board: board, evil_sheets)) as web:
            for path in PAGES:
                text = web.get(path).text
                page = Page(text)
                assert set(page.names) <= set(usual[path].names)
                assert set(page.attributes) <= set(usual[path].attributes)
                assert page.inline == []
                assert "\u202e" not in text
                assert "\x1b" not in text


def test_charts_reach_the_page_whole(web):
    specs = re.findall(r"data-spec='([^']*)'", web.get("/").text)
    assert len(specs) == 5
    for spec in specs:
        assert json.loads(spec)["data"]["values"]


def test_the_sheet_is_styled_from_here(web):
    page = web.get("/sheet?office=Harbour+East&lane=post&day=2026-03-09&plan=p-4f0c21")
    assert page.status_code == 200
    assert "<mark>4-ANPP</mark>" in page.text
    style = web.get("/sheet.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "@page" in style.text


def test_a_sheet_without_a_day_leads_to_the_list(web):
    answer = web.get("/sheet?office=Harbour+East", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sheets")


def test_an_unknown_sheet_is_a_card_with_the_nearest_name(web):
    answer = web.get("/sheet?office=Harbor+East&lane=post&day=2026-03-09")
    assert answer.status_code == 404
    assert "Did you mean" in answer.text
    assert "Harbour East" in answer.text


def test_a_missing_page_is_a_card_for_people_and_a_document_for_programs(web):
    card = web.get("/nowhere")
    assert card.status_code == 404
    assert "There is no such page" in card.text
    document = web.get("/nowhere", headers={"accept": "application/json"})
    assert document.headers["content-type"] == "application/problem+json"
    assert document.json()["status"] == 404


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_pages_that_would_load_from_elsewhere_are_off(web, path):
    assert web.get(path).status_code == 404


def test_an_address_too_long_is_refused_in_words(web):
    answer = web.get(f"/sheet?day=2026-03-09&office={'x' * 300}")
    assert answer.status_code == 422
    assert "office" in answer.text


def test_pages_are_only_read(web):
    assert web.post("/").status_code == 405


def test_a_failing_board_shows_a_card_and_keeps_the_trace_in_the_log(sample_app, sheet_source, caplog):
    def broken():
        raise ZeroDivisionError("secret detail")

    with client(sample_app(broken, sheet_source), raise_server_exceptions=False) as web:
        answer = web.get("/")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert "This page failed" in answer.text
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


def test_a_busy_store_says_so(sample_app, sheet_source):
    def busy():
        raise StoreBusy("Another process owns the store.", hint="Wait for it.")

    with client(sample_app(busy, sheet_source)) as web:
        answer = web.get("/")
    assert answer.status_code == 503
    assert "Wait for it." in answer.text


def test_another_host_name_is_refused(sample_app, sample_board, sheet_source):
    app = sample_app(lambda: sample_board, sheet_source)
    with TestClient(app, base_url="http://board.example") as web:
        answer = web.get("/")
    assert answer.status_code == 421
    assert "K-0001" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8321", "localhost", "[::1]:8321"])
def test_names_of_this_machine_are_answered(web, host):
    assert web.get("/healthz", headers={"host": host}).json()["status"] == "ok"


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}],
)
def test_a_change_asked_for_by_another_site_is_refused(sample_app, sample_board, sheet_source, headers):
    changes = APIRouter()
    done = []

    @changes.post("/change", dependencies=[needs("own", "act")])
    def change():
        done.append(1)
        return {}

    with client(sample_app(lambda: sample_board, sheet_source, extra_routers=[changes])) as web:
        assert web.post("/change", headers=headers | {"x-csrf-token": "form-of-one"}).status_code == 403
        assert done == []
        mine = {"x-csrf-token": "form-of-one"}
        assert web.post("/change", headers=mine | {"origin": "http://127.0.0.1"}).status_code == 200
        assert web.post("/change", headers=mine).status_code == 200
        assert web.post("/change").status_code == 403
    assert done == [1, 1]


def test_health_says_nothing_of_records(web):
    assert set(web.get("/healthz").json()) == {"status", "version"}


def test_a_page_that_names_no_need_is_never_served(sample_app, sample_board, sheet_source):
    forgotten = APIRouter()

    @forgotten.get("/forgotten")
    def nobody_thought_of_it():
        return {}

    with pytest.raises(ConfigError, match="/forgotten"):
        sample_app(lambda: sample_board, sheet_source, extra_routers=[forgotten])


def test_the_page_of_the_how_to_works_as_written(sample_app, sample_board, sheet_source, monkeypatch):
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-page.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    template = re.search(r"```html\n(.*?)```", text, re.DOTALL).group(1)
    loaders = ChoiceLoader([templates().loader, DictLoader({"starting/page.html": template})])
    monkeypatch.setattr(templates(), "loader", loaders)
    written = types.ModuleType("starting")
    exec(code, written.__dict__)  # noqa: S102 - our own page
    with client(sample_app(lambda: sample_board, sheet_source, extra_routers=[written.router])) as web:
        answer = web.get("/starting")
    assert answer.status_code == 200
    assert "What is starting" in answer.text
    assert "controlled-precursor" in answer.text
    assert "data-spec" in answer.text


def test_scan_coverage_is_a_table_or_says_how_to_fill_it(sample_board, sheet_source, sample_app):
    row = {"port": "*", "vehicle_class": "*", "crossings": 1_200, "scanned_share": 0.25}
    for scans, said in (([row], "all crossings"), ([], "No crossing has been loaded")):
        with client(sample_app(lambda scans=scans: sample_board | {"scans": scans}, sheet_source)) as web:
            page = web.get("/").text
        section = page[page.index('id="scans"') : page.index('id="findings"')]
        assert said in section
        assert ("<table" in section) == bool(scans)
        assert "an input, not a result" in section
