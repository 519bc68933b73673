"""An archive of parts is a ZIP like any other, wherever it was cut."""

import io
import json
import random
from dataclasses import asdict
from datetime import UTC, datetime
from zipfile import ZIP_STORED, ZipFile

import pytest

from socialapp.takeout.archive import Entry, Part, directory

AT = datetime(2026, 11, 29, 12, 30, 2, tzinfo=UTC)


def in_parts(files: dict[str, bytes], pictures: dict[str, bytes], cut: int) -> bytes:
    """An archive of these, with a new part after each `cut` bytes of a file, each made from what was stored."""
    content, entries, under_way = b"", [], None

    def store(part: Part) -> Part:
        nonlocal content
        part.close()
        content += part.content()
        entries.extend(part.entries)
        stored = json.loads(json.dumps(asdict(part.under_way))) if part.under_way else None
        return Part(len(content), AT, Entry(**stored) if stored else None)

    part = Part(0, AT, under_way)
    for name, data in files.items():
        part.begin(name)
        for start in range(0, len(data), cut):
            part.write(data[start : start + cut])
            part = store(part)
        part.end()
        part = store(part)
    for name, data in pictures.items():
        part.add(name, data)
    store(part)
    return content + directory(entries, len(content), AT)


@pytest.mark.parametrize("cut", [1, 7, 1_000, 65_536, 10**6])
def test_what_is_put_in_comes_out(cut: int) -> None:
    chance = random.Random(cut)  # noqa: S311
    many = json.dumps([chance.randrange(10**9) for _ in range(min(cut * 50, 40_000))]).encode()
    files = {"outbox.json": many, "empty.csv": b"", "größe.txt": b"abc"}
    pictures = {"media_attachments/1.webp": chance.randbytes(5_000), "media_attachments/2.webp": b""}
    with ZipFile(io.BytesIO(in_parts(files, pictures, cut))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files | pictures
        assert archive.getinfo("outbox.json").date_time == (2026, 11, 29, 12, 30, 2)
        assert archive.getinfo("media_attachments/1.webp").compress_type == ZIP_STORED


def test_files_are_read_from_the_front_too(tmp_path: object) -> None:
    """By who reads the local headers, as programs do that unpack while they download."""
    content = in_parts({"a.json": b"x" * 100_000}, {"p.webp": b"picture"}, 30_000)
    assert content.startswith(b"PK\x03\x04")
    assert content.count(b"PK\x07\x08") == 1


def test_an_archive_beyond_4_gb_has_a_directory_that_says_so() -> None:
    entry = Entry("late.webp", 5 * 2**32, False, 1, 3, 3)
    end = directory([entry], 6 * 2**32, AT)
    assert b"PK\x06\x06" in end  # the record of 64 bits
    assert (5 * 2**32).to_bytes(8, "little") in end
