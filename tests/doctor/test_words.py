"""What people decided and what is lost of it: found, kept again in their name, or said."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from talentimg.models import INITIALS, MANUAL, Action, AuditEntry, Review, ReviewState, Selection, Suspect
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.service.decision.versions import BY_DOCTOR
from talentimg.service.doctor.interface import Severity
from talentimg.service.people.choosing import Brought
from tests.doctor.scene import code, done, trouble
from tests.service.world import picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from talentimg.bootstrap import App
    from talentimg.models import TalentRecord
    from tests.doctor.scene import Scene

pytestmark = pytest.mark.network

LOSE_POLICIES = "DELETE FROM talentimg_policies"
LOSE_DISCONNECTS = "DELETE FROM talentimg_disconnects"
LOSE_REVIEWS = "DELETE FROM talentimg_reviews"
LOSE_SUSPECTS = "DELETE FROM talentimg_suspects"
THE_APP_ADDS = """
INSERT INTO "SocialAccountConnection" (id, "creatorId", platform, handle, connected, "createdAt", "updatedAt")
VALUES ('new', 'zoe', 'GITHUB', 'zoe-brandt', 1, ?, ?)
"""


def lock(talent_id: str, hours: int | None = None) -> Callable[[App], object]:
    def said(app: App) -> object:
        until = app.now() + timedelta(hours=hours) if hours else None
        return app.talent_rules.lock(talent_id, by="eve", why="for the fair", until=until)

    return said


def unlock(talent_id: str) -> Callable[[App], object]:
    return lambda app: app.talent_rules.unlock(talent_id, by="ann")


def unset(talent_id: str) -> Callable[[App], object]:
    return lambda app: app.choosing.unset(talent_id, by="ann")


def opt_out(talent_id: str, platform: str | None = None) -> Callable[[App], object]:
    return lambda app: app.talent_rules.opt_out(talent_id, platform, by="eve")


def opt_in(talent_id: str, platform: str | None = None) -> Callable[[App], object]:
    return lambda app: app.talent_rules.opt_in(talent_id, platform, by="ann")


def order(talent_id: str, *sources: str) -> Callable[[App], object]:
    return lambda app: app.talent_rules.order(talent_id, sources, by="eve")


def choose(talent_id: str) -> Callable[[App], object]:
    brought = Brought("hers.jpg", picture_bytes(7))
    return lambda app: asyncio.run(app.choosing.choose(talent_id, brought, by="eve"))


def disconnect(talent_id: str, platform: str) -> Callable[[App], object]:
    return lambda app: asyncio.run(all_of(app.accounts.disconnect(talent_id, platform, by="eve")))


def connect(talent_id: str, platform: str, handle: str) -> Callable[[App], object]:
    account = NewAccount(platform, handle)
    return lambda app: asyncio.run(all_of(app.accounts.connect(talent_id, account, by="eve")))


async def all_of(steps: AsyncIterator[object]) -> None:
    async for _ in steps:
        pass


def forget(talent_id: str, platform: str) -> Callable[[App], object]:
    return lambda app: app.forgetting.forget(talent_id, platform, by="eve")


def reject(talent_id: str) -> Callable[[App], object]:
    """Of a picture that waited."""

    def said(app: App) -> object:
        record = app.repository.load(talent_id)
        shown = app.repository.picture(str(record.selection.content_hash))
        assert shown
        hashes = (shown.source_hash, shown.content_hash)
        review = Review(talent_id, "github", *hashes, ReviewState.WAITING, app.now(), shown.likeness)
        app.repository.save([Change(talent_id, Selection(), reviews=(review,))], app.now())
        return app.reviews.settle(review, ReviewState.REJECTED, by="eve", why="not her")

    return said


def kept(scene: Scene, talent_id: str) -> tuple[TalentRecord, object]:
    """All that is known of somebody, but for since when a picture waited: that is on no record."""
    with closing(scene.app(dry=True)) as app:
        record, disconnected = app.repository.load(talent_id), app.repository.disconnected([talent_id])
    reviews = tuple(replace(one, proposed_at=one.decided_at or one.proposed_at) for one in record.reviews)
    return replace(record, reviews=reviews), disconnected


@pytest.mark.parametrize(
    ("word", "talent_id", "told"),
    [
        (lock("ada"), "ada", "ada (a lock)"),
        (lock("ada", hours=48), "ada", "ada (a lock)"),
        (opt_out("zoe"), "zoe", "zoe (no picture)"),
        (opt_out("zoe", "github"), "zoe", "zoe (no picture from github)"),
        (order("ada", "github", "instagram"), "ada", "ada (the order of sources)"),
        (reject("zoe"), "zoe", "zoe (a picture from github rejected)"),
        (choose("priya"), "priya", "priya (the chosen picture)"),
        (disconnect("priya", "bluesky"), "priya", "priya (bluesky disconnected)"),
    ],
)
def test_a_word_that_is_lost_is_kept_again_as_it_was(
    scene: Scene, word: Callable[[App], object], talent_id: str, told: str
) -> None:
    scene.say(word)
    before = kept(scene, talent_id)
    assert trouble(scene.examine()) == []
    scene.sql(LOSE_POLICIES)
    scene.sql(LOSE_DISCONNECTS)
    scene.sql(LOSE_REVIEWS)
    assert kept(scene, talent_id) != before
    examined = scene.examine()
    assert trouble(examined) == [("words", Severity.NEEDS_YOU, (talent_id,))]
    assert any(told in finding.what for one in examined for finding in one.findings)
    healed = scene.examine(fix=True)
    assert (trouble(healed), code(healed)) == ([], 0)
    assert "What people decided about 1 talent is kept again." in done(healed)
    assert kept(scene, talent_id) == before


def test_a_whole_table_that_is_lost_is_kept_again(scene: Scene) -> None:
    scene.say(
        lock("ada"), order("ada", "github"), opt_out("zoe"), choose("priya"), disconnect("sakura", "youtube")
    )
    everybody = ("ada", "priya", "sakura", "zoe")
    before = [kept(scene, talent_id) for talent_id in everybody]
    scene.sql(LOSE_POLICIES)
    scene.sql(LOSE_DISCONNECTS)
    assert trouble(scene.examine()) == [("words", Severity.NEEDS_YOU, everybody)]
    assert trouble(scene.examine(fix=True)) == []
    assert [kept(scene, talent_id) for talent_id in everybody] == before


def test_what_was_taken_back_or_has_run_out_is_no_loss(scene: Scene) -> None:
    scene.say(
        lock("ada"),
        unlock("ada"),
        lock("sakura", hours=1),
        opt_out("zoe"),
        opt_in("zoe"),
        order("priya", "github"),
        order("priya"),
        disconnect("priya", "bluesky"),
        connect("priya", "bluesky", "priya.bsky.example"),
    )
    scene.sql(LOSE_POLICIES)
    scene.ahead = timedelta(hours=1, minutes=1)
    with closing(scene.app(dry=True)) as app:
        words = next(one for one in app.doctor().examine() if one.check == "words")
    assert [finding.severity for finding in words.findings] == [Severity.WELL]


@pytest.mark.parametrize(
    ("word", "taken_back"),
    [
        (lock("zoe"), unlock("zoe")),
        (opt_out("zoe"), opt_in("zoe")),
        (opt_out("zoe", "github"), opt_in("zoe", "github")),
        (order("zoe", "github"), order("zoe")),
        (choose("zoe"), unset("zoe")),
    ],
)
def test_what_is_taken_back_after_it_was_lost_is_not_kept_again(
    scene: Scene, word: Callable[[App], object], taken_back: Callable[[App], object]
) -> None:
    """Nothing changes by that, but what was said is laid to rest."""
    scene.say(word)
    scene.sql(LOSE_POLICIES)
    scene.say(taken_back)
    assert trouble(scene.examine()) == []
    with closing(scene.app(dry=True)) as app:
        before = app.repository.audit("zoe")
    scene.say(taken_back)
    with closing(scene.app(dry=True)) as app:
        assert app.repository.audit("zoe") == before, "once is enough"


def test_a_lock_outlasts_that_its_picture_is_made_anew_and_that_its_change_is_lost(scene: Scene) -> None:
    scene.say(lock("zoe"))
    scene.sql(LOSE_POLICIES)
    scene.sql("DELETE FROM talentimg_history WHERE talent_id = 'zoe'")
    assert trouble(scene.examine(fix=True)) == []
    assert kept(scene, "zoe")[0].policy.lock


def test_who_is_called_as_a_platform_or_a_part_of_a_handle_may_be_forgotten(scene: Scene) -> None:
    scene.say(
        opt_out("zoe", "instagram"),
        order("zoe", "github", "instagram"),
        disconnect("priya", "bluesky"),
        lambda app: app.repository.add([NewTalent("ig", "Instagram"), NewTalent("pr", "Priya")], app.now()),
        lambda app: app.forgetting.forget("ig", by="eve"),
        lambda app: app.forgetting.forget("pr", by="eve"),
    )
    assert trouble(scene.examine()) == []
    scene.sql(LOSE_POLICIES)
    assert trouble(scene.examine()) == [("words", Severity.NEEDS_YOU, ("zoe",))]
    scene.examine(fix=True)
    policy = kept(scene, "zoe")[0].policy
    assert ([one.platform for one in policy.opt_outs], policy.own_order) == (
        ["instagram"],
        ("github", "instagram"),
    )


@pytest.mark.parametrize("added", [{"added": "yes"}, {}])
def test_whoever_is_imported_with_the_id_of_another_begins_anew(scene: Scene, added: dict[str, str]) -> None:
    scene.say(disconnect("priya", "bluesky"))
    scene.sql(LOSE_DISCONNECTS)
    word = AuditEntry("priya", scene.now(), Action.IMPORT, "eve", None, {"file": "a.csv", **added})
    scene.say(lambda app: app.repository.save_audit([word]))
    assert bool(trouble(scene.examine())) == (not added)


def test_a_time_that_nobody_can_read_is_passed_over(scene: Scene) -> None:
    word = AuditEntry("zoe", scene.now(), Action.LOCK, "eve", None, {"until": "soon"})
    scene.say(lambda app: app.repository.save_audit([word]))
    assert trouble(scene.examine()) == []


def test_what_follows_from_a_word_that_is_kept_again_is_shown_at_once(scene: Scene) -> None:
    """It was passed over by a look meanwhile: that shows what she wants nobody to see."""
    scene.say(opt_out("zoe"))
    scene.sql(LOSE_POLICIES)
    scene.look(["zoe"])
    assert kept(scene, "zoe")[0].selection.source == "github"
    assert trouble(scene.examine(fix=True)) == []
    with closing(scene.app(dry=True)) as app:
        assert app.repository.load("zoe").selection.source == INITIALS
        assert app.repository.history("zoe")[0].by == BY_DOCTOR


def test_a_lock_of_a_picture_that_is_no_longer_shown_is_not_put_on_another(scene: Scene) -> None:
    scene.say(choose("zoe"), lock("zoe"))
    scene.sql(LOSE_POLICIES)
    scene.look(["zoe"])
    assert kept(scene, "zoe")[0].selection.source != MANUAL
    examined = scene.examine(fix=True)
    assert [check for check, _, _ in trouble(examined)] == ["words"]
    remedies = " ".join(str(finding.remedy) for one in examined for finding in one.findings)
    assert "talentimg lock zoe, or talentimg unlock zoe" in remedies
    assert kept(scene, "zoe")[0].policy.lock is None
    scene.say(unlock("zoe"))
    scene.say(unset("zoe"))
    assert trouble(scene.examine()) == []


def test_an_account_that_an_import_has_connected_again_meanwhile_is_said(scene: Scene) -> None:
    scene.say(disconnect("priya", "bluesky"))
    scene.sql(LOSE_DISCONNECTS)
    scene.sql("""UPDATE "SocialAccountConnection" SET connected = 1 WHERE "creatorId" = 'priya'""")
    examined = scene.examine(fix=True)
    assert trouble(examined) == [("words", Severity.NEEDS_YOU, ("priya",))]
    remedies = " ".join(str(finding.remedy) for one in examined for finding in one.findings)
    assert "talentimg disconnect priya bluesky" in remedies
    scene.say(disconnect("priya", "bluesky"))
    assert trouble(scene.examine()) == []


def test_a_platform_that_was_forgotten_stays_so_without_its_opt_out(scene: Scene) -> None:
    """Looks read the opt-out that stands for the tombstone."""
    scene.say(lock("zoe"), forget("zoe", "github"))
    assert trouble(scene.examine()) == [], "a lock of that picture went with it"
    scene.sql(LOSE_POLICIES)
    assert trouble(scene.examine()) == [], "there is no account, so nobody would ask"
    scene.sql(THE_APP_ADDS, scene.now().isoformat(), scene.now().isoformat())
    assert trouble(scene.examine()) == [("words", Severity.NEEDS_YOU, ("zoe",))]
    assert trouble(scene.examine(fix=True)) == []
    assert kept(scene, "zoe")[0].policy.refuses("github")


def suspects(scene: Scene) -> list[Suspect]:
    """But for how many have it, which changes."""
    with closing(scene.app(dry=True)) as app:
        return [replace(one, talents=0) for one in app.repository.suspects()]


def name_a_placeholder(app: App) -> object:
    return asyncio.run(app.named_placeholders.add_shown("zoe", name="a grey cat", by="eve", allow_losses=9))


def test_a_placeholder_that_is_lost_is_kept_again_in_the_name_of_who_named_it(scene: Scene) -> None:
    scene.say(name_a_placeholder)
    before = suspects(scene)
    scene.sql(LOSE_SUSPECTS)
    assert trouble(scene.examine()) == [("placeholders", Severity.NEEDS_YOU, ())]
    assert trouble(scene.examine(fix=True)) == []
    assert suspects(scene) == before


def test_that_a_picture_was_allowed_is_kept_again(scene: Scene) -> None:
    shown = scene.picture_of("zoe")
    seen = Suspect("github", shown.source_hash, shown.content_hash, scene.now(), 9, likeness=shown.likeness)
    scene.say(
        lambda app: app.repository.save_suspect(seen),
        lambda app: app.placeholders.allow(shown.source_hash, by="eve"),
    )
    assert trouble(scene.examine()) == []
    scene.sql("UPDATE talentimg_suspects SET allowed_by = NULL, allowed_at = NULL")
    assert trouble(scene.examine()) == [("placeholders", Severity.NEEDS_YOU, ())]
    assert trouble(scene.examine(fix=True)) == []
    assert [one.allowed_by for one in suspects(scene)] == ["eve"]


def test_a_placeholder_of_which_no_copy_is_left_is_said(scene: Scene) -> None:
    shown = scene.picture_of("zoe")
    scene.say(name_a_placeholder)
    scene.sql(LOSE_SUSPECTS)
    scene.sql(
        "UPDATE talentimg_pictures SET source_hash = 'another' WHERE content_hash = ?", shown.content_hash
    )
    scene.sql("DELETE FROM talentimg_candidates WHERE talent_id = 'zoe'")
    examined = scene.examine(fix=True)
    assert ("placeholders", Severity.NEEDS_YOU, ()) in trouble(examined)
    assert shown.source_hash[:12] in " ".join(f.what for one in examined for f in one.findings)


def test_a_placeholder_that_was_taken_back_is_no_loss(scene: Scene) -> None:
    shown = scene.picture_of("zoe")
    scene.say(
        name_a_placeholder,
        lambda app: app.named_placeholders.remove(shown.source_hash, by="eve"),
    )
    assert trouble(scene.examine()) == []
