"""What the screen masks, no recording shows: also where segments are missing, cut, out of order or there twice."""

import base64
import json
import os
import random
import socket
import subprocess
import unittest

import mutate
import planted
import traffic
import wire
from harness import BIN, E2E, PATIENCE, frame, hello, main, need_capture, skip, start_api
from traffic import Conversation

RECORD = os.path.join(os.path.dirname(BIN), "record_pcap")
ACCOUNT, NAME, MODEL, GROUP = "Q7-XPLORE-55", "Zanthiel Borquay", "mdl~Wuvexo9", "Grp#Kystralm"
SECRETS = (ACCOUNT, NAME, MODEL, GROUP)
PART = 6  # bytes of a secret that must not be seen


def secret(field):
    low = field.lower()
    if "acc" in low:
        return ACCOUNT
    return MODEL if "model" in low else GROUP if "group" in low or "profile" in low else NAME


def forms(data):
    """Bytes as somebody may have written them down."""
    text = data.decode("latin-1")
    yield data
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield data.hex().encode()
    yield data.hex().upper().encode()
    for at in range(3):  # without the characters that depend on the neighbours
        coded = base64.b64encode(b"\0" * at + data)
        yield coded[(0, 2, 3)[at] : len(coded.rstrip(b"=")) - (1 if (at + len(data)) % 3 else 0)]


NEEDLES = sorted({
    form
    for one in SECRETS
    for at in range(len(one) - PART + 1)
    for form in forms(one[at : at + PART].encode())
})


def seen(data):
    return [needle for needle in NEEDLES if needle in data]


def payloads(form, rng):
    """(direction, payload) of a session's messages, each secret in each place, among harmless ones."""
    if form == "protobuf":
        secrets = list(planted.protobuf_frames(secret))
        how, version = traffic.Protobuf, 226
    else:
        version = {"text150": 150, "text": 176, "raw": 203}[form]
        secrets = [(d, p) for _, d, _, p in planted.text_frames(version, secret)]
        how = traffic.Mixed if form == "raw" else traffic.Text
    for direction, payload in secrets:
        for _ in range(rng.randint(0, 2)):
            yield "in", how.tick(rng, 1000)[4:]
        yield direction, payload


VERSIONS = {"text150": 150, "text": 176, "raw": 203, "protobuf": 226}


def session(form, seed=1, together=False, port=4002):
    rng = random.Random(seed)
    version, talk = VERSIONS[form], Conversation(gateway=(traffic.GATEWAY[0], port))
    talk.open()
    talk.say(0, hello(100, version))
    talk.say(1, traffic.text(version, "20260102 10:00:00 UTC"))
    talk.say(0, start_api(version, 7))
    waiting = {0: [], 1: []}
    for direction, payload in payloads(form, rng):
        side = int(direction == "in")
        waiting[side].append(frame(payload))
        if not together or rng.random() < 0.3:
            talk.say(side, *waiting[side], together=True)
            waiting[side] = []
    for side in (0, 1):
        if waiting[side]:
            talk.say(side, *waiting[side], together=True)
    talk.close()
    return talk.segments


def with_data(segments):
    return [i for i, s in enumerate(segments) if s.payload]


def frames_of(path, *options):
    said = subprocess.run([BIN, "read", "-q", "--json", "-", *options, path], stdout=subprocess.PIPE, timeout=PATIENCE)
    return [e for e in map(json.loads, said.stdout.splitlines()) if e["event"] == "frame"]


class Damaged(E2E):
    """Captures with one thing wrong with them, recorded."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(RECORD):
            skip("no record_pcap beside twstap")

    def recorded(self, packets, what, ring=()):
        path, out = os.path.join(self.dir, "in.pcap"), os.path.join(self.dir, "out.pcapng")
        mutate.write_pcap(path, packets)
        done = subprocess.run([RECORD, path, out, "4002", *ring], stdout=subprocess.PIPE, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, what)
        with open(out, "rb") as f:
            data = f.read()
        self.assertEqual(seen(data), [], what)
        if not ring:
            kept = mutate.read(out)
            self.assertEqual([(len(p.data), p.wire) for p in kept], [(len(p.data), p.wire) for p in packets], what)
        return path, out, int(done.stdout)

    def each(self, damage, forms_=tuple(VERSIONS), step=3):
        for form in forms_:
            for together in (False, True):
                segments = session(form, together=together)
                for i in with_data(segments)[together::step]:
                    yield f"{form} {together} {i}", segments, i, damage(segments, i)

    def test_the_secrets_are_there(self):
        for form in VERSIONS:
            data = b"".join(s.payload for s in session(form))
            for one in SECRETS if form != "protobuf" else (ACCOUNT, GROUP):
                self.assertIn(one.encode(), data, form)

    def test_nothing_is_blacked_out_where_nothing_is_missing(self):
        for form in VERSIONS:
            for segments in (session(form), session(form, together=True),
                             mutate.split(session(form), 40, random.Random(3)), mutate.to_ip6(session(form))):
                path, out, black = self.recorded(mutate.encode(segments), form)
                self.assertEqual(black, 0, form)
                self.assertEqual(len(frames_of(path)), len(frames_of(out)), form)

    def test_a_lost_segment(self):
        for what, _, _, damaged in self.each(lambda s, i: s[:i] + s[i + 1 :]):
            self.recorded(mutate.encode(damaged), "lost " + what)

    def test_a_cut_packet(self):
        def cut(segments, i):
            packets, rng = mutate.encode(segments), random.Random(i)
            keep = len(packets[i].data) - rng.randint(1, len(segments[i].payload))
            packets[i : i + 1] = mutate.snap([packets[i]], keep)
            return packets

        for what, _, _, damaged in self.each(cut):
            self.recorded(damaged, "cut " + what)

    def test_all_packets_cut(self):
        for form in VERSIONS:
            for length in (60, 100, 150, 300):
                self.recorded(mutate.snap(mutate.encode(session(form, together=True)), length), f"{form} {length}")

    def test_two_segments_swapped(self):
        def swap(segments, i):
            behind = [j for j in with_data(segments) if j > i and mutate.sender(segments[j]) == mutate.sender(segments[i])]
            out = list(segments)
            if behind:
                j = behind[0]
                out[i], out[j] = segments[j].but(ns=segments[i].ns), segments[i].but(ns=segments[j].ns)
            return out

        for what, _, _, damaged in self.each(swap):
            self.recorded(mutate.encode(damaged), "swapped " + what)

    def test_a_segment_again(self):
        def again(segments, i):
            rng, s = random.Random(i), segments[i]
            at = rng.randint(0, len(s.payload) - 1)
            part = s.part(at, rng.randint(at + 1, len(s.payload)))
            late = min(len(segments), i + rng.randint(1, 60))
            return segments[: i + 1] + [s, part] + segments[i + 1 : late] + [s, part] + segments[late:]

        for what, _, _, damaged in self.each(again):
            self.recorded(mutate.encode(damaged), "again " + what)

    def test_other_bytes_at_the_same_place(self):
        """A second copy with another content, and other bytes that the first lacked."""
        def other(segments, i):
            s, rng = segments[i], random.Random(i)
            swapped = s.but(payload=bytes(rng.randrange(256) for _ in s.payload))
            moved = s.but(payload=s.payload[7:] + s.payload[:7])
            return segments[: i] + [swapped, s, moved] + segments[i:]

        for what, _, _, damaged in self.each(other):
            self.recorded(mutate.encode(damaged), "other " + what)

    def test_from_somewhere_on(self):
        for what, segments, i, damaged in self.each(lambda s, i: s[i:]):
            for pieces in (damaged, mutate.split(damaged, 50, random.Random(i))):
                self.recorded(mutate.encode(pieces), "from " + what)

    def test_cut_anywhere_and_much_lost(self):
        for seed in range(60):
            rng = random.Random(seed)
            form = rng.choice(sorted(VERSIONS))
            segments = session(form, seed, together=rng.random() < 0.5)
            segments = mutate.split(segments, rng.choice((3, 20, 90, 500)), rng)
            if rng.random() < 0.5:
                segments = mutate.drop(segments, rng.choice((0.02, 0.2)), rng, rng.random() < 0.5)
            if rng.random() < 0.3:
                segments = mutate.reorder(segments, 3, rng)
            if rng.random() < 0.3:
                segments = mutate.retransmit(segments, 0.2, rng)
            if rng.random() < 0.3:
                segments = mutate.to_ip6(segments)
            packets = mutate.encode(segments, rng.choice(("RAW", "EN10MB")))
            if rng.random() < 0.3:
                packets = mutate.snap(packets, rng.choice((80, 120, 400)))
            self.recorded(packets, f"seed {seed}")

    def test_fragments_and_padding(self):
        for form in VERSIONS:
            for segments in (session(form), mutate.to_ip6(session(form))):
                packets, _ = mutate.fragmented(segments, 1.0, random.Random(1), "EN10MB")
                self.recorded(packets, form)
                padded = [mutate.Packet(p.ns, p.link, p.data + ACCOUNT.encode()) for p in mutate.encode(segments, "EN10MB")]
                self.recorded(padded, form)

    def test_what_is_said_of_a_session_from_somewhere_on(self):
        """Text and JSON, by layouts of a version that nobody named."""
        for what, _, _, damaged in self.each(lambda s, i: s[i:], step=7):
            path = mutate.write(os.path.join(self.dir, "in.pcap"), damaged)
            for options in (("-vv", "--hex"), ("-q", "--json", "-", "--hex")):
                said = subprocess.run([BIN, "read", *options, path], stdout=subprocess.PIPE, timeout=PATIENCE).stdout
                self.assertEqual(seen(said), [], f"{options[0]} from {what}")

    def test_a_ring(self):
        """A connection that ends in trouble, and lost a segment before."""
        for form in VERSIONS:
            segments = session(form)
            for i in with_data(segments)[3::5]:
                damaged = segments[:i] + segments[i + 1 : -4]
                last = damaged[-1]
                damaged.append(last.but(flags=mutate.RST | mutate.ACK, payload=b"", seq=last.seq + len(last.payload)))
                _, out, _ = self.recorded(mutate.encode(damaged), f"ring {form} {i}", ring=("1000000",))
                self.assertTrue(mutate.read(out), f"ring {form} {i}")

    def test_frames_are_found_again(self):
        """A reader finds as many frames in the recording as in what was recorded."""
        for form in VERSIONS:
            for together in (False, True):
                segments = session(form, together=together)
                for i in with_data(segments)[4::6]:
                    for damaged in (segments[:i] + segments[i + 1 :], segments[i:]):
                        path, out, _ = self.recorded(mutate.encode(damaged), f"{form} {i}")
                        here, there = len(frames_of(path)), len(frames_of(out))
                        self.assertGreaterEqual(there + 6, here, f"{form} {together} {i}")
                        self.assertGreater(there * 4, here * 3 - 24, f"{form} {together} {i}")


class Live(E2E):
    """The same through `capture --write` and `proxy --record`, and what they say meanwhile."""

    SAY = ("-vv", "--hex")

    def check(self, program, *paths):
        with open(program.json_file, "rb") as f:
            said = program.text().encode() + f.read()
        self.assertEqual(seen(said), [], "text or JSON")
        for path in paths:
            with open(path, "rb") as f:
                self.assertEqual(seen(f.read()), [], path)

    @staticmethod
    def free_port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def test_a_capture_that_misses_segments(self):
        need_capture()
        for form in VERSIONS:
            port, path = self.free_port(), os.path.join(self.dir, form + ".pcapng")
            segments = mutate.split(session(form, together=True, port=port), 60)
            data = with_data(segments)
            kept = [s for i, s in enumerate(segments) if i not in data[4::5]]
            capture = self.capture([f"127.0.0.1:{port}"], *self.SAY, "--write", path)
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire_end:
                wire_end.bind(("lo", 0x0800))
                for packet in mutate.encode(kept, "EN10MB"):
                    wire_end.send(packet.data)
            capture.event("close")
            capture.stop()
            self.check(capture, path)
            self.assertGreater(len(mutate.read(path)), len(kept) // 2)
            self.assertGreater(capture.event("summary")["recording_blacked_out_bytes"], 0)
            self.assertRegex(capture.text(), r"\d bytes of the recording were blacked out, because the frame "
                                             r"boundaries were not known there\.")

    def test_a_relay_and_its_ring(self):
        for form in VERSIONS:
            for ring in ((), ("--ring", "1M")):
                path = os.path.join(self.dir, form + "-relay.pcapng")
                gateway = self.gateway()
                proxy = self.proxy(gateway, *self.SAY, "--record", path, *ring)
                client, server = self.through(proxy, gateway, hello(100, VERSIONS[form]))
                streams = {0: b"", 1: b""}
                segments = session(form)
                for s in segments:
                    streams[int(s.src != segments[0].src)] += s.payload
                server.send(streams[1])
                client.recv(len(streams[1]))
                rest = streams[0][len(hello(100, VERSIONS[form])):]
                client.send(rest)
                server.recv(len(rest))
                server.reset()
                proxy.verdict()
                client.close()
                proxy.stop()
                self.check(proxy, path)
                self.assertTrue(mutate.read(path), form)
                self.assertNotIn("recording_blacked_out_bytes", proxy.event("summary"))


if __name__ == "__main__":
    main()
