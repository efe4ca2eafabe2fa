"""Sessions as scripts, and two ways to play them: as the packets of a capture, or live through the relay.

A script speaks of what both sides say and when; it is played by a Film, which writes what a capture would have
seen, with the clock of the script, or by a Live, which does it with real sockets.  What only packets can show
(windows, retransmissions, a SYN without an answer) is for a Film alone.
"""

import ipaddress
import time

import mutate
from harness import Closed
from mutate import ACK, FIN, PSH, RST, SYN

SECOND = 10**9
START = 1_764_000_000 * SECOND + 120 * SECOND  # two minutes past a quarter of an hour, UTC
LOOPBACK, LAN, BRIDGE, AFAR = "127.0.0.1", "192.168.1.20", "172.18.0.3", "203.0.113.7"


class Film:
    """What a capture sees."""

    live = False

    def __init__(self, start=START):
        self.ns = start
        self.segments = []
        self.ports = 50000

    def wait(self, seconds):
        self.ns += round(seconds * SECOND)

    def session(self, gateway=LOOPBACK, client=None, port=4002, opened=True):
        self.ports += 1
        shot = Shot(self, (client or gateway, self.ports), (gateway, port))
        if opened:
            shot.open()
        return shot

    def overdue(self, _shot=None, seconds=12):
        self.wait(seconds)

    def write(self, path):
        return mutate.write(path, self.segments)


class Shot:
    """One connection of a film; each step takes a tenth of a millisecond."""

    def __init__(self, film, client, gateway):
        def end(address):
            return (ipaddress.ip_address(address[0]).packed, address[1])

        self.film, self.ends, self.next = film, {"client": end(client), "gateway": end(gateway)}, {}
        self.next = {"client": 1000 * client[1], "gateway": 7000 * client[1]}
        self.window = {"client": 65535, "gateway": 65535}

    def put(self, who, flags, payload=b"", seq=None, ack=None):
        other = "gateway" if who == "client" else "client"
        self.film.ns += SECOND // 10000
        self.film.segments.append(
            mutate.Segment(
                self.film.ns, self.ends[who], self.ends[other], self.next[who] if seq is None else seq,
                (self.next[other] if ack is None else ack) if flags & ACK else 0, flags, self.window[who],
                payload=payload,
            )
        )
        if seq is None:
            self.next[who] += len(payload) + bool(flags & (SYN | FIN))

    def open(self):
        self.put("client", SYN)
        self.put("gateway", SYN | ACK)
        self.put("client", ACK)

    def refused(self):
        self.put("client", SYN)
        self.put("gateway", RST | ACK)

    def say(self, who, data, acked=True):
        for at in range(0, len(data), 32768):
            self.put(who, PSH | ACK, data[at : at + 32768])
        if acked:
            self.put("gateway" if who == "client" else "client", ACK)

    def c(self, data, acked=True):
        self.say("client", data, acked)

    def g(self, data, acked=True):
        self.say("gateway", data, acked)

    def again(self, who, data):
        """The same bytes once more."""
        self.put(who, PSH | ACK, data, seq=self.next[who] - len(data))

    def fin(self, who):
        self.put(who, FIN | ACK)
        self.put("gateway" if who == "client" else "client", ACK)

    def rst(self, who):
        self.put(who, RST | ACK)

    def leave(self):
        self.fin("client")
        self.fin("gateway")


class Live:
    """The relay between real sockets.  Its thresholds are short, and waits as short as they allow."""

    live = True

    def __init__(self, test, *options):
        self.test = test
        self.listener = test.gateway()
        self.proxy = test.proxy(self.listener, *options)

    @staticmethod
    def wait(seconds):
        time.sleep(min(seconds, 1.1))

    def session(self, gateway=LOOPBACK, client=None, port=4002, opened=True):
        assert (gateway, client, port, opened) == (LOOPBACK, None, 4002, True), "for a film"
        return Take(self)

    def overdue(self, shot=None, seconds=12):
        del shot, seconds
        self.proxy.event("silence")

    def verdicts(self, count):
        self.test.assertTrue(count)
        for conn in range(1, count + 1):
            self.proxy.verdict(conn)


class Take:
    """One connection through the relay."""

    def __init__(self, live):
        self.live = live
        self.client = live.test.connect(live.proxy)
        self.server = None

    def c(self, data):
        self.client.send(data)
        if not self.server:
            self.server = self.live.listener.accept()
            self.live.test.addCleanup(self.server.close)
        self.server.recv(len(data))

    def g(self, data, acked=True):
        self.server.send(data)
        if acked:
            self.client.recv(len(data))

    def fin(self, who):
        (self.client if who == "client" else self.server).sock.shutdown(1)

    def rst(self, who):
        peer = self.client if who == "client" else self.server
        peer.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER, 0 s: a reset
        peer.close()

    def leave(self):
        self.client.close()
        if self.server:
            self.server.rest()  # until the relay has passed the close on
            self.server.close()


__all__ = ["AFAR", "BRIDGE", "Closed", "Film", "LAN", "LOOPBACK", "Live", "SECOND", "START"]
