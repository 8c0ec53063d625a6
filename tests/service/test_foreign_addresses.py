"""A picture's address is whatever a platform or a roster row says: an outcome, never a bug of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import given

from talentimg.http._httpx import httpx
from talentimg.http.guard import AddressPolicy, Guard
from talentimg.http.sender import Sender
from talentimg.http.web import WebClient, WebLimits
from talentimg.models import OutcomeKind, Reason
from talentimg.providers.interface import Found, RemotePicture
from tests.nasty import SECRET, nasty_links
from tests.service.world import FakeWeb, World, picture_bytes

if TYPE_CHECKING:
    import pytest

    from talentimg.http.interface import Fetched, NotModified, Room


PICTURE: Final = picture_bytes(1)


class GuardedWeb(FakeWeb):
    """The real guarded client, for which every host has the same picture."""

    def __init__(self) -> None:
        super().__init__()
        sender = Sender(httpx.MockTransport(self._answer), headers={})
        limits = WebLimits(timeout_s=5, picture_timeout_s=5, max_picture_bytes=100_000, max_body_bytes=100)
        self._client = WebClient(sender, sender, guard=Guard(AddressPolicy()), limits=limits)

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(PICTURE))

    async def fetch_picture(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: tuple[str, ...] = (),
        room: Room | None = None,
    ) -> Fetched | NotModified:
        return await self._client.fetch_picture(
            url, etag=etag, last_modified=last_modified, hosts=hosts, room=room
        )


def world_with(*urls: str, avatar: str | None = None) -> World:
    """One talent, for whom a platform names these addresses."""
    world = World(web=GuardedWeb())
    world.add("ada", "instagram", avatar=avatar)
    found = Found(RemotePicture(urls, key="k", hosts=()), user_id="1", asked="instagram: ada")
    world.providers["instagram"].answers["ada"] = found
    return world


@given(nasty_links)
async def test_any_address_of_a_picture_ends_in_an_outcome(url: str) -> None:
    world = world_with(url, avatar=url)
    for _ in range(2):  # the second look compares with what the first one kept
        outcome = await world.sync()
        assert outcome.kind in {OutcomeKind.UPDATED, OutcomeKind.UNCHANGED, OutcomeKind.FAILED}


@given(nasty_links, nasty_links)
async def test_an_address_that_changes_into_any_other_ends_in_an_outcome(first: str, second: str) -> None:
    world = world_with("https://cdn.example/a.png", first)
    assert (await world.sync()).kind is OutcomeKind.UPDATED
    world.providers["instagram"].answers["ada"] = Found(RemotePicture((first, second), key="k"))
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED


async def test_an_invalid_address_is_named_as_the_trouble(caplog: pytest.LogCaptureFixture) -> None:
    world = world_with(f"https://ada:{SECRET}@[", avatar=f"https://ada:{SECRET}@\u2100.test/")
    outcomes, _ = await world.run()
    assert outcomes["ada"].kind is OutcomeKind.FAILED
    candidates = world.repository.load("ada").candidates
    assert {candidate.reason for candidate in candidates.values()} == {Reason.BAD_URL, Reason.USERINFO}
    assert SECRET not in f"{candidates} {outcomes} {caplog.text}"
