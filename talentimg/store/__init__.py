"""Where picture bytes are kept: content-addressed, in a folder or an object store, chosen by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.store.interface import ObjectStore


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
        make: whether a missing folder is created; otherwise it counts as empty.

    Raises:
        ConfigError: the URL or an option is not valid.
        CannotCreate: the folder cannot be created.
    """
    from talentimg.store.objects import open_url  # noqa: PLC0415  obstore is loaded when a store is opened

    return open_url(url, options or {}, make=make)
