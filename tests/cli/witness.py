"""A roster run that is watched from within: `python -m tests.cli.witness JOURNAL LIMIT`.

Everything is real; put in between is only what writes into a journal that all watched runs share: which
pauses a platform asked for, who came while one was on, and what was sent all the same. It says that it is
ready, and begins when it is told to.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentimg.bootstrap import App
from talentimg.cli.roster_run import run_roster
from talentimg.http.interface import Api, Gate
from talentimg.repository.stored import to_text
from talentimg.service.lookup.gate import PlatformGate
from talentimg.service.lookup.pacing import CACHE_TTL
from talentimg.service.run.nightly import RunRequest
from talentimg.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from talentimg.errors import SourceError
    from talentimg.http import Clients
    from talentimg.http.interface import Exchange, Reply
    from talentimg.models import Cooldown
    from talentimg.providers.interface import Provider
    from talentimg.service.lookup.allowance import Allowance
    from talentimg.service.run.sync import Syncer

READY = "ready"
TOLD = "told"
"""A platform asked for a pause, and that was kept."""
CAME = "came"
"""A platform was to be asked while a pause was on."""
SENT = "sent"
"""It was asked before that pause was over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one process wrote down, and until when the pause lasts that it is about."""

    event: str
    process: int
    platform: str
    until: str


class Journal:
    """A file to which processes add whole lines, so that what stands in it came before what is added."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, event: str, platform: str, until: str) -> None:
        """One more line, by this process."""
        line = json.dumps(asdict(Entry(event, os.getpid(), platform, until)))
        with self.path.open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())

    def entries(self, event: str) -> list[Entry]:
        """All that was written down of one kind."""
        lines = self.path.read_text().split("\n")[:-1] if self.path.exists() else []
        return [entry for line in lines if (entry := Entry(**json.loads(line))).event == event]

    def pause_of(self, platform: str, now: datetime) -> str | None:
        """Until when a platform asked to be left alone, if that is still to come."""
        until = max((e.until for e in self.entries(TOLD) if e.platform == platform), default="")
        return until if until > in_store(now) else None


def in_store(moment: datetime) -> str:
    """A time to the millisecond, as pauses are kept."""
    return to_text(moment) or ""


class WatchedGate(Gate):
    """Looks into the journal before the real gate, and writes down what passes that against a pause.

    How long anything takes does not matter: a pause that stood in the journal before the gate was asked is
    one that the gate could know.
    """

    def __init__(self, gate: Gate, journal: Journal, now: Callable[[], datetime]) -> None:
        assert isinstance(gate, PlatformGate)
        self._gate = gate
        self._platform = gate._platform
        self._journal = journal
        self._now = now

    @asynccontextmanager
    async def passage(self, host: str) -> AsyncIterator[Exchange]:
        until = self._journal.pause_of(self._platform, self._now())
        if until is not None:
            await self._outlast_older_views()
        async with self._gate.passage(host) as exchange:
            if until is not None and in_store(self._now()) < until:
                self._journal.add(SENT, self._platform, until)
            yield exchange

    async def _outlast_older_views(self) -> None:
        """Until the gate, which may use what it read of the store a moment ago, has to look again."""
        pacing = self._gate._pacing
        read_at = pacing._read_at
        while pacing._read_at == read_at and pacing._is_fresh():  # noqa: ASYNC110  it is time that is waited for
            await asyncio.sleep(CACHE_TTL.total_seconds())


class WatchedApi(Api):
    """The real client behind watched gates."""

    def __init__(self, inner: Api, watched: Callable[[Gate], Gate]) -> None:
        self._inner = inner
        self._watched = watched

    def behind(self, gate: Gate) -> Api:
        return self._inner.behind(self._watched(gate))

    async def request(self, method: str, url: str, **options: Any) -> Reply:
        return await self._inner.request(method, url, **options)


def watch(allowance: Allowance, journal: Journal) -> None:
    """Write down every pause once it is kept, and who comes while one is on."""
    pacing = allowance.pacing
    start_cooldown, wait_until_ready = pacing.start_cooldown, allowance.wait_until_ready

    async def watched_start_cooldown(key: str, error: SourceError) -> Cooldown:
        cooldown = await start_cooldown(key, error)
        journal.add(TOLD, key, in_store(cooldown.until))
        return cooldown

    async def watched_ready(key: str, label: str, *, talents: int = 1) -> None:
        until = journal.pause_of(key, pacing.now())
        if until is not None:
            journal.add(CAME, key, until)
        await wait_until_ready(key, label, talents=talents)

    pacing.start_cooldown = watched_start_cooldown  # type: ignore[method-assign]  # the bootstrap chooses the class
    allowance.wait_until_ready = watched_ready  # type: ignore[method-assign]  # likewise


class WatchedApp(App):
    """The program as it is put together, with the journal in it."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(load_settings())
        self._journal = journal

    def _syncer(self, clients: Clients, allowance: Allowance) -> Syncer:
        watch(allowance, self._journal)
        return super()._syncer(clients, allowance)

    def _providers(self, clients: Clients, allowance: Allowance) -> Callable[[str], Provider | None]:
        api = WatchedApi(clients.api, lambda gate: WatchedGate(gate, self._journal, self.now))
        return super()._providers(replace(clients, api=api), allowance)


def main(journal: str, limit: str) -> int:
    """The run of `sync-all --json --join --limit LIMIT`, once it is told to begin."""
    print(READY, flush=True)
    sys.stdin.readline()
    app = WatchedApp(Journal(Path(journal)))
    try:
        return run_roster(app, RunRequest(app.schedule.due_before(), int(limit), join=True), as_json=True)
    finally:
        app.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
