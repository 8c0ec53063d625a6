"""What is done on the roster: somebody is added, and many are changed at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from talentimg.errors import TalentimgError, UsageError
from talentimg.models import OutcomeKind
from talentimg.models.access import Scope
from talentimg.repository.interface import NewTalent
from talentimg.service.people.until import parse_until
from talentimg.service.threads import in_thread
from talentimg.web.pages.account_acts import named
from talentimg.web.pages.acting import Done
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.said import Said, Undo
from talentimg.web.pages.section import Section

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.bootstrap import App
    from talentimg.repository.interface import NewAccount
    from talentimg.web.pages.acting import Asked

MOST: Final = 100
"""People who are changed at once."""
AT_ONCE: Final = 8
"""Looks of one person's wish that go on at the same time."""
_WELL: Final = frozenset(
    {OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.LOCKED, OutcomeKind.OPTED_OUT}
)
_CHANGED: Final = frozenset({OutcomeKind.UPDATED, OutcomeKind.DEMOTED})


class RosterActs(Section):
    """Their routes."""

    @property
    def routes(self) -> list[Route]:
        """`/roster/add` and `/roster/chosen`."""
        return [
            Route("/roster/add", self.page),
            Route("/roster/add", self.add, methods=["POST"]),
            Route("/roster/chosen", self.chosen, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form for somebody new."""
        frame = await self._frames.of(request, Scope.OPERATE)
        is_own = await in_thread(self._app.repository.is_own)
        return self._renderer.html(request, "add", frame=frame, nav="roster", is_own=is_own)

    async def add(self, request: Request) -> Response:
        """Put them on the roster, and look at them."""
        at = addresses_of(request)

        async def work(asked: Asked) -> Done:
            lines = [line.strip() for line in asked.get("accounts").splitlines() if line.strip()]
            accounts = tuple(_account(self._app, line) for line in lines)
            new = NewTalent(asked.get("id"), asked.get("name"), asked.get("email") or None, accounts=accounts)
            add = self._app.roster.add if new.id else self._app.roster.add_by_name
            added = await in_thread(add, new, by=asked.by)
            talent_id = added.talent.id
            await self._look([talent_id], asked.by)
            await in_thread(self._app.overview.touched, talent_id)
            return Done(Said("said.added"), at.talent(talent_id))

        return await self._acting.act(request, work, at.adding)

    async def chosen(self, request: Request) -> Response:
        """Do the same to everybody who is chosen; what keeps it from one does not stop the others."""
        at = addresses_of(request)

        async def work(asked: Asked) -> Done:
            ids = asked.all("pick")[:MOST]
            if not ids:
                raise UsageError("Nobody is chosen.", hint="Tick the people whom it is about.")
            words = {
                "refresh": self._refresh,
                "lock": self._lock,
                "unlock": self._unlock,
                "back": self._go_back,
            }
            said = await words.get(asked.get("word"), self._refresh)(ids, asked, at.bulk("chosen"))
            for talent_id in ids:
                await in_thread(self._app.overview.touched, talent_id)
            return Done(said, at.own(asked.get("back"), "/roster"))

        return await self._acting.act(request, work, at.roster())

    async def _refresh(self, ids: Sequence[str], asked: Asked, action: str) -> Said:
        before = await in_thread(self._versions, ids)
        told = await self._look(ids, asked.by)
        kinds = Counter(told.values())
        trouble = sum(n for kind, n in kinds.items() if kind not in _WELL)
        values = {"updated": str(kinds[OutcomeKind.UPDATED]), "trouble": str(trouble)}
        changed = [one for one in ids if told[one] in _CHANGED and one in before]
        more = [("to", f"{before[one]}") for one in changed]
        return Said("said.looked_many", values, n=len(ids), undo=_undo(action, "back", changed, more))

    def _versions(self, ids: Sequence[str]) -> dict[str, int]:
        """The numbers of what is shown for each, as far as there is one to go back to."""
        found: dict[str, int] = {}
        for talent_id in ids:
            with suppress(TalentimgError):
                number = self._app.history.current(talent_id).number
                found |= {} if number is None else {talent_id: number}
        return found

    async def _go_back(self, ids: Sequence[str], asked: Asked, _: str) -> Said:
        """Show again what was shown before, to undo a refresh. It is locked, so that it stays."""
        numbers = dict(zip(ids, (one for name, one in asked.fields if name == "to"), strict=False))

        def back(talent_id: str) -> bool:
            number = numbers.get(talent_id, "")
            if number.isdecimal():
                self._app.history.rollback(talent_id, int(number), by=asked.by)
            return number.isdecimal()

        done = await in_thread(_each, back, ids)
        return Said("said.back_many", n=len(done), hint="said.until_unlocked")

    async def _lock(self, ids: Sequence[str], asked: Asked, action: str) -> Said:
        now = self._app.now()
        until = parse_until(asked.get("until"), now) if asked.get("until") else None

        def lock(talent_id: str) -> bool:
            record = self._app.repository.load(talent_id)
            if record.policy.is_locked(now):
                return False
            self._app.talent_rules.lock(talent_id, by=asked.by, why=asked.why, until=until)
            return True

        done = await in_thread(_each, lock, ids)
        if asked.get("undo"):
            return Said("said.undone")
        return Said("said.locked_many", n=len(done), undo=_undo(action, "unlock", done))

    async def _unlock(self, ids: Sequence[str], asked: Asked, action: str) -> Said:
        def unlock(talent_id: str) -> bool:
            return self._app.talent_rules.unlock(talent_id, by=asked.by, why=asked.why).is_new

        done = await in_thread(_each, unlock, ids)
        if asked.get("undo"):
            return Said("said.undone")
        return Said("said.unlocked_many", n=len(done), undo=_undo(action, "lock", done))

    async def _look(self, ids: Sequence[str], by: str) -> dict[str, OutcomeKind]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(talent_id: str) -> OutcomeKind:
            async with room:
                try:
                    told = await self._services.refresher.refresh(talent_id, force=True, by=by)
                except TalentimgError:
                    return OutcomeKind.FAILED
                return told.outcome.kind

        looks: list[Awaitable[OutcomeKind]] = [one(talent_id) for talent_id in ids]
        return dict(zip(ids, await asyncio.gather(*looks), strict=True))


def _account(app: App, line: str) -> NewAccount:
    """An account as it is typed on a line of its own: an address, or a platform and a handle."""
    first, _, rest = line.replace(":", " ", 1).partition(" ") if "://" not in line else (line, "", "")
    if rest.strip():
        return named(app, first, rest.strip())
    return named(app, "", line)


def _each(do: Callable[[str], bool], ids: Sequence[str]) -> list[str]:
    done = []
    for talent_id in ids:
        try:
            if do(talent_id):
                done.append(talent_id)
        except TalentimgError:
            continue
    return done


def _undo(action: str, word: str, ids: Sequence[str], more: Sequence[tuple[str, str]] = ()) -> Undo | None:
    if not ids:
        return None
    return Undo(action, [("word", word), ("undo", "1"), *(("pick", one) for one in ids), *more])
