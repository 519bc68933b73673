"""Files as cameras, phones, old programs and attackers make them."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

GPS_TAG = 0x8825
ORIENTATION_TAG = 0x0112
SERIAL_TAG = 0xA431


def gradient(size: tuple[int, int] = (1_200, 900), mode: str = "RGB") -> Image.Image:
    """Red grows from left to right, green from top to bottom."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, Image.new("L", size, 40))).convert(mode)


def saved(image: Image.Image, format_: str = "JPEG", **options: Any) -> bytes:
    """Its bytes."""
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def photo(size: tuple[int, int] = (1_200, 900), orientation: int = 1) -> bytes:
    """A JPEG that says where it was taken, and which way up the camera was."""
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    exif.get_ifd(GPS_TAG).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    exif.get_ifd(0x8769)[SERIAL_TAG] = "CAMERA-4711"
    return saved(gradient(size), exif=exif, quality=90)


def truncated() -> bytes:
    """The header is right; half of what should follow is missing."""
    whole = photo()
    return whole[: len(whole) // 2]


def bomb(side: int = 30_000) -> bytes:
    """A PNG of some bytes that says it has 900 million pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    """One of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def scanned_over(times: int) -> bytes:
    """A progressive JPEG that repeats its last scan so often."""
    data = saved(Image.new("L", (400, 300), 128), progressive=True)
    last = data[data.rindex(b"\xff\xc4") : -2]
    return data[:-2] + last * times + data[-2:]


def moving() -> bytes:
    """A GIF whose first frame is blue."""
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("blue", "red", "green")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def with_profile() -> bytes:
    """A JPEG in a colour space of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return saved(gradient((300, 200)), icc_profile=profile)


def upload(data: bytes, name: str = "picture.jpg") -> SimpleUploadedFile:
    """As a browser sends it."""
    return SimpleUploadedFile(name, data, "image/jpeg")
