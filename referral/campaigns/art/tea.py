"""The tea house: a round window on terraces of tea, tins and books on the wall, and a pot that has just been filled."""

from __future__ import annotations

import math

from referral.campaigns.art.crockery import books, cup, pot
from referral.campaigns.art.scene import Colour, Point, Scene, colour, hanging, lit, mix, palette, spline

WINDOW, RADIUS = (860.0, 400.0), 318.0
TABLE = 770.0
WOOD, DARK = colour("6b3a1f"), colour("2a1610")
GLAZES = palette("7b2417 96402a 3b5a4e 2d463d b9742f e4cfa6 5a2b22 6f7d58 8c2f1d d9b67c")
LAMPS: tuple[tuple[float, float, float], ...] = ((236.0, 168.0, 92.0), (1402.0, 120.0, 70.0))


def tea_house() -> bytes:
    """Draw the room, as a JPEG of 1600 by 1000."""
    scene = Scene(88)
    _view(scene)
    _branch(scene)
    _wall(scene)
    for left, right, boards in ((40.0, 455.0, (430.0, 572.0, 714.0)), (1262.0, 1560.0, (372.0, 530.0, 688.0))):
        for board in boards:
            _shelf(scene, left, right, board)
    scene.settle(5)
    _frame(scene)
    for x, y, across in LAMPS:
        _lantern(scene, x, y, across)
    _table(scene)
    pot(scene, 690, 742)
    for x, y, size in ((972, 838, 62), (1118, 806, 50)):
        cup(scene, x, y, size)
    books(scene, 1240, 868)
    _steam(scene)
    scene.glow(*WINDOW, 300, colour("ff9e44"), 0.24)
    scene.glow(940, 285, 100, colour("ffb45c"), 0.3)
    return scene.jpeg(bloom=0.3, corners=0.4)


def _view(scene: Scene) -> None:
    """Paint what the window shows: an evening over hills of tea, each row of bushes a line along the slope."""
    tones = ((0, "c9803a"), (0.1, "d9934a"), (0.3, "f0bd74"), (0.45, "f9dda6"), (1, "f9dda6"))
    scene.sky([(place, colour(text)) for place, text in tones])
    for step in range(16):
        scene.disc(940, 285, 104 - step * 1.2, mix(colour("f6bd68"), colour("fde3ac"), step / 15))
    for x, y, wide in ((700, 210, 17), (738, 192, 13), (668, 186, 11), (772, 222, 9)):
        beats = ((-1, -0.35), (-0.4, -0.45), (0, 0), (0.4, -0.45), (1, -0.3))
        wings = spline([(x + wide * across, y + wide * up) for across, up in beats], steps=5)
        scene.line(wings, colour("6b3a22"), 2)
    hills: tuple[tuple[str, float, float, float, int], ...] = (
        ("c3a468", 398, 30, 0.3, 0),
        ("95985f", 436, 44, 1.9, 0),
        ("677f55", 486, 50, 3.3, 5),
        ("42684f", 552, 58, 4.6, 8),
        ("2c5142", 630, 60, 0.2, 9),
    )
    for place, (tint, level, rise, phase, rows) in enumerate(hills):
        base = colour(tint)
        ridge = _ridge(level, rise, phase)
        scene.shape([*ridge, (1300, 800), (420, 800)], base)
        for row in range(rows):
            drop = 9 + row * (9 + place * 1.8)
            line = [(x, y + drop + math.sin(x / 46 + row * 0.9) * 2.2 + (x - 860) ** 2 * 4e-5 * row) for x, y in ridge]
            scene.line(line, mix(base, colour("e6c674"), 0.34 - row * 0.022), 2.6 + place * 0.35)
            scene.line([(x, y + 3.6 + place * 0.5) for x, y in line], mix(base, colour("10241e"), 0.28), 2.2)
        # Mist lies in the valleys; it is light, so it must not spill over the wall beside the window.
        span = math.sqrt(RADIUS**2 - (level + 40 - WINDOW[1]) ** 2) - 34
        seen = [(x, y) for x, y in ridge if abs(x - WINDOW[0]) < span]
        scene.veil([*seen, (seen[-1][0], level + 62), (seen[0][0], level + 62)], colour("ffd890"), 0.15, 20)
    for foot, y, tall in ((1010, 470, 62), (1034, 474, 44), (668, 548, 70), (642, 556, 46)):
        for tier in range(4):
            half, top = tall * (0.12 + 0.06 * tier), y - tall + tall * 0.2 * tier
            scene.shape(
                [(foot, top), (foot + half, top + tall * 0.36), (foot - half, top + tall * 0.36)], colour("28473a")
            )


def _ridge(level: float, rise: float, phase: float) -> list[Point]:
    return [
        (float(x), level + rise * (math.sin(x / 145 + phase) * 0.6 + math.sin(x / 61 + phase * 2.1) * 0.2))
        for x in range(420, 1301, 8)
    ]


def _circle(across: float) -> list[Point]:
    turns = [step / 120 * math.tau for step in range(121)]
    return [(WINDOW[0] + across * math.cos(turn), WINDOW[1] + across * math.sin(turn)) for turn in turns]


def _wall(scene: Scene) -> None:
    edge = [
        (WINDOW[0] + RADIUS, 0.0),
        (1600.0, 0.0),
        (1600.0, 1000.0),
        (0.0, 1000.0),
        (0.0, 0.0),
        (WINDOW[0] + RADIUS, 0.0),
    ]
    scene.shape([*edge, *_circle(RADIUS)], colour("43241a"))
    for plank in range(0, 1600, 64):
        gap = RADIUS**2 - (plank - WINDOW[0]) ** 2
        reach = math.sqrt(gap) if gap > 0 else 0.0
        for top, bottom in ((0, WINDOW[1] - reach), (WINDOW[1] + reach, TABLE)):
            scene.line([(plank, top), (plank, bottom)], colour("331a13"), 1.6)
            scene.line([(plank + 2.4, top), (plank + 2.4, bottom)], colour("4f2c1f"), 1)
    scene.shape([(0, 0), (1600, 0), (1600, 34), (0, 34)], colour("24120d"))
    scene.shadow([(0, 30), (1600, 30), (1600, 62), (0, 62)], 0.6)


def _frame(scene: Scene) -> None:
    for across, tint, width in ((RADIUS + 12, "24110b", 34), (RADIUS + 13, "7a4422", 24), (RADIUS + 3, "e0a055", 4)):
        scene.line(_circle(across), colour(tint), width)
    scene.line(_circle(RADIUS + 22), colour("a9683a"), 2)


def _brightness(x: float, y: float) -> float:
    lamps = sum(1.5 * math.exp(-math.hypot(x - at, y - up) / 230) for at, up, _ in LAMPS)
    window = 1.5 * math.exp(-max(math.hypot(x - WINDOW[0], y - WINDOW[1]) - RADIUS, 0) / 170)
    return 0.34 + lamps + window


def _shelf(scene: Scene, left: float, right: float, board: float) -> None:
    """Fill a board with tins, jars and books, then set the board beneath them."""
    x = left + 14
    scene.shadow([(left, board - 6), (right, board - 6), (right, board + 46), (left, board + 46)], 0.72)
    while x < right - 40:
        kind = scene.random.random()
        glaze = GLAZES[int(scene.random.integers(len(GLAZES)))]
        if kind < 0.42:
            wide, tall = scene.random.uniform(46, 62), scene.random.uniform(66, 96)
            _tin(scene, x, board, min(wide, right - 12 - x), tall, glaze)
            x += wide + scene.random.uniform(6, 14)
        elif kind < 0.68:
            wide = scene.random.uniform(54, 70)
            if x + wide > right - 8:
                break
            _jar(scene, x + wide / 2, board, wide, wide * scene.random.uniform(1.0, 1.25), glaze)
            x += wide + scene.random.uniform(8, 14)
        else:
            for _ in range(int(scene.random.integers(3, 6))):
                thick, tall = scene.random.uniform(13, 24), scene.random.uniform(78, 108)
                if x + thick > right - 8:
                    break
                glaze = GLAZES[int(scene.random.integers(len(GLAZES)))]
                _volume(scene, x, board, thick, tall, glaze)
                x += thick + 1
            x += scene.random.uniform(6, 12)
    glare = _brightness((left + right) / 2, board)
    scene.shape([(left, board), (right, board), (right, board + 13), (left, board + 13)], lit(WOOD, glare))
    scene.shape([(left, board), (right, board), (right, board + 3), (left, board + 3)], lit(colour("b5763f"), glare))


def _rounded(scene: Scene, x: float, top: float, wide: float, bottom: float, base: Colour) -> None:
    """Shade an upright round thing in strips, brightest on the side of the window."""
    side = 0.7 if x < WINDOW[0] else 0.3
    strips = 9
    for strip in range(strips):
        share = (strip + 0.5) / strips
        bright = _brightness(x, (top + bottom) / 2) * (0.55 + 0.75 * math.exp(-((share - side) ** 2) * 9))
        scene.box(x + wide * strip / strips, top, x + wide * (strip + 1) / strips + 0.5, bottom, lit(base, bright))


def _tin(scene: Scene, x: float, board: float, wide: float, tall: float, glaze: Colour) -> None:
    _rounded(scene, x, board - tall, wide, board, glaze)
    _rounded(scene, x + 2, board - tall - 9, wide - 4, board - tall, mix(glaze, DARK, 0.35))
    label = colour("efe0bf") if sum(glaze) < 420 else colour("7b2417")
    glare = _brightness(x, board) * 0.85
    scene.box(x + wide * 0.22, board - tall * 0.7, x + wide * 0.78, board - tall * 0.28, lit(label, glare))
    for line in (0.6, 0.5, 0.4):
        scene.box(x + wide * 0.34, board - tall * line, x + wide * 0.66, board - tall * line + 2, lit(DARK, glare * 2))


def _jar(scene: Scene, x: float, board: float, wide: float, tall: float, glaze: Colour) -> None:
    outline = [(-0.3, 0), (-0.48, 0.3), (-0.46, 0.62), (-0.24, 0.86), (0.24, 0.86), (0.46, 0.62), (0.48, 0.3), (0.3, 0)]
    glare = _brightness(x, board)
    towards = 1 if x < WINDOW[0] else -1
    for step in range(7):
        share = step / 6
        shape = [
            (
                x + (px * (1 - share * 0.72) + towards * 0.2 * share) * wide,
                board - (py * (1 - share * 0.6) + 0.3 * share) * tall,
            )
            for px, py in outline
        ]
        scene.shape(spline(shape, closed=True, steps=6), lit(glaze, glare * (0.55 + 0.6 * share)))
    _rounded(scene, x - wide * 0.22, board - tall * 0.98, wide * 0.44, board - tall * 0.84, colour("d9b67c"))


def _volume(scene: Scene, x: float, board: float, thick: float, tall: float, cloth: Colour) -> None:
    _rounded(scene, x, board - tall, thick, board, cloth)
    gilt = colour("f3cf8a") if sum(cloth) < 420 else colour("5a2b22")
    for up in (0.16, 0.82):
        scene.box(x, board - tall * up - 2.4, x + thick, board - tall * up, lit(gilt, _brightness(x, board) * 0.8))


def _lantern(scene: Scene, x: float, y: float, across: float) -> None:
    scene.line([(x, 0), (x, y - across)], colour("1c0e0a"), 3)
    for step in range(18):
        share = step / 17
        tint = mix(colour("b9541f"), colour("ffc26a"), share**0.8)
        scene.disc(x, y + across * 0.12 * share, across * (1 - 0.62 * share), tint, across * 0.86 * (1 - 0.58 * share))
    for rib in range(-4, 5):
        up = rib * across * 0.17
        wide = across * math.sqrt(max(1 - (up / (across * 0.86)) ** 2, 0))
        scene.line(hanging((x - wide, y + up), (x + wide, y + up), across * 0.05, 12), colour("c06a2c"), 1.6)
    for up in (-0.86, 0.86):
        scene.box(x - across * 0.3, y + up * across - 6, x + across * 0.3, y + up * across + 6, colour("3a1b10"))
    scene.line([(x, y + across * 0.9), (x, y + across * 1.35)], colour("96402a"), 5)
    scene.glow(x, y, across * 2.3, colour("ff8a2c"), 0.45)


def _branch(scene: Scene) -> None:
    """Let a plum branch reach into the window from above, in flower."""
    stems: tuple[tuple[list[Point], float], ...] = (
        ([(1130, 60), (1098, 150), (1040, 196), (985, 206), (920, 240), (868, 236)], 9),
        ([(1060, 184), (1040, 240), (1052, 290), (1030, 330)], 5),
        ([(985, 206), (960, 172), (918, 158)], 4),
    )
    for points, width in stems:
        curve = spline(points, steps=10)
        for place in range(len(curve) - 1):
            scene.line(curve[place : place + 2], colour("2c140d"), width * (1 - 0.7 * place / len(curve)) + 1)
        for place in range(6, len(curve), 7):
            x, y = curve[place]
            x, y = x + scene.random.uniform(-10, 10), y + scene.random.uniform(-10, 10)
            size = scene.random.uniform(5, 8.5)
            petal = colour(("b3341f", "c9492f", "e8a48a")[int(scene.random.integers(3))])
            for leaf in range(5):
                turn = leaf / 5 * math.tau + x
                scene.disc(x + math.cos(turn) * size * 0.72, y + math.sin(turn) * size * 0.72, size * 0.62, petal)
            scene.disc(x, y, size * 0.32, colour("ffdf9a"))


def _table(scene: Scene) -> None:
    for step in range(60):
        share = step / 59
        top = TABLE + (1000 - TABLE) * share
        scene.box(0, top, 1600, top + 6, mix(colour("8a4b26"), colour("371a10"), share**0.8))
    for x in range(-10, 27):
        foot = 800 + (x * 100 - 800) * 1.75
        scene.line([(x * 100.0, TABLE), (foot, 1000)], colour("4d2816"), 1.4)
    scene.box(0, TABLE - 2, 1600, TABLE + 4, colour("c98246"))
    scene.glow(860, TABLE + 40, 240, colour("ffa64e"), 0.5, flat=0.3)


def _steam(scene: Scene) -> None:
    for x, y, tall, wide in ((914, 650, 330, 24), (972, 820, 210, 19), (1118, 792, 180, 15)):
        for strand in range(3):
            lean = (strand - 1) * wide * 0.9
            path = [
                (x + lean * share + math.sin(share * 6.2 + strand * 1.9 + x) * wide * (0.3 + share), y - tall * share)
                for share in (step / 20 for step in range(21))
            ]
            ribbon = [(px - 2 - wide * 0.32 * place / 20, py) for place, (px, py) in enumerate(path)]
            back = [(px + 2 + wide * 0.32 * place / 20, py) for place, (px, py) in enumerate(path)]
            scene.veil([*ribbon, *reversed(back)], colour("fff0d8"), 0.26, 6 + strand * 2)
