"""A picture that a person chooses: checked like any other, shown until it is taken back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.errors import ObjectError, PictureError, TalentNotFound, TryLater, UsageError
from talentimg.http.interface import Fetched
from talentimg.models import INITIALS, MANUAL, OutcomeKind, Part, Policy, Reason, Selection, Suspect
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.decision.versions import BY_MENDING
from talentimg.service.people.choosing import Brought
from talentimg.store.memory import MemoryObjectStore
from tests.service.world import World, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from talentimg.service.decision.versions import Version
    from talentimg.service.people.decisions import Decided

URL = "https://agency.example/ada.jpg?key=secret"


class FullStore(MemoryObjectStore):
    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        raise ObjectError("The disk is full.")


async def shown_world(**options: object) -> World:
    """Ada shows what Instagram offers."""
    world = World(**options)  # type: ignore[arg-type]
    world.add("ada", "instagram", "tiktok")
    world.offers("instagram", "ada", 1)
    await world.sync()
    return world


async def choose(world: World, seed: int = 7, talent_id: str = "ada") -> Decided:
    brought = Brought("portrait.jpg", picture_bytes(seed))
    return await world.choosing().choose(talent_id, brought, by="eve", why="press kit")


class OfTheApp(MemoryRepository):
    """A roster whose rows are the app's."""

    def is_own(self) -> bool:
        return False


async def test_a_file_never_empties_the_column_where_the_app_has_an_address() -> None:
    world = await shown_world(repository=OfTheApp())
    before = world.repository.load("ada")
    with pytest.raises(UsageError, match="no address of the picture"):
        await choose(world)
    after = world.repository.load("ada")
    assert (after.selection, after.policy, world.repository.audit("ada")) == (
        before.selection,
        before.policy,
        [],
    )
    world.web.pictures[URL] = picture_bytes(7)
    await world.choosing().choose("ada", Brought(URL), by="eve")
    assert world.repository.load("ada").selection.url == URL
    world.rules().opt_out("ada", by="eve")  # has a way whatever the app is left with
    world.public_url = "https://pictures.example"
    world.rules().opt_in("ada", by="eve")
    assert (await choose(world)).outcome.url


async def test_the_history_keeps_no_key_of_an_address_that_a_person_gave() -> None:
    world = await shown_world()
    world.web.pictures[URL] = picture_bytes(7)
    await world.choosing().choose("ada", Brought(URL), by="eve")
    world.pass_time(minutes=1)
    world.choosing().unset("ada", by="eve")
    assert "secret" not in repr((world.repository.history("ada", limit=9), world.repository.audit("ada")))
    (version,) = chosen_versions(world)
    world.pass_time(minutes=1)
    assert world.history().rollback("ada", version.number, by="eve").outcome.source == MANUAL


async def test_an_address_without_a_key_is_one_to_go_back_to() -> None:
    world = await shown_world(repository=OfTheApp())
    url = URL.partition("?")[0]
    world.web.pictures[url] = picture_bytes(7)
    await world.choosing().choose("ada", Brought(url), by="eve")
    world.pass_time(minutes=1)
    world.choosing().unset("ada", by="eve")
    (version,) = chosen_versions(world)
    assert world.history().rollback("ada", version.number, by="eve").outcome.url == url


def chosen_versions(world: World) -> list[Version]:
    events = world.history().events("ada", limit=9)
    return [e.version for e in events if e.version and e.version.source == MANUAL]


async def test_one_goes_back_to_a_file_under_the_address_that_it_had() -> None:
    world = await shown_world(repository=OfTheApp(), public_url="https://pictures.example")
    await choose(world)
    world.pass_time(minutes=1)
    world.choosing().unset("ada", by="eve")
    (version,) = chosen_versions(world)
    world.public_url = None
    world.pass_time(minutes=1)
    done = world.history().rollback("ada", version.number, by="eve")
    assert done.outcome.url


async def test_it_is_shown_whatever_the_sources_offer_and_nobody_is_asked() -> None:
    world = await shown_world()
    done = await choose(world)
    shown = world.repository.load("ada").selection
    assert (shown.source, shown.content_hash) == (MANUAL, done.outcome.content_hash)
    for asked in world.providers.values():
        asked.asked.clear()
    for force in (False, True):
        world.pass_time(days=30)
        world.offers("instagram", "ada", 2)
        outcome = await world.sync(force=force)
        assert (outcome.kind, outcome.source) == (OutcomeKind.LOCKED, MANUAL)
        assert outcome.detail == "Chosen by eve on 2026-11-24: press kit."
    await world.run()
    assert [provider.asked for provider in world.providers.values()] == [[], [], []]
    after = world.repository.load("ada").selection
    assert (after.source, after.content_hash) == (MANUAL, shown.content_hash)


async def test_of_one_picture_a_person_may_want_one_square_and_another_person_the_whole() -> None:
    world = await shown_world()
    world.web.pictures[URL] = body = picture_bytes(7)
    whole = (await choose(world)).outcome.content_hash
    left, right = Part(0, 0, 120), Part(120, 0, 120)
    shown = [
        (await world.choosing().choose("ada", brought, by="eve")).outcome.content_hash
        for brought in (Brought("a.jpg", body, left), Brought("a.jpg", body, right), Brought(URL, part=left))
    ]
    assert len({whole, *shown}) == 3
    assert shown[0] == shown[2], "wherever the bytes came from"
    assert [e.about.get("square") for e in world.repository.audit("ada")] == [
        "0,0,120",
        "120,0,120",
        "0,0,120",
        None,
    ]
    assert (await choose(world)).outcome.content_hash == whole
    assert (await world.sync(force=True)).content_hash == whole


async def test_a_square_outside_of_the_picture_is_refused() -> None:
    world = await shown_world()
    brought = Brought("a.jpg", picture_bytes(7), Part(200, 0, 100))
    with pytest.raises(UsageError, match=r"a\.jpg cannot be shown: The picture is 240 by 240 pixels"):
        await world.choosing().choose("ada", brought, by="eve")


async def test_taken_back_it_gives_way_at_once_to_what_is_known() -> None:
    world = await shown_world()
    before = world.repository.load("ada").selection
    await choose(world)
    world.pass_time(hours=1)
    done = world.choosing().unset("ada", by="mia")
    record = world.repository.load("ada")
    assert (done.is_new, done.outcome.source) == (True, "instagram")
    assert (record.selection.content_hash, record.policy.choice) == (before.content_hash, None)
    assert MANUAL not in record.candidates
    assert (await world.sync()).kind is OutcomeKind.UNCHANGED
    assert not world.choosing().unset("ada", by="mia").is_new
    assert [e.action for e in world.repository.audit("ada")] == ["unset", "set"], "nothing was said twice"


async def test_without_another_source_initials_are_shown_again() -> None:
    world = World()
    world.add("ada")
    await choose(world)
    assert world.choosing().unset("ada", by="eve").outcome.source == INITIALS


async def test_what_an_older_program_was_told_to_show_is_taken_back_too() -> None:
    world = await shown_world()
    record = world.repository.load("ada")
    old = Selection(MANUAL, url="https://old.example/ada.png", synced_at=world.now)
    world.repository.save([Change("ada", old, read=record)], world.now)
    assert (await world.sync()).detail == "A person chose it with an older program."
    assert world.choosing().unset("ada", by="eve").outcome.source == "instagram"
    assert world.repository.load("ada").selection.source == "instagram"


async def test_another_choice_takes_its_place() -> None:
    world = await shown_world()
    first, second = await choose(world, 7), await choose(world, 8)
    assert first.outcome.content_hash != second.outcome.content_hash
    history = world.repository.history("ada")
    assert [(e.from_source, e.to_source) for e in history[:2]] == [(MANUAL, MANUAL), ("instagram", MANUAL)]


async def test_an_address_is_fetched_once_and_its_secrets_are_kept_nowhere() -> None:
    world = await shown_world()
    world.web.pictures[URL] = picture_bytes(9)
    await world.choosing().choose("ada", Brought(URL), by="eve")
    record = world.repository.load("ada")
    assert record.selection.url == URL, "the app is given the address that works"
    said = world.repository.audit("ada")[0]
    assert said.about["picture"] == "https://agency.example/ada.jpg"
    assert record.candidates[MANUAL].asked == "manual: https://agency.example/ada.jpg"
    assert world.web.fetched.count(URL) == 1


async def test_where_our_copies_are_served_the_app_is_given_the_address_of_ours() -> None:
    world = await shown_world(public_url="https://pictures.example")
    done = await choose(world)
    name = done.outcome.content_hash or ""
    assert done.outcome.url == f"https://pictures.example/{name[:2]}/{name}.webp"


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "portrait.jpg cannot be shown"),
        (b"<html>", "portrait.jpg cannot be shown"),
        (picture_bytes(1)[:2000], "portrait.jpg cannot be shown"),
        (png(Image.new("RGB", (400, 400), "red")), "one flat colour"),
        (png(Image.effect_noise((8, 8), 90)), "portrait.jpg cannot be shown"),
        (bytes(1_000_001), "larger than 1000000 bytes"),
    ],
)
async def test_what_is_no_good_picture_is_refused_and_nothing_changes(body: bytes, says: str) -> None:
    world = await shown_world()
    before = world.repository.load("ada")
    with pytest.raises(UsageError, match=says):
        await world.choosing().choose("ada", Brought("portrait.jpg", body), by="eve")
    assert world.repository.load("ada") == before
    assert world.repository.audit("ada") == []


async def test_a_square_that_is_a_placeholder_is_refused_although_our_copy_is_cut_otherwise_by_now() -> None:
    world = await shown_world()
    brought = Brought("a.jpg", picture_bytes(7), Part(0, 0, 120))
    await world.choosing().choose("ada", brought, by="eve")
    square = world.repository.load("ada").candidates[MANUAL].source_hash or ""
    world.repository.save_suspect(Suspect("instagram", square, "an earlier cut", world.now, 3))
    world.add("bob")
    with pytest.raises(UsageError, match="treated as a placeholder"):
        await world.choosing().choose("bob", brought, by="eve")
    await choose(world, talent_id="bob")  # all of it is another picture


@pytest.mark.parametrize("how", ["bytes", "looks"])
async def test_a_placeholder_of_any_source_is_refused_by_its_bytes_and_by_its_looks(how: str) -> None:
    world = await shown_world()
    candidate = world.repository.load("ada").candidates["instagram"]
    picture = world.repository.picture(candidate.content_hash or "")
    assert picture
    world.repository.save_suspect(
        Suspect("tiktok", picture.source_hash, picture.content_hash, world.now, 9, likeness=picture.likeness)
    )
    body = picture_bytes(1)
    brought = Brought("logo.jpg", body if how == "bytes" else reencoded(body))
    with pytest.raises(UsageError, match="treated as a placeholder") as refused:
        await world.choosing().choose("ada", brought, by="eve")
    assert refused.value.hint == "If it is a real picture, say so: talentimg placeholders"
    world.placeholders().allow(picture.source_hash[:8], by="eve")
    world = World(repository=world.repository)  # another process
    assert (await world.choosing().choose("ada", brought, by="eve")).is_new


def reencoded(body: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(body)).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (PictureError("No.", reason=Reason.ADDRESS), UsageError),
        (PictureError("Gone.", reason=Reason.MISSING), UsageError),
        (PictureError("A wall.", reason=Reason.NOT_IMAGE), UsageError),
        (PictureError("Slow.", reason=Reason.TIMEOUT), TryLater),
        (PictureError("Too many.", reason=Reason.THROTTLED), TryLater),
    ],
)
async def test_only_what_passes_by_itself_is_to_be_tried_again(
    trouble: PictureError, error: type[Exception]
) -> None:
    world = await shown_world()
    world.web.pictures[URL] = trouble
    with pytest.raises(error, match=r"ada\.jpg cannot be shown") as refused:
        await world.choosing().choose("ada", Brought(URL), by="eve")
    assert "secret" not in str(refused.value)


async def test_no_row_names_a_picture_that_could_not_be_stored() -> None:
    world = World(store=FullStore())
    world.add("ada")
    with pytest.raises(ObjectError, match="The disk is full"):
        await choose(world)
    assert world.repository.load("ada").candidates == {}


async def test_a_lock_and_an_opt_out_stand_against_it_and_say_how_to_lift_them() -> None:
    world = await shown_world()
    world.rules().lock("ada", by="mia", why="premiere.")
    with pytest.raises(UsageError, match=r"locked by mia on 2026-11-24: premiere\.") as refused:
        await choose(world)
    assert "talentimg unlock ada" in (refused.value.hint or "")
    world.rules().unlock("ada", by="mia")
    await choose(world)
    world.rules().lock("ada", by="mia")
    with pytest.raises(UsageError, match="locked by mia"):
        world.choosing().unset("ada", by="eve")
    world.rules().unlock("ada", by="mia")
    world.rules().opt_out("ada", by="mia")
    with pytest.raises(UsageError, match="wants no picture at all"):
        await choose(world)


async def test_nothing_is_fetched_for_one_whom_nobody_knows_or_who_has_a_lock() -> None:
    world = await shown_world()
    world.rules().lock("ada", by="mia")
    world.web.fetched.clear()
    for talent_id, error in (("nobody", TalentNotFound), ("ada", UsageError)):
        with pytest.raises(error):
            await world.choosing().choose(talent_id, Brought(URL), by="eve")
    assert world.web.fetched == []


async def test_somebody_who_locks_it_during_the_fetch_was_first() -> None:
    world = await shown_world()

    async def locked_meanwhile(url: str, **_: object) -> Fetched:
        world.rules().lock("ada", by="mia")
        return Fetched(picture_bytes(9))

    world.web.fetch_picture = locked_meanwhile  # type: ignore[method-assign]  # a person acts meanwhile
    with pytest.raises(UsageError, match="locked by mia"):
        await world.choosing().choose("ada", Brought(URL), by="eve")
    assert world.repository.load("ada").policy.choice is None


async def test_its_damaged_files_are_made_anew_from_what_is_left() -> None:
    world = await shown_world()
    done = await choose(world)
    picture = world.repository.picture(done.outcome.content_hash or "")
    assert picture
    world.store.delete(picture.rendition("webp-400").key if len(picture.renditions) > 1 else "")
    world.pass_time(days=1)
    outcome = await world.sync()
    assert (outcome.kind, outcome.source) == (OutcomeKind.LOCKED, MANUAL)
    record = world.repository.load("ada")
    made = world.repository.picture(record.selection.content_hash or "")
    assert made
    assert all(world.store.exists(form.key) for form in made.renditions)
    assert record.candidates[MANUAL].content_hash == record.selection.content_hash
    if made.content_hash != picture.content_hash:
        assert world.repository.history("ada")[0].by == BY_MENDING


async def test_imports_and_connects_leave_it() -> None:
    world = await shown_world()
    done = await choose(world)
    world.roster().import_talents(
        [NewTalent("ada", "Ada", accounts=(NewAccount("instagram", "other"),))], allow_losses=5
    )
    await world.connect("ada", NewAccount("tiktok", "new"))
    await world.disconnect("ada", "tiktok")
    record = world.repository.load("ada")
    assert (record.selection.source, record.selection.content_hash) == (MANUAL, done.outcome.content_hash)
    assert record.policy != Policy()


class SweptMeanwhile(MemoryRepository):
    """Somebody sweeps the files of a picture while a person's choice of it is written."""

    def __init__(self, store: MemoryObjectStore) -> None:
        super().__init__()
        self.store = store
        self.sweeps = 1

    def save(self, changes: Iterable[Change], now: datetime) -> list[str]:
        known = list(changes)
        pictures = [change.picture for change in known if change.picture]
        if self.sweeps == 0 or not pictures:
            return super().save(known, now)
        self.sweeps -= 1
        keys = self.announce([form.key for picture in pictures for form in picture.renditions], now)
        stale = super().save(known, now)
        for key in keys:
            self.store.delete(key)
        self.removed(keys, (), now)
        return stale


async def test_a_picture_that_a_sweep_removes_meanwhile_is_stored_again() -> None:
    store = MemoryObjectStore()
    world = World(repository=SweptMeanwhile(store), store=store)
    world.add("ada")
    done = await choose(world)
    picture = world.repository.picture(done.outcome.content_hash or "")
    assert picture is not None
    assert all(store.get(form.key) for form in picture.renditions)
    assert [entry.action for entry in world.repository.audit("ada")] == ["set"]
