"""What is taken away is gone on every backend, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentimg.errors import TalentForgotten, TalentNotFound, UsageError
from talentimg.models import (
    ANY_SOURCE,
    NOBODY,
    Action,
    AuditEntry,
    Choice,
    HistoryEntry,
    Lock,
    OptOut,
    Order,
    Policy,
    RunState,
    Selection,
    SlowTalent,
    Suspect,
)
from talentimg.models.audit import REDACTED
from talentimg.repository.interface import Change, ErasedTalents, NamedPage, NewAccount, NewTalent
from talentimg.repository.interface.entries import EntryChange, Following, Import
from talentimg.repository.redacting import Finder, names, redacted
from tests.repository.builders import DAY, HOUR, NOW, changed, found, picture, shown, synced, talent
from tests.runs import RUN

if TYPE_CHECKING:
    from talentimg.repository.interface import Repository
    from talentimg.repository.interface.entries import Written
    from tests.the_app import TheApp

ALL = [("ada", None), ("ada", "bluesky"), ("ada", "github")]
REMEMBERED = AuditEntry("ada", NOW, Action.REMEMBER, "eve")
KEYS = ("c0/c0ffee.jpg", "c0/c0ffee.webp")


def shows(repository: Repository, talent_id: str, content_hash: str = "c0ffee") -> None:
    """Leave a talent with a picture from Bluesky, and all that comes with it."""
    change = Change(
        talent_id,
        shown(content_hash=content_hash),
        candidates=(found(talent_id, content_hash=content_hash),),
        picture=picture(content_hash, source_hash=f"of {content_hash}"),
        history=replace(changed(talent_id), to_hash=content_hash),
        audit=(AuditEntry(talent_id, NOW, Action.SET, "eve", "why"),),
    )
    assert repository.save([change], NOW) == []


@pytest.fixture(autouse=True)
def _roster(request: pytest.FixtureRequest) -> None:
    if "repository" not in request.fixturenames:
        return
    repository: Repository = request.getfixturevalue("repository")
    repository.add([talent("ada", "bluesky", "github"), talent("bob", "bluesky")], NOW)


# -- erase -------------------------------------------------------------------------


def test_whoever_is_erased_leaves_no_trace(repository: Repository) -> None:
    shows(repository, "ada")
    shows(repository, "bob", "b0b")
    repository.disconnect("ada", "github", NOW)
    bob = repository.load("bob")
    assert repository.traces("ada")
    erased = repository.erase("ada", NOW)
    assert erased.name == "Ada"
    assert erased.rows["candidates"] == erased.rows["history"] == erased.rows["Talent"] == 1
    assert erased.rows["SocialAccountConnection"] == 2
    assert (erased.dropped.pictures, erased.dropped.keys, erased.shared) == (1, KEYS, 0)
    assert repository.traces("ada") == {}
    assert repository.picture("c0ffee") is None
    assert repository.history("ada") == []
    assert repository.audit("ada") == []
    assert repository.disconnected(["ada"]) == set()
    with pytest.raises(TalentNotFound):
        repository.load("ada")
    assert repository.load("bob") == bob
    assert repository.picture("b0b") is not None


def test_whoever_is_erased_twice_is_nobody(repository: Repository) -> None:
    shows(repository, "ada")
    repository.erase("ada", NOW)
    again = repository.erase("ada", NOW)
    assert (again.name, again.rows, again.dropped.keys) == (None, {}, ())


@pytest.mark.parametrize("use", ["candidate", "selection", "history from", "history to"])
def test_a_picture_that_others_use_stays(repository: Repository, use: str) -> None:
    shows(repository, "ada")
    entry = HistoryEntry("bob", NOW, "bluesky", None, "github", None, "why", "sync")
    change = {
        "candidate": Change("bob", Selection(), candidates=(found("bob"),)),
        "selection": Change("bob", shown()),
        "history from": Change("bob", Selection(), history=replace(entry, from_hash="c0ffee")),
        "history to": Change("bob", Selection(), history=replace(entry, to_hash="c0ffee")),
    }[use]
    repository.save([change], NOW)
    erased = repository.erase("ada", NOW)
    assert (erased.dropped.pictures, erased.dropped.keys, erased.shared) == (0, (), 1)
    assert repository.picture("c0ffee") is not None
    assert set(repository.still_named(KEYS)) == set(KEYS)


def test_one_platform_is_erased_and_the_rest_stays(repository: Repository) -> None:
    shows(repository, "ada")
    repository.save([Change("ada", Selection(), candidates=(found("ada", "github", "d1ce"),))], NOW)
    history = HistoryEntry(
        "ada", NOW + HOUR, "bluesky", "c0ffee", "github", "d1ce", "moved on", "sync", "https://x", "ada.old"
    )
    repository.save([Change("ada", shown("github", "d1ce"), history=history)], NOW + HOUR)
    erased = repository.erase("ada", NOW, platform="Bluesky", forgotten_by="eve")
    assert erased.rows["SocialAccountConnection"] == erased.rows["candidates"] == 1
    assert erased.dropped.keys == KEYS
    record = repository.load("ada")
    assert [account.platform for account in record.talent.accounts] == ["github"]
    assert record.policy == Policy(opt_outs=(OptOut("bluesky", at=NOW, why="forgotten"),))
    assert list(record.candidates) == ["github"]
    last, first = repository.history("ada")
    assert (last.from_source, last.from_hash, last.from_url, last.from_question) == (
        "bluesky",
        None,
        None,
        None,
    )
    assert (last.to_source, last.to_hash, first.to_source, first.to_hash) == (
        "github",
        "d1ce",
        "bluesky",
        None,
    )
    assert last.why == first.why == "forgotten"
    assert repository.traces("ada", "bluesky") == {}


def test_reports_of_runs_name_nobody_who_is_erased(repository: Repository) -> None:
    slowest = (SlowTalent("ada", 9.0, "bluesky"), SlowTalent("bob", 8.0, "bluesky"))
    run = replace(RUN, slowest=slowest)
    repository.save_run(run)
    repository.erase("ada", NOW, platform="github")
    assert repository.run(run.id) == run
    repository.erase("ada", NOW)
    kept = repository.run(run.id)
    assert kept is not None
    assert [slow.talent_id for slow in kept.slowest] == ["bob"]


def test_what_others_say_names_nobody_who_is_erased(repository: Repository) -> None:
    repository.save_audit([AuditEntry("bob", NOW, Action.MERGE, "eve", about={"from": "ada", "x": "adam"})])
    repository.erase("ada", NOW)
    assert [entry.about for entry in repository.audit("bob")] == [{"x": "adam"}]


def test_of_a_page_only_those_who_are_missing_are_erased(both: tuple[Repository, TheApp]) -> None:
    repository, app = both
    repository.add([talent(name, "bluesky") for name in ("ada", "bob", "cy")], NOW)
    for name in ("ada", "bob", "cy"):
        shows(repository, name, f"of {name}")
    repository.save_audit([AuditEntry("bob", NOW, Action.MERGE, "eve", about={"from": "cy", "x": "cynthia"})])
    repository.save_run(
        replace(RUN, slowest=tuple(SlowTalent(i, 9.0, "bluesky") for i in ("ada", "bob", "cy")))
    )
    app.remove("ada")
    app.remove("cy")
    bob = repository.load("bob")
    erased = repository.erase_missing(["ada", "bob", "cy", "nobody"], NOW)
    assert (erased.talents, erased.dropped.pictures) == (3, 2)
    assert erased.dropped.keys == tuple(
        f"c0/of {i}.{form}" for i in ("ada", "cy") for form in ("jpg", "webp")
    )
    assert repository.traces("ada") == repository.traces("cy") == {}
    assert repository.load("bob") == bob
    assert {"from": "cy"} not in [entry.about for entry in repository.audit("bob")]
    assert {"x": "cynthia"} in [entry.about for entry in repository.audit("bob")]
    kept = repository.run(RUN.id)
    assert kept is not None
    assert [slow.talent_id for slow in kept.slowest] == ["bob"]
    assert repository.erase_missing(["bob"], NOW) == repository.erase_missing([], NOW) == ErasedTalents()
    assert repository.history("bob")


def test_what_others_wrote_names_nobody_who_is_erased(repository: Repository) -> None:
    repository.update(
        [NewTalent("ada", "Ada Lovelace", "ada@example.org"), talent("bob")], NOW, follow=_imported
    )
    file = {"file": "C:/ada-lovelace.png", "of": "Adam Lovelacey"}
    entry = AuditEntry("bob", NOW, Action.SET, "eve", "as for ADA LOVELACE (ada@example.org)", about=file)
    history = replace(changed("bob"), why="like Ada.On.Bluesky")
    lock = Lock("eve", NOW, "with ada.on.github")
    repository.save([Change("bob", shown(), history=history, audit=(entry,))], NOW)
    out = OptOut("x", "eve", NOW, "Ada Lovelace too")
    repository.save_policy("bob", Policy(lock, opt_outs=(out,), note="not Ada Lovelace's"))
    erased = repository.erase("ada", NOW, forgotten_by="eve")
    assert {"Ada Lovelace", "ada@example.org", "ada.on.bluesky"} <= erased.words
    (said,) = repository.audit("bob")
    assert said.why == "as for [forgotten] ([forgotten])"
    assert said.about == {"file": "C:/[forgotten].png", "of": "Adam Lovelacey"}
    assert repository.history("bob")[0].why == "like [forgotten]"
    out = replace(out, why="[forgotten] too")
    policy = Policy(replace(lock, why="with [forgotten]"), opt_outs=(out,), note="not [forgotten]'s")
    assert repository.load("bob").policy == policy
    assert repository.imports()[0].name == "[forgotten]_new.csv"
    assert repository.traces("ada", words=erased.words) == {}
    repository.save_audit([entry])
    assert repository.traces("ada", words=erased.words)["remarks"] == 1


def _imported(written: Written) -> Following:
    changed = tuple(EntryChange(written.before.get(i), after) for i, after in written.after.items())
    return Following(imported=Import("i1", NOW, "eve", "Ada Lovelace_new.csv", changed))


def test_words_about_a_platform_that_is_erased_go_with_it(repository: Repository) -> None:
    for platform in ("Bluesky", "github"):
        about = {"platform": platform, "handle": f"ada.on.{platform.lower()}"}
        repository.save_audit([AuditEntry("ada", NOW, Action.CONNECT, "eve", about=about)])
    assert repository.traces("ada", "bluesky")["audit"] == 1
    repository.erase("ada", NOW, platform="bluesky", forgotten_by="eve")
    (kept,) = repository.audit("ada")
    assert kept.about == {"platform": "github", "handle": "ada.on.github"}
    assert repository.traces("ada", "bluesky") == {}


def test_words_about_placeholders_name_nobody_who_is_erased(repository: Repository) -> None:
    suspect = Suspect(ANY_SOURCE, "feed", "c0ffee", NOW, 1, named_by="eve", name="like ada.on.github's")
    other = replace(suspect, source_hash="beef", name="ada.on.github")
    about = {"source": ANY_SOURCE, "source_hash": "feed", "name": "like ada.on.github's"}
    said = AuditEntry(NOBODY, NOW, Action.PLACEHOLDER_ADD, "eve", "as ada.on.bluesky has it", about)
    repository.save_suspect(suspect, said)
    repository.save_suspect(other, replace(said, why=None, about=about | {"name": "ada.on.github"}))
    erased = repository.erase("ada", NOW, forgotten_by="eve")
    first, second = reversed(repository.audit(NOBODY))
    assert first.why == "as [forgotten] has it"
    assert first.about == about | {"name": "like [forgotten]'s"}
    assert second.about == {"source": ANY_SOURCE, "source_hash": "feed"}
    assert [s.name for s in repository.suspects()] == [None, "like [forgotten]'s"]
    assert repository.traces("ada", words=erased.words) == {}


def test_words_about_nobody_belong_to_nobody_who_has_left(repository: Repository) -> None:
    said = AuditEntry(NOBODY, NOW - 900 * DAY, Action.PLACEHOLDER_ADD, "eve", about={"source_hash": "feed"})
    repository.save_audit([said])
    assert NOBODY not in repository.missing_talents(NOW, after=None, limit=10).unneeded
    repository.drop_aged(NOW, limit=10, runs_before=NOW, history_before=NOW)
    assert repository.audit(NOBODY) == [said]


def test_the_place_of_a_sweep_names_nobody_who_is_erased(repository: Repository) -> None:
    repository.save_reached("talents", "ada", NOW)
    repository.save_reached("pictures", "c0", NOW)
    repository.erase("ada", NOW, forgotten_by="eve")
    assert repository.reached(["talents", "pictures"]) == {"pictures": "c0"}


def test_of_a_page_what_others_wrote_names_nobody_by_handle(both: tuple[Repository, TheApp]) -> None:
    repository, app = both
    missing = [f"gone{n}" for n in range(20)]
    repository.add([talent(name, "bluesky") for name in missing], NOW)
    about = {"file": "gone7.png", "of": "gone77"}
    repository.save_audit([AuditEntry("bob", NOW, Action.SET, "eve", "as for gone77", about=about)])
    for name in missing:
        app.remove(name)
    assert repository.erase_missing(missing, NOW).talents == len(missing)
    (said,) = repository.audit("bob")
    assert (said.why, said.about) == ("as for gone77", {"file": "[forgotten].png", "of": "gone77"})


ASCII = st.characters(codec="ascii")


@given(st.text(ASCII, max_size=12), st.lists(st.text(ASCII, min_size=1, max_size=4), max_size=4))
def test_many_words_are_found_as_each_of_them_is(text: str, words: list[str]) -> None:
    finder = Finder(words)
    assert finder.redacted(text) == redacted(text, words)
    assert finder.finds_any(text) == any(names(text, word) for word in words)


@given(st.text(max_size=12), st.lists(st.text(max_size=6), max_size=4))
def test_a_redacted_text_has_none_of_the_words(text: str, words: list[str]) -> None:
    cleaned = redacted(text, words).replace(REDACTED, "\0")
    assert not any(names(cleaned, word) for word in words if "\0" not in word)


# -- tombstones ----------------------------------------------------------------------


def test_whoever_is_forgotten_comes_back_by_no_way(repository: Repository) -> None:
    repository.erase("ada", NOW, forgotten_by="eve")
    (one,) = repository.forgotten([*ALL, ("bob", None)])
    assert (one.talent_id, one.platform, one.at, one.by) == ("ada", "", NOW, "eve")
    with pytest.raises(TalentForgotten, match="forgotten on 2026-11-24"):
        repository.load("ada")
    with pytest.raises(UsageError, match="'ada' was forgotten") as error:
        repository.add([talent("cy"), talent("ada")], NOW)
    assert error.value.hint is not None
    assert "talentimg remember ada" in error.value.hint
    with pytest.raises(TalentForgotten):
        repository.connect("ada", NewAccount("bluesky", "ada"), NOW)
    repository.update([talent("cy"), talent("ada")], NOW)
    assert [row.talent_id for row in repository.roster()] == ["bob", "cy"]
    late = Change("ada", shown(), candidates=(found("ada"),), picture=picture())
    repository.save([late], NOW)
    assert repository.picture("c0ffee") is None
    assert repository.traces("ada") == {}


def test_whoever_is_remembered_may_come_back(repository: Repository) -> None:
    repository.erase("ada", NOW, forgotten_by="eve")
    assert [one.by for one in repository.remember(ALL, NOW, REMEMBERED)] == ["eve"]
    assert repository.audit("ada") == [REMEMBERED]
    assert repository.remember(ALL, NOW, REMEMBERED) == []
    assert len(repository.audit("ada")) == 1
    repository.add([talent("ada")], NOW)
    assert repository.load("ada").policy == Policy()


def test_a_platform_is_forgotten_alone(repository: Repository) -> None:
    repository.erase("ada", NOW, platform="bluesky", forgotten_by="eve")
    assert [(one.talent_id, one.platform) for one in repository.forgotten(ALL)] == [("ada", "bluesky")]
    with pytest.raises(UsageError, match="Bluesky of 'ada' was forgotten"):
        repository.connect("ada", NewAccount("bluesky", "other"), NOW)
    repository.connect("ada", NewAccount("github", "other"), NOW)
    repository.update([talent("ada", "bluesky", "instagram")], NOW)
    accounts = repository.load("ada").talent.accounts
    assert [account.platform for account in accounts] == ["github", "instagram"]
    assert repository.load("ada").policy.refuses("bluesky")
    repository.remember(ALL, NOW, REMEMBERED)
    assert repository.load("ada").policy == Policy()
    repository.connect("ada", NewAccount("bluesky", "ada"), NOW)


def test_the_word_to_forget_a_platform_leaves_the_others(repository: Repository) -> None:
    own = Policy(
        Lock("eve", NOW, "why"),
        order=Order(("github",), "eve", NOW),
        opt_outs=(OptOut("github", "eve", NOW),),
    )
    repository.save_policy("ada", own)
    repository.erase("ada", NOW, platform="bluesky", forgotten_by="eve")
    opt_outs = repository.load("ada").policy.opt_outs
    assert repository.load("ada").policy == replace(own, opt_outs=opt_outs)
    assert [one.platform for one in opt_outs] == ["github", "bluesky"]
    repository.remember(ALL, NOW, REMEMBERED)
    assert repository.load("ada").policy == own


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.sampled_from([None, "bluesky"])), max_size=4))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_what_was_forgotten_is(repository: Repository, what: list[tuple[str, str | None]]) -> None:
    from talentimg.repository.values import is_storable

    wanted = {(i, p or "") for i, p in what if is_storable(i)}
    for talent_id, platform in wanted:
        repository.erase(talent_id, NOW, platform=platform or None, forgotten_by="eve")
    ids = {i for i, _ in what} | {"x", "ada", "bluesky"}
    asked = [(i, p) for i in ids for p in (None, "bluesky", "github")]
    assert {(one.talent_id, one.platform) for one in repository.forgotten(asked)} == wanted
    for talent_id in ids:
        entry = AuditEntry(talent_id, NOW, Action.REMEMBER, "eve")
        repository.remember([(talent_id, None), (talent_id, "bluesky")], NOW, entry)
    assert repository.forgotten(asked) == []


# -- merge ----------------------------------------------------------------------------

MERGED = AuditEntry("bob", NOW, Action.MERGE, "eve", about={"from": "ada"})


def test_what_the_other_one_lacks_moves(repository: Repository) -> None:
    shows(repository, "ada")
    repository.save_policy(
        "ada", Policy(Lock("eve", NOW), Choice("eve", NOW), Order(("github",), "eve", NOW))
    )
    manual = found("ada", "manual", "face")
    repository.save([Change("ada", shown(), candidates=(manual, found("ada", "github", "d1ce")))], NOW)
    gone = repository.load("ada").selection
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert (merged.name, merged.into) == ("Ada", "Bob")
    moved = {
        "the github account",
        "the history",
        "the chosen picture",
        "the order of sources",
        "1 word of a person",
    }
    assert set(merged.moved) == moved
    assert set(merged.left) == {"the bluesky account", "the lock"}
    record = repository.load("bob")
    assert [(a.platform, a.handle) for a in record.talent.accounts] == [
        ("bluesky", "bob.on.bluesky"),
        ("github", "ada.on.github"),
    ]
    assert record.policy == Policy(choice=Choice("eve", NOW), order=Order(("github",), "eve", NOW))
    assert {source: c.content_hash for source, c in record.candidates.items()} == {
        "manual": "face",
        "github": "d1ce",
    }
    step, first = repository.history("bob")
    assert (step.why, step.by, step.at, first.why) == ("merged", "eve", NOW, "a new picture")
    assert (step.from_source, step.from_url) == (gone.source, gone.url)
    assert (step.to_source, step.to_hash) == ("initials", None) != (gone.source, gone.content_hash)
    assert {entry.action for entry in repository.audit("bob")} == {Action.SET, Action.MERGE}
    assert repository.picture("c0ffee") is not None  # bob's history goes back to it
    with pytest.raises(TalentNotFound):
        repository.load("ada")
    assert repository.traces("ada") == {}


def test_what_the_other_one_has_is_left(repository: Repository) -> None:
    shows(repository, "ada")
    shows(repository, "bob", "b0b")
    repository.save_policy(
        "ada", Policy(order=Order(("github",), "eve", NOW), opt_outs=(OptOut("x", "eve", NOW),))
    )
    own = Policy(order=Order(("bluesky",), "ann", NOW), opt_outs=(OptOut("x", "ann", NOW),))
    repository.save_policy("bob", own)
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert set(merged.left) == {
        "the bluesky account",
        "the order of sources",
        "the opt-out of x",
        "the history",
    }
    assert repository.load("bob").policy == own
    assert [entry.to_hash for entry in repository.history("bob")] == ["b0b"]
    assert merged.erased.dropped.keys == KEYS


def test_what_somebody_disconnected_moves_where_nothing_is_connected(repository: Repository) -> None:
    repository.connect("ada", NewAccount("instagram", "ada"), NOW)
    repository.disconnect("ada", "instagram", NOW)
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert "the instagram account" in merged.moved  # still disconnected
    assert [a.platform for a in repository.load("bob").talent.accounts] == ["bluesky", "github"]
    assert repository.disconnected(["ada"]) == set()


def test_what_somebody_disconnected_stays_so_in_an_import(repository: Repository) -> None:
    account = NewAccount("instagram", "ada")
    repository.connect("ada", account, NOW)
    repository.disconnect("ada", "instagram", NOW)
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert "that instagram was disconnected" in merged.moved
    repository.update([NewTalent("bob", "Bob", accounts=(account,))], NOW)
    assert repository.load("bob").talent.account("instagram") is None


def test_what_is_forgotten_of_who_stays_is_not_moved_there(repository: Repository) -> None:
    shows(repository, "ada")
    repository.erase("bob", NOW, platform="bluesky", forgotten_by="eve")
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert "the bluesky account" in merged.left
    record = repository.load("bob")
    assert [account.platform for account in record.talent.accounts] == ["github"]
    assert record.candidates == {}
    assert {(e.from_hash, e.to_hash) for e in repository.history("bob")} == {(None, None)}
    assert repository.picture("c0ffee") is None


def test_what_is_forgotten_of_who_goes_is_forgotten_of_who_stays(repository: Repository) -> None:
    repository.erase("ada", NOW, platform="github", forgotten_by="eve")
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert "that github was forgotten" in merged.moved
    with pytest.raises(UsageError, match="Github of 'bob' was forgotten"):
        repository.connect("bob", NewAccount("github", "ada"), NOW)
    assert repository.load("bob").policy.refuses("github")
    repository.remember([("bob", "github")], NOW, replace(REMEMBERED, talent_id="bob"))
    assert repository.load("bob").policy == Policy()


def test_what_who_stays_has_of_their_own_is_not_forgotten(repository: Repository) -> None:
    repository.erase("ada", NOW, platform="bluesky", forgotten_by="eve")
    merged = repository.merge("ada", "bob", NOW, MERGED)
    assert "that bluesky was forgotten" in merged.left
    assert repository.load("bob").policy == Policy()
    assert repository.forgotten([("bob", "bluesky")]) == []
    assert repository.load("bob").talent.account("bluesky") is not None


@pytest.mark.parametrize("own", [None, "bob@example.org"])
def test_an_address_and_an_avatar_move_or_are_named(repository: Repository, own: str | None) -> None:
    avatar = "https://a.example/ada.png"
    repository.update([NewTalent("ada", "Ada", "ada@example.org", avatar)], NOW)
    repository.save([Change("ada", Selection(), candidates=(found("ada", "user"),))], NOW)
    if own:
        repository.update([NewTalent("bob", "Bob", own, f"{avatar}?bob")], NOW)
    merged = repository.merge("ada", "bob", NOW, MERGED)
    named = {"the e-mail address", "the avatar"}
    assert named <= set(merged.left if own else merged.moved)
    bob = repository.load("bob")
    assert (bob.talent.email, bob.talent.avatar_url) == (
        (own, f"{avatar}?bob") if own else ("ada@example.org", avatar)
    )
    assert [*repository.load("bob").candidates, *repository.load("bob").outdated] == ([] if own else ["user"])


def test_nobody_is_merged_with_nobody(repository: Repository) -> None:
    for pair in (("ada", "nobody"), ("nobody", "ada")):
        with pytest.raises(TalentNotFound):
            repository.merge(*pair, NOW, MERGED)
    assert repository.count() == 2
    assert repository.audit("bob") == []


# -- objects that are going -----------------------------------------------------------------


def test_a_picture_of_which_an_object_is_going_is_not_named(repository: Repository) -> None:
    shows(repository, "ada")
    repository.erase("ada", NOW)
    change = Change("bob", shown(), candidates=(found("bob"),), picture=picture())
    for _ in range(2):  # whoever looks again too early is told again
        assert repository.save([change], NOW) == ["bob"]
    assert repository.picture("c0ffee") is None
    assert repository.still_named(KEYS) == set()
    repository.removed(KEYS, (), NOW)
    assert repository.save([change], NOW) == ["bob"]  # its look may have seen the object before it went
    assert repository.save([change], NOW) == []
    assert repository.still_named(KEYS) == set(KEYS)


def test_objects_of_which_somebody_has_the_row_are_spared(repository: Repository) -> None:
    shows(repository, "ada")
    assert repository.announce([*KEYS, "aa/other.webp"], NOW) == ["aa/other.webp", *KEYS]
    assert repository.still_named([*KEYS, "aa/other.webp"]) == set(KEYS)
    repository.removed(["aa/other.webp"], KEYS, NOW)
    change = Change("bob", shown(), candidates=(found("bob"),), picture=picture())
    assert repository.save([change], NOW) == []


def test_what_was_announced_can_be_announced_again_with_more(repository: Repository) -> None:
    for _ in range(2):
        assert repository.announce([KEYS[1], *KEYS], NOW) == list(KEYS)
    assert repository.announce(["aa/o'ther.webp", KEYS[0]], NOW + HOUR) == ["aa/o'ther.webp", KEYS[0]]
    assert repository.announce([], NOW) == []
    repository.removed([KEYS[1]], [KEYS[0]], NOW)
    assert repository.take_over([], NOW) == ["aa/o'ther.webp"]


def test_what_was_announced_and_not_removed_is_taken_over(repository: Repository) -> None:
    repository.announce(KEYS, NOW)
    assert repository.take_over([], NOW) == list(KEYS)
    repository.removed(KEYS, (), NOW)
    assert repository.take_over([], NOW) == []


def test_an_announcement_of_the_dead_is_in_nobodys_way_for_long(repository: Repository) -> None:
    repository.announce(KEYS, NOW)
    change = Change("bob", shown(), candidates=(found("bob"),), picture=picture())
    assert repository.save([change], NOW + HOUR) == ["bob"]
    assert repository.save([change], NOW + HOUR) == []


def test_a_recut_that_names_what_is_going_is_put_off(repository: Repository) -> None:
    shows(repository, "ada")
    new = replace(picture("d1ce"), crop="new")
    repository.announce(["c0/d1ce.webp"], NOW)
    assert repository.recut(picture(), new, NOW, why="why", by="eve") == []
    repository.removed(["c0/d1ce.webp"], (), NOW)
    assert repository.recut(picture(), new, NOW, why="why", by="eve") == []
    assert repository.recut(picture(), new, NOW, why="why", by="eve") == ["ada"]


# -- what nobody needs ---------------------------------------------------------------------


def test_pictures_that_nobody_uses_are_noted_once(repository: Repository) -> None:
    shows(repository, "ada")
    unused = Change("bob", Selection(), picture=picture("0dd", "other"))
    repository.save([unused], NOW)
    page = repository.unused_pictures(NOW, after=None, limit=10)
    assert (page.size, page.last, page.unneeded) == (2, "c0ffee", {"0dd": NOW})
    later = repository.unused_pictures(NOW + DAY, after=None, limit=10)
    assert later.unneeded == {"0dd": NOW}
    repository.save([Change("bob", shown(content_hash="0dd"))], NOW)
    assert repository.unused_pictures(NOW + DAY, after=None, limit=10).unneeded == {}
    repository.save([Change("bob", Selection())], NOW)
    again = repository.unused_pictures(NOW + 2 * DAY, after=None, limit=10)
    assert again.unneeded == {"0dd": NOW + 2 * DAY}
    assert repository.unused_pictures(NOW, after="0dd", limit=1).last == "c0ffee"
    assert repository.unused_pictures(NOW, after="c0ffee", limit=1).size == 0


def test_only_unused_pictures_are_dropped(repository: Repository) -> None:
    shows(repository, "ada")
    repository.save([Change("bob", Selection(), picture=picture("0dd", "other"))], NOW)
    dropped = repository.drop_pictures(["0dd", "c0ffee", "nothing"], NOW)
    assert (dropped.pictures, dropped.keys) == (1, ("c0/0dd.jpg", "c0/0dd.webp"))
    assert repository.picture("c0ffee") is not None
    assert repository.drop_pictures([], NOW).pictures == 0


def test_a_clock_that_was_ahead_keeps_nothing_for_ever(repository: Repository) -> None:
    repository.save([Change("bob", Selection(), picture=picture("0dd", "other"))], NOW)
    repository.unused_pictures(NOW + 999 * DAY, after=None, limit=10)
    assert repository.unused_pictures(NOW, after=None, limit=10).unneeded == {"0dd": NOW}


def test_whoever_is_missing_is_noted(repository: Repository) -> None:
    shows(repository, "ada")
    repository.save_audit([AuditEntry("gone", NOW, Action.SET, "eve")])
    page = repository.missing_talents(NOW, after=None, limit=10)
    assert page.unneeded == {"gone": NOW}
    assert page.last == "gone"
    assert repository.missing_talents(NOW + DAY, after="ada", limit=10).unneeded == {"gone": NOW}
    repository.erase("gone", NOW)
    assert repository.missing_talents(NOW, after=None, limit=10).unneeded == {}


def test_what_is_old_goes_and_the_last_change_stays(repository: Repository) -> None:
    for days in (500, 450, 10):
        entry = replace(changed("ada", NOW - days * DAY), to_hash=f"{days}")
        repository.save([Change("ada", shown(), history=entry)], NOW)
        repository.save_audit(
            [AuditEntry("ada", NOW - days * DAY, Action.SET, "eve", about={"n": f"{days}"})]
        )
    repository.save([Change("bob", shown(), history=changed("bob", NOW - 900 * DAY))], NOW)
    repository.save_policy("bob", Policy(Lock("eve", NOW - 900 * DAY, "for good")))
    old = replace(RUN, id="old", started_at=NOW - 100 * DAY, ended_at=NOW - 100 * DAY, state=RunState.DONE)
    repository.save_run(old)
    repository.save_run(replace(old, id="young", started_at=NOW - DAY))
    repository.save_run(replace(old, id="at work", ended_at=None, state=RunState.RUNNING))
    before = {"runs_before": NOW - 90 * DAY, "history_before": NOW - 400 * DAY}
    aged = repository.drop_aged(NOW, limit=1, **before)
    assert (aged.runs, aged.history, aged.audit) == (1, 1, 1)
    aged = repository.drop_aged(NOW, limit=10, **before)
    assert (aged.runs, aged.history, aged.audit) == (0, 1, 1)
    assert [entry.to_hash for entry in repository.history("ada")] == ["10"]
    assert [entry.about["n"] for entry in repository.audit("ada")] == ["10"]
    assert len(repository.history("bob")) == 1
    assert repository.load("bob").policy == Policy(Lock("eve", NOW - 900 * DAY, "for good"))
    assert {run.id for run in repository.runs()} == {"young", "at work"}


def test_how_far_a_sweep_came_is_remembered(repository: Repository) -> None:
    both = ("pictures", "talents")
    assert repository.reached(both) == {}
    repository.save_reached("pictures", "c0", NOW)
    repository.save_reached("pictures", "d0", NOW)
    repository.save_reached("talents", "ada", NOW)
    assert repository.reached(both) == {"pictures": "d0", "talents": "ada"}
    assert repository.reached(["talents"]) == {"talents": "ada"}
    repository.save_reached("pictures", None, NOW)
    assert repository.reached(both) == {"talents": "ada"}


def test_our_own_roster_is_known_as_such(repository: Repository) -> None:
    assert repository.is_own()


def test_free_space_can_be_wiped_at_any_time(repository: Repository) -> None:
    synced(repository, "ada", NOW)
    repository.wipe_free_space()
    assert repository.load("ada").selection.synced_at == NOW


def test_every_object_that_a_picture_names_is_read_once_page_by_page(repository: Repository) -> None:
    assert repository.named_objects(after=None, limit=2) == NamedPage(0, None)
    named = {}
    for number in (3, 1, 4, 0, 2):
        name = f"d{number}ce"
        forms = tuple(replace(form, key=f"{form.key}{number}") for form in picture().renditions)
        named[name] = tuple(form.key for form in forms)
        made = replace(picture(), content_hash=name, source_hash=name, renditions=forms)
        assert repository.save([Change("ada", Selection(), picture=made)], NOW) == []
    after, pages = None, []
    while (page := repository.named_objects(after=after, limit=2)).size:
        pages.append(page)
        after = page.last
    assert [(page.size, page.last) for page in pages] == [(2, "d1ce"), (2, "d3ce"), (1, "d4ce")]
    assert [key for page in pages for key in page.keys] == [
        key for name in sorted(named) for key in named[name]
    ]
