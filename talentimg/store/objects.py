"""Object stores over obstore: S3 and its like, Google Cloud Storage, Azure, memory."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from talentimg.errors import ConfigError, ObjectError
from talentimg.store.interface import Held, ObjectStore
from talentimg.store.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal
    from urllib.parse import SplitResult

    from obstore.store import AzureConfig, GCSConfig, RetryConfig, S3Config
    from obstore.store import ObjectStore as Backend

    Mode = Literal["create", "overwrite"]

_FOR_EVER = "public, max-age=31536000, immutable"
"""An object's name is the hash of its bytes, so they can never change."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# By default obstore waits up to three minutes for one object. These are settings of the store rather than
# `client_options`, which would override what the environment says about the client (AWS_ALLOW_HTTP).
_TIMEOUTS = {"connect_timeout": "5s", "timeout": "30s"}
_RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
CONFLICT_WAITS: Final = (0.1, 0.2, 0.4, 0.8)
"""Seconds to wait before each retry of an upload that collided with another one.

S3 asks for a retry: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""
# What obstore raises besides its own errors: https://developmentseed.org/obstore/latest/api/exceptions/
_FOREIGN = (BaseError, OSError, ValueError, NotImplementedError)


class ObstoreStore(ObjectStore):
    """One place that obstore can write to. `name` is safe to show."""

    def __init__(self, backend: Backend, name: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._backend = backend
        self._name = name
        self._sleep = sleep

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
            hint="Another upload may have got in the way. If not, check that the credentials allow reading.",
        )

    def _write(self, key: str, data: bytes, media_type: str, mode: Mode) -> bool:
        """Whether it was written; if not, one exists or is being written by somebody else."""
        try:
            self._backend.put(
                key,
                data,
                attributes={"Content-Type": media_type, "Cache-Control": _FOR_EVER},
                mode=mode,
                use_multipart=False,  # a multipart upload cannot be made conditional
            )
        except AlreadyExistsError:
            return False
        except _FOREIGN as error:
            raise self._refused("written", error) from None
        return True

    def _read_if_allowed(self, key: str) -> bytes | None:
        """The object's bytes; None if it cannot be found.

        Without the right to list, S3 answers "forbidden" when an object does not exist.
        """
        try:
            return bytes(self._backend.get(key).bytes())
        except (FileNotFoundError, PermissionDeniedError):
            return None
        except _FOREIGN as error:
            raise self._refused("read", error) from None

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        try:
            return bytes(self._backend.get(key).bytes())
        except FileNotFoundError:
            return None
        except _FOREIGN as error:
            raise self._refused("read", error) from None

    def find(self, key: str) -> Held | None:
        """How long the object is and when it was last changed, or None."""
        check_key(key)
        try:
            found = self._backend.head(key)
        except FileNotFoundError:
            return None
        except _FOREIGN as error:
            raise self._refused("looked for", error) from None
        return Held(found["size"], found["last_modified"])

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        try:
            self._backend.delete(key)
        except FileNotFoundError:
            return
        except _FOREIGN as error:
            raise self._refused("removed", error) from None

    def _refused(self, what: str, error: Exception) -> ObjectError:
        """Our error for one of obstore's, whose text may contain signed URLs and is therefore dropped."""
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return ObjectError(
                f"A picture could not be {what}: {self._name} refuses our credentials.",
                hint="Check the credentials in the environment, and what they are allowed to do.",
            )
        if isinstance(error, FileNotFoundError):
            return ObjectError(f"A picture could not be {what}: {self._name} does not exist.")
        return ObjectError(
            f"A picture could not be {what} in {self._name}.",
            hint="Is the object store up and its address correct?",
        )


def open_bucket(parts: SplitResult, options: Mapping[str, str]) -> ObstoreStore:
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
    return ObstoreStore(backend, f"{parts.scheme}://{bucket}")


def _bucket(scheme: str, bucket: str, prefix: str | None, config: dict[str, str]) -> Backend:
    if scheme == "s3":
        return S3Store(bucket, prefix=prefix, config=cast("S3Config", config), retry_config=_RETRY)
    if scheme == "gs":
        return GCSStore(bucket, prefix=prefix, config=cast("GCSConfig", config), retry_config=_RETRY)
    return AzureStore(bucket, prefix=prefix, config=cast("AzureConfig", config), retry_config=_RETRY)
