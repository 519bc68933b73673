"""A ZIP that is made in parts: one after another they are the archive, and none is needed to make the next.

`zipfile` writes headers and the directory. It cannot go on with a file that another process began, so that is here: a
part leaves such a file at a whole byte (Z_FULL_FLUSH of DEFLATE, RFC 1951), and what the directory says of it, checksum
and sizes, is carried over as an `Entry`.
"""

import io
import struct
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# What follows a file whose size its header does not say: APPNOTE 4.3.9, with sizes of 64 bits.
_DESCRIPTOR = struct.Struct("<4sLQQ")
_SIGNATURE = b"PK\x07\x08"
_SIZES_FOLLOW = 0x08


@dataclass(frozen=True)
class Entry:
    """A file in an archive: where it begins and, so far, its checksum and its sizes before and after compression."""

    name: str
    begins_at: int
    is_packed: bool = True
    checksum: int = 0
    size: int = 0
    packed_size: int = 0

    def info(self, at: datetime) -> ZipInfo:
        """Return the entry in `zipfile`'s form."""
        info = ZipInfo(self.name, at.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED if self.is_packed else ZIP_STORED
        info.flag_bits = _SIZES_FOLLOW if self.is_packed else 0
        info.external_attr = 0o644 << 16
        info.CRC, info.file_size, info.compress_size = self.checksum, self.size, self.packed_size
        info.header_offset = self.begins_at
        return info


class Part:
    """The next bytes of an archive: whole files, and one at each end that other parts may begin or end.

    `begins_at` is the length of the parts before it, `under_way` the file with which the last of them ended.
    """

    def __init__(self, begins_at: int, at: datetime, under_way: Entry | None = None) -> None:
        self.begins_at, self.at, self.under_way = begins_at, at, under_way
        self.entries: list[Entry] = []
        self._bytes = io.BytesIO()
        self._packer = _packer()

    @property
    def size(self) -> int:
        return self._bytes.tell()

    @property
    def ends_at(self) -> int:
        return self.begins_at + self.size

    def begin(self, name: str) -> None:
        """Begin a file, which is compressed."""
        self.under_way = Entry(name, self.ends_at)
        self._packer = _packer()
        self._bytes.write(self.under_way.info(self.at).FileHeader(zip64=True))

    def write(self, data: bytes) -> None:
        """Add to the file that was begun."""
        entry = self._begun
        self.under_way = replace(entry, checksum=zlib.crc32(data, entry.checksum), size=entry.size + len(data))
        self._pack(self._packer.compress(data))

    def end(self) -> None:
        """End the file that was begun."""
        self._pack(self._packer.flush())
        entry = self._begun
        self._bytes.write(_DESCRIPTOR.pack(_SIGNATURE, entry.checksum, entry.packed_size, entry.size))
        self.entries.append(entry)
        self.under_way = None

    def add(self, name: str, data: bytes) -> None:
        """Add a whole file as it is, for what does not become smaller, such as pictures."""
        entry = Entry(name, self.ends_at, False, zlib.crc32(data), len(data), len(data))
        self._bytes.write(entry.info(self.at).FileHeader() + data)
        self.entries.append(entry)

    def close(self) -> None:
        """Let another part go on with the file that was begun."""
        if self.under_way:
            self._pack(self._packer.flush(zlib.Z_FULL_FLUSH))

    def content(self) -> bytes:
        return self._bytes.getvalue()

    @property
    def _begun(self) -> Entry:
        if self.under_way is None:
            raise ValueError("No file was begun.")
        return self.under_way

    def _pack(self, packed: bytes) -> None:
        self._bytes.write(packed)
        self.under_way = replace(self._begun, packed_size=self._begun.packed_size + len(packed))


def directory(entries: list[Entry], begins_at: int, at: datetime) -> bytes:
    """The end of an archive, which lists its files."""
    end = _Appended(begins_at)
    with ZipFile(end, "w") as archive:
        archive.filelist.extend(entry.info(at) for entry in entries)
    return end.content.getvalue()


class _Appended(io.RawIOBase):
    """A file that begins somewhere in another one: `zipfile` writes to it, and is never asked to go back."""

    def __init__(self, begins_at: int) -> None:
        self.begins_at, self.content = begins_at, io.BytesIO()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.begins_at + self.content.tell()

    def seek(self, *_where: Any) -> int:
        raise OSError("This cannot go back.")

    def write(self, data: Any) -> int:
        return self.content.write(data)


def _packer() -> Any:
    """A compressor without a header, as ZIP wants it."""
    return zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
