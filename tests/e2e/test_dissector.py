"""The Lua dissector that `twstap schema --format lua` prints, in the real tshark."""

import json
import os
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
        self.name = self.form = None
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
        names = sorted(n for n in os.listdir(FIXTURES) if n.endswith(".pcapng"))
        self.assertGreater(len(names), 30)
        for name in names:
            path = os.path.join(FIXTURES, name)
            done = subprocess.run([BIN, "read", "-q", "--json", "-", "--show-accounts", path],
                                  stdout=subprocess.PIPE, timeout=60)
            frames = [e for e in map(json.loads, done.stdout.splitlines())
                      if e["event"] == "frame"]
            # A peer that does not speak TWS has no frames, and tshark does not know that.
            if any(e["event"] == "opaque" for e in map(json.loads, done.stdout.splitlines())):
                continue
            got = self.messages(path)
            self.assertEqual([m.name for m in got], [f["name"] for f in frames], name)
            for message, frame in zip(got, frames):
                if frame["form"] in ("text", "protobuf"):
                    self.assertEqual([n for n, _ in message.leaves],
                                     [n for n, _ in leaves(frame["fields"])], name)

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
