"""The winter market: stalls under striped awnings, a fir with lights, and snow that falls through lamplight."""

from __future__ import annotations

import math

from referral.campaigns.art.people import Figure, cast, stand
from referral.campaigns.art.scene import Camera, Colour, Point, Scene, colour, hanging, lit, mix, palette

CAMERA = Camera(centre=800, horizon=640, focal=980, height=1.6)
FRONT, BACK, EAVES, RIDGE = 3.0, 4.6, 2.3, 3.95
HAZE, AMBER, SNOW = colour("c98248"), colour("ffc06a"), colour("efe3d0")
STRIPES = tuple((colour(one), colour("efe0c2")) for one in ("8c2f1d", "2f5244", "b9742f"))
GOODS = palette("96402a b9742f e4cfa6 3b5a4e 7b2417 d9b67c 6f7d58 c9543a")
STALLS = (3.6, 7.1, 10.6, 14.1, 17.6, 21.1, 24.6)
MOON = (800.0, 222.0, 122.0)


def winter_market() -> bytes:
    """Draw the street, as a JPEG of 1600 by 1000."""
    scene = Scene(24)
    _sky(scene)
    _houses(scene)
    _fir(scene)
    _ground(scene)
    for z in reversed(STALLS):
        for side in (-1.0, 1.0):
            stripe = STRIPES[(int(z) + (side > 0)) % len(STRIPES)]
            _stall(scene, side, z, stripe)
    crowd = _crowd()
    for figure in crowd:
        cast(scene, CAMERA, figure, 0.0, figure.z * 0.4, 0.66)
    scene.settle(5)
    _lights(scene)
    for figure in crowd:
        stand(scene, CAMERA, figure, mix(colour("ffd59a"), HAZE, 0.15), lamp=-1 if figure.x > 0 else 1)
    _snowfall(scene)
    return scene.jpeg(bloom=0.34, corners=0.42)


def _faded(tint: Colour, z: float, rate: float = 0.97) -> Colour:
    return mix(tint, HAZE, 1 - rate ** max(z - 4, 0))


def _sky(scene: Scene) -> None:
    tones = ((0, "0e1517"), (0.2, "1a2524"), (0.4, "443325"), (0.56, "9a602f"), (0.66, "d08c48"), (1, "5a4434"))
    scene.sky([(place, colour(text)) for place, text in tones])
    for _ in range(150):
        x, y = scene.random.uniform(0, 1600), scene.random.uniform(0, 360)
        scene.disc(
            x,
            y,
            scene.random.uniform(0.5, 1.5),
            mix(colour("1f2624"), colour("ffeccc"), scene.random.uniform(0.2, 0.8)),
        )
    x, y, across = MOON
    for step in range(20):
        scene.disc(x, y, across - step * 1.1, mix(colour("e0a45c"), colour("fbdfa8"), step / 19))
    for dx, dy, wide, tall in ((-42, -24, 34, 22), (36, -48, 20, 14), (44, 26, 32, 24), (-18, 52, 26, 15)):
        scene.disc(x + dx, y + dy, wide, colour("f1cd8e"), tall)
    scene.glow(x, y, 190, colour("ffab55"), 0.45)


def _upright(side: float, x: float, z: float, deep: float, low: float, high: float) -> list[Point]:
    """Give the corners of a wall along the street."""
    return [CAMERA.at(side * x, y, away) for away, y in ((z, low), (z, high), (z + deep, high), (z + deep, low))]


def _houses(scene: Scene) -> None:
    """Line the street with gabled houses, somebody still up in most of them, snow on every roof."""
    plaster = palette("4a2a20 57382a 33332c 5a2f22 3d2a22 2e3a34")
    for place in range(9, -1, -1):
        for side in (-1.0, 1.0):
            z, deep, x = 4.5 + place * 5.2, 5.2, 7.4
            tall = 6.4 + scene.random.uniform(0, 1.8)
            peak = tall + scene.random.uniform(2.2, 3.2)
            wall = _faded(plaster[int(scene.random.integers(len(plaster)))], z, 0.968)
            middle = z + deep / 2
            snow = [(z - 0.1, tall - 0.1), (middle, peak + 0.42), (z + deep + 0.1, tall - 0.1)]
            scene.shape([CAMERA.at(side * x, y, away) for away, y in snow], _faded(colour("b9a48a"), z))
            gable = [(z, 0.0), (z, tall), (middle, peak), (z + deep, tall), (z + deep, 0.0)]
            scene.shape([CAMERA.at(side * x, y, away) for away, y in gable], wall)
            for row, low in enumerate((3.1, 4.9, 6.7)):
                for column in range(3 if row < 2 else 1):
                    at = z + 0.7 + column * 1.55 if row < 2 else middle - 0.45
                    warm = scene.random.random() < 0.62
                    glass = mix(colour("ffb24f"), colour("e08a35"), scene.random.random()) if warm else colour("1f1a17")
                    scene.shape(_upright(side, x, at - 0.1, 1.1, low - 0.1, low + 1.2), _faded(mix(wall, SNOW, 0.2), z))
                    scene.shape(_upright(side, x, at, 0.9, low, low + 1.1), _faded(glass, z, 0.985))
                    scene.shape(_upright(side, x, at + 0.41, 0.08, low, low + 1.1), _faded(colour("3a2219"), z))
                    scene.shape(_upright(side, x, at, 0.9, low + 0.52, low + 0.6), _faded(colour("3a2219"), z))
                    scene.shape(_upright(side, x, at - 0.12, 1.14, low - 0.2, low - 0.06), _faded(SNOW, z))


def _fir(scene: Scene) -> None:
    """Stand the fir before the moon, at the end of the street."""
    z, tall = 27.0, 8.7
    metre, (x, foot) = CAMERA.scale(z), CAMERA.at(0, 0, 27.0)
    scene.shape([(x - 7, foot), (x + 7, foot), (x + 7, foot - 40), (x - 7, foot - 40)], colour("2a1810"))
    tiers = 8
    for tier in range(tiers):
        low = 0.7 + tier * (tall - 2.0) / tiers
        wide, high = 3.1 - 2.65 * tier / tiers, low + 2.2 - 0.08 * tier
        needles = [(x, foot - high * metre)]
        for step in range(13):
            across = 1 - step / 6
            hang = (0.16 if step % 2 else -0.05) + 0.28 * (1 - abs(across))
            needles.append((x + across * wide * metre, foot - (low - hang) * metre))
        scene.shape(needles, mix(colour("16302a"), colour("2d5243"), tier / tiers))
        for side in (-1, 1):
            drift = [(0.05, high), (0.7 * wide, low + 0.42), (wide, low), (0.55 * wide, low + 0.28)]
            scene.shape([(x + side * dx * metre, foot - up * metre) for dx, up in drift], mix(SNOW, HAZE, 0.42))
        for bulb in range(9 - tier):
            share = (bulb + 0.5) / (9 - tier) * 2 - 1
            bx, by = x + share * wide * 0.86 * metre, foot - (low + 0.12 + 0.1 * (1 - share * share)) * metre
            tint = colour(("ffd98a", "ff8f5c", "ffe9bd")[(bulb + tier) % 3])
            scene.disc(bx, by, 2.8, tint)
            scene.glow(bx, by, 8, tint, 0.4)
    top = foot - (tall - 0.3) * metre
    _star(scene, x, top, 18, colour("fff0c4"))
    scene.glow(x, top, 34, colour("ffc468"), 0.7)


def _ground(scene: Scene) -> None:
    left, right = CAMERA.at(-90, 0, 60), CAMERA.at(90, 0, 60)
    for step in range(70):
        share = step / 69
        top = left[1] + (1000 - left[1]) * share
        tint = mix(colour("d9a066"), colour("77614f"), share**0.55)
        scene.shape([(0, top), (1600, top), (1600, top + 7), (0, top + 7)], tint)
    scene.line([left, right], _faded(SNOW, 30), 1)
    for trail, sway in ((-1.35, 0.5), (-0.35, -0.35), (0.6, 0.4), (1.5, -0.5)):
        for step in range(46):
            z = 2.3 + step * 0.36
            x = trail + sway * math.sin(z * 0.55 + trail) + (0.1 if step % 2 else -0.1)
            sx, sy = CAMERA.at(x, 0, z)
            metre = CAMERA.scale(z)
            scene.disc(sx, sy, 0.06 * metre, mix(_floor_tint(sy), colour("2e221d"), 0.3), 0.028 * metre)
            scene.disc(sx, sy + 0.024 * metre, 0.052 * metre, mix(_floor_tint(sy), SNOW, 0.16), 0.012 * metre)
    for z, strength in ((3.4, 0.12), (5.4, 0.16), (9.0, 0.2), (15.0, 0.22)):
        scene.glow(*CAMERA.at(0, 0, z), 900 / z + 30, AMBER, strength, flat=0.36)


def _floor_tint(y: float) -> Colour:
    return mix(colour("d9a066"), colour("77614f"), max((y - 640) / 360, 0) ** 0.55)


def _stall(scene: Scene, side: float, z: float, stripe: tuple[Colour, Colour]) -> None:
    """Build a stall from its lit inside out: wares at the back, the counter, the awning, snow on top."""
    deep = 2.7
    dark = _faded(colour("2a160f"), z)
    end = [CAMERA.at(side * x, y, z) for x, y in ((FRONT, 0), (FRONT, EAVES), (BACK, RIDGE), (BACK, 0))]
    far = [CAMERA.at(side * x, y, z + deep) for x, y in ((FRONT, 0), (FRONT, EAVES), (BACK, RIDGE), (BACK, 0))]
    scene.shape(far, _faded(colour("8f4f24"), z))
    _wares(scene, side, z + deep)
    scene.shape(_upright(side, BACK, z, deep, 0.0, 2.7), _faded(colour("8a4a20"), z))
    for shelf in (1.05, 1.45, 1.85):
        at = z + 0.08
        while at < z + deep - 0.25:
            wide, tall = scene.random.uniform(0.12, 0.34), scene.random.uniform(0.16, 0.33)
            ware = GOODS[int(scene.random.integers(len(GOODS)))]
            scene.shape(_upright(side, BACK - 0.1, at, wide, shelf, shelf + tall), _faded(lit(ware, 1.5), z, 0.98))
            at += wide + 0.03
        scene.shape(_upright(side, BACK - 0.15, z, deep, shelf - 0.05, shelf), _faded(colour("c07a3a"), z))
    _counter(scene, side, z, deep)
    scene.shape(end, _faded(colour("4a2818"), z))
    for plank in range(1, 8):
        y = plank * 0.3
        scene.line([CAMERA.at(side * FRONT, y, z), CAMERA.at(side * BACK, y, z)], dark, 0.02 * CAMERA.scale(z))
    for post in (z, z + deep - 0.1):
        scene.shape(_upright(side, FRONT, post, 0.12, 0, EAVES), dark)
    _awning(scene, side, z, deep, stripe)
    x, y = CAMERA.at(side * (FRONT + 0.5), 1.95, z + deep / 2)
    metre = CAMERA.scale(z + deep / 2)
    scene.disc(x, y, 0.075 * metre, colour("ffe0a0"))
    scene.glow(x, y, 0.62 * metre, colour("ff9d40"), 0.62)
    floor = CAMERA.at(side * 2.2, 0, z + deep / 2)
    scene.glow(*floor, 0.8 * metre, colour("ffa24a"), 0.32, flat=0.3)


def _wares(scene: Scene, side: float, z: float) -> None:
    """Fill the inner wall that faces us: three boards of wares."""
    for shelf in (0.95, 1.38, 1.81):
        x = FRONT + 0.12
        while x < BACK - 0.2:
            wide, tall = scene.random.uniform(0.09, 0.24), scene.random.uniform(0.14, 0.33)
            ware = _faded(lit(GOODS[int(scene.random.integers(len(GOODS)))], 1.1), z, 0.98)
            corners = ((x, shelf), (x, shelf + tall), (x + wide, shelf + tall), (x + wide, shelf))
            scene.shape([CAMERA.at(side * across, up, z) for across, up in corners], ware)
            if wide > 0.17:
                low, high = shelf + tall * 0.4, shelf + tall * 0.6
                band = ((x, low), (x, high), (x + wide, high), (x + wide, low))
                scene.shape([CAMERA.at(side * across, up, z) for across, up in band], mix(ware, SNOW, 0.45))
            x += wide + 0.025
        board = ((FRONT, shelf - 0.05), (FRONT, shelf), (BACK, shelf), (BACK, shelf - 0.05))
        scene.shape([CAMERA.at(side * across, up, z) for across, up in board], _faded(colour("c98448"), z))


def _star(scene: Scene, x: float, y: float, size: float, tint: Colour) -> None:
    points = []
    for point in range(10):
        reach, turn = size * (1, 0.42)[point % 2], math.pi * (point / 5 - 0.5)
        points.append((x + reach * math.cos(turn), y + reach * math.sin(turn)))
    scene.shape(points, tint)


def _counter(scene: Scene, side: float, z: float, deep: float) -> None:
    at = z + 0.15
    while at < z + deep - 0.3:
        wide, tall = scene.random.uniform(0.1, 0.3), scene.random.uniform(0.12, 0.34)
        ware = GOODS[int(scene.random.integers(len(GOODS)))]
        scene.shape(_upright(side, FRONT + 0.25, at, wide, 0.95, 0.95 + tall), _faded(lit(ware, 1.15), z, 0.98))
        at += wide + 0.03
    scene.shape(_upright(side, FRONT, z, deep, 0, 0.98), _faded(colour("5e3019"), z))
    for plank in range(1, 9):
        away = z + plank * deep / 9
        line = [CAMERA.at(side * FRONT, 0, away), CAMERA.at(side * FRONT, 0.95, away)]
        scene.line(line, _faded(colour("3a1c10"), z), 0.02 * CAMERA.scale(away))
    scene.shape(_upright(side, FRONT - 0.06, z, deep, 0.92, 1.02), _faded(colour("b06d38"), z))
    rope = hanging(
        CAMERA.at(side * (FRONT - 0.05), 0.9, z + 0.05), CAMERA.at(side * (FRONT - 0.05), 0.9, z + deep), 0.0
    )
    metre = CAMERA.scale(z + deep / 2)
    for place, (x, y) in enumerate(rope):
        swag = 0.2 * abs(math.sin(math.pi * place / 5.33)) * metre
        scene.disc(x, y + swag, 0.07 * metre, _faded(colour("24463a"), z))
        if place % 4 == 2:
            scene.disc(x, y + swag, 0.04 * metre, _faded(colour("c9432c"), z))
    drift = ((FRONT - 0.25, 0, z - 0.1), (FRONT - 0.3, 0, z + deep), (FRONT, 0.16, z + deep), (FRONT, 0.2, z))
    snow = _faded(mix(SNOW, colour("a5907c"), 0.55), z)
    scene.shape([CAMERA.at(side * x, y, away) for x, y, away in drift], snow)


def _awning(scene: Scene, side: float, z: float, deep: float, stripe: tuple[Colour, Colour]) -> None:
    low, high, out = EAVES - 0.12, RIDGE, FRONT - 0.62
    count = 9
    for band in range(count - 1, -1, -1):
        near, far = z - 0.1 + band * (deep + 0.2) / count, z - 0.1 + (band + 1) * (deep + 0.2) / count
        slope = ((out, low, near), (out, low, far), (BACK, high, far), (BACK, high, near))
        scene.shape([CAMERA.at(side * x, y, away) for x, y, away in slope], _faded(lit(stripe[band % 2], 0.62), z))
        # The cloth that hangs down glows with the lamp behind it.
        valance = [(low, near), (low, far), (low - 0.2, far), (low - 0.3, (near + far) / 2), (low - 0.2, near)]
        scene.shape([CAMERA.at(side * out, y, away) for y, away in valance], _faded(lit(stripe[band % 2], 1.25), z))
    cheek = [
        CAMERA.at(side * x, y, z - 0.1) for x, y in ((out, low - 0.02), (out, low - 0.2), (BACK, 3.6), (BACK, high))
    ]
    scene.shape(cheek, _faded(lit(stripe[0], 0.5), z))
    _snowed(scene, side, z, deep)


def _snowed(scene: Scene, side: float, z: float, deep: float) -> None:
    """Let snow lie on the upper half of an awning, with an edge that has begun to slide."""
    low, out, steps = EAVES - 0.12, FRONT - 0.62, 28
    edge, lip, crest = [], [], []
    for step in range(steps + 1):
        away = z - 0.14 + step * (deep + 0.28) / steps
        share = 0.5 + 0.09 * math.sin(away * 3.1 + side) + 0.05 * math.sin(away * 7.7)
        x, y = out + (BACK - out) * share, low + (RIDGE - low) * share
        edge.append(CAMERA.at(side * x, y + 0.1, away))
        lip.append(CAMERA.at(side * (x - 0.03), y - 0.02, away))
        crest.append(CAMERA.at(side * (BACK + 0.1), RIDGE + 0.26, away))
    scene.shape([*lip, *reversed(crest)], _faded(mix(SNOW, colour("6b5a50"), 0.62), z))
    scene.shape([*edge, *reversed(crest)], _faded(mix(SNOW, colour("a08a76"), 0.3), z))


def _crowd() -> list[Figure]:
    coats = ("2a1a16", "3d1f16", "1f2f2a", "4a241a", "22201e", "2b3a32")
    scarves = ("b3341f", "3b7a62", "e0a24a", "c9543a")
    places = (
        *((-0.7, 24, 1.7), (0.6, 22, 1.66), (1.5, 19.5, 1.7), (-1.6, 18, 1.72), (-0.3, 16.5, 1.7), (1.9, 13.4, 1.7)),
        *((-1.9, 12.2, 1.68), (0.55, 11.4, 1.74), (1.0, 11.2, 1.15), (-0.95, 8.6, 1.68), (1.85, 7.6, 1.72)),
        (-1.75, 6.4, 1.12),
    )
    return [
        Figure(
            *(x, z, tall, _faded(colour(coats[place % len(coats)]), z, 0.98)),
            basket=place in (6, 9),
            scarf=_faded(colour(scarves[place % len(scarves)]), z, 0.985),
            stride=(0.9, 0.2, 1.0, 0.4)[place % 4],
            hair=place % 2,
        )
        for place, (x, z, tall) in enumerate(places)
    ]


def _lights(scene: Scene) -> None:
    """Run strings of bulbs from side to side, farther and farther down the street."""
    for place, z in reversed(list(enumerate((4.4, 6.6, 9.6, 13.4, 18.5, 24.0)))):
        lean = 0.9 if place % 2 else -0.9
        left, right = CAMERA.at(-4.3, 4.0, max(z - lean, 3.4)), CAMERA.at(4.3, 4.0, max(z + lean, 3.4))
        metre = CAMERA.scale(z)
        rope = hanging(left, right, 0.75 * metre, 60)
        scene.line(rope, _faded(colour("1a100c"), z), max(0.016 * metre, 0.8))
        for x, y in rope[3:-2:4]:
            size = 0.045 * metre + 0.6
            scene.disc(x, y + size, size, colour("ffbf66"), size * 1.25)
            scene.disc(x, y + size, size * 0.55, colour("fff0cc"), size * 0.8)
            scene.glow(x, y + size, size * 4, colour("ff9a3c"), 0.34)


def _snowfall(scene: Scene) -> None:
    for _ in range(620):
        x, y = scene.random.uniform(0, 1600), scene.random.uniform(0, 1000)
        size = scene.random.uniform(0.7, 1.7)
        scene.disc(x, y, size, mix(colour("a98f74"), colour("fff4e2"), scene.random.uniform(0, 1)))
    for _ in range(90):
        x, y = scene.random.uniform(0, 1600), scene.random.uniform(0, 1000)
        scene.glow(x, y, scene.random.uniform(2.2, 5.5), colour("fff0da"), scene.random.uniform(0.35, 0.9))
