"""A digest: what happened, once for each talent, in forms that harm nobody who reads them."""

from __future__ import annotations

import email
import email.policy
import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from talentimg.models import HistoryEntry, Rendition, Run, RunState, Selection
from talentimg.repository.interface import Change, NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.service.telling.digest import MOST_TOLD, Digests
from talentimg.service.telling.letters import as_email, as_html, as_slack, as_text, subject
from talentimg.store.keys import object_key
from talentimg.store.memory import MemoryObjectStore
from tests.repository.builders import DAY, HOUR, NOW, picture, talent

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.service.telling.digest import Digest

NASTY = '<b>Ada</b> & <!channel> "x"'


class Scene:
    def __init__(self) -> None:
        self.repository = MemoryRepository()
        self.store = MemoryObjectStore()
        self.repository.add([NewTalent("ada", NASTY), talent("bob"), talent("cem")], NOW)
        for name in ("red", "blue"):
            self.store.put(key(name), webp(name), "image/webp")

    def show(self, talent_id: str, before: str | None, after: str | None, at: datetime = NOW) -> None:
        entry = HistoryEntry(
            talent_id,
            at,
            "tiktok" if before else "initials",
            before,
            "tiktok" if after else "initials",
            after,
            "x",
            "sync",
        )
        kept = replace(
            picture(after or ""), renditions=(Rendition("webp-96", key(after or ""), 96, 9, "image/webp"),)
        )
        selection = Selection("tiktok", after, synced_at=at) if after else Selection(synced_at=at)
        change = Change(talent_id, selection, history=entry, picture=kept if after else None)
        self.repository.save([change], at)

    def digest(self, since: datetime = NOW - DAY) -> Digest:
        return self.digests.since(since)

    @property
    def digests(self) -> Digests:
        return Digests(
            repository=self.repository,
            store=lambda: self.store,
            link=lambda talent_id, platform: f"https://a.example/?t={talent_id}&p={platform}",
            now=lambda: NOW + HOUR,
        )


def key(name: str) -> str:
    return object_key(name.encode(), "webp")


def webp(colour: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (96, 96), colour).save(written, "WEBP")
    return written.getvalue()


@pytest.fixture
def scene() -> Scene:
    """Somebody has another picture, somebody lost theirs, and somebody is needed."""
    scene = Scene()
    scene.show("ada", None, "red", NOW - 2 * DAY)
    scene.show("ada", "red", "lime")
    scene.show("ada", "lime", "blue")
    scene.show("bob", "red", None)
    scene.show("cem", "red", "blue")
    scene.show("cem", "blue", "red")
    scene.repository.need_reconnect("bob", "youtube", NOW, "It ended.")
    scene.repository.save_run(Run("r1", NOW, "h", 1, state=RunState.VALVE, ended_at=NOW, note="Too many."))
    return scene


def test_everybody_is_told_once_from_the_first_to_the_last(scene: Scene) -> None:
    digest = scene.digest()
    assert [(one.talent_id, one.previous_hash, one.content_hash) for one in digest.changed] == [
        ("ada", "red", "blue")
    ]
    assert [(one.source, one.why) for one in (*digest.changed, *digest.lost)] == [
        ("tiktok", "x"),
        ("initials", "x"),
    ]
    assert [(one.talent_id, one.previous_hash) for one in digest.lost] == [("bob", "red")]
    assert [(one.talent_id, one.platform) for one in digest.needed] == [("bob", "youtube")]
    assert ([run.id for run in digest.runs], digest.tripped) == (["r1"], 1)
    assert subject(digest) == "talentimg: 1 new picture, 1 lost picture, 1 account to connect again"
    earlier = scene.digest(NOW - 3 * DAY)
    assert [(one.previous_hash, one.content_hash) for one in earlier.changed if one.talent_id == "ada"] == [
        (None, "blue")
    ]


def test_a_quiet_day_says_so() -> None:
    digest = Scene().digest()
    assert digest.is_quiet
    assert as_text(digest).endswith("Nothing has happened.")
    assert subject(digest) == "talentimg: all is quiet"


def test_text_tells_all_of_it_and_slack_takes_no_name_for_a_call(scene: Scene) -> None:
    text, slack = as_text(scene.digest()), as_slack(scene.digest())
    for line in ("New pictures: 1", "Lost pictures: 1", "To connect again: 1", "Too many."):
        assert line in text
    assert "https://a.example/?t=bob&p=youtube" in text
    assert text.count("None") == 0
    assert [line.replace("*", "") for line in slack.splitlines()] == [
        line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in text.splitlines()
    ]
    assert "<" not in slack
    assert "&lt;!channel&gt;" in slack
    assert "*New pictures: 1*" in slack


def test_of_a_run_without_a_note_none_is_told() -> None:
    scene = Scene()
    scene.repository.save_run(Run("r1", NOW, "h", 1, state=RunState.VALVE, ended_at=NOW))
    digest = scene.digest()
    assert "0 looked at." in as_text(digest)
    assert "None" not in as_text(digest) + as_html(digest, {})


def test_html_holds_the_pictures_and_no_foreign_markup(scene: Scene) -> None:
    digest = scene.digest()
    page = as_html(digest, scene.digests.pictures(digest))
    assert page.count('src="data:image/jpeg;base64,') == 3
    for heading in ("New pictures", "Lost pictures", "To connect again"):
        assert f">{heading}" in page
    needed = page.partition(">To connect again")[2]
    assert "</strong> (bob)" in needed
    assert '<a href="https://a.example/?t=bob&amp;p=youtube">the link to send</a>' in needed
    assert "None" not in page
    assert "<b>" not in page
    assert "<!channel" not in page
    assert "http://" not in page
    assert "<script" not in page


def test_a_mail_program_finds_text_page_and_pictures(scene: Scene) -> None:
    digest = scene.digest()
    sent = as_email(digest, scene.digests.pictures(digest)).as_bytes()
    got = email.message_from_bytes(sent, policy=email.policy.default)
    assert (got["subject"], got["date"].datetime) == (subject(digest), digest.until.replace(microsecond=0))
    text, page = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "New pictures: 1" in text.get_content()
    images = [part for part in got.walk() if part.get_content_type() == "image/jpeg"]
    ids = {str(part["content-id"]).strip("<>") for part in images}
    assert len(ids) == 2
    for one in ids:
        assert f'src="cid:{one}"' in page.get_content()
    for part in images:
        with Image.open(io.BytesIO(part.get_content())) as shown:
            assert shown.size == (96, 96)


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    scene = Scene()
    many = MOST_TOLD + 7
    scene.repository.add([talent(f"t{number}") for number in range(many)], NOW)
    for number in range(many):
        scene.show(f"t{number}", None, "red", NOW + timedelta(seconds=number))
    digest = scene.digest()
    assert (digest.changed_count, len(digest.changed)) == (many, MOST_TOLD)
    assert "• and 7 more" in as_text(digest)
