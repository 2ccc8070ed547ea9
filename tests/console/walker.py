"""A how-to read as its reader reads it, and done literally in a browser: what does not fit the wording is refused.

A walk is the numbered list of a how-to. The first line of each item says what to do, in the sentences of `WORDINGS` and no
others; lines indented beneath it explain and are not performed. A block of text under a line that ends in `` `name`: `` is
a file, which `Upload` takes.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

__all__ = ["Walk", "steps_of"]

_BOLD, _CODE = r"\*\*(.+?)\*\*", r"`(.+?)`"
WORDINGS = {
    "be": rf"Be {_BOLD}\.",
    "work_for": rf"Work for {_BOLD}\.",
    "open": rf"Open {_BOLD}\.",
    "back": r"Go back\.",
    "follow": rf"Follow {_BOLD}\.",
    "unfold": rf"Unfold {_BOLD}\.",
    "press": rf"Press {_BOLD}\.",
    "key": rf"Press the keys? {_CODE}\.",
    "choose": rf"Choose {_BOLD} under {_BOLD}\.",
    "tick": rf"Tick {_BOLD}\.",
    "write": rf"Type {_CODE} into {_BOLD}\.",
    "upload": rf"Upload {_CODE} under {_BOLD}\.",
    "save": rf"Save what {_BOLD} gives\.",
    "see": rf"You see {_BOLD}\.",
}
_ITEM = re.compile(r"^\d+\. (.*)$", re.MULTILINE)
_FILE = re.compile(r"^`(?P<name>[\w.-]+)`:\n\n```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps_of(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the steps of a how-to: what is done, and with which words.

    Raises:
        ValueError: a sentence of an item is none of the wordings.

    >>> steps_of("1. Open **Today**. You see **Left**." )
    [('open', ('Today',)), ('see', ('Left',))]
    """
    found = []
    for line in _ITEM.findall(text):
        rest = line.strip()
        while rest:
            fits = [(name, match) for name, like in WORDINGS.items() if (match := re.match(like, rest))]
            if not fits:
                raise ValueError(f"no step: {rest!r}; the wordings are {sorted(WORDINGS)}")
            found.append((fits[0][0], fits[0][1].groups()))
            rest = rest[fits[0][1].end() :].lstrip()
    return found


class Walk:
    """Does the steps of a how-to on a page.

    Args:
        page: where the reader begins.
        text: the how-to.
        folder: where its files are written.
    """

    def __init__(self, page: Page, text: str, folder: Path) -> None:
        self.page, self.folder, self.steps = page, folder, steps_of(text)
        for file in _FILE.finditer(text):
            (folder / file["name"]).write_text(file["text"], "utf-8")

    def do(self) -> int:
        """Do every step in order; return how many there were.

        Raises:
            AssertionError: a step cannot be done, or what should be seen is not.
        """
        for number, (name, words) in enumerate(self.steps, 1):
            try:
                getattr(self, f"_{name}")(*words)
            except Exception as error:
                shown = self.page.locator("main").inner_text()[:600]
                raise AssertionError(f"step {number}, {name} {words} at {self.page.url}: {error}\n{shown}") from error
        return len(self.steps)

    @property
    def _main(self) -> Locator:
        return self.page.locator("main")

    def _be(self, person: str) -> None:
        box = self.page.locator("#trainee")
        if box.count():
            with self.page.expect_navigation():
                box.select_option(label=person)
        else:
            self.page.get_by_role("button", name=person).click()
        expect(self.page.locator("#trainee")).to_have_value(person)

    def _work_for(self, purpose: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("select#purpose").select_option(purpose)
        expect(self.page.locator("select#purpose")).to_have_value(purpose)

    def _open(self, name: str) -> None:
        self.page.locator("#rooms").get_by_role("link", name=name, exact=True).click()

    def _back(self) -> None:
        self.page.go_back()

    def _follow(self, words: str) -> None:
        self._main.get_by_role("link", name=words).first.click()

    def _unfold(self, words: str) -> None:
        self._main.locator("summary", has_text=words).locator("visible=true").first.click()

    def _press(self, words: str) -> None:
        self._main.get_by_role("button", name=words).locator("visible=true").first.click()

    def _key(self, keys: str) -> None:
        for key in keys.split(" "):
            self.page.keyboard.press(key)

    def _choose(self, value: str, label: str) -> None:
        group = self._main.get_by_role("group", name=label).locator("visible=true")
        if group.count():
            group.first.get_by_text(value, exact=False).first.click()
        else:
            box = self._main.get_by_label(label).locator("visible=true").first
            whole = box.locator("option", has_text=value).first.inner_text()
            box.select_option(label=whole.strip())

    def _tick(self, words: str) -> None:
        self._main.get_by_label(words).locator("visible=true").first.check()

    def _write(self, text: str, label: str) -> None:
        self._main.get_by_label(label).locator("visible=true").first.fill(text)

    def _upload(self, name: str, label: str) -> None:
        self._main.get_by_label(label).first.set_input_files(self.folder / name)

    def _save(self, words: str) -> None:
        with self.page.expect_download() as download:
            self._main.get_by_text(words, exact=False).locator("visible=true").first.click()
        assert download.value.path().stat().st_size > 0

    def _see(self, words: str) -> None:
        expect(self._main.get_by_text(words).locator("visible=true").first).to_be_visible()
