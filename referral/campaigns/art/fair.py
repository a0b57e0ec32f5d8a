"""The night fair: an aisle of books as long as a football pitch, lanterns above it, and the moon at its end."""

from __future__ import annotations

from referral.campaigns.art.people import Figure, cast, stand
from referral.campaigns.art.scene import Camera, Colour, Scene, colour, hanging, lit, mix, palette

CAMERA = Camera(centre=800, horizon=590, focal=1000, height=1.55)
WALL, SHELVES, PITCH = 2.5, 8, 0.52
NEAR, FAR = 2.35, 46.0
STRINGS = (4.6, 7.4, 11.5, 17.5, 27.0)
AMBER = colour("ffc873")
HAZE = colour("d98a3f")
CLOTH = palette(
    "7b2417 96402a b9742f 3b5a4e e4cfa6 5a2b22 8c2f1d c98a3a 2d463d 6f7d58 a65a3a 41261f d9b67c 7b2417 96402a 3b5a4e"
    " 27484a 6b2a20 efe0bf"
)


def night_fair() -> bytes:
    """Draw the aisle, as a JPEG of 1600 by 1000."""
    scene = Scene(1907)
    _sky(scene)
    _floor(scene)
    books = _shelved(scene)
    for mirrored in (True, False):
        _cases(scene, mirrored)
        for book in books:
            _spine(scene, *book, mirrored=mirrored)
        if mirrored:
            scene.blur_below(CAMERA.horizon + 4, 5)
            _sheen(scene)
    _lanterns(scene)
    _visitors(scene)
    scene.veil([(775, 605), (825, 605), (960, 1000), (640, 1000)], colour("ff9a40"), 0.2, 34)
    scene.veil([(790, 605), (810, 605), (850, 1000), (750, 1000)], colour("ffc070"), 0.14, 16)
    scene.glow(800, 372, 230, colour("ff9f3c"), 0.5)
    scene.glow(800, 596, 110, colour("ffa246"), 0.3, flat=0.5)
    return scene.jpeg(bloom=0.34, corners=0.36)


def _sky(scene: Scene) -> None:
    tones = ((0, "150d0d"), (0.18, "27150f"), (0.38, "57301c"), (0.56, "b36a34"), (0.62, "d98c48"), (1, "1c110d"))
    scene.sky([(place, colour(text)) for place, text in tones])
    for _ in range(190):
        x, y = scene.random.uniform(0, 1600), scene.random.uniform(0, 380)
        bright = scene.random.uniform(0.25, 0.95) * (1 - y / 420)
        scene.disc(x, y, scene.random.uniform(0.5, 1.5), mix(colour("3a211a"), colour("ffe9c4"), bright))
    x, y, across = 800.0, 372.0, 178.0
    for step in range(24):
        share = step / 23
        scene.disc(x, y - 10 * share, across - step * 1.3, mix(colour("e79a45"), colour("fbd18a"), share))
    seas = ((-62, -30, 44, 30), (-18, -62, 30, 18), (48, 12, 40, 33), (-30, 52, 52, 24), (70, -46, 22, 15))
    for dx, dy, wide, tall in seas:
        scene.disc(x + dx, y + dy, wide, colour("f0b968"), tall)


def _floor(scene: Scene) -> None:
    left, right = CAMERA.at(-60, 0, FAR), CAMERA.at(60, 0, FAR)
    scene.shape([left, right, (1600, 1000), (0, 1000)], colour("3b2014"))


def _sheen(scene: Scene) -> None:
    """Polish the floor: boards that run to the end of the aisle, and the moon's light along their middle."""
    for board in range(-13, 14):
        x = board * 0.38
        scene.line([CAMERA.at(x, 0, FAR), CAMERA.at(x, 0, 1.6)], mix(colour("3b2014"), colour("0f0806"), 0.55), 0.8)
    for z, strength in ((3.0, 0.16), (4.4, 0.18), (7.0, 0.2), (11.0, 0.2), (18.0, 0.2)):
        x, y = CAMERA.at(0, 0, z)
        scene.glow(x, y, 900 / z + 30, AMBER, strength, flat=0.34)


def _light(x: float, y: float, z: float) -> float:
    """Tell how much of the lanterns' light falls on a place of the wall."""
    lamps = sum(1.15 / (0.55 + (z - at) ** 2 * 0.5 + (y - 3.6) ** 2 * 0.35) for at in STRINGS)
    return 0.3 + 1.0 * lamps + 0.1 * max(1.9 - abs(y - 1.5), 0) + 0.02 * z


Book = tuple[float, float, float, float, float, Colour, int]


def _shelved(scene: Scene) -> list[Book]:
    """Fill both walls from the far end to the near one, each book with its place, size, cloth and binding."""
    books: list[Book] = []
    for side in (-1.0, 1.0):
        for shelf in range(SHELVES):
            z = NEAR
            while z < FAR:
                grown = max(1.0, z / 6.5)
                thick = scene.random.uniform(0.07, 0.2) * grown
                if scene.random.random() < 0.045:
                    z += thick * 1.3
                    continue
                tall = PITCH * scene.random.uniform(0.62, 0.88)
                cloth = CLOTH[int(scene.random.integers(len(CLOTH)))]
                run = int(scene.random.integers(2, 6)) if scene.random.random() < 0.16 else 1
                binding = int(scene.random.integers(5))
                for _ in range(run):
                    books.append((side, z, thick * 0.94, shelf * PITCH + 0.07, tall, cloth, binding))
                    z += thick
    return sorted(books, key=lambda book: -book[1])


def _quad(side: float, z: float, deep: float, low: float, high: float, *, mirrored: bool) -> list[tuple[float, float]]:
    turn = -1 if mirrored else 1
    corners = ((z, low), (z, high), (z + deep, high), (z + deep, low))
    return [CAMERA.at(side * WALL, turn * y, away) for away, y in corners]


def _seen(tint: Colour, z: float, y: float, *, mirrored: bool) -> Colour:
    shade = mix(lit(tint, _light(WALL, y, z)), HAZE, 1 - 0.974 ** max(z - 4, 0))
    return mix(shade, colour("22120c"), 0.56) if mirrored else shade


def _cases(scene: Scene, mirrored: bool) -> None:
    """Stand the empty cases along the aisle: their backs, boards and posts."""
    top = SHELVES * PITCH + 0.12
    steps = 40
    depths = [NEAR * (FAR / NEAR) ** (step / steps) for step in range(steps + 1)]
    for side in (-1.0, 1.0):
        for far, near in zip(depths[:0:-1], depths[-2::-1], strict=True):
            if near < 2.4:
                near = 1.0
            for shelf in range(SHELVES):
                low = shelf * PITCH
                wood = _seen(colour("2a1610"), far, low, mirrored=mirrored)
                scene.shape(_quad(side, near, far - near, low, low + PITCH, mirrored=mirrored), wood)
                edge = _seen(colour("8a5a34"), far, low, mirrored=mirrored)
                scene.shape(_quad(side, near, far - near, low, low + 0.06, mirrored=mirrored), edge)
                if not mirrored and far < 16:
                    scene.shadow(_quad(side, near, far - near, low + PITCH - 0.13, low + PITCH, mirrored=False), 0.62)
            rail = _seen(colour("a8713f"), far, top, mirrored=mirrored)
            scene.shape(_quad(side, near, far - near, top - 0.12, top + 0.05, mirrored=mirrored), rail)


def _spine(
    scene: Scene,
    side: float,
    z: float,
    thick: float,
    low: float,
    tall: float,
    cloth: Colour,
    binding: int,
    *,
    mirrored: bool,
) -> None:
    face = _seen(cloth, z, low + tall * 0.5, mirrored=mirrored)
    scene.shape(_quad(side, z, thick, low, low + tall, mirrored=mirrored), face)
    if z > 15 or (mirrored and z > 7):
        return
    # The spine is round: lighter where it faces the moon, darker where it turns from it.
    scene.shape(_quad(side, z + thick * 0.55, thick * 0.28, low, low + tall, mirrored=mirrored), mix(face, AMBER, 0.13))
    scene.shape(_quad(side, z, thick * 0.16, low, low + tall, mirrored=mirrored), mix(face, (16, 8, 6), 0.42))
    if mirrored:
        return
    pale = sum(cloth) > 480
    gilt = mix(face, colour("4a2016") if pale else colour("f3cf8a"), 0.62)
    bands = (
        ((0.12, 0.15), (0.85, 0.88)),
        ((0.1, 0.12), (0.14, 0.16), (0.82, 0.84)),
        ((0.6, 0.84),),
        ((0.18, 0.2),),
        (),
    )
    for start, end in bands[binding]:
        scene.shape(_quad(side, z, thick, low + tall * start, low + tall * end, mirrored=False), gilt)
    if binding in (0, 3) and z < 8:
        scene.shape(
            _quad(side, z + thick * 0.38, thick * 0.22, low + tall * 0.32, low + tall * 0.7, mirrored=False), gilt
        )


def _lanterns(scene: Scene) -> None:
    """Hang strings of paper lanterns over the aisle, from the farthest to the nearest."""
    for z in reversed(STRINGS):
        left, right = CAMERA.at(-WALL, 4.35, z), CAMERA.at(WALL, 4.35, z)
        metre = CAMERA.scale(z)
        rope = hanging(left, right, 0.55 * metre, 48)
        scene.line(rope, mix(colour("1d0f0b"), HAZE, min(z / 60, 0.5)), max(0.018 * metre, 0.8))
        for place in range(4, 48, 8):
            x, y = rope[place]
            size = 0.15 * metre
            y += size * 1.2
            scene.disc(x, y, size, colour("d9772b"), size * 1.12)
            scene.disc(x, y + size * 0.1, size * 0.78, colour("f6ad52"), size * 0.9)
            scene.disc(x, y + size * 0.2, size * 0.45, colour("ffd993"), size * 0.55)
            for end in (-1, 1):
                cap = y + end * size * 1.08
                scene.shape(
                    [
                        (x - size * 0.36, cap - size * 0.09),
                        (x + size * 0.36, cap - size * 0.09),
                        (x + size * 0.36, cap + size * 0.09),
                        (x - size * 0.36, cap + size * 0.09),
                    ],
                    colour("5a2b16"),
                )
            scene.glow(x, y, size * 2.6, colour("ff9a38"), 0.36)


def _visitors(scene: Scene) -> None:
    """Let people in: pairs and readers, a child by the hand, full baskets, in the small hours."""
    coats = palette("2a1712 3a1c14 22302a 40241a 1f1512 4a1d14")
    strides = (0.2, 0.9, 0.3, 1.0)
    places = [
        *((-0.5, 30, 1.7), (0.2, 27, 1.65), (0.9, 24, 1.75), (-1.0, 21, 1.7), (-0.6, 20.5, 1.6), (0.55, 17, 1.7)),
        *((1.3, 13.5, 1.68), (-0.62, 12.2, 1.75), (-0.22, 12.0, 1.14), (0.75, 9.6, 1.64), (1.6, 7.7, 1.76)),
        (-1.3, 6.7, 1.7),
    ]
    crowd = [
        Figure(
            *(x, z, tall, mix(coats[place % len(coats)], HAZE, 1 - 0.982 ** (z - 4))),
            basket=place in (3, 9, 11),
            stride=strides[place % 4],
            hair=place % 3,
        )
        for place, (x, z, tall) in enumerate(places)
    ]
    for figure in crowd:
        cast(scene, CAMERA, figure, 0.0, figure.z * 0.42, 0.55)
    scene.settle()
    for figure in crowd:
        stand(scene, CAMERA, figure, mix(colour("ffd08a"), HAZE, 0.2), lamp=-1 if figure.x > 0 else 1)
