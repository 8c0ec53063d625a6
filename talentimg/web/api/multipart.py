"""Forms with files in them, as browsers and curl send them. Pure.

https://www.rfc-editor.org/rfc/rfc7578
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

MEDIA_TYPE: Final = "multipart/form-data"
MOST_FIELDS: Final = 20
_LONGEST_HEAD: Final = 4096
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `filename` is what a file was called, if it is one."""

    name: str
    data: bytes = field(repr=False)
    filename: str | None = None

    @property
    def text(self) -> str:
        """What was typed."""
        return self.data.decode(errors="replace")


def fields_of(body: bytes, content_type: str) -> dict[str, Field]:
    """The fields by name; of several with one name the first.

    Args:
        body: the whole of it.
        content_type: the header, which names what stands between the fields.

    Raises:
        ValueError: it is no such form, or does not end as one.
    """
    boundary = _boundary(content_type)
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"))
    if not parts or not parts[-1].startswith(b"--") or len(parts) > MOST_FIELDS + 1:
        raise ValueError
    found: dict[str, Field] = {}
    for part in parts[:-1]:
        one = _field(part)
        found.setdefault(one.name, one)
    return found


def _boundary(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or _BOUNDARY.fullmatch(boundary) is None:
        raise ValueError
    return boundary


def _field(part: bytes) -> Field:
    padding, _, rest = part.partition(b"\r\n")
    head, end, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if padding.strip(b" \t") or not end or len(head) > _LONGEST_HEAD:
        raise ValueError
    message = Message()
    for line in head.decode(errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon and name.lower() == "content-disposition":
            message["Content-Disposition"] = value.strip()
            break
    named = message.get_param("name", header="content-disposition")
    if message.get_content_disposition() != "form-data" or not isinstance(named, str):
        raise ValueError
    return Field(named, data, message.get_filename())
