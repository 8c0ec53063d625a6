"""What was moved: rosters, pictures, archives. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talentimg.shapes.plain import document, fields_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talentimg.service.moving.archive import Contents
    from talentimg.service.moving.objects import CopiedPictures
    from talentimg.service.moving.tables import Moved


def copied_json(to: str, moved: Sequence[Moved], left_out: int) -> dict[str, Any]:
    """A roster that was copied, table by table; `to` is safe to show."""
    return document(
        {
            "to": to,
            "rows": sum(one.rows for one in moved),
            "written": sum(one.written for one in moved),
            "removed": sum(one.removed for one in moved),
            "left_out": left_out,
            "tables": list(moved),
        }
    )


def copied_pictures_json(to: str, done: CopiedPictures) -> dict[str, Any]:
    """Pictures that were copied."""
    return document({"to": to, **fields_of(done)})


def archive_json(file: str, contents: Contents) -> dict[str, Any]:
    """What is in an archive."""
    return document({"file": file, **fields_of(contents)})


def restored_json(file: str, contents: Contents, forgotten: int) -> dict[str, Any]:
    """An archive that was brought back, and how much of it is forgotten since."""
    return archive_json(file, contents) | {"forgotten": forgotten}
