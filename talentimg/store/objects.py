"""Object stores over obstore: a folder, S3 and its like, Google Cloud Storage, Azure, memory.

In a folder an object is written to `<name>#1` and then linked to its name, so that nobody ever finds half
an object, not even after a crash; a killed process leaves behind at most a `#` file that nobody reads.
"""

from __future__ import annotations

import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote, urlsplit

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store

from talentimg.errors import CannotCreate, ConfigError, ObjectError
from talentimg.store.interface import ObjectStore
from talentimg.store.keys import check_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal
    from urllib.parse import SplitResult

    from obstore.store import AzureConfig, GCSConfig, RetryConfig, S3Config
    from obstore.store import ObjectStore as Backend

    from talentimg.errors import TalentimgError

_FOR_EVER = "public, max-age=31536000, immutable"
"""An object's name is the hash of its bytes, so they can never change."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SCHEMES = "file://, s3://, gs://, az:// or memory://"
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
    """One place that obstore can write to. `name` is safe to show; `folder` is set if it is a folder."""

    def __init__(
        self,
        backend: Backend,
        name: str,
        folder: Path | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._backend = backend
        self._name = name
        self._folder = folder
        self._sleep = sleep

    def put(self, key: str, data: bytes, media_type: str) -> bool:
        """Keep an object unless it is there. A folder stores no media type: the suffix implies it."""
        check_key(key)
        mode: Literal["create", "overwrite"] = "create"
        for wait in (*CONFLICT_WAITS, None):
            if self._write(key, data, media_type, mode):
                return True
            # obstore has one error for "already there" (412) and for "collided with another upload" (409).
            size = self._size(key)
            if size == len(data):
                return False
            mode = "create" if size is None else "overwrite"
            if wait is not None:
                self._sleep(wait)
        raise ObjectError(
            f"A picture could not be written to {self._name}: it is said to exist, but cannot be found.",
            hint="Another upload may have got in the way. If not, check that the credentials allow reading.",
        )

    def _write(self, key: str, data: bytes, media_type: str, mode: Literal["create", "overwrite"]) -> bool:
        """Whether it was written; if not, one exists or is being written by somebody else."""
        attributes = {"Content-Type": media_type, "Cache-Control": _FOR_EVER}
        try:
            self._backend.put(
                key,
                data,
                attributes=None if self._folder else attributes,
                mode=mode,
                use_multipart=False,  # a multipart upload cannot be made conditional
            )
        except AlreadyExistsError:
            return False
        except _FOREIGN as error:
            raise self._refused("written", error) from None
        return True

    def _size(self, key: str) -> int | None:
        """The length of an object; None if it cannot be found.

        Without the right to list, S3 answers "forbidden" when an object does not exist.
        """
        try:
            return int(self._backend.head(key)["size"])
        except (FileNotFoundError, PermissionDeniedError):
            return None
        except _FOREIGN as error:
            raise self._refused("looked for", error) from None

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None."""
        check_key(key)
        try:
            return bytes(self._backend.get(key).bytes())
        except FileNotFoundError:
            return None
        except _FOREIGN as error:
            raise self._refused("read", error) from None

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        check_key(key)
        try:
            self._backend.head(key)
        except FileNotFoundError:
            return False
        except _FOREIGN as error:
            raise self._refused("looked for", error) from None
        return True

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        try:
            self._backend.delete(key)
        except FileNotFoundError:
            return
        except _FOREIGN as error:
            raise self._refused("removed", error) from None

    def _refused(self, what: str, error: Exception) -> TalentimgError:
        """Our error for one of obstore's, whose text may contain signed URLs and is therefore dropped."""
        if self._folder and not os.access(self._folder, os.W_OK | os.X_OK):
            return CannotCreate(
                f"The pictures folder {self._folder} cannot be written to.",
                hint="Give this user the right to write there, or choose another folder.",
            )
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return ObjectError(
                f"A picture could not be {what}: {self._name} refuses our credentials.",
                hint="Check the credentials in the environment, and what they are allowed to do.",
            )
        if isinstance(error, FileNotFoundError):
            return ObjectError(f"A picture could not be {what}: {self._name} does not exist.")
        return ObjectError(
            f"A picture could not be {what} in {self._name}.",
            hint="Is there any space left?"
            if self._folder
            else "Is the object store up and its address correct?",
        )


def open_url(url: str, options: Mapping[str, str], *, make: bool = True) -> ObstoreStore:
    """The object store that a URL names; see `talentimg.store.open_store`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _nonsense() from None
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(
            "The address of the pictures store must not contain options or credentials.",
            hint="Put them in the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...).",
        )
    if parts.scheme == "file":
        return _open_folder(parts, make=make)
    if parts.scheme == "memory":
        return ObstoreStore(MemoryStore(), "memory")
    if parts.scheme in {"s3", "gs", "az"}:
        return _open_bucket(parts, options)
    raise _nonsense()


def _nonsense() -> ConfigError:
    return ConfigError(
        f"The address of the pictures store must begin with {_SCHEMES}.",
        hint="A folder is written file:///path/to/folder.",
    )


def _open_folder(parts: SplitResult, *, make: bool) -> ObstoreStore:
    folder = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not folder.is_absolute() or "\0" in str(folder):
        raise ConfigError(
            "The address of the pictures folder does not name a folder on this machine.",
            hint="It begins with three slashes: file:///path/to/folder.",
        )
    if not make and not folder.exists():
        return ObstoreStore(MemoryStore(), f"the folder {folder}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return ObstoreStore(LocalStore(folder), f"the folder {folder}", folder)
    except (OSError, BaseError):
        raise CannotCreate(
            f"The pictures folder {folder} cannot be created.",
            hint="Is there a file in its place, or is the right to write there missing?",
        ) from None


def _open_bucket(parts: SplitResult, options: Mapping[str, str]) -> ObstoreStore:
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
