"""The same session in every shape in which a capture can show it, and in captures that lost some.

Loss-free: the identical frames and verdict.  With loss: every frame that no hole touches, no frame
that was not there, and gaps that name the missing bytes.  Seeds are fixed."""

import glob
import json
import os
import random
import re
import shutil
import subprocess

import mutate
import traffic
from harness import BIN, E2E, ROOT, SANITIZED, main, skip
from mutate import LINKS, encode, write, write_pcap, write_pcapng

VERDICT = ("progress", "stage", "silent", "mode", "certainty")
SIDES = ("client", "gateway")


class Reading:
    """What `twstap read` says of some files."""

    def __init__(self, *paths, options=()):
        env = dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")
        done = subprocess.run(
            [BIN, "read", "--json", "-", "--hex", "--show-accounts", *options, *paths],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=60, check=False,
        )
        self.status, self.err = done.returncode, done.stderr.decode()
        self.events = [json.loads(line) for line in done.stdout.splitlines()]

    def of(self, event, conn=1):
        return [e for e in self.events if e["event"] == event and e.get("conn", conn) == conn]

    def frames(self, conn=1):
        """(direction, name, id, payload) in the order of each direction."""
        found = [[], []]
        for e in self.of("frame", conn):
            found[SIDES.index(e["dir"])].append((e["n"], e["name"], e.get("id"), e["hex"]))
        return found

    def payloads(self, side, conn=1):
        return [bytes.fromhex(f[3]) for f in self.frames(conn)[side]]

    def stream(self, side, conn=1):
        """The bytes of a stream without gaps, put together again from its frames."""
        out = b""
        for e in self.of("frame", conn):
            if e["dir"] == SIDES[side]:
                payload = bytes.fromhex(e["hex"])
                out += (b"API\0" if e["form"] == "hello" else b"") + len(payload).to_bytes(4, "big") + payload
        return out

    def verdict(self, conn=1):
        last = self.of("verdict", conn)[-1]
        return tuple(last[key] for key in VERDICT)

    def gaps(self, side, conn=1):
        return [e["bytes"] for e in self.of("gap", conn) if e["dir"] == SIDES[side]]

    @property
    def captured(self):
        return self.events[-1]["captured"]


def is_subsequence(some, all_of_them):
    rest = iter(all_of_them)
    return all(any(x == y for y in rest) for x in some)


class Mutations(E2E):
    maxDiff = 2000

    def path(self, name="x.pcap"):
        return os.path.join(self.dir, name)

    def look(self, *paths, **more):
        reading = Reading(*paths, **more)
        self.assertIn(reading.status, (0, 1), reading.err)
        return reading

    def same(self, want, got, what):
        self.assertEqual(got.frames(), want.frames(), what)
        self.assertEqual(got.verdict(), want.verdict(), what)
        self.assertEqual(got.status, want.status, what)
        self.assertEqual(got.of("gap"), [], what)
        ends = [[e[key] for key in ("by", "how", "bytes", "digest", "frames")] for r in (want, got) for e in r.of("close")]
        self.assertEqual(ends[0], ends[1], what)


def recorded(name):
    """A fixture's segments, with the Gateway on the port that is looked at anyway."""
    segments = mutate.load(os.path.join(ROOT, "fixtures", name))
    port = segments[0].dst[1]
    moved = {port: 4002}
    for s in segments:
        s.src, s.dst = ((end[0], moved.get(end[1], end[1])) for end in (s.src, s.dst))
    return segments


SESSIONS = {
    "text": lambda: traffic.session("text", 60),
    "mixed": lambda: recorded("healthy-203.pcapng"),
    "protobuf": lambda: traffic.session("protobuf", 60),
    "silent-text": lambda: traffic.silent("text"),
    "silent-protobuf": lambda: traffic.silent("protobuf"),
}


class LossFree(Mutations):
    def each(self):
        for name, make in SESSIONS.items():
            segments = make()
            yield name, segments, self.look(write(self.path("plain.pcap"), segments))

    def check(self, mutation, *parameters):
        """mutation(segments, parameter, rng) leaves frames and verdict as they are."""
        for name, segments, want in self.each():
            for parameter in parameters or (None,):
                rng = random.Random(len(name))
                mutated = mutation(segments, parameter, rng)
                got = self.look(write(self.path(), mutated))
                self.same(want, got, (name, parameter))

    def test_what_is_compared_with(self):
        for name, segments, want in self.each():
            truth = traffic.Truth(segments)
            for side in (0, 1):
                self.assertEqual(want.payloads(side), [f[2] for f in truth.frames[side]], name)
            silent = name.startswith("silent")
            self.assertEqual(want.verdict()[1], "partial-startup" if silent else None)

    def test_every_link_type(self):
        for name, segments, want in self.each():
            six = mutate.to_ip6(segments)
            for link in LINKS:
                for version, packets in ((4, segments), (6, six)):
                    if link == "IPV%d" % (10 - version):
                        continue
                    got = self.look(write(self.path(), packets, link))
                    self.same(want, got, (name, link, version))
                    self.assertEqual(got.captured["unreadable"], 0)

    def test_every_kind_of_file(self):
        for name, segments, want in self.each():
            packets = encode(segments, "EN10MB")
            mixed = [p for pair in zip(encode(segments, "SLL2")[::2], encode(segments, "NULL-be")[1::2]) for p in pair]
            mixed += encode(segments, "RAW")[len(mixed) :]
            for order in "<>":
                for nano in (True, False):
                    self.same(want, self.look(write_pcap(self.path(), packets, order, nano)), (name, order, nano))
                for resolution in (9, 6):
                    for some in (packets, mixed):
                        got = self.look(write_pcapng(self.path(), some, order, resolution))
                        self.same(want, got, (name, order, resolution))

    def test_split(self):
        self.check(lambda s, size, rng: mutate.split(s, size), 1, 2, 3, 5, 17)

    def test_split_anywhere(self):
        self.check(lambda s, size, rng: mutate.split(s, size, rng), 3, 10, 100)

    def test_merged(self):
        self.check(lambda s, limit, rng: mutate.merge(s, limit), 100, 1448, 65000)

    def test_reordered(self):
        self.check(lambda s, window, rng: mutate.reorder(s, window, rng), 2, 5, 20)

    def test_reordered_bytes(self):
        self.check(lambda s, window, rng: mutate.reorder(mutate.split(s, 9, rng), window, rng), 3, 30)

    def test_overtaken_by_the_other_side(self):
        """Several queues of an interface: then only the order within each direction is certain, and
        the verdict may take another end for the first."""
        for name, segments, want in self.each():
            for window in (2, 4, 8):
                shaped = segments[:3] + mutate.shuffle(segments[3:], window, random.Random(window))
                got = self.look(write(self.path(), shaped))
                self.assertEqual(got.frames(), want.frames(), (name, window))
                self.assertEqual(got.of("gap"), [], (name, window))

    def test_duplicated(self):
        self.check(lambda s, share, rng: mutate.duplicate(s, share, rng), 0.1, 1.0)

    def test_retransmitted_with_other_boundaries(self):
        self.check(lambda s, share, rng: mutate.retransmit(s, share, rng), 0.1, 0.5, 1.0)

    def test_all_of_it_together(self):
        def wild(s, at, rng):
            s = mutate.split(s, 40, rng)
            s = mutate.retransmit(s, 0.3, rng, 200)
            s = mutate.duplicate(s, 0.2, rng)
            s = mutate.reorder(s, 12, rng)
            return mutate.renumber(s, at)

        self.check(wild, 3, 77, 400, 1000, 5000)

    def test_sequence_numbers_at_the_wrap(self):
        self.check(
            lambda s, at, rng: mutate.renumber(mutate.split(s, 11, rng), at), *range(-1, 24), 100, 1000, 5000, 1 << 31
        )

    def test_wrap_and_reordering(self):
        self.check(lambda s, at, rng: mutate.reorder(mutate.renumber(s, at), 9, rng), *range(1, 4000, 230))

    def test_keepalives(self):
        self.check(lambda s, share, rng: mutate.keepalives(s, share, rng), 0.3, 1.0)

    def test_zero_windows(self):
        self.check(lambda s, share, rng: mutate.zero_windows(s, share, rng), 0.2, 1.0)

    def test_tcp_options(self):
        self.check(lambda s, _, rng: mutate.tcp_options(s))

    def test_ip_options(self):
        for name, segments, want in self.each():
            for options in (mutate.NO_OPERATIONS, mutate.RECORD_ROUTE):
                for link in ("EN10MB", "RAW", "SLL"):
                    got = self.look(write_pcap(self.path(), encode(segments, link, ip_options=options)))
                    self.same(want, got, (name, link))

    def test_extension_headers(self):
        for name, segments, want in self.each():
            six = mutate.to_ip6(segments)
            for i in range(len(mutate.EXTENSIONS)):
                for chain in (mutate.EXTENSIONS[i : i + 1], mutate.EXTENSIONS[: i + 1]):
                    got = self.look(write_pcap(self.path(), encode(six, "EN10MB", extensions=chain)))
                    self.same(want, got, (name, chain))
                    self.assertEqual(got.captured["fragments"], 0, "an atomic fragment is whole")

    def test_wrong_checksums(self):
        for name, segments, want in self.each():
            bad = mutate.bad_sums(segments, 0.5, random.Random(1))
            got = self.look(write(self.path(), bad, "EN10MB"))
            self.same(want, got, name)
            self.assertEqual(got.captured["bad_checksums"], 0, "nobody asked")
            got = self.look(self.path(), options=("-v",))
            self.same(want, got, name)
            self.assertEqual(got.captured["bad_checksums"], sum(s.bad_sum for s in bad))

    def test_several_files(self):
        for name, segments, want in self.each():
            rng = random.Random(3)
            for cut in (len(segments) // 3, 1, len(segments) - 1):
                parts = [segments[:cut], segments[cut:]]
                paths = [write(self.path("%d.pcap" % i), part, "EN10MB") for i, part in enumerate(parts)]
                self.same(want, self.look(*reversed(paths)), (name, "one after the other"))
            parts = [[], [], []]
            for s in segments:
                rng.choice(parts).append(s)
            paths = [
                write_pcapng(self.path("%d.pcapng" % i), encode(part, link))
                for i, (part, link) in enumerate(zip(parts, ("RAW", "SLL2", "VLAN")))
            ]
            self.same(want, self.look(*paths), (name, "side by side"))

    def test_reused_ports(self):
        for name, segments, want in self.each():
            got = self.look(write(self.path(), mutate.reused_ports(segments)))
            for conn in (1, 2):
                self.assertEqual(got.frames(conn), want.frames(), (name, conn))
                self.assertEqual(got.verdict(conn)[:4], want.verdict()[:4], (name, conn))


LAST = (1 << 63) - 1  # the last time there is, ns
SHARED = os.environ.get("TWSTAP_SHARED") or os.path.join(ROOT, "..", "shared")
HOSTILE = (0, 1, 10**9, LAST - 10**10, LAST - 1, LAST, LAST + 1, (1 << 64) - 10**10, (1 << 64) - 1, (1 << 32) - 1, 0xFFFFFFFF00000000)


class HostileTimes(Mutations):
    """Times in files are as little to be trusted as lengths: whatever they are, `read` comes to an end
    soon, with a status of its own, and what it wrote is whole."""

    SECONDS = 10 if not SANITIZED else 60  # the loop that this is about never ended

    def files(self):
        found = sorted(glob.glob(os.path.join(ROOT, "fixtures", "*.pcapng")))
        self.assertGreater(len(found), 30)
        for path in found + sorted(glob.glob(os.path.join(SHARED, "data", "captures", "*.pcap"))):
            with open(path, "rb") as file:
                yield os.path.basename(path), file.read()

    def ends(self, data, what, options=("--json", "-", "-q")):
        path = self.path("hostile")
        mutate.dump(path, [data])
        try:
            done = subprocess.run(
                [BIN, "read", *options, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=self.SECONDS, check=False,
            )
        except subprocess.TimeoutExpired:
            self.fail("%s: no end" % (what,))
        self.assertIn(done.returncode, (0, 1, 3), (what, done.stderr))
        self.assertEqual(done.returncode == 3, b"hostile: broken after packet" in done.stderr, (what, done.stderr))
        return done.stdout

    def check(self, data, what):
        last = None
        for line in self.ends(data, what).splitlines():
            last = json.loads(line)
        self.assertEqual(last["event"], "summary", what)

    def test_at_the_ends_of_time(self):
        for name, data in self.files():
            at = random.Random(name).choice(HOSTILE)
            for one in {at, (1 << 64) - 1, LAST}:
                self.check(mutate.retime(data, lambda i, n, was, one=one: one), (name, "all at", one))
            self.check(mutate.retime(data, lambda i, n, was: at if i == n // 2 else was), (name, "one at", at))
            self.check(mutate.retime(data, lambda i, n, was: LAST - n + i), (name, "up to the last"))
            self.check(mutate.retime(data, lambda i, n, was: at + i * 10**9), (name, "a second apart from", at))

    def test_steps(self):
        for name, data in self.files():
            rng = random.Random(name)
            self.check(mutate.retime(data, lambda i, n, was: was - i * 10**10), (name, "back"))
            self.check(mutate.retime(data, lambda i, n, was: was + (i % 2 << 61)), (name, "to and fro"))
            self.check(mutate.retime(data, lambda i, n, was: rng.choice(HOSTILE)), (name, "anywhere bad"))
            self.check(mutate.retime(data, lambda i, n, was: rng.getrandbits(rng.randint(1, 64))), (name, "anywhere"))
            self.check(mutate.retime(data, lambda i, n, was: i * (LAST // (n + 1))), (name, "years apart"))

    def test_resolutions_and_offsets(self):
        for name, data in self.files():
            if not name.endswith("ng"):
                continue
            rng = random.Random(name)
            for resolution in (0, 6, 19, 20, 127, 0x80, 0x80 | 63, 0x80 | 64, 0xFF):
                offset = rng.choice((0, 1, -1, LAST, -LAST - 1, 9223372036, -1700000000))
                changed = mutate.retime(data, lambda i, n, was: was, resolution, offset)
                self.check(changed, (name, resolution, offset))

    def test_microseconds_beyond_a_second(self):
        segments = traffic.session("text", 10)
        with open(write_pcap(self.path(), encode(segments, "RAW"), "<", False), "rb") as file:
            data = file.read()
        self.check(mutate.retime(data, lambda i, n, was: was | 0xFFFFFFFF), "all fractions 2^32-1")
        self.check(mutate.retime(data, lambda i, n, was: (1 << 64) - 1 - i), "2106")

    def test_as_text(self):
        for name, data in self.files():
            rng = random.Random(name)
            for options in ((), ("-vv",)):
                changed = mutate.retime(data, lambda i, n, was: rng.choice(HOSTILE + (was, was, was)))
                self.assertIn(b"summary", self.ends(changed, (name, options), options))

    def test_the_files_before_it_are_said(self):
        """The line names the file, the packet and the reason, and what came before is not lost."""
        with open(os.path.join(ROOT, "fixtures", "healthy-176.pcapng"), "rb") as file:
            data = file.read()
        with open(self.path("late.pcapng"), "wb") as file:
            file.write(mutate.retime(data, lambda i, n, was: (1 << 64) - 1 if i == n - 1 else was))
        done = subprocess.run([BIN, "read", self.path("late.pcapng")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr.decode(), r"late\.pcapng: broken after packet \d+, at byte \d+: .*year 2262\n$")
        self.assertIn(b"stage     live", done.stdout)


class TsharkAgrees(Mutations):
    """tshark puts streams together on its own; ours must be the same bytes."""

    def followed(self, path):
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-q", "-z", "follow,tcp,raw,0", "-o", "tcp.reassemble_out_of_order:TRUE"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        sides = [b"", b""]
        for line in done.stdout.decode().splitlines():
            if re.fullmatch(r"\t?(?:[0-9a-f]{2})+", line):
                sides[line.startswith("\t")] += bytes.fromhex(line.strip())
        return sides

    def test_streams(self):
        if not shutil.which("tshark"):
            skip("tshark is not here")
        shapes = {
            "reordered": lambda s, rng: mutate.reorder(s, 6, rng),
            "duplicated": lambda s, rng: mutate.duplicate(s, 0.3, rng),
            "overlapped": lambda s, rng: mutate.retransmit(s, 0.5, rng),
            "wrapped": lambda s, rng: mutate.reorder(mutate.renumber(s, 1500), 5, rng),
        }
        segments = traffic.session("text", 60)
        for name, shape in shapes.items():
            data = [s for s in segments if s.payload or s.flags & ~mutate.ACK]  # tshark wants no ACK before its data
            path = write(self.path(name + ".pcap"), shape(data, random.Random(5)))
            got = self.look(path)
            self.assertEqual([got.stream(0), got.stream(1)], self.followed(path), name)


class Loss(Mutations):
    def check(self, reading, truth, kept, what, all_frames=True, start=(0, 0), known=None):
        for side in (0, 1):
            holes, last = truth.holes(side, kept, start[side], known)
            whole = truth.untouched(side, holes, last, start[side])
            got = reading.payloads(side)
            where = (what, SIDES[side], holes)
            if all_frames:
                self.assertEqual(got, whole, where)
            else:
                self.assertTrue(is_subsequence(got, whole), where)
            missing = sum(b - a for a, b in holes)
            # Where only an acknowledgement tells of the end, a lost FIN counts as a byte.
            fin = any(truth.side(s) == side and s.flags & mutate.FIN for s in kept)
            allowed = (missing,) if fin or not missing else (missing, missing + 1)
            self.assertIn(sum(reading.gaps(side)), allowed, where)

    def test_less_than_one_percent(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 2000, seed=7)
            truth = traffic.Truth(segments)
            for seed in range(12):
                rng = random.Random(seed)
                kept = mutate.drop(segments, 0.008, rng, handshake=False)
                shaped = mutate.reorder(mutate.duplicate(kept, 0.008, rng), 2, rng) if seed % 2 else kept
                reading = self.look(write(self.path(), shaped))
                self.check(reading, truth, kept, (form, seed))

    def test_five_percent_lost_repeated_and_out_of_order(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 400, seed=9)
            truth = traffic.Truth(segments)
            for seed in range(30):
                rng = random.Random(seed)
                kept = mutate.drop(segments, 0.05, rng, handshake=False)
                shaped = kept[:2] + mutate.shuffle(mutate.duplicate(kept[2:], 0.05, rng), 3, rng)
                reading = self.look(write(self.path(), shaped))
                self.check(reading, truth, kept, (form, seed), all_frames=False)

    def test_five_percent_with_the_handshake(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 60, seed=9)
            frames = [[f[2] for f in side] for side in traffic.Truth(segments).frames]
            for seed in range(80):
                rng = random.Random(seed)
                shaped = mutate.shuffle(mutate.duplicate(mutate.drop(segments, 0.05, rng), 0.05, rng), 6, rng)
                reading = self.look(write(self.path(), shaped))
                for side in (0, 1):
                    self.assertTrue(is_subsequence(reading.payloads(side), frames[side]), (form, seed))

    def test_cut_at_any_packet(self):
        """What came before is there, all of it, and a capture that ends claims nothing."""
        for form in traffic.FORMS:
            segments = traffic.session(form, 40)
            truth = traffic.Truth(segments)
            for n in range(len(segments) + 1):
                kept = segments[:n]
                reading = self.look(write(self.path(), kept))
                self.assertEqual(reading.status, 0, reading.err)
                if n:
                    self.check(reading, truth, kept, (form, n))

    def test_cut_at_any_byte(self):
        segments = traffic.session("text", 40)
        truth = traffic.Truth(segments)
        for kind, put in (("pcap", write_pcap), ("pcapng", write_pcapng)):
            path = put(self.path("whole"), encode(segments, "EN10MB"))
            with open(path, "rb") as file:
                data = file.read()
            for size in [*range(0, 140, 3), *range(140, len(data), len(data) // 60)]:
                with open(self.path("cut"), "wb") as file:
                    file.write(data[:size])
                reading = Reading(self.path("cut"))
                self.assertIn(reading.status, (0, 1, 3), (kind, size))
                if reading.status == 3 or reading.err:
                    self.assertRegex(reading.err, r"^twstap read: .*cut[^\n]*\n$", (kind, size))
                for side in (0, 1):
                    frames = [f[2] for f in truth.frames[side]]
                    got = reading.payloads(side)
                    self.assertEqual(got, frames[: len(got)], (kind, size))

    def test_begun_at_any_packet(self):
        lost = []
        for form in traffic.FORMS:
            segments = traffic.session(form, 60)
            truth = traffic.Truth(segments)
            for n in range(1, len(segments)):
                kept = segments[n:]
                reading = self.look(write(self.path(), kept))
                if not reading.of("open"):
                    continue
                start = [0, 0]
                for side in (0, 1):
                    firsts = [truth.offset(s) for s in kept if truth.side(s) == side and s.payload]
                    start[side] = firsts[0] if firsts else len(truth.stream[side])
                self.check(reading, truth, kept, (form, n), all_frames=False, start=start)
                behind = truth.untouched(1, [], len(truth.stream[1]), start[1])
                if len(behind) > 6:
                    lost.append(len(behind) - len(reading.payloads(1)))
        self.assertLessEqual(sorted(lost)[len(lost) // 2], 2, "frames that came whole and were not found")

    def test_begun_within_a_frame(self):
        """A start at any byte of a stream: merged segments cut anywhere."""
        for form in traffic.FORMS:
            segments = mutate.merge(traffic.session(form, 60))
            truth = traffic.Truth(segments)
            frames = [f[2] for f in truth.frames[1]]
            at = max(range(len(segments)), key=lambda i: len(segments[i].payload))
            whole = segments[at]
            lost = []
            for start in range(1, len(whole.payload) - 1500, 7):
                kept = [whole.part(start, len(whole.payload))] + segments[at + 1 :]
                got = self.look(write(self.path(), kept)).payloads(1)
                self.assertTrue(is_subsequence(got, frames), (form, start))
                offset = truth.offset(whole) + start
                lost.append(len(truth.untouched(1, [], len(truth.stream[1]), offset)) - len(got))
            self.assertLessEqual(sorted(lost)[len(lost) // 2], 2, form)

    def test_snapped(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 100)
            truth = traffic.Truth(segments)
            for length in (20, 40, 54, 60, 68, 96, 128, 256, 1000, 1600):
                packets = mutate.snap(encode(segments, "RAW"), length)
                reading = self.look(write_pcap(self.path(), packets))
                if length < 40:
                    self.assertEqual(reading.of("open"), [])
                    continue
                kept = [s.but(payload=s.payload[: length - 40]) for s in segments]
                self.check(reading, truth, kept, (form, length), all_frames=False, known=segments)
                cut = sum(length < 40 + len(s.payload) for s in segments)
                self.assertEqual(reading.captured["snapped"], cut)

    def test_fragments_are_counted_and_what_they_carried_is_a_gap(self):
        for form in traffic.FORMS:
            for six in (False, True):
                segments = traffic.session(form, 800, seed=3)
                segments = mutate.to_ip6(segments) if six else segments
                truth = traffic.Truth(segments)
                packets, kept = mutate.fragmented(segments, 0.01, random.Random(4))
                reading = self.look(write_pcap(self.path(), packets))
                self.check(reading, truth, kept, (form, six))
                self.assertEqual(reading.captured["fragments"], len(packets) - len(kept))
                self.assertGreater(len(packets) - len(kept), 0)

    def test_what_was_lost_and_sent_again_is_no_loss(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 400)
            want = self.look(write(self.path(), segments))
            rng = random.Random(6)
            late = []
            for i, s in enumerate(segments):
                lost = s.payload and rng.random() < 0.02
                late.append((i + (30 if lost else 0), i))
            shaped = [segments[i].but(ns=segments[at].ns) for at, (_, i) in enumerate(sorted(late))]
            got = self.look(write(self.path(), shaped))
            self.assertEqual(got.frames(), want.frames())
            self.assertEqual(got.of("gap"), [])

    def test_a_second_copy_that_differs_does_not_count(self):
        for form in traffic.FORMS:
            segments = traffic.session(form, 100)
            want = self.look(write(self.path(), segments))
            shaped = []
            for s in segments:
                shaped.append(s)
                if s.payload:
                    shaped.append(s.but(payload=bytes(b ^ 0x55 for b in s.payload)))
            self.same(want, self.look(write(self.path(), shaped)), form)


if __name__ == "__main__":
    main()
