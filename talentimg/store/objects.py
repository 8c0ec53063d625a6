"""Object stores over obstore: S3 and its like, Google Cloud Storage, Azure, memory."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
)
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from talentimg.errors import ConfigError, ObjectError, StoreUnavailable
from talentimg.store.interface import PROBE, Held, Listed, ObjectStore, not_as_written
from talentimg.store.keys import check_key, is_key, object_key
from talentimg.store.trouble import RIGHTS, trouble_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Literal
    from urllib.parse import SplitResult

    from obstore import ObjectMeta
    from obstore.store import AzureConfig, GCSConfig, RetryConfig, S3Config
    from obstore.store import ObjectStore as Backend

    from talentimg.errors import TalentimgError
    from talentimg.store.trouble import Trouble

    Mode = Literal["create", "overwrite"]

_FOR_EVER = "public, max-age=31536000, immutable"
"""An object's name is the hash of its bytes, so they can never change."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# By default obstore waits up to three minutes for one object. These are settings of the store rather than
# `client_options`, which would override what the environment says about the client (AWS_ALLOW_HTTP).
# After a timeout nothing is tried again: that alone is longer than `retry_timeout`.
_TIMEOUTS = {"connect_timeout": "5s", "timeout": "15s"}
_RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
TROUBLE_WAITS: Final = (1.0, 2.0, 4.0)
"""Seconds to wait before each retry of what obstore gave up after 0.7 s: a storm of SlowDowns, a restart."""
LISTED: Final = 1000
"""Objects that are listed in one request: S3 gives no more."""
AT_ONCE: Final = 32
"""How many objects are looked for at the same time, by all threads together."""
PROBE_KEY: Final = object_key(PROBE, "probe")
PROBE_HOLDS_S: Final = 60.0
"""How long a probe that went well explains why S3 forbids to look for an object: it is not there."""
CONFLICT_WAITS: Final = (0.1, 0.2, 0.4, 0.8)
"""Seconds to wait before each retry of an upload that collided with another one.

S3 asks for a retry: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""
# What obstore raises besides its own errors: https://developmentseed.org/obstore/latest/api/exceptions/
_FOREIGN = (BaseError, OSError, ValueError, NotImplementedError)
_NOT_THERE = (FileNotFoundError, PermissionDeniedError)

_PROBED = "probed"

A = TypeVar("A")
T = TypeVar("T")
Errors: TypeAlias = "type[Exception] | tuple[type[Exception], ...]"


class ObstoreStore(ObjectStore):
    """One place that obstore can write to. `name` is safe to show."""

    def __init__(
        self,
        backend: Backend,
        name: str,
        *,
        read_only: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._name = name
        self._read_only = read_only
        self._sleep = sleep
        self._clock = clock
        self._probed_at = -PROBE_HOLDS_S

    def put(self, key: str, data: bytes, media_type: str, *, anew: bool = False) -> bool:
        """Keep an object. A store answers an upload when it is durable."""
        check_key(key)
        mode: Mode = "overwrite" if anew else "create"
        for wait in (*CONFLICT_WAITS, None):
            if self._write(key, data, media_type, mode):
                return True
            # obstore has one error for "already there" (412) and for "collided with another upload" (409).
            there = self._read_if_allowed(key)
            if there == data and not anew:
                return False
            mode = "create" if there is None else "overwrite"
            if wait is not None:
                self._sleep(wait)
        raise ObjectError(
            f"A picture could not be written to {self._name}: it is said to exist, but cannot be found.",
            hint=f"Another upload may have got in the way. If not: the credentials need {RIGHTS}.",
        )

    def _write(self, key: str, data: bytes, media_type: str, mode: Mode, what: str = "written") -> bool:
        """Whether it was written; if not, one exists or is being written by somebody else."""
        try:
            self._try(lambda: self._upload(key, data, media_type, mode), what, answers=AlreadyExistsError)
        except AlreadyExistsError:
            return False
        return True

    def _upload(self, key: str, data: bytes, media_type: str, mode: Mode) -> None:
        self._backend.put(
            key,
            data,
            attributes={"Content-Type": media_type, "Cache-Control": _FOR_EVER},
            mode=mode,
            use_multipart=False,  # a multipart upload cannot be made conditional
        )

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        return self._if_there(lambda: self._download(key), "read")

    def _download(self, key: str) -> bytes:
        return bytes(self._backend.get(key).bytes())

    def _read_if_allowed(self, key: str) -> bytes | None:
        try:
            return self._try(lambda: self._download(key), "read", answers=_NOT_THERE)
        except _NOT_THERE:
            return None

    def find(self, key: str) -> Held | None:
        """How long the object is and when it was last changed, or None."""
        check_key(key)
        found = self._if_there(lambda: self._backend.head(key), "looked for")
        return None if found is None else Held(found["size"], found["last_modified"])

    def each(self, ask: Callable[[A], T], of: Sequence[A]) -> list[T]:
        """At the same time: each waits for the network."""
        return list(_threads().map(ask, of))

    def _if_there(self, act: Callable[[], T], what: str) -> T | None:
        """What `act` returns; None if there is no such object.

        To those who may not list a bucket, S3 says "forbidden" of what does not exist. It is taken for that
        where we may write, and find what we wrote; a dry run writes nothing, and so cannot know.
        """
        try:
            return self._try(act, what, answers=_NOT_THERE)
        except FileNotFoundError:
            return None
        except PermissionDeniedError as error:
            if self._read_only:
                raise self._told(what, trouble_in(error)) from None
            if self._clock() - self._probed_at >= PROBE_HOLDS_S:
                self.check()
            return None

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with suppress(FileNotFoundError):
            self._try(lambda: self._backend.delete(key), "removed", answers=FileNotFoundError)

    def listing(self, after: str = "") -> Iterator[Listed]:
        """All objects, a page at a time; what is no object of ours is passed over."""
        while page := self._page(after):
            for found in page:
                if is_key(found["path"]) and found["path"] != PROBE_KEY:
                    yield Listed(found["path"], Held(found["size"], found["last_modified"]))
            after = page[-1]["path"]

    def _page(self, after: str) -> Sequence[ObjectMeta]:
        """The first of them after this one, in order: a request for each, so that any can be tried again."""

        def ask() -> Sequence[ObjectMeta]:
            return next(iter(self._backend.list(offset=after or None, chunk_size=LISTED)), ())

        found = self._try(ask, "looked for", answers=())
        return sorted(found, key=lambda one: one["path"])

    def check(self) -> None:
        """Write an object of no meaning and look for it; where nothing may be written, only look.

        It is written as pictures are, once, and not over what is there: R2 and Google take one write a
        second to a name, and some buckets let nothing be overwritten.
        https://developers.cloudflare.com/r2/platform/limits/ https://cloud.google.com/storage/quotas
        """
        if not self._read_only:
            self._write(PROBE_KEY, PROBE, "text/plain", "create", _PROBED)
        with suppress(FileNotFoundError):
            self._try(lambda: self._backend.head(PROBE_KEY), _PROBED, answers=FileNotFoundError)
        self._probed_at = self._clock()

    def probe(self) -> bool:
        """The same with reading and removing it. It has one name, so that at most one is ever left behind."""
        if self._probed() != PROBE:
            raise not_as_written()
        try:
            self._try(lambda: self._backend.delete(PROBE_KEY), _PROBED, answers=_NOT_THERE)
        except FileNotFoundError:  # another one was faster
            return True
        except PermissionDeniedError:
            return False
        return True

    def _probed(self) -> bytes | None:
        """The probe as it is read after it was written; another process may have removed it in between."""
        for _ in CONFLICT_WAITS:
            self._write(PROBE_KEY, PROBE, "text/plain", "create", _PROBED)
            with suppress(FileNotFoundError):
                return self._try(lambda: self._download(PROBE_KEY), _PROBED, answers=FileNotFoundError)
        return None

    def _try(self, act: Callable[[], T], what: str, *, answers: Errors) -> T:
        """What `act` returns or, of obstore's errors, `answers`; what may pass is tried again."""
        waits = iter(TROUBLE_WAITS)
        while True:
            try:
                return act()
            except answers:
                raise
            except _FOREIGN as error:
                trouble = trouble_in(error)
            wait = next(waits, None) if trouble.passes else None
            if wait is None:
                raise self._told(what, trouble)
            self._sleep(wait)

    def _told(self, what: str, trouble: Trouble) -> TalentimgError:
        says = f"{self._name} {trouble.says}."
        if what != _PROBED:
            return ObjectError(f"A picture could not be {what}: {says}", hint=trouble.hint)
        kind = ConfigError if trouble.ours else StoreUnavailable
        return kind(f"Pictures cannot be kept: {says}", hint=trouble.hint)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "bucket")


def open_bucket(parts: SplitResult, options: Mapping[str, str], *, read_only: bool = False) -> ObstoreStore:
    """The store that an address names, which begins with s3, gs, az or memory; nobody is asked."""
    if parts.scheme == "memory":
        return ObstoreStore(MemoryStore(), "memory")
    bucket, prefix = parts.netloc, parts.path.strip("/") or None
    if not _BUCKET.fullmatch(bucket):
        raise ConfigError(
            f"The address of the pictures store names no bucket after {parts.scheme}://.",
            hint=f"It looks like this: {parts.scheme}://bucket or {parts.scheme}://bucket/folder",
        )
    try:
        backend = _bucket(parts.scheme, bucket, prefix, {**_TIMEOUTS, **options})
    except _FOREIGN:
        raise ConfigError(
            f"The settings for {parts.scheme}://{bucket} are incomplete or not valid.",
            hint="They come from the environment: AWS_* for s3://, GOOGLE_* for gs://, AZURE_* for az://.",
        ) from None
    return ObstoreStore(backend, f"{parts.scheme}://{bucket}", read_only=read_only)


def _bucket(scheme: str, bucket: str, prefix: str | None, config: dict[str, str]) -> Backend:
    if scheme == "s3":
        return S3Store(bucket, prefix=prefix, config=cast("S3Config", config), retry_config=_RETRY)
    if scheme == "gs":
        return GCSStore(bucket, prefix=prefix, config=cast("GCSConfig", config), retry_config=_RETRY)
    return AzureStore(bucket, prefix=prefix, config=cast("AzureConfig", config), retry_config=_RETRY)
