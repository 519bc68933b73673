"""The demo people's pictures, drawn: the same each time, and in some milliseconds."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
SIZE = (1_200, 800)


def fog() -> BytesIO:
    """A river at dawn; what is further away is paler."""
    picture = _sky((222, 226, 228), (186, 196, 202))
    width, height = SIZE
    for depth, (top, shade) in enumerate([(330, 190), (400, 168), (470, 142)]):
        layer = _ridge(Random(depth), top, 26 + 10 * depth)
        picture.paste((shade - 8, shade, shade + 4), mask=layer)
    brush = ImageDraw.Draw(picture)
    brush.polygon([(820, 470), (820, 300), (850, 210), (880, 300), (880, 470)], fill=(128, 140, 146))
    brush.rectangle((760, 400, 940, 480), fill=(128, 140, 146))
    for arch in range(6):
        left = 60 + arch * 108
        brush.rectangle((left, 500, left + 108, 520), fill=(96, 108, 114))
        arc = (left + 10, 512, left + 98, 640)
        brush.pieslice(arc, 180, 360, fill=(150, 162, 168), outline=(96, 108, 114), width=8)
    mist = Image.linear_gradient("L").resize((width, height // 2))
    picture.paste((206, 213, 216), (0, height // 2), mask=mist.point(lambda value: min(255, value * 2)))
    return _bytes(picture.filter(ImageFilter.GaussianBlur(3)))


def estuary() -> BytesIO:
    """Evening: bands of water and mud."""
    picture = _sky((250, 176, 112), (252, 224, 186))
    brush, chance = ImageDraw.Draw(picture), Random(7)
    brush.ellipse((820, 250, 960, 390), fill=(255, 240, 214))
    brush.rectangle((0, 380, *SIZE), fill=(206, 150, 110))
    for band in range(26):
        top = 384 + band * 16 + chance.randint(0, 8)
        left = chance.randint(-300, 700)
        colour = [(120, 92, 78), (236, 186, 140), (152, 116, 94)][band % 3]
        brush.ellipse((left, top, left + chance.randint(400, 1_100), top + 6 + band), fill=colour)
    return _bytes(picture.filter(ImageFilter.GaussianBlur(2)))


def flamingo() -> BytesIO:
    """It is the pink one."""
    picture = _sky((176, 206, 214), (214, 228, 226))
    brush, chance = ImageDraw.Draw(picture), Random(412)
    brush.rectangle((0, 460, *SIZE), fill=(150, 182, 186))
    for _ in range(60):
        x, y = chance.randint(0, SIZE[0]), chance.randint(480, 760)
        brush.ellipse((x, y, x + 26, y + 12), fill=(112, 118, 120))
        brush.line((x + 13, y + 12, x + 13, y + 20), fill=(112, 118, 120), width=2)
    brush.line((640, 560, 640, 690), fill=(206, 92, 108), width=7)
    brush.ellipse((590, 480, 700, 566), fill=(238, 128, 146))
    brush.arc((660, 380, 740, 520), 160, 20, fill=(238, 128, 146), width=16)
    brush.polygon([(728, 436), (752, 470), (732, 474)], fill=(60, 50, 54))
    return _bytes(picture.filter(ImageFilter.GaussianBlur(1)))


def rings() -> BytesIO:
    """What a loom might make of a rule."""
    picture = Image.new("RGB", (480, 480), (24, 66, 58))
    brush = ImageDraw.Draw(picture)
    for ring in range(11, 0, -1):
        reach = ring * 24
        colour = (106, 214, 182) if ring % 2 else (24, 66, 58)
        brush.regular_polygon((240, 240, reach), 6, rotation=ring * 15, fill=colour)
    return _bytes(picture)


def loaf() -> BytesIO:
    """Rye."""
    picture = Image.new("RGB", (480, 480), (246, 226, 190))
    brush = ImageDraw.Draw(picture)
    brush.ellipse((60, 130, 420, 380), fill=(146, 92, 48))
    for cut in range(4):
        left = 120 + cut * 66
        brush.line((left, 320, left + 50, 190), fill=(232, 192, 134), width=14)
    return _bytes(picture.filter(ImageFilter.GaussianBlur(1)))


DRAWINGS: dict[str, Callable[[], BytesIO]] = {"fog": fog, "estuary": estuary, "flamingo": flamingo}
PORTRAITS: dict[str, Callable[[], BytesIO]] = {"ada": rings, "bob": loaf}


def _sky(top: Colour, horizon: Colour) -> Image.Image:
    return ImageOps.colorize(Image.linear_gradient("L").resize(SIZE), top, horizon)


def _ridge(chance: Random, top: int, rough: int) -> Image.Image:
    """A mask of hills, from `top` down."""
    mask = Image.new("L", SIZE)
    edge = [(x, top + chance.randint(-rough, rough)) for x in range(-100, SIZE[0] + 200, 120)]
    ImageDraw.Draw(mask).polygon([*edge, (SIZE[0] + 200, SIZE[1]), (-100, SIZE[1])], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(24))


def _bytes(picture: Image.Image) -> BytesIO:
    out = BytesIO()
    picture.save(out, "JPEG", quality=88)
    out.seek(0)
    return out
