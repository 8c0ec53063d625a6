"""An import with chosen pictures, or a forget of one, killed at its steps: `... import|forget FOLDER EVERY`.

A step is a statement of SQLite's, or a file that is written or removed. Each is reached by a process of its
own, which ends there by SIGKILL; another one looks at what is left, and says the same again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import traceback
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from talentimg.models import MANUAL, Policy
from talentimg.providers.registry import platform_names
from talentimg.repository.interface import NewTalent
from talentimg.repository.memory import MemoryRepository
from talentimg.repository.sqlite.repository import SqliteRepository
from talentimg.service.lookup.pictures import Pictures
from talentimg.service.people.chosen import keep_chosen
from talentimg.service.people.export.exporter import Form
from talentimg.service.people.files.roster import read_roster
from talentimg.service.people.roster import Roster
from talentimg.store.folder import FolderStore
from talentimg.store.interface import ObjectStore
from talentimg.store.memory import MemoryObjectStore
from tests.conftest import NOW
from tests.service.test_export import exported, filled, with_choice
from tests.service.test_forgetting import forgetting
from tests.service.world import FakeWeb, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from talentimg.store.interface import Held, Listed

PEOPLE = [(NewTalent("ada", "Ada"), Policy()), (NewTalent("bob", "Bob"), Policy())]


class Deadly:
    """Ends this process at one of its steps."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._steps = count()

    def step(self, _: object = None) -> None:
        if next(self._steps) == self._place:
            os.kill(os.getpid(), signal.SIGKILL)


class DeadlyStore(ObjectStore):
    """Keeps files, and may die before it has and after it has."""

    def __init__(self, inner: ObjectStore, deadly: Deadly) -> None:
        self._inner = inner
        self._deadly = deadly

    def check(self) -> None:
        self._inner.check()

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        self._deadly.step()
        is_new = self._inner.put(key, data, media_type, anew=anew)
        self._deadly.step()
        return is_new

    def get(self, key: str) -> bytes | None:
        return self._inner.get(key)

    def find(self, key: str) -> Held | None:
        return self._inner.find(key)

    def delete(self, key: str) -> None:
        self._deadly.step()
        self._inner.delete(key)
        self._deadly.step()

    def listing(self, after: str = "") -> Iterator[Listed]:
        return self._inner.listing(after)


def write_zip(path: Path) -> None:
    """A roster with a picture that somebody chose."""
    first, store = filled(MemoryRepository(), PEOPLE), MemoryObjectStore()
    with_choice(first, store)
    path.write_bytes(exported(first, Form.ZIP, store))


def world_in(folder: Path, deadly: Deadly | None = None) -> World:
    """What is kept in a folder; killed from now on where it is deadly."""
    store: ObjectStore = FolderStore(folder / "pictures")
    if deadly:
        store = DeadlyStore(store, deadly)
    repository = SqliteRepository.open(folder / "roster.db", create=True)
    if deadly:  # each statement is a step
        with repository._connection_holder.alone() as connection:
            connection.set_trace_callback(deadly.step)
    return World(repository, store)


def brings(world: World, data: bytes) -> None:
    """Import the file."""
    pictures = Pictures(FakeWeb(), world.store, world.repository)
    roster = Roster(
        world.repository,
        world.accounts(),
        lambda: NOW,
        lambda found: asyncio.run(keep_chosen(found, pictures, lambda: NOW)),
    )
    roster.import_file(read_roster(data, "roster.zip", platform_names()))


def half(world: World) -> str | None:
    """What is there in part only; None if everything is whole, or not there at all."""
    kept = {one.key for one in world.store.listing()}
    for record in world.repository.load_many(["ada", "bob"]):
        for candidate in record.candidates.values():
            picture = world.repository.picture(candidate.content_hash or "")
            if picture is None or not {form.key for form in picture.renditions} <= kept:
                return f"{record.talent.id} has a picture without its files"
        is_chosen = {record.policy.choice is not None, MANUAL in record.candidates}
        if len(is_chosen) > 1 or (record.selection.source == MANUAL) not in is_chosen:
            return f"{record.talent.id} has half a choice"
    there = {record.talent.id for record in world.repository.load_many(["ada", "bob"])}
    imports = len(world.repository.imports())
    return None if (there == {"ada", "bob"}) == (imports > 0) or "ada" not in there else "half a roster"


def is_imported(world: World) -> bool:
    """Whether everything has come, and nothing else."""
    record, bob = world.repository.load_many(["ada", "bob"])
    return record.selection.source == MANUAL and bob.talent.name == "Bob" and half(world) is None


def is_forgotten(world: World) -> bool:
    """Whether she is gone with all files, and he is there."""
    there = [record.talent.id for record in world.repository.load_many(["ada", "bob"])]
    files = list(world.store.listing())
    return there == ["bob"] and not files and not world.repository.traces("ada")


def in_another_process(work: Callable[[], None]) -> int:
    """Do something there; how it ended, as `os.waitpid` tells. Here are no threads that would be missed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001  told by the code, too
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitpid(child, 0)[1]


def main(what: str, folder: Path, every: int) -> int:
    """Try each step, or one in so many; the first one that is not reached any more."""
    template = folder / "template"
    assert in_another_process(lambda: write_zip(folder / "roster.zip")) == 0
    data = (folder / "roster.zip").read_bytes()

    def act(world: World) -> None:
        if what == "import":
            brings(world, data)
        else:
            assert forgetting(world).forget("ada", by="eve").holds

    def prepared() -> None:
        world = world_in(template)
        if what == "forget":
            brings(world, data)

    def killed(place: Path, step: int) -> None:
        act(world_in(place, Deadly(step)))

    def again(place: Path) -> None:
        world = world_in(place)
        assert half(world) is None, half(world)
        act(world)
        assert is_imported(world) if what == "import" else is_forgotten(world)

    template.mkdir()
    assert in_another_process(prepared) == 0
    for step in count(step=every):
        place = folder / f"{step}"
        shutil.copytree(template, place)
        ended = in_another_process(partial(killed, place, step))
        assert in_another_process(partial(again, place)) == 0, f"killed at step {step}"
        shutil.rmtree(place)
        if ended == 0:
            return step
        assert os.WIFSIGNALED(ended), f"step {step} failed by itself"
    raise AssertionError


if __name__ == "__main__":
    print(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
