"""What stands on the tea house's table: the pot, the cups, and the books somebody put down."""

from __future__ import annotations

from referral.campaigns.art.scene import Point, Scene, colour, hanging, lit, mix, spline

DARK = colour("2a1610")


def pot(scene: Scene, x: float, y: float) -> None:
    """Set the pot on its tray: iron, glazed red, with a handle of cane."""
    scene.disc(x + 8, y + 112, 250, colour("21100b"), 40)
    scene.disc(x, y + 100, 244, colour("5c2f1a"), 38)
    scene.disc(x, y + 96, 232, colour("7c4424"), 33)
    scene.disc(x, y + 100, 120, colour("2a130c"), 20)
    glaze, edge = colour("8c2f1d"), colour("f0a85a")
    spout: list[Point] = [(96, 10), (150, -8), (178, -52), (206, -88), (228, -86), (214, -40), (188, 20), (120, 62)]
    for shift, fill in ((3.0, edge), (0.0, mix(glaze, DARK, 0.28))):
        scene.shape(spline([(x + px + shift, y + py - shift) for px, py in spout], closed=True, steps=8), fill)
        scene.disc(x + shift, y + 12 - shift, 150, fill, 100)
    for step in range(34):
        share = step / 33
        tint = mix(mix(glaze, DARK, 0.4), colour("c9543a"), share**1.5)
        scene.disc(
            x + 46 * share, y + 12 - 32 * share, 150 * (1 - 0.78 * share) - 1, tint, 100 * (1 - 0.76 * share) - 1
        )
    scene.disc(x + 66, y - 34, 30, colour("e8916a"), 13)
    for shift, fill in ((2.5, edge), (0.0, colour("6b2417"))):
        scene.disc(x + shift, y - 74 - shift, 72, fill, 22)
        scene.disc(x + shift, y - 104 - shift, 17, fill, 15)
    scene.disc(x + 14, y - 80, 40, colour("96402a"), 9)
    grip = spline(
        [(x - 112, y - 50), (x - 104, y - 150), (x, y - 214), (x + 104, y - 150), (x + 112, y - 50)], steps=16
    )
    scene.line([(px + 2, py - 3) for px, py in grip], edge, 13)
    scene.line(grip, colour("4a2413"), 13)
    for place in range(18, 48, 3):
        scene.disc(*grip[place], 8, colour("7a4422"))
    for side in (-112, 112):
        scene.disc(x + side, y - 46, 15, colour("33170e"))


def cup(scene: Scene, x: float, y: float, size: float) -> None:
    """Set down a cup of thin white clay, filled."""
    scene.disc(x - size * 0.5, y + size * 0.96, size * 1.5, colour("2c140d"), size * 0.24)
    glaze = colour("e9d8b4")
    outline: list[Point] = [(-1, 0), (-0.95, 0.45), (-0.6, 0.92), (0, 1.0), (0.6, 0.92), (0.95, 0.45), (1, 0), (0, 0.1)]
    for step in range(20):
        share = step / 19
        shape = [
            (x + size * (px * (1 - 0.8 * share) + 0.42 * share), y + size * (py * (1 - 0.25 * share)))
            for px, py in outline
        ]
        scene.shape(spline(shape, closed=True, steps=6), mix(colour("7d5a3c"), glaze, share))
    scene.disc(x, y, size, colour("f7e6c4"), size * 0.27)
    scene.disc(x, y + size * 0.025, size * 0.9, colour("5a3a1f"), size * 0.22)
    scene.disc(x, y + size * 0.05, size * 0.86, colour("a4672a"), size * 0.18)
    scene.disc(x + size * 0.25, y + size * 0.02, size * 0.34, colour("e9b25c"), size * 0.05)
    scene.line(
        hanging((x - size * 0.86, y + size * 0.46), (x + size * 0.86, y + size * 0.46), size * 0.26),
        colour("3b5a4e"),
        4,
    )


def books(scene: Scene, x: float, y: float) -> None:
    """Leave two books on the table, the upper one open a moment ago, with its ribbon out."""
    scene.disc(x + 116, y + 52, 190, colour("2a130c"), 20)
    for place, (shift, wide, thick, tint) in enumerate(
        ((0, 250, 44, "2d463d"), (22, 216, 38, "96402a"), (8, 232, 30, "b9742f"))
    ):
        top = y + 50 - sum((44, 38, 30)[: place + 1])
        left = x + shift
        scene.box(left, top, left + wide, top + thick, lit(colour(tint), 1.0))
        scene.box(left, top, left + wide, top + 5, lit(colour(tint), 1.9))
        scene.box(left + 12, top + 8, left + wide + 3, top + thick - 6, colour("e4cfa6"))
        for leaf in range(3):
            scene.box(left + 12, top + 12 + leaf * 7, left + wide + 3, top + 13 + leaf * 7, colour("b79a6c"))
        scene.box(left, top, left + 26, top + thick, lit(colour(tint), 1.25))
    scene.line(spline([(x + 232, y - 28), (x + 262, y - 20), (x + 256, y + 4), (x + 270, y + 34)]), colour("b3341f"), 7)
