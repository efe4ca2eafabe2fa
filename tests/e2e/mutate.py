"""Captures and what can happen to them: read a pcap or pcapng, change it, write it.

A capture is a list of segments: TCP over IP, whatever link it came from.  A mutation takes such a
list and gives another one; an encoding gives a segment a link, a writer gives the packets a file.
What is random comes from a random.Random that the caller seeds: the same seed, the same file.

    mutate.py IN OUT [MUTATION=VALUE...] [seed=N] [link=NAME] [format=pcap|pcapng] [order=<|>] [nano=0|1]

makes one by hand; without arguments it lists the mutations.
"""

import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
U32 = 1 << 32
EN10MB, RAW = 1, 101


class Packet:
    """Bytes as a file has them; `wire` is how long they were before a snapshot length cut them."""

    __slots__ = ("ns", "link", "data", "wire")

    def __init__(self, ns, link, data, wire=None):
        self.ns, self.link, self.data, self.wire = ns, link, data, len(data) if wire is None else wire


class Segment:
    """One TCP segment; src and dst are (address bytes, port)."""

    __slots__ = ("ns", "src", "dst", "seq", "ack", "flags", "window", "options", "payload", "ip_id", "bad_sum")

    def __init__(self, ns, src, dst, seq, ack, flags, window=65535, options=b"", payload=b"", ip_id=0):
        self.ns, self.src, self.dst, self.seq, self.ack, self.flags = ns, src, dst, seq % U32, ack % U32, flags
        self.window, self.options, self.payload, self.ip_id, self.bad_sum = window, options, payload, ip_id, False

    def but(self, **changes):
        """A copy with these changes."""
        other = Segment.__new__(Segment)
        for name in Segment.__slots__:
            setattr(other, name, changes.get(name, getattr(self, name)))
        other.seq, other.ack = other.seq % U32, other.ack % U32
        return other

    @property
    def first(self):
        """The sequence number of its first payload byte."""
        return (self.seq + bool(self.flags & SYN)) % U32

    def part(self, start, end, ns=None, ip_id=None):
        """Payload bytes [start, end) as a segment of its own; SYN goes with the first, FIN with the last."""
        flags = self.flags
        if start > 0:
            flags &= ~SYN
        if end < len(self.payload):
            flags &= ~(FIN | PSH)
        return self.but(
            seq=self.seq if start == 0 else self.first + start,
            flags=flags,
            payload=self.payload[start:end],
            ns=self.ns if ns is None else ns,
            ip_id=self.ip_id if ip_id is None else ip_id,
        )


# ---------------------------------------------------------------------------------------------
# Files to packets


def read_pcap(data):
    magic = data[:4]
    order, unit = {
        b"\xa1\xb2\xc3\xd4": (">", 1000),
        b"\xd4\xc3\xb2\xa1": ("<", 1000),
        b"\xa1\xb2\x3c\x4d": (">", 1),
        b"\x4d\x3c\xb2\xa1": ("<", 1),
    }[magic]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, part, captured, wire = struct.unpack_from(order + "IIII", data, at)
        packets.append(Packet(seconds * 10**9 + part * unit, link, data[at + 16 : at + 16 + captured], wire))
        at += 16 + captured
    return packets


def pcapng_options(data, order):
    found, at = {}, 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            break
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return found


def read_pcapng(data):
    """Packets of all sections; interfaces may differ in link type and resolution."""
    packets, links, at, order = [], [], 0, "<"
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, length = struct.unpack_from(order + "II", data, at)
        body = data[at + 8 : at + length - 4]
        if kind == 1:
            resolution = pcapng_options(body[8:], order).get(9, b"\x06")[0]
            links.append((struct.unpack_from(order + "H", body)[0], 10 ** (9 - resolution)))
        elif kind == 6:
            iface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
            link, unit = links[iface]
            packets.append(Packet((high << 32 | low) * unit, link, body[20 : 20 + captured], wire))
        at += length
    return packets


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    return read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)


# ---------------------------------------------------------------------------------------------
# Packets to segments


def ip_of(packet):
    """The IP packet, of the links that tools here write: lo, any, and recordings."""
    if packet.link == EN10MB:
        return packet.data[14:]
    if packet.link == RAW:
        return packet.data
    if packet.link == 113:
        return packet.data[16:]
    if packet.link == 276:
        return packet.data[20:]
    raise ValueError("link type %d is not read here" % packet.link)


def segment_of(packet):
    ip = ip_of(packet)
    if ip[0] >> 4 == 4:
        head, total, ip_id = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0], struct.unpack_from(">H", ip, 4)[0]
        protocol, src, dst = ip[9], ip[12:16], ip[16:20]
    else:
        head, total, ip_id = 40, 40 + struct.unpack_from(">H", ip, 4)[0], 0
        protocol, src, dst = ip[6], ip[8:24], ip[24:40]
    if protocol != 6:
        raise ValueError("not TCP")
    tcp = ip[head : total or None]
    sport, dport, seq, ack, offset, flags, window = struct.unpack_from(">HHIIBBH", tcp)
    start = (offset >> 4) * 4
    return Segment(
        packet.ns, (src, sport), (dst, dport), seq, ack, flags, window, tcp[20:start], tcp[start:], ip_id
    )


def load(path):
    """The segments of a file."""
    return [segment_of(packet) for packet in read(path)]


# ---------------------------------------------------------------------------------------------
# Segments to packets


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_bytes(s):
    options = s.options + b"\0" * (-len(s.options) % 4)
    head = struct.pack(
        ">HHIIBBHHH", s.src[1], s.dst[1], s.seq, s.ack, (20 + len(options)) // 4 << 4, s.flags, s.window, 0, 0
    )
    tcp = head + options + s.payload
    pseudo = s.src[0] + s.dst[0]
    pseudo += struct.pack(">BBH", 0, 6, len(tcp)) if len(s.src[0]) == 4 else struct.pack(">IHBB", len(tcp), 0, 0, 6)
    total = checksum(pseudo + tcp) ^ (0x5555 if s.bad_sum else 0)
    return tcp[:16] + struct.pack(">H", total) + tcp[18:]


def ip4_bytes(s, body, options=b"", offset=0, more=False):
    options += b"\0" * (-len(options) % 4)
    head = 20 + len(options)
    total = head + len(body)
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x40 | head // 4, 0, total if total < 65536 else 0, s.ip_id,
        (0x2000 if more else 0) | offset // 8, 64, 6, 0, s.src[0], s.dst[0],
    )
    ip += options
    return ip[:10] + struct.pack(">H", checksum(ip) ^ (0x5555 if s.bad_sum else 0)) + ip[12:] + body


def ip6_bytes(s, body, extensions=()):
    """extensions: (protocol number, bytes after the next-header field) in order."""
    chain, following = body, 6
    for number, rest in reversed(list(extensions)):
        chain, following = bytes([following]) + rest + chain, number
    return struct.pack(">IHBB16s16s", 0x60000000, len(chain), following, 64, s.src[0], s.dst[0]) + chain


# Hop-by-hop, destination options, an atomic fragment, a routing header with nothing left.
EXTENSIONS = (
    (0, b"\x00\x01\x04\0\0\0\0"),
    (60, b"\x01\x01\x0c" + b"\0" * 12),
    (44, b"\x00\x00\x00\x12\x34\x56\x78"),
    (43, b"\x00\x00\x00\0\0\0\0"),
)
NO_OPERATIONS = b"\x01" * 40  # the most IPv4 options there can be
RECORD_ROUTE = b"\x07\x0b\x04" + b"\0" * 8


def ip_bytes(s, ip_options=b"", extensions=()):
    body = tcp_bytes(s)
    return ip4_bytes(s, body, ip_options) if len(s.src[0]) == 4 else ip6_bytes(s, body, extensions)


MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def ethernet(ip, tags=b""):
    return MAC_A + MAC_B + tags + (b"\x08\x00" if ip[0] >> 4 == 4 else b"\x86\xdd") + ip


def family(ip, order, six):
    return struct.pack(order + "I", 2 if ip[0] >> 4 == 4 else six) + ip


def cooked(ip):
    return struct.pack(">HHH8sH", 0, 772, 6, MAC_A + b"\0\0", 0x0800 if ip[0] >> 4 == 4 else 0x86DD) + ip


def cooked2(ip):
    kind = 0x0800 if ip[0] >> 4 == 4 else 0x86DD
    return struct.pack(">HHIHBB8s", kind, 0, 2, 772, 4, 6, MAC_A + b"\0\0") + ip


# name: LINKTYPE, what is put around an IP packet.
LINKS = {
    "EN10MB": (1, ethernet),
    "VLAN": (1, lambda ip: ethernet(ip, b"\x81\x00\x00\x2a")),
    "QinQ": (1, lambda ip: ethernet(ip, b"\x88\xa8\x00\x07\x81\x00\x00\x2a")),
    "padded": (1, lambda ip: ethernet(ip).ljust(60, b"\xee") + b"\xfc\x5f\xc5\xcf"),  # and its FCS
    "NULL-le": (0, lambda ip: family(ip, "<", 30)),  # macOS
    "NULL-be": (0, lambda ip: family(ip, ">", 28)),  # FreeBSD, byte-swapped
    "NULL-24": (0, lambda ip: family(ip, "<", 24)),  # OpenBSD, NetBSD
    "LOOP": (108, lambda ip: family(ip, ">", 24)),
    "RAW": (101, lambda ip: ip),
    "IPV4": (228, lambda ip: ip),
    "IPV6": (229, lambda ip: ip),
    "SLL": (113, cooked),
    "SLL2": (276, cooked2),
}


def encode(segments, link="RAW", ip_options=b"", extensions=()):
    number, around = LINKS[link]
    return [Packet(s.ns, number, around(ip_bytes(s, ip_options, extensions))) for s in segments]


# ---------------------------------------------------------------------------------------------
# Packets to files


def write_pcap(path, packets, order="<", nano=True, snaplen=262144):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, packets[0].link if packets else RAW)]
    for p in packets:
        part = p.ns % 10**9 // (1 if nano else 1000)
        out.append(struct.pack(order + "IIII", p.ns // 10**9, part, len(p.data), p.wire) + p.data)
    return dump(path, out)


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def write_pcapng(path, packets, order="<", resolution=9):
    """An interface a link type."""
    out = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    links = []
    for p in packets:
        if p.link not in links:
            links.append(p.link)
            options = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
            out.append(block(order, 1, struct.pack(order + "HHI", p.link, 0, 0) + options))
        ticks = p.ns // 10 ** (9 - resolution)
        head = struct.pack(
            order + "IIIII", links.index(p.link), ticks >> 32, ticks & 0xFFFFFFFF, len(p.data), p.wire
        )
        out.append(block(order, 6, head + p.data))
    return dump(path, out)


def dump(path, pieces):
    with open(path, "wb") as file:
        file.write(b"".join(pieces))
    return path


def write(path, segments, link="RAW", **how):
    """The usual way: nanosecond pcap."""
    return write_pcap(path, encode(segments, link), **how)


# ---------------------------------------------------------------------------------------------
# Mutations without loss


def sender(s):
    return (s.src, s.dst)


def split(segments, size, rng=None):
    """No payload longer than `size` bytes; with `rng`, pieces of any length up to it."""
    out = []
    for s in segments:
        at = 0
        while at == 0 or at < len(s.payload):
            end = at + (rng.randint(1, size) if rng else size)
            out.append(s.part(at, min(end, len(s.payload))))
            at = end
    return out


def merge(segments, limit=65000):
    """Segments of one sender that follow each other, with nothing of the other's between, become one."""
    out = []
    for s in segments:
        last = out[-1] if out else None
        if not s.payload and not s.flags & (SYN | FIN | RST):
            continue  # an acknowledgement alone
        if (
            last and last.payload and s.payload and sender(last) == sender(s) and not (last.flags | s.flags) & (SYN | RST)
            and not last.flags & FIN and (last.seq + len(last.payload)) % U32 == s.seq
            and len(last.payload) + len(s.payload) <= limit
        ):
            out[-1] = last.but(payload=last.payload + s.payload, flags=last.flags | s.flags, ack=s.ack)
        else:
            out.append(s)
    return out


def trains(segments):
    """Runs in which one side speaks and the other at most acknowledges, as index ranges; a SYN or
    RST stands alone."""

    def speaks(s):
        return bool(s.payload or s.flags & FIN)

    at = 0
    while at < len(segments):
        end, speaker = at, None
        while end < len(segments) and not segments[end].flags & (SYN | RST):
            if speaks(segments[end]):
                if speaker not in (None, sender(segments[end])):
                    break
                speaker = sender(segments[end])
            end += 1
        end = max(end, at + 1)
        yield at, end
        at = end


def shuffle(segments, window, rng):
    """Each ends up less than `window` places from where it was; the times stay where they are."""
    places = sorted(range(len(segments)), key=lambda i: i + rng.random() * window)
    return [segments[i].but(ns=segments[at].ns) for at, i in enumerate(places)]


def reorder(segments, window, rng):
    """Packets overtake others of their sender; what the two sides say stays in order."""
    out = []
    for start, end in trains(segments):
        out += shuffle(segments[start:end], window, rng)
    return out


def duplicate(segments, share, rng, later=4):
    """A share of the packets comes again, up to `later` packets afterwards."""
    again, out = [], []
    for i, s in enumerate(segments):
        out.append(s)
        if rng.random() < share and not s.flags & RST:
            again.append((i + rng.randint(0, later), s))
        due = [d for d in again if d[0] <= i]
        again = [d for d in again if d[0] > i]
        out += [d.but(ns=s.ns) for _, d in due]
    return out


def retransmit(segments, share, rng, reach=3000):
    """What was sent comes again with other boundaries: behind what is new, or together with it."""
    sent, out = {}, []
    for s in segments:
        if s.flags & SYN:
            sent[sender(s)] = (s.first, b"")
        base, stream = sent.setdefault(sender(s), (s.first, b""))
        at = (s.first - base) % U32
        if at > len(stream) or not s.payload:
            out.append(s)
            continue
        stream = stream[:at] + s.payload
        sent[sender(s)] = (base, stream)
        back = rng.randint(0, min(at, reach))
        if rng.random() < share and back:  # new bytes behind old ones in one segment
            out.append(s.but(seq=s.first - back, payload=stream[at - back :]))
        else:
            out.append(s)
        if rng.random() < share:
            start = rng.randint(max(0, len(stream) - reach), len(stream) - 1)
            end = rng.randint(start + 1, len(stream))
            out.append(s.but(seq=base + start, payload=stream[start:end], flags=s.flags & ~FIN, ip_id=rng.randrange(1, 65536)))
    return out


def renumber(segments, offset):
    """Each direction's first sequence number becomes 2^32 - offset (offset may be negative)."""
    shift, out = {}, []
    for s in segments:
        shift.setdefault(sender(s), (-offset - s.seq) % U32)
    for s in segments:
        other = shift.get((s.dst, s.src), 0)
        out.append(s.but(seq=s.seq + shift[sender(s)], ack=s.ack + other if s.flags & ACK else 0))
    return out


def keepalives(segments, share, rng):
    """Keep-alives of 0 or 1 byte where nothing is under way, answered each."""
    out, following = [], {}
    for s in segments:
        out.append(s)
        following[sender(s)] = (s.first + len(s.payload) + bool(s.flags & FIN)) % U32
        if s.flags & (SYN | FIN | RST) or (s.dst, s.src) not in following or rng.random() >= share:
            continue
        mine, other = following[sender(s)], following[(s.dst, s.src)]
        out.append(s.but(seq=mine - 1, ack=other, flags=ACK, payload=rng.choice((b"", b"\0", b"x"))))
        out.append(s.but(src=s.dst, dst=s.src, seq=other, ack=mine, flags=ACK, payload=b"", options=b""))
    return out


def zero_windows(segments, share, rng, ns=0):
    """The receiver closes its window before some data; the sender probes with the next byte, which
    is refused, then the window opens and all is sent."""
    out, following = [], {}
    for s in segments:
        other = following.get((s.dst, s.src))
        if s.payload and other is not None and not s.flags & (SYN | RST) and rng.random() < share:
            closed = s.but(src=s.dst, dst=s.src, seq=other, ack=s.seq, flags=ACK, payload=b"", options=b"", window=0)
            out += [closed, s.but(seq=s.seq - 1, payload=b"", flags=ACK), closed]
            out += [s.part(0, 1), closed, closed.but(window=65535)]
        out.append(s)
        following[sender(s)] = (s.first + len(s.payload) + bool(s.flags & FIN)) % U32
    return out


def to_ip6(segments):
    """::ffff:a.b.c.d is what the same machines could be called."""

    def six(end):
        return (bytes.fromhex("fd000000000000000000ffff") + end[0], end[1]) if len(end[0]) == 4 else end

    return [s.but(src=six(s.src), dst=six(s.dst)) for s in segments]


def tcp_options(segments):
    """Time stamps in every segment, as most systems send them."""
    return [
        s.but(options=s.options + b"\x01\x01\x08\x0a" + struct.pack(">II", i, i // 2)) if len(s.options) <= 28 else s
        for i, s in enumerate(segments)
    ]


def bad_sums(segments, share, rng):
    out = [s.but() for s in segments]
    for s in out:
        s.bad_sum = rng.random() < share
    return out


def reused_ports(segments, ns=10**9):
    """The same again from the same ports, with other sequence numbers, when all was over."""
    step = segments[-1].ns - segments[0].ns + ns
    again = renumber([s.but(ns=s.ns + step) for s in segments], 0x12345678)
    return segments + again


# ---------------------------------------------------------------------------------------------
# Mutations that lose something


def drop(segments, share, rng, handshake=True):
    """A share of the packets is missing; without `handshake` the SYNs stay."""
    return [s for s in segments if (not handshake and s.flags & SYN) or rng.random() >= share]


def snap(packets, length):
    return [Packet(p.ns, p.link, p.data[:length], p.wire) for p in packets]


def fragmented(segments, share, rng, link="RAW", size=64):
    """Packets, of which a share comes in IP fragments where they are longer than `size`."""
    number, around = LINKS[link]
    out, whole = [], []
    for s in segments:
        body = tcp_bytes(s)
        if len(body) <= size or rng.random() >= share:
            out.append(Packet(s.ns, number, around(ip_bytes(s))))
            whole.append(s)
            continue
        for at in range(0, len(body), size):
            more = at + size < len(body)
            if len(s.src[0]) == 4:
                ip = ip4_bytes(s, body[at : at + size], offset=at, more=more)
            else:
                head = struct.pack(">BHI", 0, at | more, 77)
                ip = ip6_bytes(s, body[at : at + size], [(44, head)])
            out.append(Packet(s.ns, number, around(ip)))
    return out, whole


# ---------------------------------------------------------------------------------------------
# Files with other times


def retime(data, ticks, resolution=None, offset=None):
    """A file, pcap or pcapng, in which the time of packet i of n is the 64 bits that ticks(i, n, was)
    gives: in pcap seconds and their fraction, in pcapng the two halves of its time stamp.  Interfaces
    of pcapng get another if_tsresol and if_tsoffset where they are given."""
    pcapng = data[:4] == b"\x0a\x0d\x0d\x0a"
    if not pcapng:
        order = "<" if data[0] in (0xD4, 0x4D) else ">"
        places = list(pcap_packets(data, order))
    else:
        order = "<" if data[8:12] == struct.pack("<I", 0x1A2B3C4D) else ">"
        data = with_interfaces(data, order, resolution, offset)
        places = [at + 12 for at, kind, _ in blocks(data, order) if kind == 6]
    out = bytearray(data)
    for i, at in enumerate(places):
        high, low = struct.unpack_from(order + "II", data, at)
        new = ticks(i, len(places), high << 32 | low) % (1 << 64)
        struct.pack_into(order + "II", out, at, new >> 32, new % U32)
    return bytes(out)


def pcap_packets(data, order):
    at = 24
    while at + 16 <= len(data):
        yield at
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]


def blocks(data, order):
    """(place, type, length) of each block of a section."""
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        yield at, kind, length
        at += length


def with_interfaces(data, order, resolution, offset):
    options = b""
    if resolution is not None:
        options += struct.pack(order + "HHB3x", 9, 1, resolution)
    if offset is not None:
        options += struct.pack(order + "HHq", 14, 8, offset)
    if not options:
        return data
    out = b""
    for at, kind, length in blocks(data, order):
        if kind == 1:
            out += block(order, 1, data[at + 8 : at + 16] + options + bytes(4))
        else:
            out += data[at : at + length]
    return out


# ---------------------------------------------------------------------------------------------
# By hand

BY_HAND = {
    "split": lambda s, v, r: split(s, int(v)),
    "merge": lambda s, v, r: merge(s, int(v)),
    "reorder": lambda s, v, r: reorder(s, int(v), r),
    "shuffle": lambda s, v, r: shuffle(s, int(v), r),
    "duplicate": lambda s, v, r: duplicate(s, float(v), r),
    "retransmit": lambda s, v, r: retransmit(s, float(v), r),
    "renumber": lambda s, v, r: renumber(s, int(v)),
    "keepalives": lambda s, v, r: keepalives(s, float(v), r),
    "zero-windows": lambda s, v, r: zero_windows(s, float(v), r),
    "ip6": lambda s, v, r: to_ip6(s),
    "tcp-options": lambda s, v, r: tcp_options(s),
    "bad-sums": lambda s, v, r: bad_sums(s, float(v), r),
    "reused-ports": lambda s, v, r: reused_ports(s),
    "drop": lambda s, v, r: drop(s, float(v), r),
    "from": lambda s, v, r: s[int(v) :],
    "to": lambda s, v, r: s[: int(v)],
}


def by_hand(args):
    if len(args) < 2:
        print(__doc__)
        print("mutations: " + ", ".join(BY_HAND) + "\nlinks: " + ", ".join(LINKS))
        return 2
    segments = load(args[0])
    rng, how = random.Random(1), {"link": "RAW", "format": "pcap", "order": "<", "nano": "1"}
    for word in args[2:]:
        name, _, value = word.partition("=")
        if name == "seed":
            rng = random.Random(int(value))
        elif name in how:
            how[name] = value
        else:
            segments = BY_HAND[name](segments, value, rng)
    packets = encode(segments, how["link"])
    if how["format"] == "pcapng":
        write_pcapng(args[1], packets, how["order"])
    else:
        write_pcap(args[1], packets, how["order"], how["nano"] == "1")
    return 0


if __name__ == "__main__":
    sys.exit(by_hand(sys.argv[1:]))
