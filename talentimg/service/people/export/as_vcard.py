"""The roster as vCards 4.0, with photos, for address books (https://www.rfc-editor.org/rfc/rfc6350).

Accounts are told by SOCIALPROFILE (https://www.rfc-editor.org/rfc/rfc9554#section-4.9).
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import IO, TYPE_CHECKING, Final

from talentimg.service.people.export.results import Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talentimg.repository.interface.entries import EntryAccount
    from talentimg.service.people.export.talents import Exported, Talents

LONGEST: Final = 75
"""The bytes of a line, without its end (RFC 6350, 3.2)."""
MIDDLE: Final = 0b1000_0000
"""How a byte in the middle of a character begins (https://www.rfc-editor.org/rfc/rfc3629#section-3)."""
FOLD: Final = b"\r\n "
LINE_BREAK: Final = re.compile(r"\r\n?|\n|[\x85\u2028\u2029]")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
ESCAPED: Final = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;"})
A_URL: Final = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.IGNORECASE | re.ASCII)
WEBSITE: Final = "website"


def write_vcards(talents: Talents, file: IO[bytes]) -> Written:
    """Write them.

    Args:
        talents: everybody.
        file: where they go.

    Raises:
        TalentimgError: the store of the pictures cannot be reached.
    """
    number = pictures = missing = 0
    for number, one in enumerate(talents, start=1):  # noqa: B007  counted
        photo = talents.photo(one.record)
        pictures += photo is not None
        missing += photo is None and one.record.selection.content_hash is not None
        file.write(b"".join(folded(line) for line in lines(one, photo)))
    return Written(number, pictures, missing)


def lines(one: Exported, photo: bytes | None) -> Iterator[str]:
    """The lines of a card, not folded yet."""
    entry = one.entry
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"UID;VALUE=text:{text(entry.talent_id)}"
    yield f"FN:{text(entry.name) or text(entry.talent_id)}"
    if entry.email:
        yield f"EMAIL:{text(entry.email)}"
    for account in entry.accounts:
        if account.connected:
            yield _account(account)
    if photo:
        yield f"PHOTO:data:image/jpeg;base64,{b64encode(photo).decode('ascii')}"
    yield "END:VCARD"


def _account(account: EntryAccount) -> str:
    address = account.profile_url or account.handle
    if account.platform == WEBSITE:
        return f"URL:{address if A_URL.fullmatch(address) else text(address)}"
    service = f"SOCIALPROFILE;SERVICE-TYPE={_parameter(account.platform)}"
    if account.profile_url and A_URL.fullmatch(account.profile_url):
        return f"{service};USERNAME={_parameter(account.handle)}:{account.profile_url}"
    return f"{service};VALUE=text:{text(account.handle)}"


def text(value: str) -> str:
    """A text as it stands in a card (3.4): no character of it can end a line or a value."""
    broken = CONTROL.sub("", LINE_BREAK.sub("\n", value))
    return broken.translate(ESCAPED).replace("\n", "\\n")


def _parameter(value: str) -> str:
    """The value of a parameter, in quotation marks, of which it can hold none (RFC 6868)."""
    plain = CONTROL.sub("", LINE_BREAK.sub(" ", value)).replace("\t", " ")
    quoted = plain.replace("^", "^^").replace('"', "^'")
    return quoted if quoted.isascii() and quoted.isalnum() else f'"{quoted}"'


def folded(line: str) -> bytes:
    """A line with its end, folded where it is too long, and never within a character."""
    data = line.encode("utf-8", "replace")
    parts: list[bytes] = []
    begin = 0
    while begin < len(data):
        end = min(begin + LONGEST - bool(begin), len(data))
        while end < len(data) and data[end] & 0b1100_0000 == MIDDLE:
            end -= 1
        parts.append(data[begin:end])
        begin = end
    return FOLD.join(parts) + b"\r\n"
