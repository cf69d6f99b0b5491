"""Clients that no server should have to know: silent, slow, deaf, greedy, rude. Run as a program it
keeps COUNT of them at an address until its input ends, and each comes back when it was cut off.

    abusers.py HOST:PORT COUNT
"""

import errno
import os
import random
import resource
import select
import socket
import sys
import time

DRIP_SECONDS = 1
SOURCES = 60  # addresses of this machine to come from: one has too few ports
HEAD = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
GREETINGS = {
    "silent": b"",
    "slow": HEAD + b"X-Slow: ",
    "long": HEAD + b"X-Long: " + b"x" * 65_536,
    "rubbish": random.Random(1).randbytes(2_000) + b"\r\n\r\n",
    "laden": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 10_000,
    "deaf": b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n",  # never reads
    "greedy": (HEAD + b"\r\n") * 100,  # never reads, and never stops asking
    "eager": (HEAD + b"\r\n"),  # asks anew as soon as it is answered
}
NEVER_READ = ("deaf", "greedy")
ENDED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


class Client:
    def __init__(self, kind, source):
        self.kind = kind
        self.source = source
        self.socket = None
        self.unsent = b""


class Crowd:
    def __init__(self, address, count):
        self.address = address
        self.poll = select.epoll()
        self.by_descriptor = {}
        self.waiting = []  # to connect: the kernel had no port or descriptor for them
        kinds = list(GREETINGS)
        for i in range(count):
            self.connect(Client(kinds[i % len(kinds)], f"127.0.1.{1 + i % SOURCES}"))

    def connect(self, client):
        try:
            client.socket = socket.socket()
            client.socket.setblocking(False)
            client.socket.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            client.socket.bind((client.source, 0))
            status = client.socket.connect_ex(self.address)
            if status not in (0, errno.EINPROGRESS):
                raise OSError(status, "connect")
        except OSError:
            client.socket.close()
            self.waiting.append(client)
            return
        client.unsent = GREETINGS[client.kind]
        self.by_descriptor[client.socket.fileno()] = client
        self.poll.register(client.socket, select.EPOLLOUT | ENDED)

    def again(self, client):
        descriptor = client.socket.fileno()
        self.poll.unregister(descriptor)
        del self.by_descriptor[descriptor]
        client.socket.close()
        self.waiting.append(client)

    def send(self, client):
        if client.kind == "greedy" and not client.unsent:
            client.unsent = GREETINGS["greedy"]
        if client.unsent:
            client.unsent = client.unsent[client.socket.send(client.unsent) :]
        wanted = 0 if client.kind in NEVER_READ else select.EPOLLIN
        if client.unsent or client.kind == "greedy":
            wanted |= select.EPOLLOUT
        self.poll.modify(client.socket, wanted | ENDED)

    def receive(self, client):
        got = client.socket.recv(1 << 16)
        if not got:
            raise ConnectionError
        if client.kind == "eager" and got.endswith(b"\n"):
            client.unsent = GREETINGS["eager"]
            self.send(client)

    def drip(self):
        for client in list(self.by_descriptor.values()):
            if client.kind == "slow" and not client.unsent:
                try:
                    client.socket.send(b"x")
                except OSError:
                    self.again(client)

    def run(self):
        self.poll.register(0, select.EPOLLIN | ENDED)
        next_drip = time.monotonic() + DRIP_SECONDS
        while True:
            for descriptor, what in self.poll.poll(0.1):
                if descriptor == 0:
                    return
                client = self.by_descriptor[descriptor]
                try:
                    if what & ENDED:
                        raise ConnectionError
                    if what & select.EPOLLOUT:
                        self.send(client)
                    if what & select.EPOLLIN:
                        self.receive(client)
                except BlockingIOError:
                    pass
                except OSError:
                    self.again(client)
            waiting, self.waiting = self.waiting, []
            for client in waiting:
                self.connect(client)
            if time.monotonic() >= next_drip:
                next_drip += DRIP_SECONDS
                self.drip()


def main():
    host, port = sys.argv[1].split(":")
    count = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    os.nice(19)  # it is the server that is tested, not the scheduler
    crowd = Crowd((host, int(port)), count)
    print("all have come", flush=True)
    crowd.run()


if __name__ == "__main__":
    main()
