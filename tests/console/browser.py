"""A real browser for tests: opened once, held to silence, with axe-core for accessibility."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
WIDTHS = (390, 768, 1440)
SCHEMES = ("light", "dark")
#: widths looked at in each scheme in every run; set ALL_LOOKS in the environment for every width in both
LOOKED = {scheme: WIDTHS if os.environ.get("ALL_LOOKS") else widths
          for scheme, widths in (("light", (1440,)), ("dark", (390, 768)))}  # fmt: skip
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine; `make test-services` installs it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def axe():
    """axe-core, fetched once; it is a tool of the tests and never shipped."""
    file = BUILD / "test-assets" / "axe.min.js"
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "test-assets.lock").open("w") as lock:  # workers may ask at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            if shutil.which("npm") is None:
                pytest.skip("axe-core is not here and npm, which would bring it, is not installed")
            command = [sys.executable, ROOT / "tools" / "vendor_assets.py", "--test-assets", file.parent]
            subprocess.run(command, check=True)
    return file.read_text("utf-8")


@pytest.fixture
def serve():
    """Serve an application on a free port of this machine; give its address."""
    running = []

    def start(app):
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread, listener))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread, listener in running:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
        assert not thread.is_alive()


def _is_usual(text, missing):
    """Whether a page that is looked for in vain says so, or somebody left while a part of a page was on its way."""
    return (missing and "404" in text) or text.startswith(("htmx:sendAbort,", "htmx:afterRequest,"))


@pytest.fixture
def visit(browser):
    """Open a page and, when the test ends, hold it to silence: no error, no warning, no request elsewhere."""
    opened, heard = [], []

    def go(url, *, scheme="light", width=1440, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        opened.append(context)
        page = context.new_page()
        missing = url.endswith("/nowhere")
        page.on("console", lambda m: None if _is_usual(m.text, missing) else heard.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda error: heard.append(f"page error: {error}"))
        page.on("request", lambda r: None if r.url.startswith("http://127.0.0.1:") else heard.append(r.url))
        page.goto(url)
        plots = page.locator("[data-spec]")
        if options.get("java_script_enabled", True):
            for index in range(plots.count()):
                expect(plots.nth(index)).to_have_attribute("data-ready", "yes")
        return page

    yield go
    for context in opened:
        context.close()
    assert heard == [], heard


def press(page, key):
    """Press a key that a script of the page listens to: that is so once the scripts have run."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def violations(page, axe):
    """Run axe through the debugger's door: the page's own policy lets no foreign script in."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": axe})
    told = "[r.passes.length, r.violations.map(v => [v.id, v.nodes.map(n => n.html)])]"
    run = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then(r => JSON.stringify({told}))"
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    passed, failed = json.loads(answer["result"]["value"])
    assert passed > 5
    return failed


@pytest.fixture
def serve_site(serve):
    """Serve a site to a browser; `visitor` is whom every page is shown to (change `site.doorman.who` at will)."""
    from counterflow.server.app import create_app

    def start(site, **visitor):
        site.doorman = OneVisitor(**visitor)
        return serve(create_app(site))

    return start


class OneVisitor:
    """Lets everybody in as one visitor, whom the test may change."""

    def __init__(self, roles="", *, person="Ada One", purpose="training"):
        from counterflow.access.policy import ROLES
        from counterflow.web.visitor import Visitor

        self.who = Visitor(person, frozenset(roles.split() or ROLES), purpose, f"s-{person}", "session", "form-of-one")

    def __call__(self, request):
        return self.who
