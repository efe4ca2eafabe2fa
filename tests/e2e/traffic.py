"""Sessions that nobody recorded: bytes of both sides in TCP segments, as long as a test wants.

Everything in them is made up; the same seed gives the same session."""

import random
import struct

import mutate
from harness import fields, frame, hello, start_api

CLIENT = (bytes([192, 0, 2, 10]), 49200)
GATEWAY = (bytes([192, 0, 2, 20]), 4002)
BEGAN = 1_770_000_000 * 10**9
MSS = 1448


class Conversation:
    """A TCP connection without loss, segment by segment."""

    def __init__(self, step_ns=200_000, client=CLIENT, gateway=GATEWAY):
        self.segments = []
        self.step_ns, self.ns = step_ns, BEGAN
        self.ends = (client, gateway)
        self.next = [1_000_000, 2_000_000]
        self.ip_id = 0

    def _put(self, side, flags, payload=b"", options=b""):
        self.ns += self.step_ns
        self.ip_id = self.ip_id % 65535 + 1
        self.segments.append(
            mutate.Segment(
                self.ns, self.ends[side], self.ends[not side], self.next[side],
                self.next[not side] if flags & mutate.ACK else 0, flags, 65535, options, payload, self.ip_id,
            )
        )
        self.next[side] += len(payload) + bool(flags & (mutate.SYN | mutate.FIN))

    def open(self):
        options = b"\x02\x04\x05\xb4\x01\x03\x03\x07"
        self._put(0, mutate.SYN, options=options)
        self._put(1, mutate.SYN | mutate.ACK, options=options)
        self._put(0, mutate.ACK)

    def say(self, side, *frames, together=False):
        """A segment a frame, or frames together in full segments; acknowledged every second one."""
        pieces = [b"".join(frames)] if together else list(frames)
        for piece in pieces:
            for at in range(0, len(piece), MSS):
                self._put(side, mutate.PSH | mutate.ACK, piece[at : at + MSS])
                if self.ip_id % 2:
                    self._put(1 - side, mutate.ACK)

    def close(self, first=0):
        self._put(first, mutate.FIN | mutate.ACK)
        self._put(1 - first, mutate.ACK)
        self._put(1 - first, mutate.FIN | mutate.ACK)
        self._put(first, mutate.ACK)


# ---------------------------------------------------------------------------------------------
# What a Gateway says, as text (176) and as protobuf (226)


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def proto(number, *pairs):
    """Base id and (field, value) pairs: int, float, str, or bytes of a message."""
    out = struct.pack(">I", number + 200)
    for tag, value in pairs:
        if isinstance(value, int):
            out += varint(tag << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(tag << 3 | 1) + struct.pack("<d", value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(tag << 3 | 2) + varint(len(value)) + value
    return frame(out)


def text(*values):
    return frame(fields(*values))


class Text:
    version = 176

    @staticmethod
    def welcome():
        return [text(15, 1, "DU0000001"), text(9, 1, 1), text(4, 2, -1, 2104, "Market data farm connection is OK:usfarm", "")]

    @staticmethod
    def ask(request):
        return text(1, 11, request, 0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0, "", 0, 0, "")

    @staticmethod
    def cancel(request):
        return text(2, 2, request)

    @staticmethod
    def tick(rng, request):
        price = "%.2f" % rng.uniform(90, 110)
        size = rng.randint(0, 900)
        return rng.choice(
            (
                lambda: text(1, 6, request, rng.choice((1, 2, 4)), price, size, 0),
                lambda: text(2, 6, request, rng.choice((0, 3, 5, 8)), size),
                lambda: text(46, 6, request, 45, 1770000000 + size),
                lambda: text(17, request, "20260101 00:00:00", "20260102 00:00:00", 3,
                             *(("20260101", price, price, price, price, size, price, 7) * 3)),
                lambda: text(4, 2, -1, 2106, "HMDS data farm connection is OK:ushmds" + "." * rng.randint(0, 90), ""),
            )
        )()


class Protobuf:
    version = 226

    @staticmethod
    def welcome():
        return [proto(15, (1, "DU0000001")), proto(9, (1, 1)),
                proto(4, (1, U64_MINUS_1), (2, 1_770_000_000_000), (3, 2104), (4, "Market data farm connection is OK:usfarm"))]

    @staticmethod
    def ask(request):
        contract = proto(0, (2, "AAPL"), (3, "STK"), (8, "SMART"), (10, "USD"))[8:]
        return proto(1, (1, request), (2, contract))

    @staticmethod
    def cancel(request):
        return proto(2, (1, request))

    @staticmethod
    def tick(rng, request):
        price, size = round(rng.uniform(90, 110), 2), rng.randint(0, 900)
        return rng.choice(
            (
                lambda: proto(1, (1, request), (2, rng.choice((1, 2, 4))), (3, price), (4, str(size))),
                lambda: proto(2, (1, request), (2, rng.choice((0, 3, 5, 8))), (3, str(size))),
                lambda: proto(46, (1, request), (2, 45), (3, str(1770000000 + size))),
                lambda: proto(4, (1, U64_MINUS_1), (2, 1_770_000_000_000), (3, 2106),
                              (4, "HMDS data farm connection is OK:ushmds" + "." * rng.randint(0, 90))),
            )
        )()


class Mixed:
    """Ids of four bytes; text but for what 203 has as protobuf already: errors."""

    version = 203

    @staticmethod
    def raw(framed):
        number, rest = framed[4:].split(b"\0", 1)
        return frame(struct.pack(">I", int(number)) + rest)

    @classmethod
    def welcome(cls):
        return [cls.raw(text(15, 1, "DU0000001")), cls.raw(text(9, 1, 1)), Protobuf.welcome()[2]]

    @classmethod
    def ask(cls, request):
        return cls.raw(Text.ask(request))

    @classmethod
    def cancel(cls, request):
        return cls.raw(Text.cancel(request))

    @classmethod
    def tick(cls, rng, request):
        framed = Text.tick(rng, request)
        return cls.raw(framed) if not framed[4:].startswith(b"4\0") else Protobuf.welcome()[2]


U64_MINUS_1 = (1 << 64) - 1
FORMS = {"text": Text, "mixed": Mixed, "protobuf": Protobuf}


def session(form, ticks, seed=1, requests=3, together=0.3):
    """A healthy session: handshake, some subscriptions, so many ticks, cancels, the end."""
    how, rng = FORMS[form], random.Random(seed)
    talk = Conversation()
    talk.open()
    talk.say(0, hello(100, how.version))
    talk.say(1, text(how.version, "20260102 10:00:00 UTC"))
    talk.say(0, start_api(how.version, 7))
    talk.say(1, *how.welcome())
    talk.say(0, *(how.ask(1000 + i) for i in range(requests)), together=True)
    left = ticks
    while left > 0:
        n = min(left, rng.randint(1, 12))
        bunch = [how.tick(rng, 1000 + rng.randrange(requests)) for _ in range(n)]
        talk.say(1, *bunch, together=rng.random() < together)
        left -= n
    talk.say(0, *(how.cancel(1000 + i) for i in range(requests)))
    talk.close()
    return talk.segments


def silent(form):
    """The Gateway acknowledges startApi and says no more; the client leaves after 20 s."""
    how, talk = FORMS[form], Conversation()
    talk.open()
    talk.say(0, hello(100, how.version))
    talk.say(1, text(how.version, "20260102 10:00:00 UTC"))
    talk.say(0, start_api(how.version, 7))
    talk.say(1, how.welcome()[0])
    talk.ns += 20 * 10**9
    talk.close()
    return talk.segments


# ---------------------------------------------------------------------------------------------
# What is to be found again


class Truth:
    """A connection's streams and frames, by sender: 0 the client, 1 the gateway."""

    def __init__(self, segments):
        self.client = segments[0].src
        self.base, self.stream = [None, None], [b"", b""]
        for s in segments:
            side = self.side(s)
            if self.base[side] is None:
                self.base[side] = s.first
            at = self.offset(s)
            self.stream[side] = self.stream[side][:at] + s.payload + self.stream[side][at + len(s.payload) :]
        self.frames = [list(self._frames(side)) for side in (0, 1)]

    def side(self, s):
        return int(s.src != self.client)

    def offset(self, s):
        at = (s.first - self.base[self.side(s)]) % mutate.U32
        return at - mutate.U32 if at > mutate.U32 // 2 else at

    def _frames(self, side):
        """(start, end, payload) of each."""
        stream, at = self.stream[side], 0
        while at < len(stream):
            start = at
            at += 4 if stream[at : at + 4] == b"API\0" else 0
            end = at + 4 + struct.unpack_from(">I", stream, at)[0]
            yield start, end, stream[at + 4 : end]
            at = end

    def holes(self, side, kept, start=0, known=None):
        """Byte ranges of the stream from `start` on that no kept segment brings, up to the last byte
        that came, that the FIN stands behind or that the other side acknowledged; `known`: segments that at least were seen."""
        there = bytearray(len(self.stream[side]))
        last = start
        for s in kept:
            if self.side(s) == side and s.payload:
                at = self.offset(s)
                there[at : at + len(s.payload)] = b"\1" * len(s.payload)
        for s in known or kept:
            if self.side(s) == side and (s.payload or s.flags & mutate.FIN):
                last = max(last, self.offset(s) + len(s.payload))
            elif self.side(s) != side and s.flags & mutate.ACK and self.base[side] is not None:
                last = max(last, min(len(there), (s.ack - self.base[side]) % mutate.U32))
        at, found = start, []
        while 0 <= (at := there.find(0, at, last)) < last:
            end = there.find(1, at, last)
            end = last if end < 0 else end
            found.append((at, end))
            at = end
        return found, last

    def untouched(self, side, holes, last, start=0):
        """Payloads of the frames that came whole."""
        return [
            payload for a, b, payload in self.frames[side]
            if a >= start and b <= last and all(b <= h[0] or a >= h[1] for h in holes)
        ]
