"""What Pillow does for us: tell what a file is by its content, and make WebP of it, upright and without metadata.

A file is hostile until proven otherwise. Only five decoders are ever tried; the
number of pixels is known from the header, and held against MAX_PIXELS before
one of them is decoded; a JPEG that goes over them again and again is refused
before that; whatever a decoder raises means the file cannot be read.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
MAX_PIXELS = 64_000_000
# Each goes over all pixels of a progressive JPEG: programs write about ten. A thousand fit in 150 KB, and take minutes.
MOST_SCANS = 50
# Beyond it nothing is gained on a screen. Tall ones (screenshots of whole pages) stay readable.
LARGEST = (1_600, 6_400)
QUALITY = 80

# Pillow's own guard, which some decoders ask before they set memory aside: twice this is an error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_ORIENTATION = 0x0112
_LIES_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# The next in pixels: what is none, and the marks between their intervals, are passed over (ITU-T T.81, B.1.1).
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
_END = b"\xff\xd9"
# Never 0xFF, which would be a marker.
_NOISE = bytes(number * number % 251 for number in range(4_096))
# The area that a JPEG without its last bytes may lack: as much as three bytes can hold, as high as a row of blocks, and
# one pixel more, by which decoders smooth colour over the edge of a block.
LAST_BLOCKS = (129, 17)
# A gamma that is nearer to sRGB's than this is meant to be it.
GAMMA_OF_SRGB_WITHIN = 0.01
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Fault(TextChoices):
    """Why a picture failed, as its owner reads it."""

    UNREADABLE = "unreadable", _("This file could not be read. It is damaged, or no JPEG, PNG, WebP, GIF or AVIF.")
    TOO_MANY_PIXELS = "too many pixels", _("This picture has more than 64 million pixels. Send a smaller one.")
    TOO_MUCH_WORK = "too much work", _("This picture is too large. Send one with fewer pixels.")
    CUT_OFF = "cut off", _("The upload was cut off. Add the picture again.")
    OURS = "ours", _("The picture could not be prepared, through no fault of yours. Add it again.")


class Unusable(Exception):
    """This file cannot become a picture; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Prepared:
    """Width and height of the largest size, and the WebP bytes of each size."""

    width: int
    height: int
    files: dict[int, bytes]


def look(data: bytes) -> tuple[int, int]:
    """The width and height that would be shown, from the header alone. Raises Unusable."""
    with _opened(data) as image:
        return _fitted(*_upright_size(image))


def work(data: bytes) -> int:
    """The cost of decoding, in pixels of a plain picture, from the header and markers alone. Raises Unusable.

    Samples of 16 bits count twice. A JPEG is decoded smaller, which costs less, but each scan goes over its
    coefficients. A core does some 40 million a second.
    """
    with _opened(data) as image:
        pixels = image.width * image.height
        if image.format in {"JPEG", "MPO"}:
            decoded = 1 if _has_end(data) else 3
            return pixels * decoded * (4 + _scans(data)) // 12
        return pixels * (2 if ";16" in str(getattr(image, "tile", "")) or image.mode.startswith(("I", "F")) else 1)


def scaled(data: bytes, widths: Sequence[int]) -> Prepared:
    """Make a file for each of the rising `widths`, the last being the largest. Never upscaled. Raises Unusable.

    Widths that the picture does not reach have no file, except the last.
    """
    with _opened(_ended(data)) as image:
        whole = _shown(image)
        width, height = whole.size
        files = {size: _webp(_resized(whole, size)) for size in widths[:-1] if size < width}
        return Prepared(width, height, files | {widths[-1]: _webp(whole)})


def squares(data: bytes, sides: Sequence[int]) -> Prepared:
    """The middle of the picture in each size, no larger than it is. Raises Unusable."""
    with _opened(_ended(data)) as image:
        whole = _shown(image)
        most = min(whole.size)
        cut = {side: ImageOps.fit(whole, (min(side, most),) * 2, Image.Resampling.LANCZOS) for side in sides}
        return Prepared(cut[sides[-1]].width, cut[sides[-1]].height, {side: _webp(made) for side, made in cut.items()})


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable(Fault.TOO_MANY_PIXELS)
            if image.format in {"JPEG", "MPO"} and _scans(data) > MOST_SCANS:
                raise Unusable(Fault.UNREADABLE)
            yield image
    except _BOMBS as error:
        raise Unusable(Fault.TOO_MANY_PIXELS) from error
    except (Unusable, MemoryError):
        raise
    # Decoders raise whatever a broken file makes them stumble over. All they read is in memory, so it is the file.
    except Exception as error:
        raise Unusable(Fault.UNREADABLE) from error


def _scans(data: bytes) -> int:
    """How often a JPEG goes over its pixels, as far as it matters. Up to its end: cameras put films behind it."""
    return sum(marker == _START_OF_SCAN for marker in _markers(data))


def _has_end(data: bytes) -> bool:
    return _END_OF_IMAGE in _markers(data)


def _markers(data: bytes) -> Iterator[int]:
    """The markers of a JPEG up to its end, or until it has too many scans."""
    scans, at = 0, 2
    while scans <= MOST_SCANS and (found := _MARKER.search(data, at)):
        marker, at = found[1][0], found.end()
        yield marker
        if marker == _END_OF_IMAGE:
            break
        scans += marker == _START_OF_SCAN
        at += int.from_bytes(data[at : at + 2], "big")


def _ended(data: bytes) -> bytes:
    """Complete a JPEG whose last bytes are missing; return others as they are. Raises Unusable if pixels are missing.

    Programs write such files, and browsers show them whole. Where pixels are missing, the decoder reads whatever
    follows as pixels: so it is decoded with two different ends, which must differ at most in the last blocks of the
    last row.
    """
    if not data.startswith(b"\xff\xd8") or _has_end(data):
        return data
    cut = data.rstrip(b"\xff")
    with _opened(cut + _END) as image, _opened(cut + _NOISE + _END) as noisy:
        for each in (image, noisy):
            each.draft(None, _fitted(*each.size))
            each.load()
        difference = ImageChops.difference(image, noisy).getbbox()
        if difference and (
            difference[0] < image.width - LAST_BLOCKS[0] or difference[1] < image.height - LAST_BLOCKS[1]
        ):
            raise Unusable(Fault.UNREADABLE)
    return cut + _END


def _upright_size(image: Image.Image) -> tuple[int, int]:
    # Not image.getexif(): that of a PNG decodes all of it, to see whether something stands behind the pixels.
    aside = Image.Image.getexif(image).get(_ORIENTATION) in _LIES_ON_ITS_SIDE
    return (image.height, image.width) if aside else (image.width, image.height)


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = min(1, LARGEST[0] / width, LARGEST[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _shown(image: Image.Image) -> Image.Image:
    """The first frame, upright, no larger than LARGEST, in sRGB, as RGB or RGBA, and nothing but pixels."""
    if image.format != "JPEG":
        image.load()
    upright = _upright_size(image)
    size = _fitted(*upright)
    if upright != image.size:
        size = size[::-1]
    # JPEG can be decoded at a half, a quarter or an eighth, which costs that much less.
    image.draft(None, size)
    image.load()
    made = _in_whole_colours(image)
    if made.size != size:
        made = made.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    made = _in_srgb(ImageOps.exif_transpose(made), image.info)
    made.info = {}
    return made


def _in_whole_colours(image: Image.Image) -> Image.Image:
    """Convert palettes, bits and 16-bit greys to something that can be scaled."""
    if image.mode in {"L", "CMYK", "RGB", "RGBA"} and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        values = image.convert("I")
        grey = values.point([value // 256 for value in range(65_536)], "L")
        transparent = image.info.get("transparency")
        if not isinstance(transparent, int):
            return grey
        alpha = values.point([255 * (value != transparent) for value in range(65_536)], "L")
        return Image.merge("LA", (grey, alpha)).convert("RGBA")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, info: dict[str | tuple[int, int], Any]) -> Image.Image:
    """Convert by the picture's colour profile, or else by its gamma, as browsers do."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile := info.get("icc_profile"):
        # A profile that is broken, or of other colours than the picture's, is passed over.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if source.profile.xcolor_space.strip() == "GRAY" and (grey := _as_grey(image)):
                return _converted(grey, source, "RGB", image)
            return _converted(image, source, mode, None)
    image = image if image.mode == mode else image.convert(mode)
    gamma = info.get("gamma")
    if profile or "srgb" in info or not gamma or not GAMMA_OF_SRGB_WITHIN < abs(gamma - 1 / 2.2) < 1:
        return image
    colours = [_encoded((value / 255) ** (1 / gamma)) for value in range(256)]
    return image.point(colours * 3 + (list(range(256)) if mode == "RGBA" else []))


def _as_grey(image: Image.Image) -> Image.Image | None:
    """The picture as grey, if it has no colour; None otherwise."""
    if image.mode == "L":
        return image
    red, green, blue = image.convert("RGB").split()
    is_grey = not ImageChops.difference(red, green).getbbox() and not ImageChops.difference(green, blue).getbbox()
    return red if is_grey else None


def _converted(
    image: Image.Image, source: ImageCms.ImageCmsProfile, mode: str, alpha_of: Image.Image | None
) -> Image.Image:
    made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    if made is None:
        raise ValueError("It was converted in place.")
    if alpha_of is not None and alpha_of.mode == "RGBA":
        made.putalpha(alpha_of.getchannel("A"))
    return made


def _encoded(light: float) -> int:
    """Linear light as a sample of sRGB (IEC 61966-2-1)."""
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


def _resized(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _webp(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
