"""A backup holds a whole roster, and a restore brings back exactly that or changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from contextlib import closing, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from talentimg.bootstrap import App
from talentimg.errors import Contradicted, StoreUnreadable, TalentimgError
from talentimg.models import Delivery, FeedKind, Lock, Picture, Policy, Rendition, Token
from talentimg.repository.app_names import ACCOUNT
from talentimg.repository.interface import Change, NewAccount, NewTalent
from talentimg.repository.migrations import REVISIONS, downgrade
from talentimg.repository.moving.shapes import is_secret, secrets_of
from talentimg.service.moving.beside import Missing
from talentimg.service.people.export.exporter import Form
from talentimg.settings import load_settings
from talentimg.store.forms import new_objects
from talentimg.store.keys import object_key
from tests.conftest import NOW
from tests.moving.filling import dumped, of
from tests.repository.builders import changed, found, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from talentimg.repository.moving.shapes import Shape

ARCHIVE = "roster.zip"


def app_at(home: Path, **flags: str) -> App:
    home.mkdir(exist_ok=True)
    return App(load_settings(flags={"data_dir": str(home), **flags}), create=True, now=lambda: NOW)


def database(home: Path) -> Path:
    return home / "talentimg.db"


def add_ada(app: App) -> bytes:
    """Somebody with a picture, a lock and a token; the bytes of the picture."""
    token = Token("very-secret-token", "refresh-secret")
    accounts = (NewAccount("instagram", "ada", token=token), NewAccount("bluesky", "ada.example"))
    app.repository.add([NewTalent("ada", "Ada Lovelace", accounts=accounts), NewTalent("bob", "Bob")], NOW)
    data = b"a picture of Ada"
    key = object_key(data, "webp")
    content = key[3:].partition(".")[0]
    forms = tuple(Rendition(name, key, 400, len(data), "image/webp") for name in ("webp-400", "jpeg-400"))
    picture = Picture(content, "feed", 640, 640, forms, NOW)
    app.store.put_all(new_objects(picture, {key: data}))
    policy = Policy(lock=Lock("eve", NOW, "hers"))
    one = found("ada", content_hash=content)
    change = Change(
        "ada",
        shown(content_hash=content),
        candidates=(one,),
        picture=picture,
        history=changed("ada"),
        policy=policy,
    )
    assert not app.repository.save([change], NOW)
    return data


def back_up(home: Path, archive: Path, *, with_secrets: bool = False, steps: int | None = None) -> None:
    with closing(app_at(home)) as app, app.backup(with_secrets=with_secrets) as backup:
        for _ in islice(backup.write(archive), steps):
            pass


def restore(home: Path, archive: Path, *, replace: bool = False, steps: int | None = None) -> int:
    with closing(app_at(home)) as app, app.restore(replace=replace, missing=Missing.REFUSE) as work:
        for _ in islice(work.read(archive), steps):
            pass
        return work.forgotten


def exported(home: Path) -> list[bytes]:
    with closing(app_at(home)) as app:
        files = [io.BytesIO() for _ in range(3)]
        for form, file in zip((Form.CSV, Form.JSON, Form.ZIP), files, strict=True):
            app.exporter.write(form, file)
    return [file.getvalue() for file in files]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    with closing(app_at(tmp_path / "house")) as app:
        add_ada(app)
    return tmp_path / "house"


def test_on_an_empty_machine_a_restore_gives_the_same_export_byte_for_byte(
    house: Path, tmp_path: Path
) -> None:
    before = exported(house)
    back_up(house, tmp_path / ARCHIVE)
    restore(tmp_path / "new", tmp_path / ARCHIVE)
    assert exported(tmp_path / "new") == before
    assert len(before[2]) > len(before[1])


def test_with_secrets_every_row_comes_back_and_without_them_all_but_the_tokens(
    house: Path, tmp_path: Path
) -> None:
    for with_secrets in (True, False):
        archive, home = tmp_path / f"{with_secrets}.zip", tmp_path / f"{with_secrets}"
        back_up(house, archive, with_secrets=with_secrets)
        with zipfile.ZipFile(archive) as file:
            assert any(b"very-secret" in file.read(name) for name in file.namelist()) == with_secrets
        assert archive.stat().st_mode & 0o077 == 0
        restore(home, archive)
        assert (dumped(database(home)) == dumped(database(house))) == with_secrets
        assert dumped(database(home), without=[ACCOUNT]) == dumped(database(house), without=[ACCOUNT])


def test_a_restore_without_secrets_leaves_those_that_are_there(house: Path, tmp_path: Path) -> None:
    back_up(house, tmp_path / ARCHIVE)
    before = dumped(database(house))
    with closing(sqlite3.connect(database(house))) as file, file:
        file.execute("UPDATE \"Talent\" SET name = 'Somebody else'")
    restore(house, tmp_path / ARCHIVE, replace=True)
    assert dumped(database(house)) == before
    with closing(sqlite3.connect(database(house))) as file, file:
        file.execute("UPDATE \"SocialAccountConnection\" SET handle = 'another' WHERE platform = 'instagram'")
    restore(house, tmp_path / ARCHIVE, replace=True)
    with closing(app_at(house)) as app:
        assert [account.token for account in app.repository.load("ada").talent.accounts] == [None, None]


def test_every_column_that_sounds_secret_is_one(kinds: Mapping[str, Shape]) -> None:
    """One that only sounds so has to be named as such (`_NOT_SECRET`)."""
    assert secrets_of(kinds[ACCOUNT]) == {"accessToken", "refreshToken"}
    assert not secrets_of(kinds["tokens"])
    assert is_secret("webhooks", "secret")


def test_a_roster_that_is_there_is_replaced_only_when_somebody_says_so(house: Path, tmp_path: Path) -> None:
    back_up(house, tmp_path / ARCHIVE)
    before = dumped(database(house))
    with pytest.raises(Contradicted, match="already"):
        restore(house, tmp_path / ARCHIVE)
    assert dumped(database(house)) == before


def test_whatever_ends_a_restore_the_old_roster_is_there_and_the_same_call_completes_it(
    house: Path, tmp_path: Path
) -> None:
    back_up(house, tmp_path / ARCHIVE, with_secrets=True)
    new = tmp_path / "new"
    with closing(app_at(new)) as app:
        app.repository.add([NewTalent("eve", "Eve")], NOW)
    before = dumped(database(new))
    for steps in range(1, 60, 6):
        restore(new, tmp_path / ARCHIVE, replace=True, steps=steps)
        assert dumped(database(new)) in (before, dumped(database(house)))
    restore(new, tmp_path / ARCHIVE, replace=True)
    assert dumped(database(new)) == dumped(database(house))
    assert not list(new.glob(".*.partial"))


def test_whatever_ends_a_backup_no_part_of_a_file_passes_for_one(house: Path, tmp_path: Path) -> None:
    for steps in range(1, 40, 6):
        back_up(house, tmp_path / ARCHIVE, steps=steps)
        if (tmp_path / ARCHIVE).exists():  # it had come to its end
            restore(tmp_path / f"new-{steps}", tmp_path / ARCHIVE)
            (tmp_path / ARCHIVE).unlink()
    left = tmp_path / f".{ARCHIVE}.partial"
    left.mkdir(exist_ok=True)
    (left / "roster.db").write_bytes(b"what a killed one has left")
    back_up(house, tmp_path / ARCHIVE)
    assert not left.exists()
    restore(tmp_path / "new", tmp_path / ARCHIVE)


def test_a_damaged_archive_changes_nothing(house: Path, tmp_path: Path) -> None:
    back_up(house, tmp_path / ARCHIVE)
    whole = (tmp_path / ARCHIVE).read_bytes()
    size = len(whole)
    for number in range(0, size, max(size // 40, 1)):
        damaged = bytearray(whole)
        damaged[number] ^= 0xFF
        (tmp_path / "bad.zip").write_bytes(damaged)
        with suppress(StoreUnreadable):  # some bytes of a ZIP mean nothing
            restore(tmp_path / f"new-{number}", tmp_path / "bad.zip")
            assert dumped(database(tmp_path / f"new-{number}"), without=[ACCOUNT]) == dumped(
                database(house), without=[ACCOUNT]
            )
    for cut in (0, 10, size // 2, size - 1):
        (tmp_path / "bad.zip").write_bytes(whole[:cut])
        with pytest.raises(StoreUnreadable):
            restore(tmp_path / "cut", tmp_path / "bad.zip")


def _changed(archive: Path, change: Mapping[str, Any]) -> None:
    """The archive with other members in place of its own."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()} | dict(change)
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in members.items():
            if data is not None:
                file.writestr(name, data)


def test_an_archive_of_an_older_version_is_brought_up_to_date(house: Path, tmp_path: Path) -> None:
    back_up(house, tmp_path / ARCHIVE)
    with zipfile.ZipFile(tmp_path / ARCHIVE) as file:
        file.extractall(tmp_path)
    downgrade(of(tmp_path / "roster.db"), REVISIONS[8])
    roster = (tmp_path / "roster.db").read_bytes()
    told = json.loads((tmp_path / "talentimg-backup.json").read_bytes())
    told |= {"schema": REVISIONS[8], "roster_hash": hashlib.sha256(roster).hexdigest()}
    _changed(tmp_path / ARCHIVE, {"roster.db": roster, "talentimg-backup.json": json.dumps(told).encode()})
    restore(tmp_path / "new", tmp_path / ARCHIVE)
    with closing(app_at(tmp_path / "new")) as app:
        assert app.repository.load("ada").policy.lock == Lock("eve", NOW, "hers")


@pytest.mark.parametrize(
    "change",
    [
        {"pictures/../../evil.webp": b"x"},
        {f"pictures/ab/{'ab' * 32}.webp": b"not what the name says"},
        {"roster.db": b"another roster"},
        {"roster.db": None},
        {"talentimg-backup.json": b"[]"},
        {"talentimg-backup.json": b'{"format": 99}'},
    ],
)
def test_an_archive_that_somebody_has_changed_is_refused(
    change: Mapping[str, Any], house: Path, tmp_path: Path
) -> None:
    back_up(house, tmp_path / ARCHIVE)
    _changed(tmp_path / ARCHIVE, change)
    with pytest.raises(TalentimgError):
        restore(tmp_path / "new", tmp_path / ARCHIVE)
    assert not any(dumped(database(tmp_path / "new")).values())
    assert not list(tmp_path.rglob("evil*"))


def test_whoever_was_forgotten_since_stays_forgotten(house: Path, tmp_path: Path) -> None:
    back_up(house, tmp_path / ARCHIVE)
    with closing(app_at(house)) as app:
        app.forgetting.forget("ada", by="eve")
    assert restore(house, tmp_path / ARCHIVE, replace=True) == 1
    with closing(app_at(house)) as app:
        assert [row.talent_id for row in app.repository.roster(after=None, limit=9)] == ["bob"]
        assert not app.repository.traces("ada")
    assert restore(house, tmp_path / ARCHIVE, replace=True) == 1


def happened(home: Path, why: str) -> int:
    """Something happens and is told; by which number."""
    with closing(app_at(home)) as app:
        assert not app.repository.save([Change("bob", shown(), history=changed("bob", why=why))], NOW)
        return app.repository.feed_end()


def test_whoever_was_told_of_what_is_lost_is_told_of_what_comes_after(house: Path, tmp_path: Path) -> None:
    happened(house, "before the backup")
    back_up(house, tmp_path / ARCHIVE)
    reached = happened(house, "lost by the restore")
    restore(house, tmp_path / ARCHIVE, replace=True)
    happened(house, "after it")
    with closing(app_at(house)) as app:
        page = app.feed.page(str(reached))
    assert [one.step.why for one in page.entries if one.step] == ["after it"]


def test_on_another_machine_no_number_is_given_twice_either(house: Path, tmp_path: Path) -> None:
    """A receiver that has seen the id of a message, which holds the number, takes no other with it."""
    happened(house, "before the backup")
    back_up(house, tmp_path / ARCHIVE)
    reached = happened(house, "lost with the machine")
    for _ in range(2):
        restore(tmp_path / "new", tmp_path / ARCHIVE, replace=True)
        told = happened(tmp_path / "new", "after it")
        assert told > reached
        reached = told


@pytest.mark.parametrize("with_secrets", [True, False])
def test_deliveries_come_along_with_their_webhook_and_not_without(
    house: Path, tmp_path: Path, *, with_secrets: bool
) -> None:
    with closing(app_at(house)) as app:
        webhook = app.webhook_desk.add("https://crm.example/hook", (), by="kim")
        waits = Delivery(webhook.id, 1, FeedKind.RUN_FINISHED, None, NOW)
        assert app.repository.enqueue(webhook.id, [waits], after=webhook.reached, reached=webhook.reached)
    back_up(house, tmp_path / ARCHIVE, with_secrets=with_secrets)
    restore(tmp_path / "new", tmp_path / ARCHIVE)
    with closing(app_at(tmp_path / "new")) as app:
        assert len(app.webhook_desk.all()) == len(app.webhook_desk.log(None, limit=9)) == with_secrets


def test_a_lost_picture_is_counted_and_left_out(house: Path, tmp_path: Path) -> None:
    next((house / "images").rglob("*.webp")).write_bytes(b"damaged")
    with closing(app_at(house)) as app, app.backup(with_secrets=False) as backup:
        list(backup.write(tmp_path / ARCHIVE))
    assert backup.contents is not None
    assert (backup.contents.files, backup.contents.missing, backup.contents.talents) == (0, 1, 2)


def test_any_program_can_read_it(house: Path, tmp_path: Path) -> None:
    """Python's own ZIP and SQLite stand for them."""
    back_up(house, tmp_path / ARCHIVE)
    with zipfile.ZipFile(tmp_path / ARCHIVE) as file:
        file.extractall(tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "roster.db")) as roster:
        assert roster.execute('SELECT name FROM "Talent" ORDER BY id').fetchall() == [
            ("Ada Lovelace",),
            ("Bob",),
        ]
    assert len(list((tmp_path / "out" / "pictures").rglob("*.webp"))) == 1
