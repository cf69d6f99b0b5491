"""A TCP proxy that breaks what goes through it: connections are cut, reset, slowed, chopped, or go
silent. PostgresProxy also knows where a transaction ends, so that it can lose the answer of a COMMIT.

A proxy runs on a thread of its own; tests set its faults from theirs.
"""

import asyncio
import collections
import enum
import os
import signal
import socket
import struct
import threading

TO_SERVER, TO_CLIENT = "to server", "to client"
CHUNK_BYTES = 64 * 1024
CHOPPED_BYTES = 400


class Cut(Exception):
    """This connection ends here, both ways."""


def pieces(chunk, count):
    """So many single bytes, then the rest."""
    for at in range(min(count, len(chunk))):
        yield chunk[at : at + 1]
    if len(chunk) > count:
        yield chunk[count:]


class Link:
    """One connection of a client and the one to the server that goes with it."""

    def __init__(self, client, server):
        self.reader = {TO_SERVER: client[0], TO_CLIENT: server[0]}
        self.writer = {TO_SERVER: server[1], TO_CLIENT: client[1]}
        self.silent = False  # half open: bytes go nowhere, and neither end learns of it
        self.healed = asyncio.Event()
        for writer in self.writer.values():
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reset(self, *ways):
        """Ends it with RST, so that what is under way is lost."""
        for way in ways or (TO_SERVER, TO_CLIENT):
            transport = self.writer[way].transport
            end = transport.get_extra_info("socket")
            if end is not None and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


class FaultProxy:
    """Passes bytes on between its port and the server's, until told otherwise."""

    def __init__(self, port):
        self.server_port = port
        self.delay_seconds = 0  # before each chunk
        self.chopped = False  # the first bytes of a chunk are a segment each
        self.accepted = 0  # connections so far
        self.cuts = 0  # how many connections were cut at a byte
        self._cut_after = {}  # way: bytes that still pass
        self._silent = False
        self._links = set()
        self._tasks = set()
        self._loop = asyncio.new_event_loop()
        # Before the thread begins, so that who makes the proxy gets the error.
        self._listener = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0)
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, function):
        """Runs it on the proxy's thread, which owns the connections."""

        async def call():
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(30)

    # The faults

    def cut_after(self, way, count):
        """So many bytes pass in one direction, then the connection that sent them is reset."""
        self._cut_after[way] = count

    def reset_all(self):
        self._call(lambda: [link.reset() for link in self._links])

    def go_silent(self):
        """Bytes vanish and nothing is closed, on old connections and new ones."""

        def silence():
            self._silent = True
            for link in self._links:
                link.silent = True

        self._call(silence)

    def heal(self):
        """The network is back: new connections work, and the old ones turn out to be gone."""

        def undo():
            self.delay_seconds, self.chopped, self._silent = 0, False, False
            self._cut_after.clear()
            for link in self._links:
                if link.silent:
                    link.reset()
                    link.healed.set()

        self._call(undo)

    def connections(self):
        return len(self._links)

    def close(self):
        async def end():
            self._listener.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # What goes on

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            server = await asyncio.open_connection("127.0.0.1", self.server_port)
        except OSError:
            writer.transport.abort()
            self._tasks.discard(task)
            return
        self.accepted += 1
        link = Link((reader, writer), server)
        link.silent = self._silent
        self._links.add(link)
        pumps = [asyncio.ensure_future(self._pump(link, way)) for way in (TO_SERVER, TO_CLIENT)]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if link.silent:
                await link.healed.wait()
        except asyncio.CancelledError:
            pass  # the proxy closes
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in link.writer.values():
                end.close()
            self._links.discard(link)
            self._tasks.discard(task)

    async def _pump(self, link, way):
        try:
            while chunk := await link.reader[way].read(CHUNK_BYTES):
                await self._pass_on(link, way, chunk)
        except (OSError, Cut):
            link.reset()

    async def _pass_on(self, link, way, chunk):
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        if link.silent:
            await link.healed.wait()
            raise Cut
        left = self._cut_after.pop(way, None)
        ends = left is not None and left <= len(chunk)
        if ends:
            chunk = chunk[:left]
        elif left is not None:
            self._cut_after[way] = left - len(chunk)
        writer = link.writer[way]
        for piece in pieces(chunk, CHOPPED_BYTES if self.chopped else 0):
            writer.write(piece)
            await writer.drain()
        if ends:
            self.cuts += 1
            raise Cut


class Loss(enum.Enum):
    """How the outcome of a transaction becomes unknown."""

    SYNC = "the Sync never comes to the server: rolled back"
    REPLY = "the server commits, and its answer is lost"
    FROZEN = "as REPLY, and the backend stands still before it commits"


class Request:
    """What the server answers with one ReadyForQuery."""

    def __init__(self, loss=None):
        self.loss = loss
        self.executes = 0  # statements whose answer is still to come
        self.failed = False
        self.executed = asyncio.Event()


def messages(buffer, begins):
    """Cuts whole messages of the protocol, version 3, from the buffer; the first has no type byte."""
    while len(buffer) >= 5:
        at = 0 if begins() else 1
        size = at + int.from_bytes(buffer[at : at + 4], "big")
        if len(buffer) < size:
            return
        yield bytes(buffer[:size])
        del buffer[:size]


class PostgresProxy(FaultProxy):
    """Loses the outcome of transactions that store a batch: one for each entry of `losses`."""

    BATCH = (b"sluice_ledger", b"sluice_careful")  # the prepared statements that begin one
    FLUSH = b"H\x00\x00\x00\x04"
    STARTUP_VERSION = 3 << 16

    def __init__(self, port):
        self.losses = collections.deque()  # of Loss and, if frozen, for how many seconds
        self.lost = collections.Counter()  # Loss: how many are over
        self.refused = 0  # of those: the server rolled back for a reason of its own
        super().__init__(port)

    def committed(self):
        """Transactions that the server committed, and whose answer is lost."""
        return self.lost[Loss.REPLY] + self.lost[Loss.FROZEN] - self.refused

    async def _pump(self, link, way):
        try:
            await (self._read_client(link) if way == TO_SERVER else self._read_server(link))
        except (OSError, Cut):
            link.reset()

    async def _chunks(self, link, way, begins=lambda: False):
        buffer = bytearray()
        while chunk := await link.reader[way].read(CHUNK_BYTES):
            buffer += chunk
            for message in messages(buffer, begins):
                yield message

    async def _read_client(self, link):
        link.requests = collections.deque([Request()])  # the answer to the start-up
        started, next_request, stores = False, Request(), False
        async for message in self._chunks(link, TO_SERVER, lambda: not started):
            kind = message[:1]
            if not started:
                started = int.from_bytes(message[4:8], "big") == self.STARTUP_VERSION
            elif kind == b"B":
                stores = stores or message[5:].split(b"\0", 2)[1] in self.BATCH
            elif kind == b"E":
                next_request.executes += 1
            elif kind == b"Q":
                link.requests.append(Request())
            elif kind == b"S":
                seconds = 0
                if stores and self.losses:
                    next_request.loss, seconds = self.losses.popleft()
                link.requests.append(next_request)
                if next_request.loss:
                    return await self._lose(link, next_request, seconds, message)
                next_request, stores = Request(), False
            await self._pass_on(link, TO_SERVER, message)

    async def _lose(self, link, request, seconds, sync):
        """Nothing of what the client sends behind this Sync reaches the server."""
        if request.loss is Loss.SYNC:
            self.lost[request.loss] += 1
            raise Cut
        if request.loss is Loss.FROZEN:
            await self._pass_on(link, TO_SERVER, self.FLUSH)  # or the answers wait for the Sync
            await request.executed.wait()
            os.kill(link.backend, signal.SIGSTOP)
            try:
                await self._pass_on(link, TO_SERVER, sync)
                link.reset(TO_CLIENT)
                await asyncio.sleep(seconds)
            finally:
                os.kill(link.backend, signal.SIGCONT)
        else:
            await self._pass_on(link, TO_SERVER, sync)
        await asyncio.Event().wait()  # until the other pump has read the answer

    async def _read_server(self, link):
        async for message in self._chunks(link, TO_CLIENT):
            kind = message[:1]
            if kind == b"K":
                link.backend = int.from_bytes(message[5:9], "big")
            request = link.requests[0]
            if request.loss:
                self._note(request, kind)
                continue
            if kind == b"Z":
                link.requests.popleft()
            await self._pass_on(link, TO_CLIENT, message)

    def _note(self, request, kind):
        """Takes in the answer that the client must not see."""
        if kind in (b"C", b"E"):
            request.executes -= 1
            request.failed = request.failed or kind == b"E"
            if request.executes == 0 or request.failed:
                request.executed.set()
        elif kind == b"Z":
            self.refused += request.failed  # first, as whoever waits for `lost` reads both
            self.lost[request.loss] += 1
            raise Cut
