"""Any accepted picture becomes the same four stored forms, and carries nothing else along."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest
from PIL import Image, ImageChops, ImageStat

from talentimg.errors import PictureError
from talentimg.images.renditions import make_picture, recut_picture, remade_picture
from talentimg.images.square import FACES_RULE, RULE, Face
from talentimg.models import Reason
from talentimg.store.forms import new_objects
from talentimg.store.keys import key_of, object_key
from tests.images.samples import (
    chunk,
    corners,
    encoded,
    noisy,
    noisy_rows,
    png,
    portrait,
    segment,
    wide_gamut_profile,
    with_segments,
)

if TYPE_CHECKING:
    from datetime import datetime

    from talentimg.images.faces import FaceFinder
    from talentimg.images.renditions import Rendered


def rendered(data: bytes, now: datetime) -> Rendered:
    return make_picture(data, source_hash=hashlib.sha256(data).hexdigest(), now=now, key_for=key_of)


def opened(result: Rendered, name: str) -> Image.Image:
    with Image.open(io.BytesIO(result.objects[result.picture.rendition(name).key])) as image:
        image.load()
        return image


FORMS = [
    ("webp-400", 400, "image/webp"),
    ("webp-200", 200, "image/webp"),
    ("webp-96", 96, "image/webp"),
    ("jpeg-400", 400, "image/jpeg"),
]


def test_a_picture_gets_three_webp_and_one_jpeg(now: datetime) -> None:
    result = rendered(encoded(portrait(900, 900)), now)
    assert [(r.name, r.side, r.media_type) for r in result.picture.renditions] == FORMS
    assert (result.picture.width, result.picture.height, result.picture.created_at) == (900, 900, now)
    assert result.picture.crop == RULE


@pytest.mark.parametrize(
    ("size", "data_format", "side"),
    [
        ((900, 1200), "PNG", 1024),
        ((1200, 900), "PNG", 1024),
        ((2000, 4000), "PNG", 1024),  # shrunk while it was decoded
        ((300, 301), "PNG", 301),
        ((16, 64), "PNG", 64),
        ((1600, 2400), "JPEG", 600),  # a JPEG is decoded no larger than the square needs
        ((4000, 1000), "JPEG", 1024),
    ],
)
def test_one_that_is_not_square_is_also_kept_whole(
    size: tuple[int, int], data_format: str, side: int, now: datetime
) -> None:
    result = rendered(encoded(portrait(*size), data_format), now)
    assert [r.name for r in result.picture.renditions] == [*(name for name, _, _ in FORMS), "master"]
    master = result.picture.master
    assert master is not None
    assert (master.side, master.media_type) == (side, "image/jpeg")
    image = opened(result, "master")
    assert max(image.size) == side
    assert image.width * size[1] == pytest.approx(image.height * size[0], rel=0.02)
    assert image.mode == "RGB"


def test_every_rendition_is_what_its_row_says(now: datetime) -> None:
    result = rendered(encoded(portrait(900, 1200)), now)
    for rendition in result.picture.renditions:
        body = result.objects[rendition.key]
        with Image.open(io.BytesIO(body)) as image:
            assert max(image.size) == rendition.side
            assert rendition.name == "master" or image.width == image.height
            assert image.get_format_mimetype() == rendition.media_type
        assert rendition.size == len(body)
        assert rendition.key == object_key(body, rendition.key.rpartition(".")[2])
    assert set(result.objects) == {r.key for r in result.picture.renditions}


def test_hashes_are_those_of_the_source_and_of_the_largest_webp(now: datetime) -> None:
    data = encoded(portrait())
    picture = rendered(data, now).picture
    assert picture.source_hash == hashlib.sha256(data).hexdigest()
    assert picture.content_hash in picture.rendition("webp-400").key


@pytest.mark.parametrize(
    ("side", "expected"), [(240, [240, 200, 96, 240]), (64, [64] * 4), (1000, [400, 200, 96, 400])]
)
def test_no_rendition_is_larger_than_its_source(side: int, expected: list[int], now: datetime) -> None:
    result = rendered(encoded(portrait(side, side + 50)), now)
    assert [r.side for r in result.picture.renditions[:4]] == expected


@pytest.mark.parametrize(("side", "different"), [(64, 2), (96, 2), (150, 3), (200, 3), (240, 4)])
def test_forms_that_are_alike_are_one_object(side: int, different: int, now: datetime) -> None:
    result = rendered(encoded(portrait(side, side)), now)
    assert len(result.objects) == different
    assert [one.key for one in new_objects(result.picture, result.objects)] == list(result.objects)


def test_the_same_bytes_give_the_same_picture_in_every_thread(now: datetime) -> None:
    data = encoded(portrait(700, 800))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: rendered(data, now), range(8)))
    assert all(result == results[0] for result in results)


def test_the_centre_square_is_kept_upright(now: datetime) -> None:
    """A wide picture of three bars, stored on its side: the middle bar is what stays."""
    bars = Image.new("RGB", (900, 300), (20, 20, 200))
    bars.paste((200, 20, 20), (0, 0, 300, 300))
    bars.paste((20, 200, 20), (300, 0, 600, 150))
    bars.paste((240, 240, 240), (300, 150, 600, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    result = rendered(encoded(bars.transpose(Image.Transpose.ROTATE_90), exif=exif.tobytes()), now)
    image = opened(result, "jpeg-400")
    assert image.size == (300, 300)
    for spot, expected in (((20, 30), (20, 200, 20)), ((280, 270), (240, 240, 240))):
        pixel = image.getpixel(spot)
        assert isinstance(pixel, tuple)
        assert all(abs(a - b) < 20 for a, b in zip(pixel, expected, strict=True))


def test_a_picture_that_shows_something_beside_its_square_is_no_placeholder(now: datetime) -> None:
    image = Image.new("RGB", (300, 600), (20, 20, 200))
    image.paste(portrait(300, 150), (0, 450))
    assert rendered(encoded(image), now).picture.height == 600


@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_a_tall_picture_keeps_more_of_its_top_than_of_its_bottom(orientation: int, now: datetime) -> None:
    """Three bars, of which the middle one is shown: 38 of 300 surplus pixels go above, 262 below."""
    bars = Image.new("RGB", (300, 600), (20, 20, 200))
    bars.paste((200, 20, 20), (0, 0, 300, 38))
    bars.paste((20, 200, 20), (0, 38, 300, 338))
    bars.paste((240, 240, 240), (100, 160, 200, 260))
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = bars.transpose(undo[orientation]) if orientation in undo else bars
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = opened(rendered(encoded(stored, "PNG", exif=exif.tobytes()), now), "jpeg-400")
    for spot in ((150, 5), (150, 295), (5, 150), (295, 150)):
        pixel = image.getpixel(spot)
        assert isinstance(pixel, tuple)
        assert all(abs(a - b) < 20 for a, b in zip(pixel, (20, 200, 20), strict=True))


def private_notes() -> list[bytes]:
    """Every place in which a picture can carry a note, with a word to look for."""
    exif = Image.Exif()
    exif[0x010E] = "PRIVATE description"
    exif[0x010F] = "PRIVATE maker"
    exif.get_ifd(0x8825)[1] = "PRIVATE"  # GPS
    exif.get_ifd(0x8769)[0x927C] = b"PRIVATE maker note"
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>PRIVATE</x:xmpmeta>"
    notes = (
        segment(0xE1, exif.tobytes()),
        segment(0xE1, xmp),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x07PRIVATE\x00"),
        segment(0xFE, b"PRIVATE comment"),
        segment(0xE7, b"PRIVATE application"),
    )
    jpeg = with_segments(encoded(corners(300, 400), icc_profile=wide_gamut_profile()), *notes)
    text = chunk(b"tEXt", b"Comment\x00PRIVATE") + chunk(b"eXIf", exif.tobytes()[6:])
    text += chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00PRIVATE")
    return [
        jpeg + b"<script>PRIVATE</script>",
        png(64, 80, noisy_rows(64, 80), extra=text) + b"PRIVATE",
        encoded(corners(60, 90), "GIF", comment=b"PRIVATE") + b"PRIVATE",
        encoded(corners(90, 60), "WEBP", exif=exif.tobytes(), xmp=xmp, icc_profile=wide_gamut_profile()),
    ]


def webp_chunks(data: bytes) -> list[bytes]:
    found, at = [], 12
    while at < len(data):
        found.append(data[at : at + 4])
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return found


@pytest.mark.parametrize("data", private_notes(), ids=["JPEG", "PNG", "GIF", "WEBP"])
def test_no_note_of_the_source_is_in_any_stored_byte(data: bytes, now: datetime) -> None:
    """I13 and I16."""
    assert b"PRIVATE" in data
    result = rendered(data, now)
    for rendition in result.picture.renditions:
        body = result.objects[rendition.key]
        assert not any(word in body for word in (b"PRIVATE", b"Exif", b"<x:xmp", b"ICC_PROFILE", b"script"))
        with Image.open(io.BytesIO(body)) as image:
            assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(image.info)
            assert not image.getexif()
        if rendition.media_type == "image/webp":
            assert webp_chunks(body) == [b"VP8 "]
        else:
            assert body.startswith(b"\xff\xd8\xff\xe0")
            assert body.endswith(b"\xff\xd9")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.NOT_IMAGE),
        (b"<svg/>", Reason.FORMAT),
        (encoded(Image.new("RGB", (99, 99), "navy")), Reason.PLACEHOLDER),
        (encoded(portrait())[:-200], Reason.TRUNCATED),
    ],
)
def test_a_refused_picture_has_no_renditions(data: bytes, reason: Reason, now: datetime) -> None:
    with pytest.raises(PictureError) as caught:
        rendered(data, now)
    assert caught.value.reason is reason


def test_thin_but_accepted_pictures_have_no_empty_rendition(now: datetime) -> None:
    result = rendered(encoded(portrait(16, 64), "PNG"), now)
    assert [r.side for r in result.picture.renditions] == [16] * 4 + [64]


# -- the master, and what is cut from it ------------------------------------


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_master_is_upright(orientation: int, now: datetime) -> None:
    image = corners(300, 500)
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    master = opened(rendered(encoded(stored, "PNG", exif=exif.tobytes()), now), "master")
    assert master.size == (300, 500)
    for spot in ((20, 20), (280, 20), (20, 480), (280, 480)):
        pixel, expected = master.getpixel(spot), image.getpixel(spot)
        assert isinstance(pixel, tuple)
        assert isinstance(expected, tuple)
        assert all(abs(a - b) < 20 for a, b in zip(pixel, expected, strict=True))


def test_a_master_is_in_the_colours_of_the_forms(now: datetime) -> None:
    image = Image.new("RGB", (300, 500), (200, 60, 60))
    image.paste(portrait(100, 100), (100, 60))
    result = rendered(encoded(image, "PNG", icc_profile=wide_gamut_profile()), now)
    master, form = opened(result, "master"), opened(result, "jpeg-400")
    for own, square in zip(pixel_of(master), pixel_of(form), strict=True):
        assert abs(own - square) <= 4
    assert max(abs(a - b) for a, b in zip(pixel_of(master), (200, 60, 60), strict=True)) > 10


def pixel_of(image: Image.Image) -> tuple[int, ...]:
    pixel = image.getpixel((20, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize("size", [(900, 1200), (1200, 900), (120, 260)])
def test_what_is_cut_from_a_master_is_what_was_cut_from_the_source(
    size: tuple[int, int], now: datetime
) -> None:
    made = rendered(encoded(portrait(*size)), now)
    master = made.picture.master
    assert master is not None
    again = recut_picture(replace(made.picture, crop="centre"), made.objects[master.key], key_for=key_of)
    assert [(r.name, r.side) for r in again.picture.renditions] == [
        (r.name, r.side) for r in made.picture.renditions
    ]
    assert again.picture.master == master
    assert set(again.objects) == {r.key for r in again.picture.renditions} - {master.key}
    assert again.picture == replace(
        made.picture,
        content_hash=again.picture.content_hash,
        renditions=again.picture.renditions,
        likeness=again.picture.likeness,  # a grey level or two from that of the source
    )
    before, after = opened(made, "jpeg-400"), opened(again, "jpeg-400")
    assert ImageStat.Stat(ImageChops.difference(before, after)).mean < [3.0] * 3


def test_a_cut_from_a_master_is_always_the_same(now: datetime) -> None:
    made = rendered(encoded(portrait(900, 1200)), now)
    master = made.picture.master
    assert master is not None
    old, body = replace(made.picture, crop="centre"), made.objects[master.key]
    again = recut_picture(old, body, key_for=key_of)
    assert again.objects
    assert recut_picture(old, body, key_for=key_of) == again


def test_a_master_that_cannot_be_read_is_told(now: datetime) -> None:
    made = rendered(encoded(portrait(900, 1200)), now)
    with pytest.raises(PictureError):
        recut_picture(made.picture, b"no picture", key_for=key_of)


def brightest(image: Image.Image) -> list[Face]:
    """A finder of faces that takes what is bright for one."""
    box = image.convert("L").point(lambda level: 255 if level > 128 else 0).getbbox()
    return [Face(*box)] if box else []


def lamp_below(width: int = 300, height: int = 900) -> bytes:
    """A tall dark picture with something bright near its lower edge, where a square above the middle ends."""
    image = noisy(width, height).point(lambda level: level // 4)
    image.paste((250, 250, 250), (120, height - 130, 180, height - 50))
    return encoded(image)


def made_with(data: bytes, find_faces: FaceFinder | None, now: datetime) -> Rendered:
    hash_ = hashlib.sha256(data).hexdigest()
    return make_picture(data, source_hash=hash_, now=now, key_for=key_of, find_faces=find_faces)


def is_bright(result: Rendered) -> bool:
    return bool(brightest(opened(result, "jpeg-400")))


def test_the_square_goes_where_the_faces_are_and_it_is_kept_how_many_there_were(now: datetime) -> None:
    result = made_with(lamp_below(), brightest, now)
    assert is_bright(result)
    assert (result.picture.faces, result.picture.crop) == (1, FACES_RULE)


def test_where_nobody_looks_for_faces_that_is_kept_too(now: datetime) -> None:
    result = made_with(lamp_below(), None, now)
    assert not is_bright(result)
    assert (result.picture.faces, result.picture.crop) == (None, RULE)


def test_a_picture_without_a_face_is_shown_all_the_same(now: datetime) -> None:
    data = encoded(portrait(900, 1200))
    without, nobody = made_with(data, lambda _: [], now), made_with(data, None, now)
    assert without.picture == replace(nobody.picture, faces=0, crop=FACES_RULE)


def test_a_finder_that_fails_costs_nobody_a_picture(now: datetime) -> None:
    def fails(image: Image.Image) -> NoReturn:
        raise MemoryError

    data = encoded(portrait(900, 1200))
    assert made_with(data, fails, now) == made_with(data, None, now)


def test_faces_are_looked_for_in_a_master_as_in_its_source(now: datetime) -> None:
    data = lamp_below()
    plain, master = made_with(data, None, now), made_with(data, None, now).picture.master
    assert master is not None
    again = recut_picture(plain.picture, plain.objects[master.key], key_for=key_of, find_faces=brightest)
    assert is_bright(again)
    assert (again.picture.faces, again.picture.crop) == (1, FACES_RULE)
    back = recut_picture(again.picture, plain.objects[master.key], key_for=key_of)
    assert not is_bright(back)
    assert (back.picture.faces, back.picture.crop) == (1, RULE)


@pytest.mark.parametrize("lost", range(1, 16))
def test_what_was_lost_is_made_anew_from_what_is_left(lost: int, now: datetime) -> None:
    """Whichever forms they are: those that are left stay, and the others look the same."""
    made = rendered(encoded(portrait(480, 480)), now)
    forms = made.picture.renditions
    left = {f.name: made.objects[f.key] for place, f in enumerate(forms) if not lost >> place & 1}
    if not left:
        return
    again = remade_picture(made.picture, left, key_for=key_of)
    assert [form.name for form in again.picture.renditions] == [form.name for form in forms]
    assert again.picture.shown.key == key_of(again.picture.content_hash)
    assert {form.key for form in again.picture.renditions if form.name not in left} == set(again.objects)
    for form in again.picture.renditions:
        data = left.get(form.name) or again.objects[form.key]
        assert (object_key(data, form.key.rpartition(".")[2]), len(data)) == (form.key, form.size)
    assert again.picture.is_remade
    assert not made.picture.is_remade
    kept = {name: getattr(made.picture, name) for name in ("renditions", "content_hash", "source_hash")}
    assert replace(again.picture, **kept) == made.picture


def test_a_master_is_the_last_from_which_forms_are_made_anew(now: datetime) -> None:
    made = rendered(encoded(portrait(480, 640)), now)
    master = made.picture.rendition("master")
    again = remade_picture(made.picture, {"master": made.objects[master.key]}, key_for=key_of)
    assert len(again.objects) == 4
    assert again.picture.rendition("master") == master
    without = remade_picture(
        made.picture, {f.name: made.objects[f.key] for f in made.picture.renditions[:4]}, key_for=key_of
    )
    assert without.objects == {}
    assert without.picture.master is None
