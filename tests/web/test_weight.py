"""What a first visit of the roster takes on the wire, but for pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from talentimg.models import Scope

if TYPE_CHECKING:
    from tests.web.conftest import Site

MOST: Final = 60_000
"""Bytes, for fifty people."""
PACKED: Final = {"Accept": "text/html", "Accept-Encoding": "gzip"}


async def test_a_roster_of_fifty_is_light(site: Site) -> None:
    for number in range(50):
        handles = (("instagram", f"someone.{number}"), ("bluesky", f"someone{number}.example"))
        site.add(f"{number:08x}-5a1f-4a9e-8a51-6f6d1b2c9a10", f"Talent of some length {number}", *handles)
    async with site.browser(headers=PACKED | site.bearer(Scope.ADMIN)) as client:
        page = await client.get("/roster")
        assert page.text.count('<tr><th scope="row">') == 50
        names = sorted(set(re.findall(r'"(/static/[^"]+\.(?:css|js))"', page.text)))
        files = [await client.get(name) for name in names]
    assert len(files) == 4
    assert sum(int(one.headers["content-length"]) for one in (page, *files)) < MOST
