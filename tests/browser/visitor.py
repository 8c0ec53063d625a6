"""Somebody who looks at pages in a browser, and notices whatever is wrong with any of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.browser.chromium import RULES

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

_LEFT = "net::ERR_ABORTED"
"""A request that was under way when somebody went on, or typed on."""
_STATUS = re.compile(r"the server responded with a status of (\d+)")

_AT_REST = """
() => Promise.allSettled(
    document.getAnimations().filter(one => one.effect.getComputedTiming().iterations !== Infinity)
        .map(one => one.finished)
)
"""
"""Until nothing fades or moves any more, but for what does so for as long as something is under way."""

_STICKS_OUT = """
() => [...document.querySelectorAll("main *")].filter(one => one.getBoundingClientRect().right > innerWidth)
    .map(one => one.outerHTML.slice(0, 100))
"""


@dataclass
class Visitor:
    """They visit one site. Statuses in `expected` are no fault of a page."""

    context: BrowserContext
    address: str
    axe: str
    expected: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"an error in a script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._asked)

    def go(self, path: str) -> Page:
        """Open a page, and see that it is well."""
        self.page.goto(self.address + path)
        return self._examined()

    def look(self) -> Page:
        """See that the page is well: nothing wider than the screen, and no barrier."""
        self.page.wait_for_load_state("networkidle")
        return self._examined()

    def _examined(self) -> Page:
        self.page.evaluate(_AT_REST)
        wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            who = self.page.evaluate(_STICKS_OUT)
            self.problems.append(f"{self.page.url} is wider than the screen by {wider}: {who}")
        if not self.page.evaluate("'axe' in window"):  # it stays for as long as the page does
            self.page.evaluate(self.axe)
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", list(RULES))
        self.problems += [
            f"{self.page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]
        ]
        return self.page

    def _heard(self, message: ConsoleMessage) -> None:
        status = _STATUS.search(message.text)
        if message.type in {"error", "warning"} and not (status and int(status[1]) in self.expected):
            self.problems.append(f"the console of {self.page.url}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.problems.append(f"failed: {request.url}: {request.failure}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:")):
            self.problems.append(f"asked elsewhere: {request.url}")
