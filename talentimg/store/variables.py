"""The variables of the environment by which object stores are reached: no settings file holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Variables:
    """Those of one kind of store."""

    needed: tuple[str, ...]
    """Secret, and always there, but on a machine to which its own cloud gives access."""
    secret: tuple[str, ...] = ()
    """Others that are nobody's business."""
    plain: tuple[str, ...] = ()


OF_SCHEMES: Final = {
    "s3": Variables(
        needed=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        secret=("AWS_SESSION_TOKEN",),
        plain=(
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_S3",
            "AWS_ENDPOINT",
            "AWS_ALLOW_HTTP",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
        ),
    ),
    # The key itself, since the file that GOOGLE_APPLICATION_CREDENTIALS names is on this machine only.
    "gs": Variables(needed=("GOOGLE_SERVICE_ACCOUNT_KEY",)),
    "az": Variables(needed=("AZURE_STORAGE_ACCOUNT_KEY",), plain=("AZURE_STORAGE_ACCOUNT_NAME",)),
}
"""By the beginning of the store's address."""


def of_store(address: str) -> Variables:
    """Those by which the store at an address is reached; none for a folder."""
    return OF_SCHEMES.get(address.partition("://")[0], Variables(needed=()))
