"""What becomes of files, whoever made them: never more than was there, upright, and telling nothing of people."""

import struct
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from socialapp.media import imaging
from socialapp.media.imaging import Fault, Unusable, look, scaled, squares
from tests.socialapp.media.samples import (
    bomb,
    chunk,
    gradient,
    grey_profile,
    moving,
    photo,
    png,
    saved,
    scanned_over,
    truncated,
    with_profile,
)

WIDTHS = (480, 960, 1_600)


def opened(data: bytes) -> Image.Image:
    """What was made, decoded."""
    image = Image.open(BytesIO(data))
    image.load()
    assert image.format == "WEBP"
    return image


def near(pixel: object, expected: tuple[int, ...]) -> bool:
    """Within what compression does to it."""
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 24 for a, b in zip(pixel, expected, strict=True))


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((4_000, 3_000), {480: (480, 360), 960: (960, 720), 1_600: (1_600, 1_200)}),
        ((1_200, 900), {480: (480, 360), 960: (960, 720), 1_600: (1_200, 900)}),
        ((960, 720), {480: (480, 360), 1_600: (960, 720)}),
        ((200, 100), {1_600: (200, 100)}),
        ((1, 1), {1_600: (1, 1)}),
        ((3_000, 10), {480: (480, 2), 960: (960, 3), 1_600: (1_600, 5)}),
        ((1_000, 8_000), {480: (480, 3_840), 1_600: (800, 6_400)}),
    ],
)
def test_each_size_is_made_and_none_is_larger_than_the_picture(
    size: tuple[int, int], made: dict[int, tuple[int, int]]
) -> None:
    data = saved(gradient(size))
    prepared = scaled(data, WIDTHS)
    assert {width: opened(content).size for width, content in prepared.files.items()} == made
    assert (prepared.width, prepared.height) == made[1_600] == look(data)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_whichever_way_the_camera_was_held(orientation: int) -> None:
    data = photo((400, 200), orientation)
    upright = (400, 200) if orientation < 5 else (200, 400)
    assert look(data) == upright
    made = opened(scaled(data, WIDTHS).files[1_600])
    assert made.size == upright
    # The corner that is black but for blue, by the table of EXIF 2.32, 4.6.4.
    right, bottom = upright[0] - 2, upright[1] - 2
    corner = {
        1: (1, 1), 2: (right, 1), 3: (right, bottom), 4: (1, bottom),
        5: (1, 1), 6: (right, 1), 7: (right, bottom), 8: (1, bottom),
    }[orientation]  # fmt: skip
    assert near(made.getpixel(corner), (0, 0, 40))


def test_nothing_is_left_of_where_and_with_what_it_was_taken() -> None:
    data = photo()
    assert Image.open(BytesIO(data)).getexif().get_ifd(0x8825)
    files = [*scaled(data, WIDTHS).files.values(), *squares(data, (96, 288)).files.values()]
    assert len(files) == 5
    for content in files:
        made = opened(content)
        assert dict(made.getexif()) == {}
        assert {"exif", "icc_profile", "xmp"}.isdisjoint(made.info)
        assert b"CAMERA-4711" not in content
        assert b"EXIF" not in content


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_the_kind_is_told_by_the_content(format_: str) -> None:
    made = opened(scaled(saved(gradient((300, 200)), format_), WIDTHS).files[1_600])
    assert made.size == (300, 200)


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "ICO", "PPM", "JPEG2000"])
def test_other_kinds_are_not_even_tried(format_: str) -> None:
    with pytest.raises(Unusable) as refused:
        look(saved(gradient((64, 48)), format_))
    assert refused.value.fault == Fault.UNREADABLE


def test_of_a_moving_picture_the_first_frame() -> None:
    made = opened(scaled(moving(), WIDTHS).files[1_600])
    assert getattr(made, "n_frames", 1) == 1
    assert near(made.getpixel((10, 10)), (0, 0, 255))


@pytest.mark.parametrize(
    ("mode", "format_"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG")],
)
def test_every_kind_of_pixel_becomes_colour(mode: str, format_: str) -> None:
    image = gradient((300, 200))
    # 16-bit greys from black to white, as scanners make them.
    strange = Image.linear_gradient("L").resize((300, 200)).convert("I").point(lambda v: v * 256).convert("I;16")
    data = saved(strange if mode == "I;16" else image.convert(mode), format_)
    made = opened(scaled(data, WIDTHS).files[1_600]).convert("RGB")
    assert made.size == (300, 200)
    assert made.getpixel((290, 190)) != made.getpixel((5, 5))
    if mode == "I;16":
        assert near(made.getpixel((150, 100)), (128, 128, 128))


def test_what_is_transparent_stays_so() -> None:
    image = gradient((300, 200), "RGBA")
    image.putalpha(Image.linear_gradient("L").resize((300, 200)))
    made = opened(scaled(saved(image, "PNG"), WIDTHS).files[1_600])
    assert made.mode == "RGBA"
    pixel = made.getpixel((150, 3))
    assert isinstance(pixel, tuple)
    assert pixel[3] < 20


def test_a_colour_profile_of_other_colours_is_passed_over() -> None:
    assert near(opened(scaled(with_profile(), WIDTHS).files[1_600]).getpixel((298, 198)), (255, 255, 40))


@pytest.mark.parametrize("make", [scaled, squares])
def test_a_truncated_file_cannot_be_read(make: object) -> None:
    data = truncated()
    assert look(data) == (1_200, 900)  # the header says so
    with pytest.raises(Unusable) as refused:
        make(data, (96, 288))  # type: ignore[operator]
    assert refused.value.fault == Fault.UNREADABLE


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"Hello!", b"<svg/>", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 "]
)
def test_what_is_no_picture_cannot_be_read(data: bytes) -> None:
    with pytest.raises(Unusable) as refused:
        look(data)
    assert refused.value.fault == Fault.UNREADABLE


@pytest.mark.parametrize("side", [8_001, 10_000, 30_000])
def test_a_bomb_is_known_by_its_header(side: int) -> None:
    for meet in (look, lambda data: scaled(data, WIDTHS), lambda data: squares(data, (96, 288))):
        with pytest.raises(Unusable) as refused:
            meet(bomb(side))
        assert refused.value.fault == Fault.TOO_MANY_PIXELS


def test_a_square_is_the_middle() -> None:
    made = squares(saved(gradient((900, 300))), (96, 288))
    assert {side: opened(content).size for side, content in made.files.items()} == {96: (96, 96), 288: (288, 288)}
    assert near(opened(made.files[288]).getpixel((144, 144)), (128, 128, 40))


def test_a_square_is_not_larger_than_the_picture() -> None:
    made = squares(saved(gradient((120, 60)), "PNG"), (96, 288))
    assert {side: opened(content).size for side, content in made.files.items()} == {96: (60, 60), 288: (60, 60)}


def test_a_large_photo_is_decoded_at_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    in_colours = imaging._in_whole_colours

    def note(image: Image.Image) -> Image.Image:
        seen.append(image.size)
        return in_colours(image)

    monkeypatch.setattr(imaging, "_in_whole_colours", note)
    scaled(photo((6_400, 4_800), orientation=6), WIDTHS)
    assert seen == [(3_200, 2_400)]


def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_refused_before_it_takes_a_worker_for_hours() -> None:
    with pytest.raises(Unusable, match=Fault.UNREADABLE):
        look(scanned_over(1_000))
    assert look(scanned_over(20)) == (400, 300)


def test_what_stands_behind_a_jpeg_is_not_taken_for_scans() -> None:
    film = b"\xff\xda\x00\x08" * 1_000
    assert look(photo() + film) == (1_200, 900)


def test_a_png_is_not_decoded_to_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(gradient((300, 200)), "PNG")
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _image: pytest.fail("It was decoded."))
    assert look(data) == (300, 200)


def test_a_png_that_says_behind_its_pixels_how_it_was_held_stands_upright() -> None:
    data = saved(gradient((300, 200)), "PNG")
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    at = len(data) - 12  # before the chunk that ends it
    made = scaled(data[:at] + chunk(b"eXIf", exif) + data[at:], WIDTHS)
    assert opened(made.files[1_600]).size == (made.width, made.height) == (200, 300)


# --- Files that lack their end ---


@pytest.mark.parametrize("missing", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}, {"quality": 95, "subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_without_its_last_bytes_is_shown_whole(missing: int, options: dict[str, Any], mode: str) -> None:
    data = saved(gradient((401, 303), mode), **options)
    whole, cut = (opened(scaled(each, WIDTHS).files[1_600]).convert("RGB") for each in (data, data[:-missing]))
    assert cut.size == (401, 303)
    for place in ((2, 2), (200, 150), (398, 280), (5, 300)):
        assert cut.getpixel(place) == whole.getpixel(place)
    assert squares(data[:-missing], (96,)).files


def test_nor_does_colour_that_is_smoothed_over_the_edge_of_the_last_block_make_it_lack_pixels() -> None:
    colours = Image.new("RGB", (640, 480))
    colours.putdata([(x * 255 // 640, y * 255 // 480, x * y % 255) for y in range(480) for x in range(640)])
    assert scaled(saved(colours, optimize=True)[:-3], WIDTHS).files


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.95])
@pytest.mark.parametrize("size", [(401, 303), (3_300, 2_000)])
def test_a_jpeg_that_lacks_pixels_is_refused(options: dict[str, Any], share: float, size: tuple[int, int]) -> None:
    data = saved(gradient(size), **options)
    for make in (scaled, squares):
        with pytest.raises(Unusable, match=Fault.UNREADABLE):
            make(data[: int(len(data) * share)], WIDTHS)


# --- Greys and gammas ---

MIDDLE = (188, 188, 188)


@pytest.mark.parametrize(
    "data",
    [
        saved(Image.new("L", (60, 40), 128), "PNG", icc_profile=grey_profile()),
        saved(Image.new("LA", (60, 40), (128, 255)), "PNG", icc_profile=grey_profile()),
        saved(Image.new("L", (60, 40), 128).convert("P"), "PNG", icc_profile=grey_profile()),
        saved(Image.new("L", (60, 40), 128), "JPEG", icc_profile=grey_profile()),
        png((60, 40), 8, 0, b"\x80" * 2_400, chunk(b"gAMA", struct.pack(">I", 100_000))),
        png((60, 40), 8, 2, b"\x80" * 7_200, chunk(b"gAMA", struct.pack(">I", 100_000))),
        png((60, 40), 8, 6, b"\x80\x80\x80\xff" * 2_400, chunk(b"gAMA", struct.pack(">I", 99_000))),
    ],
    ids=["grey", "grey+alpha", "palette", "JPEG", "gamma, grey", "gamma", "gamma, alpha"],
)
def test_a_profile_of_grey_and_a_gamma_count_whatever_the_pixels_are(data: bytes) -> None:
    """Linear light: the middle value is brighter than that of sRGB."""
    assert near(opened(scaled(data, WIDTHS).files[1_600]).convert("RGB").getpixel((30, 20)), MIDDLE)


def test_transparency_outlives_a_profile_of_grey() -> None:
    data = saved(Image.new("LA", (60, 40), (128, 0)), "PNG", icc_profile=grey_profile())
    assert opened(scaled(data, WIDTHS).files[1_600]).getpixel((30, 20))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(b"gAMA", struct.pack(">I", 45_455))],
        [chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000))],
        [chunk(b"gAMA", struct.pack(">I", 0))],
        [],
    ],
    ids=["of sRGB", "beside sRGB", "none at all", "no chunk"],
)
def test_a_gamma_that_says_nothing_else_changes_nothing(chunks: list[bytes]) -> None:
    data = png((60, 40), 8, 2, b"\x80" * 7_200, *chunks)
    assert near(opened(scaled(data, WIDTHS).files[1_600]).getpixel((30, 20)), (128, 128, 128))


def test_one_grey_of_16_bits_that_is_transparent_stays_so() -> None:
    rows = struct.pack(">30H", *([4_242] * 30)) + struct.pack(">30H", *([65_000] * 30))
    data = png((30, 40), 16, 0, rows * 20, chunk(b"tRNS", struct.pack(">H", 4_242)))
    made = opened(squares(data, (288,)).files[288])
    assert made.mode == "RGBA"
    assert {alpha for _count, alpha in made.getchannel("A").getcolors() or []} == {0, 255}
