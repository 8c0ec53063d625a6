"""The roster as a ZIP: what `import` reads back, with the pictures that are shown, named by talent."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Final

from talentimg.service.people.export.as_json import write_json
from talentimg.service.people.export.results import Written
from talentimg.service.people.files.archive import CHOSEN, ROSTER, SHOWN, file_name

if TYPE_CHECKING:
    from talentimg.service.people.export.talents import Talents

EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The same roster gives the same file: the time of a part tells nothing."""


def write_zip(talents: Talents, file: IO[bytes]) -> Written:
    """Write it.

    Args:
        talents: everybody.
        file: where it goes; it need not be able to seek.

    Raises:
        TalentimgError: the store of the pictures cannot be reached.
    """
    pictures = missing = 0
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open(_part(ROSTER, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as roster:
            number = write_json(talents, roster, with_choice=True)
        for one in talents:
            talent_id, record = one.entry.talent_id, one.record
            if photo := talents.photo(record):
                archive.writestr(_part(file_name(SHOWN, talent_id, "jpg")), photo)
                pictures += 1
            elif record.selection.content_hash:
                missing += 1
            if chosen := talents.chosen(record):
                archive.writestr(_part(file_name(CHOSEN, talent_id, chosen.suffix)), chosen.data)
    return Written(number, pictures, missing)


def _part(name: str, how: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """A part of the archive. Pictures are as small as they can be, and are not packed once more."""
    part = zipfile.ZipInfo(name, EARLIEST)
    part.compress_type = how
    part.external_attr = 0o600 << 16
    return part
