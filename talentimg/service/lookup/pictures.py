"""From a platform's address to our own checked copy, with as little work as possible.

Whether a picture has changed is decided by the platform's stable key, then by validators, then by
the hash of the bytes. Only bytes that are new to us are decoded.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from talentimg.errors import ObjectError, PictureError
from talentimg.http.interface import NotModified
from talentimg.http.links import host_in, path_in
from talentimg.models import DOUBTFUL_PICTURES, MANUAL, USELESS_PICTURES, Reason
from talentimg.service.decision.resolver import why_refused
from talentimg.service.lookup.coalescing import CoalescingLookup
from talentimg.service.lookup.memory import LargePictures
from talentimg.service.lookup.mending import mend
from talentimg.service.lookup.placeholders import SEE_PLACEHOLDERS, SuspectedPlaceholders
from talentimg.service.lookup.rendering import hash_of, render
from talentimg.service.results import StoredPicture
from talentimg.service.threads import in_thread, run_cpu_bound
from talentimg.store.forms import is_whole, new_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from talentimg.http.interface import Fetched, Room, Web
    from talentimg.images.faces import FaceFinder
    from talentimg.images.renditions import Rendered
    from talentimg.models import Candidate, Part, Picture
    from talentimg.providers.interface import RemotePicture
    from talentimg.repository.interface import Results
    from talentimg.service.results import Known
    from talentimg.store.interface import ObjectStore

DEFAULT_CONCURRENCY: Final = 50
_NOT_OF_THE_SIZE: Final = frozenset({Reason.THROTTLED, Reason.PLACEHOLDER, Reason.STORAGE, Reason.PROCESSING})
"""Trouble that another size of the same picture would be in as well."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What `ensure_stored` was asked for; `current` is what we have of it, whole."""

    remote: RemotePicture
    current: Candidate | None
    source: str
    now: datetime
    force: bool
    known_url: str | None
    """Where the picture came from that is known of this source, whole or not."""
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A picture as it came from a source, of which a copy is wanted: made anew if `force`."""

    body: bytes
    source_hash: str
    source: str
    now: datetime
    force: bool
    part: Part | None = None

    @property
    def name(self) -> str:
        """The hash by which they are known; where a part is wanted, by which that is."""
        return hash_of(self.body, self.part) if self.part else self.source_hash

    @property
    def lossless(self) -> bool:
        """Whether nobody but us will have it: it has to come back the same from an export."""
        return self.source == MANUAL


class Pictures:
    """Fetches, checks and stores pictures."""

    def __init__(
        self,
        web: Web,
        store: ObjectStore,
        repository: Results,
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
        find_faces: FaceFinder | None = None,
    ) -> None:
        """Everything that it needs.

        Args:
            web: the guarded client.
            store: where the bytes go.
            repository: the pictures that we already have.
            concurrency: how many pictures are fetched or decoded at the same time. Those that wait to be
                decoded count too, so that their bytes do not pile up in memory.
            find_faces: who looks where the faces in a picture are, if anybody does.
        """
        self._web = web
        self._store = store
        self._repository = repository
        self._find_faces = find_faces
        self._by_source_hash = CoalescingLookup(repository.pictures_by_source)
        self._slots = asyncio.Semaphore(concurrency)
        self._large = LargePictures()
        self._loading: asyncio.Future[None] | None = None
        self.suspected = SuspectedPlaceholders(repository)

    async def check_store(self) -> None:
        """Find out whether pictures can be kept.

        Raises:
            TalentimgError: they cannot.
        """
        await in_thread(self._store.check)

    async def ensure_stored(
        self,
        remote: RemotePicture,
        known: Known,
        now: datetime,
        *,
        source: str,
        force: bool = False,
        part: Part | None = None,
    ) -> StoredPicture:
        """Make sure that we have a copy of a picture.

        Args:
            remote: where it is, according to the platform.
            known: what we already have from this source.
            now: the creation time of a new picture row.
            source: the source that offers it.
            force: fetch and check it even if nothing seems to have changed, and store it anew.
            part: the square of it that a person has marked, if one has.

        Raises:
            PictureError: it could not be fetched, or is not one that we show.
        """
        current = await self._current(known, source, now)
        if current and not force and remote.key is not None and remote.key == current.picture_key:
            url = _same_size(current, remote)
            return _unchanged(current, remote, url, current.etag, current.last_modified)
        known_url = known.candidate.picture_url if known.candidate else None
        async with self._slots:
            return await self._first_of_use(_Wanted(remote, current, source, now, force, known_url, part))

    async def keep(
        self, body: bytes, now: datetime, *, source: str, part: Part | None = None
    ) -> StoredPicture:
        """Make sure that we have a copy of a picture whose bytes a person brought, or of a part of it.

        Nothing is fetched.

        Raises:
            PictureError: it is not one that we show, or could not be stored.
        """
        source_hash = hash_of(body)
        async with self._slots:
            await self._refuse_suspected(source, source_hash)
            return await self._kept(_Bytes(body, source_hash, source, now, force=False, part=part))

    async def mend(self, content_hash: str, now: datetime, *, seen_at: datetime | None) -> bool:
        """Make whole what is shown although its source does not give it now: see `mending.mend`.

        What cannot be mended, because the store is away or too little is left, stays as it is.
        """
        try:
            return await mend(content_hash, self._store, self._repository, now, seen_at=seen_at)
        except (ObjectError, PictureError):
            return False

    async def _first_of_use(self, wanted: _Wanted) -> StoredPicture:
        """The first picture on offer that we can show; else, what the first of those that are there lacks."""
        self._preload_decoders()
        refused: list[PictureError] = []
        for sizes in (wanted.remote.urls, *((url,) for url in wanted.remote.others)):
            try:
                return await self._best_size(sizes, wanted)
            except PictureError as error:
                if not _is_useless(error, sizes, wanted):
                    raise
                refused.append(error)
        raise next((error for error in refused if error.reason is not Reason.MISSING), refused[0])

    async def _best_size(self, sizes: Sequence[str], wanted: _Wanted) -> StoredPicture:
        """A picture from the first of its addresses that has it, the best first."""
        *guesses, named = sizes
        for url in guesses:
            try:
                return await self._fetch_and_store(url, wanted)
            except PictureError as error:
                if error.reason in _NOT_OF_THE_SIZE:
                    raise
        return await self._fetch_and_store(named, wanted)

    async def _fetch_and_store(self, url: str, wanted: _Wanted) -> StoredPicture:
        async with self._large.room() as room:
            fetched = await self._fetch(url, wanted.remote, None if wanted.force else wanted.current, room)
            return await self._stored(url, fetched, wanted)

    async def _stored(self, url: str, fetched: Fetched | NotModified, wanted: _Wanted) -> StoredPicture:
        remote, current, force = wanted.remote, wanted.current, wanted.force
        if isinstance(fetched, NotModified):
            if current is None:  # unasked for; the client refuses this already
                raise PictureError(
                    "The picture's server answered 304 to an unconditional request.", reason=Reason.STATUS
                )
            return _unchanged(current, remote, url, current.etag, current.last_modified)
        source_hash = hash_of(fetched.body)
        await self._refuse_suspected(wanted.source, source_hash)
        if current and not force and current.source_hash == source_hash:
            return _unchanged(current, remote, url, fetched.etag, fetched.last_modified)
        ours = await self._kept(
            _Bytes(fetched.body, source_hash, wanted.source, wanted.now, force, wanted.part)
        )
        return replace(
            ours,
            url=url,
            key=remote.key,
            url_expires_at=remote.expires_at,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
        )

    async def _kept(self, new: _Bytes) -> StoredPicture:
        """Our copy of these bytes, made unless we have it whole."""
        name = new.name
        existing = await self._by_source_hash.get(name)
        if existing is not None:
            await self._refuse_suspected(new.source, name, existing)
        picture = await self._stored_copy(new, existing)
        return StoredPicture(
            content_hash=picture.content_hash,
            source_hash=name,
            picture=picture,
            likeness=picture.likeness,
        )

    async def _refuse_suspected(self, source: str, source_hash: str, picture: Picture | None = None) -> None:
        """Refuse what is known by its bytes, or by our copy of it, as a placeholder."""
        copy = (picture.content_hash, picture.likeness) if picture else (None, None)
        if suspect := await self.suspected.against(source, source_hash, *copy):
            raise PictureError(why_refused(suspect), reason=Reason.PLACEHOLDER, hint=SEE_PLACEHOLDERS)

    def _preload_decoders(self) -> None:
        """Load the decoders while the first picture is being fetched: the CPU is idle then."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(run_cpu_bound(_load_decoders))

    async def _current(self, known: Known, source: str, now: datetime) -> Candidate | None:
        """What is known, if every form of it is really stored: a row without its objects is not a picture.

        Nor is what was made anew for want of the source's picture: the next one that it gives is fetched.
        """
        offered, copy = known.candidate, known.copy
        # Without a row, how long its forms have to be is not known.
        if offered is None or copy is None or copy.is_remade:
            return None
        if await self.suspected.against(source, offered.source_hash, copy.content_hash, copy.likeness):
            return None
        seen_at = min(offered.found_at or copy.created_at, now)
        return offered if await in_thread(self._is_whole, copy, seen_at) else None

    def _is_whole(self, picture: Picture, seen_at: datetime) -> bool:
        with _storage_trouble():
            return is_whole(self._store, picture, seen_at=seen_at)

    async def _fetch(
        self, url: str, remote: RemotePicture, current: Candidate | None, room: Room
    ) -> Fetched | NotModified:
        # A validator belongs to one address: sent to another it could confirm the wrong picture.
        ours = current if current is not None and current.picture_url == url else None
        try:
            return await self._web.fetch_picture(
                url,
                etag=ours.etag if ours else None,
                last_modified=ours.last_modified if ours else None,
                hosts=remote.hosts,
                room=room,
            )
        except PictureError as error:
            error.host = host_in(url)
            raise

    async def _stored_copy(self, new: _Bytes, existing: Picture | None) -> Picture:
        """Our copy of these bytes.

        One that is there already is written again with what names it: nobody may have named it until now, so
        that its row may be gone by then.
        """
        if (
            existing is not None
            and not new.force
            and (existing.is_lossless or not new.lossless)
            and await in_thread(self._is_whole, existing, existing.created_at)
        ):
            return existing
        rendered = await run_cpu_bound(
            render, new.body, new.now, self._find_faces, new.name, new.part, lossless=new.lossless
        )
        await self._refuse_suspected(new.source, new.name, rendered.picture)
        await in_thread(self._put, rendered, anew=new.force or existing is not None)
        return rendered.picture

    def _put(self, rendered: Rendered, *, anew: bool) -> None:
        with _storage_trouble():
            self._store.put_all(new_objects(rendered.picture, rendered.objects), anew=anew)


@contextmanager
def _storage_trouble() -> Iterator[None]:
    try:
        yield
    except ObjectError as error:
        raise PictureError(error.message, reason=Reason.STORAGE, hint=error.hint) from error


def _is_useless(error: PictureError, sizes: Sequence[str], wanted: _Wanted) -> bool:
    """Whether a picture will never do. One that has been good may only be behind a wall tonight."""
    if error.reason in DOUBTFUL_PICTURES:
        return wanted.known_url not in sizes
    return error.reason in USELESS_PICTURES


def _load_decoders() -> None:
    import talentimg.images.renditions  # noqa: F401, PLC0415  Pillow: only for new pictures


def _same_size(current: Candidate, remote: RemotePicture) -> str:
    """The new address of the size that we have: a better size was a guess and may not exist."""
    path = path_in(current.picture_url or "")
    return next((url for url in remote.urls if path_in(url) == path), remote.urls[-1])


def _unchanged(
    current: Candidate, remote: RemotePicture, url: str, etag: str | None, last_modified: str | None
) -> StoredPicture:
    return StoredPicture(
        content_hash=current.content_hash or "",
        source_hash=current.source_hash or "",
        url=url,
        key=remote.key,
        url_expires_at=remote.expires_at,
        etag=etag,
        last_modified=last_modified,
    )
