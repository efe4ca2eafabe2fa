"""The Lua dissector that `twstap schema --format lua` prints, in the real tshark."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

import wire
from harness import BIN, ROOT, main, skip

FIXTURES = os.path.join(ROOT, "fixtures")
TABLES = wire.Tables()
GROUPS = {f.counts for side in TABLES.text.values() for m in side.values() for f in m if f.counts}


class Message:
    """A frame as tshark shows it: its name and its leaves in order."""

    def __init__(self, proto):
        self.name = self.form = self.side = self.hello = None
        self.leaves, self.extra, self.expert = [], [], []
        for field in proto.iter("field"):
            self._take(field)

    def _take(self, field):
        name = field.get("name", "")
        if name.startswith("_ws.expert") or name == "tws.malformed":
            self.expert.append(name)
        if not name.startswith("tws."):
            return
        name = name[len("tws."):]
        if name == "frame.name":
            self.name = field.get("show")
        elif name == "frame.hello":
            self.hello = field.get("show")
        elif name == "frame.from":
            self.side = field.get("show")
        elif name == "frame.form":
            self.form = field.get("show")
        elif name == "frame.extra":
            self.extra.append(field.get("show"))
        elif not name.startswith("frame.") and not self._is_inner(field, name):
            self.leaves.append((name, field.get("show")))

    def _is_inner(self, field, name):
        """A list or a nested message, which has no value of its own."""
        if self.form == "text":
            return name in GROUPS
        return len(field) > 0 or field.get("show") == "" and name in RECORDS


RECORDS = {r["field_name"] for rows in TABLES.protobuf.values() for r in rows
           if "message " in r["type"] or r["type"].startswith("map")}


class Dissector(unittest.TestCase):
    def setUp(self):
        if not shutil.which("tshark"):
            skip("no tshark")
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.lua = os.path.join(self.dir, "tws.lua")
        with open(self.lua, "wb") as f:
            subprocess.run([BIN, "schema", "--format", "lua"], stdout=f, check=True)

    def tshark(self, path, *args):
        done = subprocess.run(["tshark", "-n", "-X", f"lua_script:{self.lua}", "-r", path, *args],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertNotIn("Lua", done.stderr.decode())
        return done.stdout.decode("utf-8", "surrogateescape")

    def messages(self, path):
        root = ET.fromstring(self.tshark(path, "-Y", "tws", "-T", "pdml"))
        return [m for m in (Message(p) for p in root.iter("proto") if p.get("name") == "tws"
                            and p.get("showname", "").startswith("TWS API")) if m.name]

    def write(self, session):
        path = os.path.join(self.dir, "session.pcap")
        with open(path, "wb") as f:
            f.write(session.pcap())
        return path

    def compare(self, version, cases, chunk=None):
        """`cases`: (direction, payload, name, leaves); in segments of `chunk` bytes."""
        session = wire.Session(version)
        for direction, payload, _, _ in cases:
            data = wire.frame(payload)
            for at in range(0, len(data), chunk or len(data)):
                session.send(direction, data[at:at + (chunk or len(data))])
        got = self.messages(self.write(session))
        self.assertEqual([m.name for m in got], ["hello", "version"] + [c[2] for c in cases])
        for message, (_, payload, name, leaves) in zip(got[2:], cases):
            place = f"{name} at {version}: {payload.hex()[:2000]}"
            self.assertEqual([n for n, _ in message.leaves], [n for n, _ in leaves], place)
            for (field, shown), (_, want) in zip(message.leaves, leaves):
                self.assertTrue(self.same(shown, want), f"{place}: {field} {shown!r} {want!r}")
            self.assertEqual((message.extra, message.expert), ([], []), place)

    @staticmethod
    def same(shown, want):
        if isinstance(want, float):
            return float(shown) == want
        return shown == str(want)

    def text_cases(self, version):
        for direction, messages in TABLES.text.items():
            for msg_id, fields in messages.items():
                name, form = TABLES.names[direction][msg_id]
                if form == "proto_only":
                    continue
                made = wire.TextFrame(fields, version, wire.seeded("lua", version, msg_id), True)
                yield direction, wire.text_payload(msg_id, version, made.texts), name, made.leaves

    @staticmethod
    def protobuf_cases(version):
        for direction, messages in TABLES.messages.items():
            for msg_id, name in messages.items():
                made = wire.Protobuf(TABLES, name, wire.seeded("lua", version, msg_id), 1)
                yield (direction, wire.protobuf_payload(msg_id, made.body),
                       TABLES.names[direction][msg_id][0], made.leaves)

    def test_every_message_in_text(self):
        for version in (100, 151, 176, 200, 213):
            with self.subTest(version=version):
                self.compare(version, list(self.text_cases(version)))

    def test_every_message_in_protobuf(self):
        self.compare(226, list(self.protobuf_cases(226)))

    def test_frames_over_segments(self):
        self.compare(203, list(self.protobuf_cases(203))[:40] + list(self.text_cases(203))[:40],
                     chunk=37)

    def test_every_fixture_as_twstap_reads_it(self):
        with open(os.path.join(FIXTURES, "MANIFEST"), encoding="utf-8") as f:
            options = {row[0]: row[2] for row in (line.split("\t") for line in f) if len(row) > 2}
        names = sorted(n for n in os.listdir(FIXTURES) if n.endswith((".pcapng", ".pcap")))
        self.assertGreater(len(names), 36)
        for name in names:
            path = os.path.join(FIXTURES, name)
            port = re.findall(r"--port \d+", options.get(name, ""))
            done = subprocess.run([BIN, "read", "-q", "--json", "-", "--show-accounts",
                                   *" ".join(port).split(), path],
                                  stdout=subprocess.PIPE, timeout=60)
            frames = [e for e in map(json.loads, done.stdout.splitlines())
                      if e["event"] == "frame"]
            # A peer that does not speak TWS has no frames, and tshark does not know that.
            if any(e["event"] == "opaque" for e in map(json.loads, done.stdout.splitlines())):
                continue
            got = self.messages(path)
            self.assertTrue(got or not frames, name)
            self.assertEqual([m.name for m in got], [f["name"] for f in frames], name)
            for message, frame in zip(got, frames):
                if frame["form"] in ("text", "protobuf"):
                    self.assertEqual([n for n, _ in message.leaves],
                                     [n for n, _ in leaves(frame["fields"])], name)
                    self.assertEqual(message.side, frame["dir"], name)

    MIDDLE = os.path.join(FIXTURES, "tcpdump-midsession-176.pcap")

    def test_a_session_that_is_under_way(self):
        """Its port says nothing, and the gateway's is the higher one."""
        for args in ((), ("-2",), ("-d", "tcp.port==38881,tws")):
            out = self.tshark(self.MIDDLE, "-Y", "tws", "-T", "fields", "-e", "tcp.dstport",
                              "-e", "tws.frame.from", "-e", "tws.frame.name", *args)
            rows = [line.split("\t") for line in out.splitlines()]
            self.assertGreater(len(rows), 6)
            for port, side, _ in rows:
                self.assertEqual(set(side.split(",")), {"client" if port == "38881" else "gateway"})
            self.assertEqual(rows[0][2], "reqPositions")

    def test_a_hello_in_pieces(self):
        """On a port that nobody knows: the heuristic has the first segment alone."""
        for cuts in ((4,), (5,), (8,), (4, 8), (9,), (12,)):
            session = wire.Session(176, port=5555, client_port=3333, opened=False)
            hello = b"API\0\0\0\0\x09v100..176"
            for a, b in zip((0, *cuts), (*cuts, len(hello))):
                session.send("out", hello[a:b])
            session.send("in", wire.frame(b"176\00020260101 10:00:00 EST\0") +
                         wire.frame(wire.text_payload(9, 176, ["1", "42"])))
            got = self.messages(self.write(session))
            self.assertEqual([m.name for m in got], ["hello", "version", "nextValidId"], cuts)
            self.assertEqual([m.side for m in got], ["client", "gateway", "gateway"], cuts)
            self.assertEqual(got[0].hello, "v100..176", cuts)

    def test_any_bytes(self):
        """No error of Lua, whatever comes: random bytes, and frames with flipped bits, cut short."""
        rng = wire.seeded("dissector bytes")
        frames = [wire.frame(c[1]) for v in (176, 203) for c in self.text_cases(v)]
        frames += [wire.frame(c[1]) for c in self.protobuf_cases(226)]
        session = wire.Session(203)
        for n in range(600):
            data = bytearray(rng.choice(frames) if n % 4 else rng.randbytes(rng.randrange(1, 200)))
            for _ in range(rng.choice([0, 1, 3])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            session.send(rng.choice(["in", "out"]), bytes(data[:rng.randrange(1, len(data) + 1)]))
        out = self.tshark(self.write(session), "-V")
        self.assertIn("TWS API", out)
        self.assertNotIn("Lua Error", out)

    def test_filters_and_columns(self):
        path = os.path.join(FIXTURES, "healthy-176.pcapng")
        out = self.tshark(path, "-Y", 'tws.frame.name == "tickPrice" && tws.tickType == "1"',
                          "-T", "fields", "-e", "tws.reqId", "-e", "tws.price")
        self.assertRegex(out, r"\d+.*\t.*\d")
        self.assertIn("startApi", self.tshark(path))


def leaves(fields):
    """(name, value) of all that has no values in it, in order."""
    for name, value in fields.items():
        if name.endswith("_text") and name[:-5] in fields:
            continue
        if isinstance(value, dict):
            yield from leaves(value)
        elif isinstance(value, list):
            for item in value:
                yield from leaves(item) if isinstance(item, dict) else [(name, item)]
        else:
            yield name, value


if __name__ == "__main__":
    main()
