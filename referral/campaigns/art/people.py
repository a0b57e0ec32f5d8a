"""People seen against the light, from far enough away that a few shapes make a coat, a bag and a way of standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from referral.campaigns.art.scene import Camera, Colour, Point, Scene, colour, mix, spline


@dataclass(frozen=True)
class Figure:
    """Say who stands where, in metres to the side and away, and how they look; hair of 1 is thick, of 2 has a bun."""

    x: float
    z: float
    tall: float
    coat: Colour
    basket: bool = False
    scarf: Colour | None = None
    stride: float = 0.0
    hair: int = 0


def stand(scene: Scene, camera: Camera, figure: Figure, rim: Colour, lamp: float = 0.0) -> None:
    """Draw a figure with the light behind it, which edges it on the side the lamp is on (-1 left, 1 right)."""
    foot = camera.at(figure.x, 0, figure.z)
    metre = camera.scale(figure.z) * figure.tall / 1.7
    shift = max(metre * 0.016, 0.7)
    for dx, dy in ((lamp * shift - shift * 0.5, -shift * 0.8), (lamp * shift + shift * 0.5, -shift * 0.8)):
        _body(scene, (foot[0] + dx, foot[1] + dy), metre, figure, rim, rim)
    _body(scene, foot, metre, figure, figure.coat, mix(figure.coat, (20, 10, 8), 0.45))


def cast(scene: Scene, camera: Camera, figure: Figure, source: float, long: float, left: float = 0.5) -> None:
    """Lay a figure's shadow on the floor, towards us, away from a light so far off at the side."""
    x, z = figure.x, figure.z
    end = max(z - long, 1.3)
    lean = (x - source) * (z - end) / z * 0.6
    near, far = 0.17 * figure.tall / 1.7, 0.2 * figure.tall / 1.7
    scene.shadow(
        [
            camera.at(x - near, 0, z),
            camera.at(x + near, 0, z),
            camera.at(x + lean + far, 0, end),
            camera.at(x + lean - far, 0, end),
        ],
        left,
    )


def _body(scene: Scene, foot: Point, metre: float, figure: Figure, coat: Colour, dark: Colour) -> None:
    x, y = foot
    step = figure.stride * 0.16

    def at(across: float, up: float) -> Point:
        return x + across * metre, y - up * metre

    for side, forward in ((-1, step), (1, -step)):
        hip, sole = at(side * 0.07, 0.75), at(side * 0.08 + forward, 0.0)
        knee = at(side * 0.085 + forward * 0.35, 0.4)
        scene.line([hip, knee, sole], dark, 0.125 * metre)
        scene.disc(sole[0] + 0.02 * metre, sole[1] - 0.01 * metre, 0.075 * metre, dark, 0.035 * metre)
    same = coat is dark
    body = [(-0.06, 1.5), (0.06, 1.5), (0.19, 1.37), (0.2, 1.0), (0.24, 0.56), (0.0, 0.52), (-0.24, 0.56), (-0.2, 1.0)]
    scene.shape(spline([at(*point) for point in [*body, (-0.19, 1.37)]], closed=True, steps=6), coat)
    for side in (-1, 1):
        hand = at(side * (0.3 if figure.basket and side > 0 else 0.25), 0.8)
        scene.line(spline([at(side * 0.16, 1.36), at(side * 0.235, 1.08), hand], steps=6), coat, 0.1 * metre)
        scene.disc(*hand, 0.045 * metre, dark)
    scene.line([at(0, 1.42), at(0, 1.58)], dark, 0.09 * metre)
    scene.disc(*at(0, 1.61), 0.085 * metre, dark, 0.112 * metre)
    if figure.hair:
        scene.disc(*at(0, 1.59), 0.11 * metre, dark, 0.125 * metre)
        if figure.hair > 1:
            scene.disc(*at(0, 1.745), 0.055 * metre, dark)
    if figure.scarf is not None:
        wool = coat if same else figure.scarf
        scene.disc(*at(0, 1.475), 0.115 * metre, wool, 0.05 * metre)
        scene.shape([at(0.04, 1.46), at(0.11, 1.46), at(0.12, 1.14), at(0.05, 1.14)], wool)
        scene.disc(*at(0, 1.675), 0.097 * metre, wool, 0.065 * metre)
        scene.disc(*at(0, 1.76), 0.035 * metre, wool)
    if figure.basket:
        _basket(scene, at, metre, dark, plain=coat is dark)


def _basket(scene: Scene, at: Callable[[float, float], Point], metre: float, dark: Colour, *, plain: bool) -> None:
    books = ((0.2, "96402a"), (0.27, "e4cfa6"), (0.33, "3b5a4e"), (0.4, "b9742f"))
    for across, tint in books:
        fill = dark if plain else colour(tint)
        scene.shape([at(across, 0.5), at(across + 0.06, 0.5), at(across + 0.06, 0.72), at(across, 0.7)], fill)
    scene.shape([at(0.14, 0.62), at(0.5, 0.62), at(0.46, 0.36), at(0.18, 0.36)], dark)
    scene.line(spline([at(0.16, 0.62), at(0.3, 0.8), at(0.48, 0.62)], steps=6), dark, 0.03 * metre)
