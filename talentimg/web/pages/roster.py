"""The roster: who is looked for, how many stand how, and a page of people. All of it is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from talentimg.service.decision.state import TalentState
from talentimg.service.people.listing import Sort, Wanted
from talentimg.service.threads import in_thread
from talentimg.shapes import listed_json, plain
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.charts import CLASSES
from talentimg.web.pages.render import PART, twin
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.service.people.overview import Seen
    from talentimg.web.pages.addresses import Addresses
    from talentimg.web.pages.live import LiveRuns
    from talentimg.web.pages.section import Ground

_LONGEST: Final = 200
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    words: str = ""
    states: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sort: Sort = Sort.NAME
    after: str = ""

    @classmethod
    def of(cls, query: QueryParams) -> Asked:
        """What an address asks for; what it cannot ask for is passed over."""
        sort = query.get("sort", "")
        return cls(
            query.get("q", "")[:_LONGEST],
            tuple(one for one in _several(query, "state") if one in set(TalentState)),
            tuple(_several(query, "platform")),
            tuple(_several(query, "source")),
            Sort(sort) if sort in set(Sort) else Sort.NAME,
            query.get("after", ""),
        )

    @property
    def wanted(self) -> Wanted:
        """The same as the service asks it."""
        return Wanted(
            words=tuple(self.words.split()),
            platforms=frozenset(self.platforms),
            sources=frozenset(self.sources),
            states=frozenset(map(TalentState, self.states)),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether less than everybody is asked for."""
        return bool(self.words.strip() or self.states or self.platforms or self.sources)


class _Links:
    """Addresses that ask for something else than what was asked for."""

    def __init__(self, at: Addresses, asked: Asked) -> None:
        self._at = at
        self._asked = asked

    def everybody(self) -> str:
        """Whatever the state."""
        return self._to(replace(self._asked, states=(), after=""))

    def state(self, state: str) -> str:
        """Only these; everybody, if they are asked for."""
        states = () if self._asked.states == (state,) else (state,)
        return self._to(replace(self._asked, states=states, after=""))

    def platform(self, name: str) -> str:
        """Those who have this account as well, or need not."""
        return self._to(replace(self._asked, platforms=_toggled(self._asked.platforms, name), after=""))

    def source(self, name: str) -> str:
        """Those who are shown from there as well, or not."""
        return self._to(replace(self._asked, sources=_toggled(self._asked.sources, name), after=""))

    def sort(self, name: str) -> str:
        """In another order."""
        return self._to(replace(self._asked, sort=Sort(name), after=""))

    def page(self, after: str) -> str:
        """Another page; the first, if that is empty."""
        return self._to(replace(self._asked, after=after))

    def _to(self, asked: Asked) -> str:
        sort = "" if asked.sort is Sort.NAME else asked.sort.value
        return self._at.roster(
            {
                "q": asked.words,
                "state": asked.states,
                "platform": asked.platforms,
                "source": asked.sources,
                "sort": sort,
                "after": asked.after,
            }
        )


class RosterPage(Section):
    """Its routes."""

    def __init__(self, ground: Ground, live: LiveRuns) -> None:
        super().__init__(ground)
        self._live = live

    @property
    def routes(self) -> list[Route]:
        """`/roster`."""
        return [Route("/roster", self.page), Route("/roster.json", self.document)]

    async def page(self, request: Request) -> Response:
        """The roster, or the part of it that a search changes."""
        frame = await self._frames.of(request)
        asked = Asked.of(request.query_params)
        seen = await self._seen(asked)
        template = "roster_empty" if not seen.facets.everybody else "roster"
        if PART in request.headers and seen.facets.everybody:
            template = "roster_found"
        at = addresses_of(request)
        return self._renderer.html(
            request,
            template,
            frame=frame,
            nav="roster",
            asked=asked,
            seen=seen,
            facets=seen.facets,
            links=_Links(at, asked),
            progress=await self._live.progress_of(frame.latest),
            classes=CLASSES,
            twin=at.twin(request),
        )

    async def document(self, request: Request) -> Response:
        """The same for programs."""
        await self._frames.caller(request)
        seen = await self._seen(Asked.of(request.query_params))
        return twin(
            {
                "facets": plain(seen.facets),
                "talents": [listed_json(one) for one in seen.rows],
                "next": seen.next,
            }
        )

    async def _seen(self, asked: Asked) -> Seen:
        return await in_thread(
            self._app.overview.page, asked.wanted, sort=asked.sort, after=asked.after or None
        )


def _several(query: QueryParams, name: str) -> Iterable[str]:
    given = query.getlist(name)[:_MOST]
    return (one for one in dict.fromkeys(given) if one and len(one) <= _LONGEST)


def _toggled(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name) if name in names else (*names, name)
