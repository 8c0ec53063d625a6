"""What a portrait shows, as determined by its seed.

The face (skin, hair, features) depends on `seed // SCENES`, everything that a person can change
between pictures (backdrop, clothes, pose) on the seed itself: seeds 70 to 79 are ten
pictures of the same person.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

Colour: TypeAlias = tuple[int, int, int]

SCENES: Final = 10
"""How many consecutive seeds show the same face."""

SKINS: Final[tuple[Colour, ...]] = (
    (251, 224, 203),
    (243, 205, 176),
    (232, 184, 148),
    (214, 161, 122),
    (186, 128, 90),
    (152, 99, 67),
    (118, 75, 50),
    (96, 62, 44),
)
HAIRS: Final[tuple[Colour, ...]] = (
    (40, 32, 34),
    (62, 42, 34),
    (86, 52, 36),
    (146, 92, 52),
    (196, 148, 84),
    (226, 190, 128),
    (170, 70, 40),
    (150, 150, 158),
)
LIGHT_SKINS: Final = 4
DARK_HAIRS: Final = 3
CLOTHES: Final[tuple[Colour, ...]] = (
    (46, 64, 87),
    (192, 73, 66),
    (44, 118, 108),
    (232, 178, 76),
    (106, 76, 147),
    (240, 236, 226),
    (54, 60, 70),
    (84, 142, 190),
    (206, 112, 142),
    (112, 136, 78),
)
BACKDROPS: Final[tuple[tuple[Colour, Colour], ...]] = (
    ((255, 214, 165), (250, 140, 120)),
    ((190, 227, 219), (86, 160, 168)),
    ((205, 214, 255), (120, 132, 214)),
    ((255, 230, 180), (240, 178, 94)),
    ((226, 212, 240), (158, 122, 190)),
    ((214, 232, 190), (120, 168, 110)),
    ((196, 224, 246), (82, 140, 196)),
    ((250, 208, 214), (214, 110, 136)),
    ((222, 218, 210), (148, 142, 136)),
    ((176, 206, 214), (46, 92, 112)),
)
EYES: Final[tuple[Colour, ...]] = ((62, 44, 36), (84, 58, 40), (70, 98, 84), (72, 104, 138))
STYLES: Final = (
    "crop",
    "long",
    "curly",
    "quiff",
    "bob",
    "scarf",
    "bun",
    "parted",
    "wavy",
    "beanie",
    "afro",
    "bald",
)
MAY_HAVE_BEARD: Final = frozenset({"crop", "quiff", "parted", "bald", "beanie"})
NECKLINES: Final = ("crew", "vee", "collar", "roll", "stripes", "jacket")

BEARDED, FRECKLED, JEWELLED, BESPECTACLED = 0.55, 0.35, 0.7, 0.35  # the share among those who can have it


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a portrait shows."""

    skin: Colour
    hair: Colour
    style: str
    beard: bool
    jaw: float
    face_width: float
    eyes: Colour
    brow: float
    freckles: bool
    earrings: bool
    glasses: bool
    neckline: str
    cloth: Colour
    accent: Colour
    backdrop: tuple[Colour, Colour]
    tilt: float
    smile: float
    zoom: float
    grain: int


def look(seed: int) -> Look:
    """What the portrait of this seed shows."""
    number = seed // SCENES
    face = Random(f"face {number}")  # noqa: S311  not for secrets
    scene = Random(f"scene {seed}")  # noqa: S311  not for secrets
    skin = (number * 5 + face.randrange(2)) % len(SKINS)
    style = STYLES[number % len(STYLES)]
    broad = style in MAY_HAVE_BEARD
    cloth = scene.randrange(len(CLOTHES))
    return Look(
        skin=SKINS[skin],
        hair=face.choice(HAIRS if skin < LIGHT_SKINS else HAIRS[:DARK_HAIRS]),
        style=style,
        beard=broad and face.random() < BEARDED,
        jaw=face.uniform(0.10, 0.16) if broad else face.uniform(0.17, 0.24),
        face_width=face.uniform(0.94, 1.05),
        eyes=face.choice(EYES if skin < LIGHT_SKINS else EYES[:2]),
        brow=face.uniform(0.8, 1.2) if broad else face.uniform(0.55, 0.8),
        freckles=skin < LIGHT_SKINS and face.random() < FRECKLED,
        earrings=not broad and style != "scarf" and face.random() < JEWELLED,
        glasses=face.random() < BESPECTACLED,
        neckline=scene.choice(NECKLINES),
        cloth=CLOTHES[cloth],
        accent=CLOTHES[(cloth + scene.randrange(1, len(CLOTHES))) % len(CLOTHES)],
        backdrop=BACKDROPS[(number * 3 + seed % SCENES) % len(BACKDROPS)],
        tilt=scene.uniform(-4.5, 4.5),
        smile=scene.uniform(0.75, 1.15),
        zoom=scene.uniform(1.1, 1.18),
        grain=scene.randrange(1 << 30),
    )
