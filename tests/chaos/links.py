"""Small TCP proxies between each pair of the system, which can be cut, slow, a black hole, or deaf."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

from tests.product import free_port

Address = tuple[str, int]
HOST = "127.0.0.1"


class Link:
    """A port of loopback that leads to `target`, asked anew for each connection.

    `delay_s` holds each piece up, in both directions. While `holds`, nothing
    passes and nobody is told: a black hole, or a peer that hangs. While `deaf`,
    requests arrive and answers are lost; who was concerned is then cut off.
    """

    def __init__(self, name: str, target: Callable[[], Address]) -> None:
        self.name, self.target = name, target
        self.port = 0
        self.delay_s = 0.0
        self.deaf = False
        self._passes = asyncio.Event()
        self._passes.set()
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on any free port."""
        while self._server is None:
            self.port = free_port()
            with contextlib.suppress(OSError):
                self._server = await asyncio.start_server(self._accept, HOST, self.port)

    def close(self) -> None:
        """For good."""
        if self._server:
            self._server.close()
        self.cut()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._pairs)

    @property
    def holds(self) -> bool:
        return not self._passes.is_set()

    def hold(self) -> None:
        """A black hole from now on."""
        self._passes.clear()

    def heal(self) -> None:
        """As a good line. What was held arrives now; where answers were lost, the connection ends."""
        self.delay_s = 0.0
        if self.deaf:
            self.deaf = False
            self.cut()
        self._passes.set()

    def cut(self) -> int:
        """All connections are reset. Returns how many there were."""
        pairs = list(self._pairs)
        for pair in pairs:
            for writer in pair:
                _reset(writer)
        return len(pairs)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._passes.wait()
            there, back = await asyncio.open_connection(*self.target())
        except OSError:
            _reset(writer)
            return
        pair = (writer, back)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pump(reader, back, answers=False), self._pump(there, writer, answers=True))
        except (OSError, asyncio.CancelledError):
            for each in pair:
                _reset(each)
        finally:
            self._pairs.discard(pair)
            for each in pair:
                each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65_536):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self._passes.wait()
            if self.deaf and answers:
                continue
            writer.write(data)
            await writer.drain()
        await self._passes.wait()
        if writer.can_write_eof():
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    """With a RST, as a router or a dying peer does."""
    with contextlib.suppress(OSError):
        found = writer.get_extra_info("socket")
        if found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
