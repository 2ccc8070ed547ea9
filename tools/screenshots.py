"""Make the pictures of the documentation from the real console over the SYNTHETIC training world.

    python tools/screenshots.py            # docs/pictures/*.png and docs/pictures/pictures.toml
    python tools/screenshots.py --check    # say which pictures are older than their pages; no browser needed

A picture is old when the templates, styles or scripts of its page changed after it was made: `pictures.toml` holds a
digest of them for each picture, and a test compares. Chromium must be installed (`tools/services.sh`).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSOLE = ROOT / "src" / "counterflow" / "console"
OUT = ROOT / "docs" / "pictures"
MANIFEST = OUT / "pictures.toml"
WIDTH, HEIGHT = 1280, 860
COLOURS = 96
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class Picture:
    """One picture: its name, the page, its template folder, who of the training world looks, the theme, what to await."""

    name: str
    path: str
    folder: str
    person: str
    scheme: str = "light"
    wait: str = "main h1"


PICTURES = (
    Picture("board", "/", "board", "Sol Supervisor"),
    Picture("today", "/today", "today", "Olu Officer"),
    Picture("queue", "/queue", "queue", "Ana Analyst"),
    Picture("intake", "/intake", "intake", "Ana Analyst"),
    Picture("rates", "/rates", "rates", "Sol Supervisor"),
    Picture("rules", "/rules", "rules", "Sol Supervisor"),
    Picture("watch", "/watch", "watch", "Ana Analyst", scheme="dark"),
    Picture("map", "/map", "map", "Vera Viewer"),
    Picture("orders", "/orders", "orders", "Ana Analyst"),
    Picture("substances", "/substances?text=norfentanyl", "substances", "Ana Analyst"),
    Picture("parties", "/parties", "parties", "Ana Analyst"),
    Picture("redress", "/redress", "redress", "Ana Analyst"),
    Picture("audit", "/audit", "audit", "Ines Inspector"),
    Picture("admin", "/admin", "admin", "Adi Admin"),
    Picture("training", "/training", "training", "Olu Officer"),
    Picture("strategy", "/strategy?mix=naloxone_kits:0.5:2027:3", "strategy", "Ana Analyst"),
    Picture("action", "/actions/training-op-1", "actions", "Sol Supervisor"),
    Picture("targets", "/targets?pack=strategy-2022", "targets", "Vera Viewer"),
    Picture("fairness", "/fairness", "fairness", "Ines Inspector"),
    Picture("care", "/care", "care", "Ana Analyst"),
)


def digest(picture: Picture) -> str:
    """Return what differs once the look of the picture's page may have changed."""
    static = CONSOLE / "static"
    files = [
        *sorted((CONSOLE / "templates" / picture.folder).glob("*.html")),
        CONSOLE / "templates" / "base.html", CONSOLE / "templates" / "parts.html", static / "console.css",
        *sorted((static / "rooms").glob(f"{picture.folder}.*")),
    ]  # fmt: skip
    one = hashlib.sha256()
    for file in files:
        one.update(file.relative_to(CONSOLE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return one.hexdigest()


def old() -> list[str]:
    """Return the names of pictures that are missing or older than their pages."""
    held = tomllib.loads(MANIFEST.read_text("utf-8"))["picture"] if MANIFEST.exists() else {}
    return [p.name for p in PICTURES if held.get(p.name) != digest(p) or not (OUT / f"{p.name}.png").exists()]


def play(folder: Path) -> Path:
    """Play the training world and return its workspace."""
    program = [sys.executable, "-m", "counterflow"]
    subprocess.run(
        [*program, "demo", "--no-serve", "--records", "4000", "--weeks", "12", "--out", folder / "demo"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder / "demo" / "workspace"


def serve(workspace: Path) -> tuple[subprocess.Popen[str], str]:
    """Serve the workspace on a free port; return the process and its address."""
    command = [sys.executable, "-m", "counterflow", "-w", str(workspace), "serve", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr or ():
        if "http://127.0.0.1:" in line:
            return process, "http://127.0.0.1:" + line.split("http://127.0.0.1:")[1].split()[0].rstrip(".")
    sys.exit("the server did not start")


def shrunk(png: bytes) -> bytes:
    """Return a picture of few colours: pages have few, and repositories keep every byte for ever."""
    from PIL import Image

    out = BytesIO()
    image = (
        Image.open(BytesIO(png))
        .convert("RGB")
        .quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def take(address: str, names: set[str]) -> None:
    """Take the pictures."""
    from playwright.sync_api import expect, sync_playwright

    chromium = shutil.which("chromium") or sys.exit("chromium is not installed; tools/services.sh installs it")
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        for picture in (p for p in PICTURES if p.name in names):
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=picture.scheme)
            page.goto(f"{address}/help")
            with page.expect_navigation():
                page.locator("#trainee").select_option(picture.person)
            answer = page.goto(address + picture.path)
            if answer is None or answer.status != 200:
                sys.exit(f"{picture.path} answered {answer and answer.status}")
            page.locator(picture.wait).first.wait_for()
            for plot in page.locator("[data-spec]").all():
                expect(plot).to_have_attribute("data-ready", "yes", timeout=20_000)
            (OUT / f"{picture.name}.png").write_bytes(shrunk(page.screenshot()))
            page.close()
        browser.close()


def main() -> None:
    """Make what is old, or say what is."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--check", action="store_true", help="say which are old and stop")
    ask.add_argument("--all", action="store_true", help="make every picture anew")
    ask.add_argument("--workspace", type=Path, help="serve this training workspace instead of playing a new one")
    given = ask.parse_args()
    names = {p.name for p in PICTURES} if given.all else set(old())
    if given.check:
        sys.exit(f"older than their pages: {', '.join(sorted(names))}; run tools/screenshots.py" if names else 0)
    if not names:
        return
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(given.workspace or play(Path(folder)))
        try:
            take(address, names)
        finally:
            process.terminate()
            process.wait(timeout=30)
    lines = ["# Written by tools/screenshots.py: what each picture's page was made of.", "", "[picture]"]
    MANIFEST.write_text("\n".join([*lines, *(f'{p.name} = "{digest(p)}"' for p in PICTURES)]) + "\n", "utf-8")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
