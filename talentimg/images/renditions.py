"""Makes the forms that we store from any accepted picture."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from PIL import Image

from talentimg.errors import PictureError
from talentimg.images import masters
from talentimg.images.decode import decode
from talentimg.images.faces import faces_in
from talentimg.images.likeness import likeness_of
from talentimg.images.placeholders import refuse_drawing, refuse_placeholder
from talentimg.images.square import known_square, portrait_square, rule_for
from talentimg.models import MASTER, Picture, Reason, Rendition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from talentimg.images.decoded import Decoded
    from talentimg.images.faces import FaceFinder
    from talentimg.images.square import Face
    from talentimg.models import Part

T = TypeVar("T")
KeyFor: TypeAlias = "Callable[[str, str], str]"
"""Names an object by the SHA-256 (hex) of its bytes and its suffix, as `talentimg.store.keys.key_of` does."""

SIDES = (400, 200, 96)
"""Edge lengths of the WebP renditions, the largest first."""
# Method 0 takes a third less time than method 2, and a photograph gets 3 % larger.
_QUALITY = {"webp": {"quality": 80, "method": 0}, "jpeg": {"quality": 85}}
_BEST_FIRST = (f"jpeg-{SIDES[0]}", *(f"webp-{side}" for side in SIDES), MASTER)
"""What a lost form is made from: of the same square if possible, for another rule cuts a master otherwise."""
FACES_NOT_SOUGHT = "Its faces could not be looked for: the extra `faces` does not work here."
_MEDIA_TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture and the objects to store for it, by key."""

    picture: Picture
    objects: Mapping[str, bytes] = field(repr=False)


class _File(NamedTuple):
    name: str
    suffix: str
    side: int
    body: bytes


class _Made(NamedTuple):
    decoded: Decoded
    faces: Sequence[Face] | None
    likeness: str | None
    files: list[_File]


class _Forms(NamedTuple):
    content_hash: str
    renditions: tuple[Rendition, ...]
    objects: Mapping[str, bytes]


def make_picture(
    data: bytes,
    *,
    source_hash: str,
    now: datetime,
    key_for: KeyFor,
    find_faces: FaceFinder | None = None,
    part: Part | None = None,
    lossless: bool = False,
) -> Rendered:
    """Check a picture and make every form of it that we store. The same bytes always give the same forms.

    Args:
        data: the picture as its platform gave it.
        source_hash: the SHA-256 (hex) of these bytes, which the caller has needed already.
        now: when the picture is made.
        key_for: names the objects.
        find_faces: who looks where the faces are, if anybody does.
        part: the square of it that a person has marked, if one has: then that is all there is of it.
        lossless: whether its master is kept without loss, square or not, and every form made of that: so the
            master given again makes the same picture.

    Raises:
        PictureError: we do not show this picture; `reason` says why.
    """
    made = _making(lambda: _all_files(data, find_faces, part, lossless=lossless))
    forms = _forms(made.files, key_for)
    picture = Picture(
        content_hash=forms.content_hash,
        source_hash=source_hash,
        width=made.decoded.width,
        height=made.decoded.height,
        renditions=forms.renditions,
        created_at=now,
        faces=None if made.faces is None else len(made.faces),
        crop=rule_for(made.faces),
        likeness=made.likeness,
    )
    return Rendered(picture, forms.objects)


def recut_picture(
    picture: Picture, master: bytes, *, key_for: KeyFor, find_faces: FaceFinder | None = None
) -> Rendered:
    """Cut the square of a stored picture by the rule of today. The same bytes always give the same forms.

    Where that is the square that it has, the forms stay as they are, and nothing is to be stored: another
    encoding would have another name, and could only be worse.

    Args:
        picture: its row.
        master: the bytes of its master, which stays as it is and is not among the objects.
        key_for: names the objects.
        find_faces: who looks where the faces are, if anybody does.

    Raises:
        PictureError: the master cannot be read, or its faces could not be looked for.
    """
    return _making(lambda: _recut(picture, decode(master), key_for, find_faces))


def _recut(picture: Picture, decoded: Decoded, key_for: KeyFor, find_faces: FaceFinder | None) -> Rendered:
    faces = faces_in(decoded.image, find_faces)
    if faces is None and find_faces is not None:
        raise PictureError(FACES_NOT_SOUGHT, reason=Reason.PROCESSING)
    found = picture.faces if faces is None else len(faces)
    named = replace(picture, faces=found, crop=rule_for(faces))
    size = decoded.image.size
    if portrait_square(*size, faces) == known_square(*size, picture.crop, picture.faces):
        return Rendered(named, {})
    made = _square_files(decoded, faces, _largest(decoded, faces))
    forms = _forms(made.files, key_for)
    recut = replace(
        named,
        content_hash=forms.content_hash,
        renditions=(*forms.renditions, picture.rendition(MASTER)),
        likeness=made.likeness,
    )
    return Rendered(recut, forms.objects)


def remade_picture(picture: Picture, left: Mapping[str, bytes], *, key_for: KeyFor) -> Rendered:
    """Make the forms of a stored picture that were lost from the best one that is left.

    Those that are left stay as they are and are not among the objects. A master is not made anew. What is
    made is no copy of the original any more: its `source_hash` is that of the form from which it was made.

    Args:
        picture: its row.
        left: the bytes of the forms that are whole, by name; at least one.
        key_for: names the objects.

    Raises:
        PictureError: what is left cannot be read.
    """
    best = _best_of(picture, left)
    made = _making(lambda: _files_of(left[best]))
    forms = _forms(made.files, key_for)
    anew = {form.name: form for form in forms.renditions if form.name not in left}
    all_of_it = [anew.get(form.name, form) for form in picture.renditions if form.name in {*anew, *left}]
    source_hash = hashlib.sha256(left[best]).hexdigest()
    remade = replace(picture, renditions=tuple(all_of_it), source_hash=source_hash)
    if picture.shown.name in anew:
        remade = replace(remade, content_hash=forms.content_hash)
    if best == MASTER:
        remade = replace(remade, crop=rule_for(None), likeness=made.likeness)
    return Rendered(remade, {form.key: forms.objects[form.key] for form in anew.values()})


def _best_of(picture: Picture, left: Mapping[str, bytes]) -> str:
    """The form to make others of: a master without loss gives the very same, if the same square is cut."""
    if picture.is_lossless and picture.crop == rule_for(None) and MASTER in left:
        return MASTER
    return next(name for name in _BEST_FIRST if name in left)


def _making(make: Callable[[], T]) -> T:
    try:
        return make()
    except PictureError:
        raise
    except Exception as error:  # no bug of ours: Pillow raises many kinds when it cannot go on
        raise _not_made(error) from error


def _not_made(error: Exception) -> PictureError:
    what = "too little memory" if isinstance(error, MemoryError) else type(error).__name__
    return PictureError(
        f"This machine could not make our copy of the picture: {what}.", reason=Reason.PROCESSING
    )


def _forms(files: list[_File], key_for: KeyFor) -> _Forms:
    hashes = [hashlib.sha256(file.body).hexdigest() for file in files]
    renditions = tuple(
        Rendition(
            file.name, key_for(hash_, file.suffix), file.side, len(file.body), _MEDIA_TYPES[file.suffix]
        )
        for file, hash_ in zip(files, hashes, strict=True)
    )
    return _Forms(hashes[0], renditions, {r.key: f.body for r, f in zip(renditions, files, strict=True)})


def _all_files(data: bytes, find_faces: FaceFinder | None, part: Part | None, *, lossless: bool) -> _Made:
    """Every form that we store, the largest WebP first."""
    decoded = masters.without_loss(decode(data, part, masters.LONGEST)) if lossless else decode(data, part)
    faces = faces_in(decoded.image, find_faces)
    largest = _largest(decoded, faces)
    refuse_placeholder(decoded, largest)
    made = _square_files(decoded, faces, largest)
    refuse_drawing(made.likeness)
    return made._replace(files=[*made.files, *_master_files(decoded, lossless=lossless)])


def _files_of(form: bytes) -> _Made:
    """Every form but the master."""
    decoded = decode(form)
    return _square_files(decoded, None, _largest(decoded, None))


def _square_files(decoded: Decoded, faces: Sequence[Face] | None, largest: Image.Image) -> _Made:
    squares = _squares(largest)
    webps = _webps(squares.values())
    files = [
        _File(f"webp-{side}", "webp", image.width, webps[image.width]) for side, image in squares.items()
    ]
    files.append(_File(f"jpeg-{SIDES[0]}", "jpg", largest.width, _encoded(largest, "jpeg")))
    return _Made(decoded, faces, likeness_of(squares[SIDES[-1]]), files)


def _master_files(decoded: Decoded, *, lossless: bool) -> list[_File]:
    """The master, where a square cuts away what another rule would keep, or where one is wanted."""
    if lossless:
        side, body = masters.lossless_master_of(decoded)
        return [_File(MASTER, "webp", side, body)]
    if decoded.width == decoded.height:
        return []
    side, body = masters.master_of(decoded)
    return [_File(MASTER, "jpg", side, body)]


def _largest(decoded: Decoded, faces: Sequence[Face] | None) -> Image.Image:
    """The square in the largest size, which is never larger than the original."""
    side = min(SIDES[0], decoded.width, decoded.height)
    square = portrait_square(*decoded.image.size, faces)
    return masters.shrunk_part(decoded, square, (side, side))


def _squares(largest: Image.Image) -> dict[int, Image.Image]:
    """The square in every size, each made from the one before."""
    squares = {SIDES[0]: largest}
    for side in SIDES[1:]:
        largest = squares[side] = _smaller(largest, min(side, largest.width))
    return squares


def _webps(squares: Iterable[Image.Image]) -> dict[int, bytes]:
    """Those of every width. A small picture is the same in several sizes, and encoded once."""
    by_width = {square.width: square for square in squares}
    return {width: _encoded(square, "webp") for width, square in by_width.items()}


def _smaller(image: Image.Image, side: int) -> Image.Image:
    if image.width == side:
        return image
    if image.width == 2 * side:  # each pixel is the mean of four, which no filter improves on
        return image.reduce(2)
    # Down to about half the size this filter is as good as bicubic, at a third of the cost of Lanczos:
    # https://pillow.readthedocs.io/en/stable/handbook/concepts.html
    return image.resize((side, side), Image.Resampling.HAMMING)


def _encoded(image: Image.Image, name: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP" if name == "webp" else "JPEG", **_QUALITY[name])
    return buffer.getvalue()
