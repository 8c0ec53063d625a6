"""What is done about one talent on their page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from talentimg.models import OutcomeKind
from talentimg.providers.names import parse_asked
from talentimg.service.people.until import parse_until
from talentimg.service.threads import in_thread
from talentimg.web.pages.acting import Done
from talentimg.web.pages.addresses import addresses_of
from talentimg.web.pages.outcomes import said_of
from talentimg.web.pages.said import Said, Undo
from talentimg.web.pages.section import Section
from talentimg.web.pages.talent import id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from talentimg.models import Lock, TalentRecord
    from talentimg.web.pages.acting import Asked

    Act = Callable[["Asked", str], Awaitable[Said]]


class TalentActs(Section):
    """Their routes."""

    @property
    def routes(self) -> list[Route]:
        """Below `/talents/{key}`."""
        acts: dict[str, Callable[[Undoing], Act]] = {
            "refresh": self._refresh,
            "show": self._show,
            "release": self._release,
            "rollback": self._rollback,
            "lock": self._lock,
            "unlock": self._unlock,
            "undo": self._undo,
        }
        return [
            Route(f"/talents/{{key}}/{word}", self._route(act), methods=["POST"])
            for word, act in acts.items()
        ]

    def _route(self, make: Callable[[Undoing], Act]) -> Any:  # noqa: ANN401  as Starlette has it
        async def route(request: Request) -> Response:
            talent_id = id_of(request)
            at = addresses_of(request)
            page = at.talent(talent_id)
            act = make(Undoing(at.talent(talent_id, "undo")))

            async def work(asked: Asked) -> Done:
                said = await act(asked, talent_id)
                await in_thread(self._app.overview.touched, talent_id)
                return Done(said, at.own(asked.get("back"), page.removeprefix(at.root)))

            return await self._acting.act(request, work, page)

        return route

    async def _load(self, talent_id: str) -> TalentRecord:
        return await in_thread(self._app.repository.load, talent_id)

    async def _number(self, talent_id: str) -> int | None:
        return (await in_thread(self._app.history.current, talent_id)).number

    # -- the picture ----------------------------------------------------------------------

    def _refresh(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            before = await self._number(talent_id)
            told = await self._services.refresher.refresh(talent_id, force=True, by=asked.by)
            changed = told.outcome.kind in {OutcomeKind.UPDATED, OutcomeKind.DEMOTED}
            return said_of(told.outcome, undoing.back_to(before) if changed else None)

        return act

    def _show(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            source = parse_asked(asked.get("source"))
            before, number = await self._load(talent_id), await self._number(talent_id)
            await in_thread(self._app.choosing.choose_from, talent_id, source, by=asked.by, why=asked.why)
            return Said(
                "said.shown",
                {"source": source},
                hint="said.until_released",
                undo=undoing.of_choice(before, number),
            )

        return act

    def _release(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            number = await self._number(talent_id)
            await in_thread(self._app.choosing.unset, talent_id, by=asked.by, why=asked.why)
            return Said("said.released", undo=undoing.back_to(number, "unlock"))

        return act

    def _rollback(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            to = asked.get("to")
            before, number = await self._load(talent_id), await self._number(talent_id)
            done = await in_thread(
                self._app.history.rollback,
                talent_id,
                int(to) if to.isdecimal() else None,
                by=asked.by,
                why=asked.why,
            )
            undo = undoing.of_rollback(before, number, has_choice=done.record.policy.choice is not None)
            return Said("said.rolled_back", hint="said.until_unlocked", undo=undo)

        return act

    # -- the lock -------------------------------------------------------------------------

    def _lock(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            before, now = await self._load(talent_id), self._app.now()
            until = parse_until(asked.get("until"), now) if asked.get("until") else None
            await in_thread(self._app.talent_rules.lock, talent_id, by=asked.by, why=asked.why, until=until)
            lock = before.policy.lock if before.policy.is_locked(now) else None
            return Said("said.locked", undo=undoing.relock(lock) if lock else undoing.steps("unlock"))

        return act

    def _unlock(self, undoing: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            before = await self._load(talent_id)
            await in_thread(self._app.talent_rules.unlock, talent_id, by=asked.by, why=asked.why)
            return Said("said.unlocked", undo=undoing.relock(before.policy.lock))

        return act

    # -- the way back ---------------------------------------------------------------------

    def _undo(self, _: Undoing) -> Act:
        async def act(asked: Asked, talent_id: str) -> Said:
            for step in asked.all("step"):
                await in_thread(self._step, talent_id, step, asked)
            return Said("said.undone")

        return act

    def _step(self, talent_id: str, step: str, asked: Asked) -> None:
        if step == "unlock":
            self._app.talent_rules.unlock(talent_id, by=asked.by)
        elif step == "release":
            self._app.choosing.unset(talent_id, by=asked.by)
        elif step == "lock":
            now = self._app.now()
            until = parse_until(asked.get("until"), now) if asked.get("until") else None
            self._app.talent_rules.lock(talent_id, by=asked.by, why=asked.why, until=until)
        elif step.isdecimal():
            self._app.history.rollback(talent_id, int(step), by=asked.by)


class Undoing:
    """Makes forms that undo what was done about a talent: their steps are done in order."""

    def __init__(self, action: str) -> None:
        self._action = action

    def steps(self, *steps: str) -> Undo:
        """These steps."""
        return Undo(self._action, [("step", step) for step in steps])

    def back_to(self, number: int | None, *more: str) -> Undo | None:
        """Show a version again; None if it has no number."""
        return None if number is None else self.steps(str(number), *more)

    def of_choice(self, before: TalentRecord, number: int | None) -> Undo | None:
        """Take a choice back; one that there was before holds again."""
        return self.back_to(number, "unlock") if before.policy.choice else self.steps("release")

    def of_rollback(self, before: TalentRecord, number: int | None, *, has_choice: bool) -> Undo | None:
        """Take a rollback back. Locked or not, it is as before."""
        if before.policy.lock is not None:
            return self.back_to(number)
        if before.policy.choice is not None:
            return self.back_to(number, "unlock")
        after = ("unlock", "release") if has_choice else ("unlock",)
        # Gone back to, it need not wait for review once more.
        return self.back_to(number, *after) or self.steps(*after)

    def relock(self, lock: Lock | None) -> Undo | None:
        """Lock as it was locked before."""
        if lock is None:
            return None
        until = [("until", lock.until.isoformat())] if lock.until else []
        why = [("why", lock.why)] if lock.why else []
        return Undo(self._action, [("step", "lock"), *until, *why])
