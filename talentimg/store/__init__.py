"""Where picture bytes are kept: content-addressed, in a folder or an object store, chosen by URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from talentimg.store.folder import FolderStore
    from talentimg.store.interface import ObjectStore

_SCHEMES = "file://, s3://, gs://, az:// or memory://"


def open_store(url: str, options: Mapping[str, str] | None = None, *, make: bool = True) -> ObjectStore:
    """The object store that a URL names.

    `file:///path` is a folder, which is created if it is missing; `s3://bucket/prefix`, `gs://bucket/prefix`
    and `az://container/prefix` are object stores; `memory://` lasts as long as the process.

    Credentials and addresses of object stores come from the usual environment variables:

    - S3 and its like: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION` (or
      `AWS_DEFAULT_REGION`), `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT`, `AWS_ENDPOINT_URL_S3`),
      `AWS_ALLOW_HTTP=true` for an endpoint without TLS, and `AWS_VIRTUAL_HOSTED_STYLE_REQUEST=true`
      where the bucket is part of the host name (otherwise it is the start of the path)
    - Google: `GOOGLE_APPLICATION_CREDENTIALS`
    - Azure: `AZURE_STORAGE_ACCOUNT_NAME` and `AZURE_STORAGE_ACCOUNT_KEY`

    No request is made here.

    Args:
        url: where the objects are.
        options: settings that override the environment, by obstore's names (`endpoint`, `region`, ...):
            https://developmentseed.org/obstore/latest/api/store/aws/
        make: whether anything may be written: a missing folder, which otherwise counts as empty, or a probe.

    Raises:
        ConfigError: the URL or an option is not valid.
        CannotCreate: the folder cannot be created.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _nonsense() from None
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(
            "The address of the pictures store must not contain options or credentials.",
            hint="Put them in the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...).",
        )
    from talentimg.store.breaker import GuardedStore  # noqa: PLC0415  start-up time

    return GuardedStore(_open(parts, options or {}, make=make))


def _open(parts: SplitResult, options: Mapping[str, str], *, make: bool) -> ObjectStore:
    if parts.scheme == "file":
        return _open_folder(parts, make=make)
    if parts.scheme not in {"s3", "gs", "az", "memory"}:
        raise _nonsense()
    from talentimg.store.objects import open_bucket  # noqa: PLC0415  obstore: only for buckets

    return open_bucket(parts, options, read_only=not make)


def _nonsense() -> ConfigError:
    return ConfigError(
        f"The address of the pictures store must begin with {_SCHEMES}.",
        hint="A folder is written file:///path/to/folder.",
    )


def _open_folder(parts: SplitResult, *, make: bool) -> FolderStore:
    from talentimg.store.folder import FolderStore  # noqa: PLC0415  start-up time

    folder = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not folder.is_absolute() or "\0" in str(folder):
        raise ConfigError(
            "The address of the pictures folder does not name a folder on this machine.",
            hint="It begins with three slashes: file:///path/to/folder.",
        )
    store = FolderStore(folder, read_only=not make)
    if make:
        store.create()
    return store
