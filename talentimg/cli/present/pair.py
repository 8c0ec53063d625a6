"""Two pictures of one talent on the terminal, side by side: what is shown, and what may come."""

from __future__ import annotations

from typing import Final, TypeAlias

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from talentimg.bootstrap import App
from talentimg.cli.present.half_blocks import COLUMNS, half_blocks
from talentimg.cli.terminal import printable
from talentimg.errors import TalentimgError
from talentimg.models import Picture, Talent

GAP: Final = 2
Captioned: TypeAlias = tuple[str, str | Picture | None]
"""What stands above a picture, and its content hash, or its row if that is not written; None: initials."""


def pair_of(app: App, talent: Talent, left: Captioned, right: Captioned, width: int) -> RenderableType:
    """Both pictures; one below the other where the terminal is too narrow."""
    drawn = [Group(Text(printable(caption), "dim"), _picture(app, talent, h)) for caption, h in (left, right)]
    if width < 2 * COLUMNS + GAP:
        return Group(*drawn)
    table = Table.grid(padding=(0, GAP))
    table.add_row(*drawn)
    return table


def _picture(app: App, talent: Talent, shown: str | Picture | None) -> RenderableType:
    if shown is None:
        from talentimg.images.lettering import draw_png

        return half_blocks(draw_png(talent.name, talent.id, size=96))
    try:
        picture = app.repository.picture(shown) if isinstance(shown, str) else shown
        data = app.store.get(picture.rendition("webp-96").key) if picture else None
    except TalentimgError:
        data = None
    return half_blocks(data) if data else Text("(no copy here)", "dim")
