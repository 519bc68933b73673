"""Files made to harm: bombs, files that are two things, and what a camera writes of its owner. None comes out again."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image, PngImagePlugin
from rest_framework.test import APIClient

from socialapp.media.models import Picture
from socialapp.media.processing import prepare
from socialapp.posts.galleries import Attachment
from socialapp.posts.operations import publish_post
from socialapp.users.models import Person
from tests.people import logged_in
from tests.socialapp.media import samples

SCRIPT = b"<script>xyzzy()</script>"


def png_of(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """The header of a PNG, these chunks, and next to no pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = samples.chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", samples.chunk(b"IHDR", header), *chunks, pixels, samples.chunk(b"IEND", b"")]
    )


BOMB = zlib.compress(b"\0" * 30_000_000, 9)
REFUSED = {
    "60,000 squared": png_of(60_000, 60_000),
    "1 by 64 million": png_of(1, 64_000_000),
    "64 million by 1": png_of(64_000_000, 1),
    "2 to the 31": png_of(2**31 - 1, 2**31 - 1),
    "no width": png_of(0, 100),
    "no height": png_of(100, 0),
    "a bomb of grey": samples.bomb(),
    "a palette of none": png_of(100, 100, colour=3),
    "a kind of pixel that is none": png_of(100, 100, depth=7, colour=5),
    "cut off": samples.truncated(),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>xyzzy()</script></svg>',
    "SVG with an entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
    "HTML": b"<!doctype html>" + SCRIPT,
    "HTML after a GIF's first bytes": b"GIF89a/*" + SCRIPT + b"*/=1",
    "PDF": b"%PDF-1.4\n" + SCRIPT,
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file\n",
    "BMP": samples.saved(samples.gradient((40, 30)), "BMP"),
    "TIFF": samples.saved(samples.gradient((40, 30)), "TIFF"),
    "ICO": samples.saved(samples.gradient((40, 30)), "ICO"),
    "an archive": b"PK\x03\x04" + b"\0" * 100,
    "a program": b"\x7fELF" + b"\0" * 100,
    "nothing": b"",
    "one byte": b"\x89",
    "ImageMagick": b"push graphic-context\nviewbox 0 0 1 1\nfill 'url(https://evil.example/)'\npop graphic-context",
    "a list of files": b"#EXTM3U\nfile:///etc/passwd\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_or_too_much_of_one_is_refused(
    ada: Person, name: str, api_of: Callable[[Person], APIClient]
) -> None:
    api: Any = api_of(ada)
    browser = logged_in(ada)
    answers = [
        api.post("/api/social/v1/pictures/", {"file": samples.upload(REFUSED[name])}, format="multipart"),
        api.generic("PUT", "/api/social/v1/me/avatar/", REFUSED[name], content_type="image/png"),
        browser.post("/settings/", {"name": "Ada", "avatar": samples.upload(REFUSED[name])}),
    ]
    assert [answer.status_code for answer in answers if not 400 <= answer.status_code < 500] == []
    assert not Picture.objects.filter(state="ready").exists()


def with_texts() -> bytes:
    """A PNG that says things in all its ways, a compressed one being large."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "xyzzy")
    info.add_text("Author", "xyzzy", zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>xyzzy</x:xmpmeta>")
    return samples.saved(samples.gradient((64, 48)), "PNG", pnginfo=info)


def with_chunks() -> bytes:
    """A PNG of 8,000 chunks."""
    whole = samples.saved(samples.gradient((64, 48)), "PNG")
    return whole[:33] + samples.chunk(b"tEXt", b"Comment\0xyzzy") * 8_000 + whole[33:]


def moving(format_: str) -> bytes:
    """Of 300 frames."""
    frames = [Image.new("RGB", (16, 16), (number % 256, 0, 0)) for number in range(300)]
    return samples.saved(frames[0], format_, save_all=True, append_images=frames[1:], duration=20)


def with_comment() -> bytes:
    """A JPEG with a comment, EXIF and XMP."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = "xyzzy"
    return samples.saved(samples.gradient((64, 48)), comment=b"xyzzy", exif=exif, xmp=b"<x>xyzzy</x>")


TAKEN: dict[str, Callable[[], bytes]] = {
    "a photo with its place": samples.photo,
    "a JPEG that is a page too": lambda: samples.saved(samples.gradient((64, 48))) + SCRIPT,
    "a PNG that is a page too": lambda: samples.saved(samples.gradient((64, 48)), "PNG") + SCRIPT,
    "a GIF that is a script too": lambda: (
        samples.saved(samples.gradient((64, 48)).convert("P"), "GIF") + b"/*" + SCRIPT
    ),
    "a JPEG that is an archive too": lambda: samples.saved(samples.gradient((64, 48))) + b"PK\x03\x04xyzzy",
    "texts of all kinds": with_texts,
    "comments": with_comment,
    "8,000 chunks": with_chunks,
    "a GIF of 300 frames": lambda: moving("GIF"),
    "a WebP of 300 frames": lambda: moving("WEBP"),
    "a progressive JPEG": lambda: samples.saved(samples.gradient((64, 48)), progressive=True),
    "a profile of its own": samples.with_profile,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_served_is_one_frame_of_pixels_and_nothing_else(
    ada: Person, name: str, api_of: Callable[[Person], APIClient]
) -> None:
    file = samples.upload(TAKEN[name](), "<img src=x onerror=xyzzy()>.html")
    made = api_of(ada).post("/api/social/v1/pictures/", {"file": file}, format="multipart")
    if made.status_code == 400:  # refusing is as good
        return
    assert made.status_code == 201
    publish_post(author=ada, body="Look!", pictures=[Attachment(made.json()["id"])])
    prepare()
    picture = Picture.objects.get()
    if picture.state == "failed":
        return
    for address in picture.urls.values():
        answer: Any = Client().get(address)
        data = b"".join(answer)
        assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert data[:4] == b"RIFF"
        assert not [word for word in (b"xyzzy", b"script", b"CAMERA-4711", b"Exif", b"GPS") if word in data]
        image: Any = Image.open(BytesIO(data))
        assert (image.format, getattr(image, "n_frames", 1), dict(image.getexif())) == ("WEBP", 1, {})
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_text_that_unpacks_to_30_mb_is_not_unpacked_for_a_post(
    ada: Person, chunk: bytes, api_of: Callable[[Person], APIClient]
) -> None:
    whole = samples.saved(samples.gradient((64, 48)), "PNG")
    begins = {b"zTXt": b"Comment\0\0", b"iCCP": b"icc\0\0", b"iTXt": b"Comment\0\1\0\0\0"}[chunk]
    bomb = whole[:33] + samples.chunk(chunk, begins + BOMB) + whole[33:]
    answer = api_of(ada).post("/api/social/v1/pictures/", {"file": samples.upload(bomb)}, format="multipart")
    assert answer.status_code in {201, 400}
    prepare()
    assert {picture.state for picture in Picture.objects.all()} <= {"ready", "failed"}
