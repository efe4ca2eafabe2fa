"""The relay between peers that do whatever they like: random sends, half reads, half closes and resets, on both sides.

Whatever happens, what arrives is the beginning of what was sent, every connection gets one final verdict, and all
descriptors are given back. TWSTAP_E2E_SEED repeats a run, TWSTAP_E2E_CHAOS says how many connections it has.
"""

import os
import random
import socket
import struct
import time

from harness import PATIENCE, E2E, Closed, connect, fields, frame, main, start_api, wait_for

CONNECTIONS = int(os.environ.get("TWSTAP_E2E_CHAOS", 600))
AT_ONCE = 12
NOISE = random.Random(7).randbytes(1 << 20)
TICKS = frame(fields(1, 6, 9001, 1, 184.25, 3, 0)) * 40000
TALK = {
    "client": (start_api(176, 7), frame(fields(49, 1)), frame(fields(24, 1))),
    "gateway": (frame(fields(176, "20251124 10:00:00 EST")), frame(fields(15, 1, "DU1234567")), frame(fields(9, 1, 1)), TICKS),
}


def tag(number):
    """A hello by which the gateway's end knows whose it is."""
    return b"API\0" + frame(b"v100..176 #%06d" % number)


class Side:
    def __init__(self, who, sock, rng, sent=b"", got=b""):
        self.who, self.sock, self.rng = who, sock, rng
        self.sock.setblocking(False)
        self.talk = list(TALK[who])
        self.sent, self.got = bytearray(sent), bytearray(got)
        self.closed = self.shut = False

    def speak(self):
        at = self.rng.randrange(len(NOISE))
        noise = NOISE[at : at + self.rng.choice((1, 100, 70000))]
        data = self.talk.pop(0) if self.talk and self.rng.random() < 0.7 else noise
        self.sent += data[: self.sock.send(data)]

    def read(self):
        self.got += self.sock.recv(self.rng.choice((1, 500, 65536, 1 << 20)))

    def half_close(self):
        self.shut = True
        self.sock.shutdown(socket.SHUT_WR)

    def close(self, reset):
        if self.closed:
            return
        self.closed = True
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def act(self):
        what = self.rng.random()
        try:
            if self.closed:
                return
            if what < 0.45:
                if not self.shut:
                    self.speak()
            elif what < 0.90:
                self.read()
            elif what < 0.93:
                self.half_close()
            elif what < 0.96:
                self.close(what < 0.95)
        except BlockingIOError:
            pass
        except OSError:
            self.close(False)


class Pair:
    """A client and, once the relay has dialled for it, its gateway's end."""

    def __init__(self, addr, number, rng):
        client = connect(addr, receive_buffer=4096 if rng.random() < 0.5 else None)  # small: bytes wait in the relay
        client.send(tag(number))
        self.sides = [Side("client", client.sock, rng, sent=tag(number))]

    def over(self):
        return all(side.closed for side in self.sides)


class Chaos(E2E):
    def accept(self, gateway, pairs, rng):
        while gateway.dialled():
            peer = gateway.accept()
            try:
                said = peer.recv(len(tag(0)))
            except Closed:  # its client was reset first
                peer.close()
                continue
            pairs[int(said[-6:])].sides.append(Side("gateway", peer.sock, rng, got=said + peer.have))

    def wild(self, *options):
        seed = int(os.environ.get("TWSTAP_E2E_SEED", random.SystemRandom().randrange(1 << 32)))
        rng = random.Random(seed)
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--handshake-timeout", "50ms", "--request-timeout", "50ms", "--linger", "300ms", *options)
        before = proxy.descriptors()
        pairs, open_pairs = [], []
        deadline = time.monotonic() + 10 * PATIENCE
        while len(pairs) < CONNECTIONS or open_pairs:
            self.assertLess(time.monotonic(), deadline, "seed %d" % seed)
            while len(pairs) < CONNECTIONS and len(open_pairs) < AT_ONCE:
                pairs.append(Pair(proxy.addr, len(pairs), rng))
                open_pairs.append(pairs[-1])
            self.accept(gateway, pairs, rng)
            for _ in range(100):
                rng.choice(rng.choice(open_pairs).sides).act()
            for pair in [p for p in open_pairs if p.over() or rng.random() < 0.02]:
                for side in pair.sides:
                    side.close(rng.random() < 0.5)
                open_pairs.remove(pair)
            self.assertIsNone(proxy.process.poll(), "seed %d\n%s" % (seed, proxy.text()[-4000:]))

        def all_over():
            """Who was dialled late, or holds bytes that nobody reads, ends too."""
            self.accept(gateway, pairs, rng)
            for pair in pairs:
                for side in pair.sides:
                    side.close(True)
            return len(proxy.events("verdict", final=True)) == CONNECTIONS

        wait_for(all_over, "a verdict of each; seed %d" % seed, 60)
        for pair in pairs:
            if len(pair.sides) == 2:
                for one, other in (pair.sides, pair.sides[::-1]):
                    self.assertTrue(one.sent.startswith(other.got), "%s got what was not said; seed %d" % (other.who, seed))
        wait_for(lambda: proxy.descriptors() <= before, "all descriptors given back; seed %d" % seed)
        self.assertIn(proxy.stop(), (0, 1), "seed %d" % seed)

    def test_as_it_is(self):
        self.wild()

    def test_with_little_room(self):
        self.wild("--buffer", "4K")

    def test_dialling_at_once_and_recording(self):
        self.wild("--dial", "eager", "--record", os.path.join(self.dir, "chaos.pcapng"), "--hex")

    def test_recording_only_trouble(self):
        self.wild("--record", os.path.join(self.dir, "ring.pcapng"), "--ring", "128K")


if __name__ == "__main__":
    main()
