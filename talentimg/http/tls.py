"""Which certificate authorities are trusted."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from talentimg.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def make_ssl_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """The context for all connections; making one is the most expensive part of opening a client.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` name authorities to trust instead of the usual ones, as in
    other programs: https://docs.openssl.org/master/man3/SSL_CTX_load_verify_locations/

    Raises:
        ConfigError: one of the two does not name anything that can be read.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    # OpenSSL silently ignores a missing folder, and then no host would be trusted.
    if folder and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        raise ConfigError("SSL_CERT_DIR does not name a folder.", hint="Correct it, or unset it.")
    try:
        if file or folder:
            return ssl.create_default_context(cafile=file or None, capath=folder or None)
        return ssl.create_default_context(cafile=certifi.where())
    except OSError:
        raise ConfigError(
            "SSL_CERT_FILE does not name a file of certificates.", hint="Correct it, or unset it."
        ) from None
