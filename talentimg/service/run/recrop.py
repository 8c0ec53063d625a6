"""Cuts what is stored by the rule of today, from the masters. No platform is asked.

The new forms are stored before any row names them, and what is done carries the name of the rule. So this
may be killed at any point, be started again, and run beside others and beside syncs.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from talentimg.errors import ObjectError, PictureError, TalentimgError
from talentimg.images.square import FACES_RULE, RULE
from talentimg.models import MASTER
from talentimg.service.decision.resolver import INTERNAL_ERROR
from talentimg.service.decision.versions import BY_RECROP
from talentimg.service.lookup.mending import made_at
from talentimg.service.threads import in_thread, run_cpu_bound
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of, object_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.images.renditions import Rendered
    from talentimg.models import Picture
    from talentimg.repository.interface import PictureInUse, Results
    from talentimg.store.interface import ObjectStore

log = logging.getLogger("talentimg.recrop")

PAGE: Final = 100
"""Pictures that are read from the repository at a time."""
AT_ONCE: Final = 8
"""Pictures that are cut at the same time; so many are finished after a signal."""
CUT_ANEW: Final = "The same picture, its square cut by another rule."
MASTER_LOST: Final = "Its master is no longer in the store of pictures."
MASTER_DAMAGED: Final = "Its master in the store of pictures is damaged."


class Recut(StrEnum):
    """What became of one picture."""

    CUT = "cut"
    """It has another square from now on."""
    SAME = "same"
    """The rule of today cuts the same square."""
    NO_MASTER = "no_master"
    """Only its square was kept; it stays as it is."""
    FAILED = "failed"
    """It stays as it is, and `detail` says why."""


@dataclass(frozen=True, slots=True)
class RecutPicture:
    """One picture, and whose it is."""

    result: Recut
    talent_ids: tuple[str, ...]
    content_hash: str
    new_content_hash: str | None = None
    detail: str | None = None


class Recropper:
    """Cuts every stored picture in use that another rule cut and that has a master."""

    def __init__(
        self,
        repository: Results,
        store: ObjectStore,
        now: Callable[[], datetime],
        *,
        find_faces: FaceFinder | None = None,
    ) -> None:
        """Everything that it needs, chosen by `bootstrap`.

        Args:
            repository: what is stored, and who has it.
            store: where the bytes are.
            now: the clock.
            find_faces: who looks where the faces in a picture are, if anybody does; the rule is another then.
        """
        self._rule = RULE if find_faces is None else FACES_RULE
        self._find_faces = find_faces
        self._repository = repository
        self._store = store
        self._now = now
        self._stopped = False

    def stop(self) -> None:
        """Begin no more pictures, and finish those in progress."""
        self._stopped = True

    async def recrop(self, *, limit: int | None = None) -> AsyncGenerator[RecutPicture, None]:
        """Cut pictures anew, and yield each as its rows are written.

        Those that cannot be cut are told and passed over, so that they keep no others waiting.

        Args:
            limit: the most pictures to cut.

        Raises:
            StoreUnavailable: the database or the store of pictures does not answer.
        """
        await in_thread(self._store.check)
        after, left = None, limit
        while left != 0 and not self._stopped and (page := await self._page(after)):
            after = page[-1].picture.content_hash
            ready = [one for one in page if one.talent_ids and one.picture.master is not None]
            for one in page:
                if one.talent_ids and one.picture.master is None:
                    yield RecutPicture(Recut.NO_MASTER, one.talent_ids, one.picture.content_hash)
            while ready and left != 0 and not self._stopped:
                size = AT_ONCE if left is None else min(AT_ONCE, left)
                batch, ready = ready[:size], ready[size:]
                async for done in self._batch(batch):
                    left = left if left is None or done.result is Recut.FAILED else left - 1
                    yield done

    async def _page(self, after: str | None) -> list[PictureInUse]:
        return await in_thread(self._repository.to_recut, self._rule, self._now(), after=after, limit=PAGE)

    async def _batch(self, batch: list[PictureInUse]) -> AsyncGenerator[RecutPicture, None]:
        """All of them side by side. If something stops the work, those that were done are told first."""
        results = await asyncio.gather(*(self._recut_safely(one) for one in batch), return_exceptions=True)
        for result in results:
            if isinstance(result, RecutPicture):
                yield result
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _recut_safely(self, one: PictureInUse) -> RecutPicture | None:
        """One picture never stops the others; a store that is away does. None: somebody else was first."""
        try:
            return await self._recut(one)
        except (ObjectError, PictureError) as error:
            detail = error.message
        except TalentimgError:
            raise
        except Exception:
            log.exception("An internal error stopped the cutting of %r.", one.picture.content_hash)
            detail = INTERNAL_ERROR
        return RecutPicture(Recut.FAILED, one.talent_ids, one.picture.content_hash, detail=detail)

    async def _recut(self, one: PictureInUse) -> RecutPicture | None:
        old = one.picture
        rendered = await run_cpu_bound(_cut, old, await in_thread(self._master_of, old), self._find_faces)
        created_at = await in_thread(made_at, self._repository, rendered.picture)
        new = replace(rendered.picture, created_at=created_at)
        await in_thread(self._store.put_all, new_objects(new, rendered.objects))
        recut = self._repository.recut
        talent_ids = await in_thread(recut, old, new, self._now(), why=CUT_ANEW, by=BY_RECROP)
        if not talent_ids:
            return None
        result = Recut.SAME if new.content_hash == old.content_hash else Recut.CUT
        return RecutPicture(result, tuple(talent_ids), old.content_hash, new.content_hash)

    def _master_of(self, picture: Picture) -> bytes:
        master = picture.rendition(MASTER)
        data = self._store.get(master.key)
        if data is None:
            raise ObjectError(MASTER_LOST)
        if object_key(data, master.key.rpartition(".")[2]) != master.key:
            raise ObjectError(MASTER_DAMAGED)
        return data


def _cut(picture: Picture, master: bytes, find_faces: FaceFinder | None) -> Rendered:
    from talentimg.images.renditions import recut_picture  # noqa: PLC0415  Pillow: only to cut

    return recut_picture(picture, master, key_for=key_of, find_faces=find_faces)
