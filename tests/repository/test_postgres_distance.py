"""A database that is far away: what is paid for once however much is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import Action, AuditEntry, Selection
from talentimg.repository.interface import Change
from talentimg.repository.postgres.repository import PostgresRepository
from talentimg.service.run.records import RunRecords
from talentimg.service.run.removing import Remover
from talentimg.service.run.renewing import Renewed, Renewing
from talentimg.service.run.sweep import Keep, Sweeper
from talentimg.store.memory import MemoryObjectStore
from tests.distance import at_a_distance
from tests.repository.builders import NOW, changed, found, picture, shown, talent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.distance import DistantServer
    from tests.postgres import Databases

PAGE = [f"t{number:03}" for number in range(100)]
KEYS = [f"c0/{number:03}.webp" for number in range(500)]
LEASE = timedelta(minutes=10)


@pytest.fixture(params=[0, 10, 50])
def distant(databases: Databases, request: pytest.FixtureRequest) -> Iterator[DistantServer]:
    """The server behind so many milliseconds there and back."""
    assert databases.server is not None
    with at_a_distance("127.0.0.1", databases.server.port, request.param / 1000) as distant:
        yield distant


@pytest.fixture
def far(new_database: str, databases: Databases, distant: DistantServer) -> Iterator[PostgresRepository]:
    assert databases.server is not None
    url = new_database.replace(f":{databases.server.port}/", f":{distant.port}/")
    with PostgresRepository.open(url) as repository:
        repository.add([talent(talent_id, "bluesky", "github") for talent_id in PAGE], NOW)
        yield repository


def change(talent_id: str, repository: PostgresRepository) -> Change:
    """As much as one sync may leave behind."""
    record = repository.load(talent_id)
    return Change(
        talent_id,
        shown(),
        candidates=(found(talent_id, "bluesky"),),
        drop=("github",),
        picture=picture(),
        history=changed(talent_id),
        external_ids=((record.talent.accounts[0].id, "did:1"),),
        account_errors=((record.talent.accounts[0].id, None),),
        read=record,
    )


WORK: dict[str, tuple[int, Callable[[PostgresRepository, list[Change]], object]]] = {
    "load": (1, lambda repository, _: repository.load_many(PAGE)),
    "roster": (1, lambda repository, _: repository.roster(limit=100)),
    "claim": (2, lambda repository, _: repository.claim(NOW, before=None, limit=100, lease=LEASE)),
    "claim and load": (
        2,
        lambda repository, _: repository.claim_page(NOW, before=None, limit=100, lease=LEASE).load(),
    ),
    "renew": (1, lambda repository, _: repository.renew(PAGE, NOW + LEASE)),
    "release": (1, lambda repository, _: repository.release(PAGE)),
    "save": (2, lambda repository, changes: repository.save(changes, NOW)),
    "pictures": (1, lambda repository, _: repository.pictures_by_source(PAGE)),
    "count": (1, lambda repository, _: repository.count_due(NOW, before=None, at_most=10_000)),
    "claims": (1, lambda repository, _: repository.claims(NOW)),
    "due": (1, lambda repository, _: repository.due(NOW, before=None, limit=100)),
    "next due": (1, lambda repository, _: repository.next_due(NOW, min_age=LEASE)),
    "lock the run": (4, lambda repository, _: repository.lock_run()),
    "outlook": (
        1,
        lambda repository, _: repository.outlook(NOW, before=None, at_most=10_000, min_age=LEASE),
    ),
    "announce": (2, lambda repository, _: repository.announce(KEYS, NOW)),
    "say that objects are gone": (1, lambda repository, _: repository.removed(KEYS, KEYS[:9], NOW)),
    "cooldowns": (1, lambda repository, _: repository.cooldowns(NOW)),
    "who is at work": (1, lambda repository, _: repository.at_work(NOW)),
    "begin a round": (1, lambda repository, _: repository.begin_round(NOW, NOW + LEASE)),
    "tokens that end": (
        1,
        lambda repository, _: repository.ending({"tiktok": NOW, "youtube": NOW}, tried_before=NOW, limit=9),
    ),
    "who has to connect again": (1, lambda repository, _: repository.reconnects_needed(limit=9)),
    "webhooks": (1, lambda repository, _: repository.webhooks()),
    "whom the app has removed": (
        1,
        lambda repository, _: repository.missing_talents(NOW, after=None, limit=500),
    ),
    "accounts that are gone": (
        1,
        lambda repository, _: repository.drop_stray_accounts(after=None, limit=500),
    ),
    "what is old": (
        2,
        lambda repository, _: repository.drop_aged(NOW, runs_before=NOW, history_before=NOW, limit=500),
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_a_page_of_talents_takes_a_few_round_trips(
    far: PostgresRepository, distant: DistantServer, name: str
) -> None:
    bound, work = WORK[name]
    changes = [change(talent_id, far) for talent_id in PAGE] if name == "save" else []
    waits = distant.waits
    work(far, changes)
    assert distant.waits - waits <= bound


def test_a_page_of_a_sweep_takes_a_few_round_trips(far: PostgresRepository, distant: DistantServer) -> None:
    unused = [Change(name, Selection(), picture=picture(name, f"of {name}")) for name in PAGE]
    assert far.save(unused, NOW) == []
    far.save_audit([AuditEntry(f"gone {name}", NOW, Action.SET, "eve") for name in PAGE])
    waits = distant.waits
    assert len(far.missing_talents(NOW, after=None, limit=500).unneeded) == len(PAGE)
    assert len(far.unused_pictures(NOW, after=None, limit=500).unneeded) == len(PAGE)
    dropped = far.drop_pictures(PAGE, NOW)
    assert (dropped.pictures, len(dropped.keys)) == (len(PAGE), 2 * len(PAGE))
    assert distant.waits - waits <= 11


def test_a_sweep_with_nothing_to_remove_asks_once_for_each_of_its_parts(
    far: PostgresRepository, distant: DistantServer
) -> None:
    """However many talents there are: a page has room for thousands of them."""
    assert far.save([change(talent_id, far) for talent_id in PAGE], NOW) == []
    store = MemoryObjectStore(lambda: NOW)
    sweeper = Sweeper(far, store, Remover(far, store, lambda: NOW), lambda: NOW, keep=Keep())
    waits = distant.waits
    assert sweeper.sweep().is_complete
    assert distant.waits - waits <= 7


async def test_a_round_with_no_token_to_renew_asks_three_times(
    far: PostgresRepository, distant: DistantServer
) -> None:
    margins = {"instagram": LEASE, "tiktok": LEASE, "youtube": LEASE}
    renewing = Renewing(
        repository=far, platforms=margins, open_providers=lambda: pytest.fail("nobody"), now=lambda: NOW
    )
    waits = distant.waits
    assert await renewing.round() == Renewed()
    assert distant.waits - waits <= 3


def test_a_run_that_begins_asks_and_says_so_once(far: PostgresRepository, distant: DistantServer) -> None:
    assert far.lock_run()  # which it has already, then
    waits = distant.waits
    run = RunRecords(far, lambda: NOW).begin()
    assert RunRecords(far, lambda: NOW).began(run) == NOW
    assert distant.waits - waits <= 2
