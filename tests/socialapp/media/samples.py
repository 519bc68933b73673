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


def png(size: tuple[int, int], depth: int, colour: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG by hand: rows without their filter bytes, and chunks that stand before them (PNG, 3rd edition, 11.2)."""
    width, height = size
    length = len(rows) // height
    filtered = b"".join(b"\0" + rows[at : at + length] for at in range(0, len(rows), length))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(filtered)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def grey_profile() -> bytes:
    """ICC of grey whose curve is linear: the middle of its values is 188 in sRGB (ICC.1:2022, 8.3 and 10.6)."""
    white = struct.pack(">4s4x3i", b"XYZ ", 63_190, 65_536, 54_061)
    curve = struct.pack(">4s4xI", b"curv", 0)
    named = b"desc\0\0\0\0\0\0\0\x05grey\0".ljust(104, b"\0")
    tags, at, body = b"", 128 + 4 + 4 * 12, b""
    for name, data in ((b"wtpt", white), (b"kTRC", curve), (b"desc", named), (b"cprt", b"text\0\0\0\0none\0\0\0\0")):
        tags += struct.pack(">4sII", name, at + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s12x4s", 0, b"none", 0x02400000, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63_190, 65_536, 54_061)
    whole = header.ljust(128, b"\0") + struct.pack(">I", 4) + tags + body
    return struct.pack(">I", len(whole)) + whole[4:]
