"""A digest, in the form that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talentimg.cli.terminal import printable_lines, write_data
from talentimg.service.telling.letters import as_email, as_html, as_slack, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talentimg.service.telling.digest import Digest


def print_digest(digest: Digest, pictures: Mapping[str, bytes], *, form: str) -> None:
    """Print it as text, slack, html or email."""
    if form == "html":
        write_data(as_html(digest, pictures).rstrip("\n"))
    elif form == "email":
        write_data(as_email(digest, pictures).as_string().replace("\r\n", "\n").rstrip("\n"))
    else:
        write_data(printable_lines(as_slack(digest) if form == "slack" else as_text(digest)))
