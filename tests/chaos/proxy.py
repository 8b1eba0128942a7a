"""A link between two processes that can be cut, slowed and silenced: a TCP proxy on loopback."""

import asyncio
import contextlib
from dataclasses import dataclass, field

CHUNK = 1 << 16
ENDED_WITHIN = 5.0


@dataclass(slots=True)
class Link:
    """Forwards connections from `port` to `target`; `delay` in seconds."""

    port: int
    target: int
    delay: float = 0.0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _joining: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        self._heard.set()
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Reset all connections and stop listening."""
        if self._server is not None:
            self._server.close()
        self.silence(silent=False)
        self.cut()
        # Each ends without help now; asyncio would report a cancelled one as an error.
        if self._joining:
            await asyncio.wait(self._joining, timeout=ENDED_WITHIN)

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def silence(self, *, silent: bool) -> None:
        """Stop or resume forwarding without closing connections."""
        if silent:
            self._heard.clear()
        else:
            self._heard.set()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._joining.add(task)
        task.add_done_callback(self._joining.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = (writer, far_writer)
        self._open.update(both)
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer)),
            asyncio.create_task(self._pump(far_reader, writer)),
        ]
        try:
            # At the very end, connections that have just been accepted are cancelled with the loop.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in both:
                self._open.discard(end)
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._heard.wait()
                writer.write(chunk)
                await writer.drain()
