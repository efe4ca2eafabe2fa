"""twstap decode against the fact tables: every message, every field, every server version."""

import base64
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
from decimal import Decimal

import wire
from harness import BIN, ROOT, SANITIZED, main

TABLES = wire.Tables()
REAL = os.path.join(os.environ.get("TWSTAP_SHARED") or os.path.join(ROOT, "..", "shared"),
                    "data", "frames.jsonl")
# Under sanitizers everything is ten times slower: the versions at which something changes.
VERSIONS = [v for v in wire.VERSIONS if not SANITIZED or v % 7 == 0 or v in (201, 203, 213, 226)]


def decode(*args, lines=(), raw=None, status=0):
    """The frames that `twstap decode --json -` says of these lines."""
    done = subprocess.run([BIN, "decode", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          input=raw if raw is not None else "\n".join(lines).encode() + b"\n",
                          timeout=300)
    if done.returncode != status:
        raise AssertionError(f"status {done.returncode}: {done.stderr.decode()[-2000:]}")
    return done.stdout.decode(), done.stderr.decode()


def frames(*args, **more):
    out, err = decode("--json", "-", *args, **more)
    if err:
        raise AssertionError(err)
    return [json.loads(line, parse_float=Decimal) for line in out.splitlines()]


def bare(value):
    """The same without what stands beside the wire's values for people."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items()
                if not (k.endswith("_text") and k[:-5] in value)}
    return [bare(v) for v in value] if isinstance(value, list) else value


def difference(got, want, at=""):
    """The first place where two values differ; None: they do not."""
    if isinstance(want, dict) and isinstance(got, dict):
        if list(got) != list(want):
            missing = [k for k in want if k not in got] or [k for k in got if k not in want]
            return f"{at}: keys differ, first {missing[:3]}" if missing else f"{at}: other order"
        return next((d for k in want for d in [difference(got[k], want[k], f"{at}.{k}")] if d),
                    None)
    if isinstance(want, list) and isinstance(got, list):
        if len(got) != len(want):
            return f"{at}: {len(got)} items, not {len(want)}"
        return next((d for i, w in enumerate(want)
                     for d in [difference(got[i], w, f"{at}[{i}]")] if d), None)
    if isinstance(want, Decimal) and not isinstance(got, (bool, str, type(None))):
        return None if Decimal(got) == want else f"{at}: {got}, not {want}"
    if type(got) is type(want) and got == want:
        return None
    return f"{at}: {got!r}, not {want!r}"


class Cases:
    """Frames of one server version, all messages, and what they hold."""

    def __init__(self, version):
        self.version, self.lines, self.wants = version, [], []

    def add(self, direction, msg_id, form, payload, values):
        mark = "<" if direction == "in" else ">"
        name = TABLES.names[direction][msg_id][0]
        self.lines.append(f"{mark} {payload.hex()}")
        self.wants.append((direction, msg_id, name, form, values))

    def all_text(self):
        for direction, messages in TABLES.text.items():
            for msg_id, fields in messages.items():
                if TABLES.names[direction][msg_id][1] == "proto_only":
                    continue
                for on in (False, True):
                    rng = wire.seeded(self.version, direction, msg_id, on)
                    made = wire.TextFrame(fields, self.version, rng, on)
                    self.add(direction, msg_id, "text",
                             wire.text_payload(msg_id, self.version, made.texts), made.values)

    def all_protobuf(self):
        for direction, messages in TABLES.messages.items():
            for msg_id, name in messages.items():
                for share in (0.5, 1):
                    rng = wire.seeded(self.version, direction, msg_id, share)
                    made = wire.Protobuf(TABLES, name, rng, share)
                    self.add(direction, msg_id, "protobuf",
                             wire.protobuf_payload(msg_id, made.body), made.values)

    def check(self):
        got = frames("--show-accounts", "--server-version", str(self.version), lines=self.lines)
        assert len(got) == len(self.wants), f"{len(got)} frames of {len(self.wants)}"
        for frame, line, (direction, msg_id, name, form, values) in zip(got, self.lines,
                                                                        self.wants):
            place = f"{name} ({direction} {msg_id}) at {self.version}, {form}: {line[:2000]}"
            assert frame["name"] == name and frame["id"] == msg_id, place
            assert frame["form"] == form, place
            wrong = difference(bare(frame["fields"]), values)
            assert not wrong, f"{wrong}\n{place}\ngot  {frame['fields']}\nwant {values}"
            assert "extra" not in frame and "missing" not in frame, f"{frame}\n{place}"
        return {(d, i, f) for d, i, _, f, _ in self.wants}


class EveryMessage(unittest.TestCase):
    def test_decodes_at_every_server_version(self):
        seen = {}
        for version in VERSIONS:
            cases = Cases(version)
            cases.all_text()
            if version >= wire.RAW_ID_SINCE:
                cases.all_protobuf()
            for what in cases.check():
                seen.setdefault(what, []).append(version)
        print(f"{'message':44} {'form':8} versions decoded")
        for (direction, msg_id, form), versions in sorted(seen.items()):
            want = [v for v in VERSIONS if form == "text" or v >= wire.RAW_ID_SINCE]
            name = TABLES.names[direction][msg_id][0]
            self.assertEqual(versions, want, name)
            print(f"{direction:3} {msg_id:3} {name:36} {form:8} {versions[0]}..{versions[-1]}, "
                  f"{len(versions)} of {len(want)}")
        for direction in ("in", "out"):
            ids = {i for d, i, _ in seen if d == direction}
            self.assertEqual(ids, set(TABLES.names[direction]), "an id of the tables is missing")

    def test_a_count_that_only_some_clients_send(self):
        for msg_id, name, fields in ((54, "implVolOptionsCount", 17), (55, "optPrcOptionsCount", 17)):
            for sends_it in (True, False):
                rng = wire.seeded(msg_id, sends_it)
                made = wire.TextFrame(TABLES.text["out"][msg_id], 150, rng, False)
                texts = made.texts[:-1] + (["1"] if sends_it else []) + ["a=1;"]
                got = frames("--server-version", "150", "--from", "client",
                             lines=[wire.text_payload(msg_id, 150, texts).hex()])[0]
                self.assertEqual(got["fields"].get(name), 1 if sends_it else None)
                self.assertEqual(list(got["fields"].values())[-1], "a=1;")
                self.assertNotIn("extra", got)


class Odd(unittest.TestCase):
    """What does not fit is kept, and nothing else is lost for it."""

    def text(self, msg_id, *texts, version="176", side="gateway"):
        return frames("--show-accounts", "--server-version", version, "--from", side,
                      lines=[wire.text_payload(msg_id, int(version), texts).hex()])[0]

    def test_fields_beyond_the_schema(self):
        got = self.text(9, "1", "42", "more", "7")
        self.assertEqual(got["fields"], {"version": 1, "orderId": 42})
        self.assertEqual(got["extra"], ["more", "7"])

    def test_fields_that_are_missing(self):
        self.assertEqual(self.text(1, "6", "9001", "1")["missing"], 3)
        got = self.text(17, "1", "a", "b", "3", "20260101", "1", "2")
        self.assertEqual(got["missing"], 5 + 2 * 8)
        self.assertEqual(len(got["fields"]["bars"]), 1)

    def test_counts_that_nobody_means(self):
        for count in ("2147483647", "4294967296", "99999999999999999999", "-1", "x", ""):
            got = self.text(17, "1", "a", "b", count)
            self.assertNotIn("bars", got["fields"])
        self.assertEqual(self.text(75, "1", "X", "2", "T", "100", "4000000000",
                                   "20260101")["fields"]["expirations"], ["20260101"])

    def test_numbers_that_are_none(self):
        got = self.text(1, "6", "9001", "one", "1,5", "3", "0")
        self.assertEqual(got["fields"]["tickType"], "one")
        self.assertEqual(got["fields"]["price"], "1,5")

    def test_unknown_protobuf_fields_by_number_and_wire_type(self):
        contract = wire.sized(2, b"AAPL") + wire.key(99, 0) + wire.varint(5)
        body = wire.key(1, 0) + wire.varint(7) + wire.sized(2, contract) + \
            wire.key(50, 1) + struct.pack("<d", 2.5) + wire.key(51, 5) + struct.pack("<I", 3) + \
            wire.sized(52, b"hi")
        got = frames("--from", "client", "--server-version", "210",
                     lines=[wire.protobuf_payload(9, body).hex()])[0]
        self.assertEqual(got["fields"], {"reqId": 7, "contract": {"symbol": "AAPL"}})
        self.assertEqual(got["extra"], [
            {"in": "contract", "field": 99, "wire": 0, "value": 5},
            {"field": 50, "wire": 1, "value": Decimal("2.5")},
            {"field": 51, "wire": 5, "value": 3}, {"field": 52, "wire": 2, "value": "hi"}])

    def test_a_field_that_comes_twice(self):
        contract = wire.sized(2, wire.sized(2, b"AAPL"))
        again = wire.sized(2, wire.sized(2, b"MSFT") + wire.sized(20, wire.key(1, 0) + b"\x05"))
        body = wire.key(1, 0) + b"\x07" + contract + wire.key(1, 0) + b"\x08" + again
        got = frames("--from", "client", "--server-version", "210",
                     lines=[wire.protobuf_payload(9, body).hex()])[0]
        self.assertEqual(got["fields"], {"reqId": 7, "contract": {"symbol": "AAPL"}})
        self.assertEqual(got["extra"], [{"field": 1, "wire": 0, "value": 8},
                                        {"symbol": "MSFT", "comboLegs": [{"conId": 5}]}])

    def test_a_list_that_goes_on_later(self):
        one = wire.sized(3, b"\x08\x01")
        body = one + wire.key(1, 0) + b"\x07" + wire.sized(3, b"\x08\x02")
        got = frames("--from", "gateway", "--server-version", "219",
                     lines=[wire.protobuf_payload(110, body).hex()])[0]
        self.assertEqual(len(got["fields"]["messages"]), 1)
        self.assertEqual(got["fields"]["reqId"], 7)
        self.assertEqual(len(got["extra"]), 1)

    def test_broken_protobuf_keeps_what_came_before(self):
        body = wire.key(1, 0) + b"\x07" + wire.sized(2, b"\x12\x7f") + wire.key(3, 0)[:1]
        got = frames("--from", "client", "--server-version", "210",
                     lines=[wire.protobuf_payload(20, body).hex()])[0]
        self.assertEqual(got["fields"]["reqId"], 7)
        self.assertIn("not valid protobuf", got["error"])
        self.assertEqual(got["extra"], [
            {"in": "contract", "field": 0, "wire": 2, "value": "\x12\x7f"},
            {"field": 0, "wire": 2, "value": "\x18"}], "what is left is kept")
        got = frames("--from", "gateway", "--server-version", "210",
                     lines=["000000c908054b08014c1001"])[0]
        self.assertEqual(got["extra"][-1], {"field": 0, "wire": 2, "value": "K\x08\x01L\x10\x01"})

    def test_digits_that_no_double_keeps(self):
        long = ("12345678901234567.25", "0.1000000000000000055511151231257827")
        got = self.text(94, "1", *long, "184.250")
        self.assertEqual((got["fields"]["dailyPnL"], got["fields"]["unrealizedPnL"]), long)
        self.assertEqual(got["fields"]["realizedPnL"], Decimal("184.25"))
        out, _ = decode("--from", "gateway", "--server-version", "176",
                        lines=[wire.text_payload(94, 176, ["1", *long, "0.00012"]).hex()])
        for one in (*long, "0.00012"):
            self.assertEqual(out.count(one), 2, "in the line and in the list")

    def test_readable_forms_stand_beside_the_values(self):
        got = self.text(1, "6", "9001", "1", "184.25", "3", "3")
        self.assertEqual(got["fields"]["tickType_text"], "BID")
        self.assertEqual(got["fields"]["attrMask_text"], "canAutoExecute, pastLimit")
        got = self.text(49, "1", "1700000000")
        self.assertEqual(got["fields"]["time_text"], "2023-11-14T22:13:20Z")
        got = self.text(21, "9", "13", "1", "0.2", "0.5", "1", "0", "0.1", "0.1", "0.1", "184")
        self.assertEqual(got["fields"]["tickAttrib_text"], "price based")
        got = self.text(58, "1", "5", "3")
        self.assertEqual(got["fields"]["marketDataType_text"], "delayed")


class Hostile(unittest.TestCase):
    """Any prefix, any flipped bit: every line is answered, and the answer is JSON."""

    def cases(self):
        for version in (100, 176, 203):
            for direction, messages in TABLES.text.items():
                for msg_id, fields in messages.items():
                    if TABLES.names[direction][msg_id][1] == "proto_only":
                        continue
                    made = wire.TextFrame(fields, version, wire.seeded("hostile", msg_id), True)
                    yield direction, wire.text_payload(msg_id, version, made.texts)
        for direction, messages in TABLES.messages.items():
            for msg_id, name in messages.items():
                made = wire.Protobuf(TABLES, name, wire.seeded("hostile", msg_id), 1)
                yield direction, wire.protobuf_payload(msg_id, made.body)

    def answered(self, version, payloads):
        lines = [("< " if d == "in" else "> ") + (struct.pack(">I", len(p)) + p).hex()
                 for d, p in payloads if p]
        got = frames("--server-version", str(version), lines=lines)
        self.assertEqual(len(got), len(lines))
        decode("--server-version", str(version), "-v", lines=lines)
        # Without their lengths some may be taken for what has one, and that is said.
        lines = [("< " if d == "in" else "> ") + p.hex() for d, p in payloads if p]
        done = subprocess.run([BIN, "decode", "--server-version", str(version), "--json", "-"],
                              input="\n".join(lines).encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)
        self.assertIn(done.returncode, (0, 3))
        self.assertGreaterEqual(len(list(map(json.loads, done.stdout.splitlines()))), len(lines))
        for said in done.stderr.decode().splitlines():
            self.assertRegex(said, "the length in front|behind the last frame|the hello's length")

    def test_prefixes(self):
        rng = wire.seeded("prefixes")
        payloads = [(d, p[:rng.randrange(len(p) + 1)]) for d, p in self.cases() for _ in range(5)]
        self.answered(176, payloads)
        self.answered(203, payloads)

    def test_flipped_bits(self):
        rng = wire.seeded("flips")
        payloads = []
        for direction, payload in self.cases():
            for _ in range(5):
                flipped = bytearray(payload)
                for _ in range(rng.choice([1, 1, 2, 8])):
                    flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
                payloads.append((direction, bytes(flipped)))
        self.answered(176, payloads)
        self.answered(213, payloads)

    def test_segments_do_not_matter(self):
        stream = b"".join(wire.frame(p) for d, p in self.cases() if d == "in" and p[:2] == b"\0\0")
        args = [BIN, "decode", "--raw", "--from", "gateway", "--server-version", "203", "--json",
                "-"]
        whole = subprocess.run(args, input=stream, stdout=subprocess.PIPE, timeout=60).stdout
        self.assertGreater(len(whole.splitlines()), 100)
        rng = wire.seeded("segments")
        with tempfile.TemporaryFile() as out:
            with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=out, bufsize=0) as program:
                at = 0
                while at < len(stream):
                    n = rng.choice([1, 2, 3, 5, 100, 1448, 4096])
                    program.stdin.write(stream[at:at + n])
                    at += n
                program.stdin.close()
                self.assertEqual(program.wait(60), 0)
            out.seek(0)
            self.assertEqual(out.read(), whole)


class Filters(unittest.TestCase):
    """Which frames are shown, of a session that is known."""

    PATH = os.path.join(ROOT, "fixtures", "healthy-176.pcapng")

    def names(self, *args):
        done = subprocess.run([BIN, "read", "--json", "-", *args, self.PATH],
                              stdout=subprocess.PIPE, timeout=60)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(any(e["event"] == "verdict" for e in events), "only frames are held back")
        return [e["name"] for e in events if e["event"] == "frame"]

    def test_names_with_patterns(self):
        everything = self.names()
        ticks = [n for n in everything if n.startswith("tick")]
        self.assertGreater(len(ticks), 3)
        self.assertEqual(self.names("--only", "tick*"), ticks)
        self.assertEqual(self.names("--not", "tick*"),
                         [n for n in everything if not n.startswith("tick")])
        self.assertEqual(self.names("--only", "tick*,error", "--not", "tickS*"),
                         [n for n in everything if n == "error" or
                          n.startswith("tick") and not n.startswith("tickS")])
        self.assertEqual(self.names("--only", "hello,version"), ["hello", "version"])

    def test_request_and_direction(self):
        self.assertEqual(self.names("--req", "11"),
                         ["reqContractDetails", "contractDetails", "contractDetailsEnd"])
        self.assertEqual(self.names("--req", "11", "--dir", "client"), ["reqContractDetails"])
        self.assertNotIn("startApi", self.names("--dir", "gateway"))

    def test_an_id_within_a_nested_message(self):
        order = wire.sized(2, wire.key(2, 0) + wire.varint(7))
        line = wire.protobuf_payload(101, order).hex()
        for wanted, n in (("7", 1), ("8", 0)):
            got = frames("--from", "gateway", "--server-version", "226", "--req", wanted,
                         lines=[line])
            self.assertEqual([f["name"] for f in got], ["completedOrder"][:n])

    def test_in_text_they_show_frames_without_v(self):
        done = subprocess.run([BIN, "read", "--only", "nextValidId", self.PATH],
                              stdout=subprocess.PIPE, timeout=60)
        shown = [x for x in done.stdout.decode().splitlines() if " < " in x or " > " in x]
        self.assertEqual(len(shown), 1)
        self.assertRegex(shown[0], r"nextValidId \d+$")

    def test_a_name_that_no_message_has_is_refused(self):
        done = subprocess.run([BIN, "read", "--only", "tickPrize", self.PATH],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"tickPrize", done.stderr)


class Input(unittest.TestCase):
    PAYLOAD = b"9\0001\00042\0"

    def expect_next_id(self, line, *args):
        got = frames("--from", "gateway", *args, lines=[line])
        self.assertEqual([f["name"] for f in got], ["nextValidId"], line)
        self.assertEqual(got[0]["fields"]["orderId"], 42)

    def test_hex_and_base64_with_and_without_length(self):
        whole = struct.pack(">I", len(self.PAYLOAD)) + self.PAYLOAD
        for data in (self.PAYLOAD, whole):
            self.expect_next_id(data.hex())
            self.expect_next_id(data.hex(" ").upper())
            self.expect_next_id(data.hex(":"))
            self.expect_next_id("".join(f"0x{b:02x} " for b in data))
            self.expect_next_id(base64.b64encode(data).decode())
            self.expect_next_id(base64.urlsafe_b64encode(data).decode().rstrip("="))

    def test_a_session_with_both_sides(self):
        hello = b"API\0" + struct.pack(">I", 9) + b"v100..203"
        got = frames(lines=["# a comment", "", f"> {hello.hex()}",
                            "< " + b"203\00020260101 10:00:00 EST\0".hex(),
                            "> " + wire.text_payload(71, 203, ["2", "7", ""]).hex(),
                            "< " + wire.protobuf_payload(4, wire.key(3, 0) + b"\x01").hex()])
        self.assertEqual([f["name"] for f in got], ["hello", "version", "startApi", "error"])
        self.assertEqual(got[2]["fields"]["clientId"], 7)

    def test_raw_streams(self):
        stream = b"".join(struct.pack(">I", len(p)) + p for p in [self.PAYLOAD] * 5000)
        got = frames("--from", "gateway", "--raw", raw=stream)
        self.assertEqual(len(got), 5000)
        out, err = decode("--from", "gateway", "--raw", "--json", "-", raw=stream[:-3], status=3)
        self.assertEqual(len(out.splitlines()), 5000, "what is there of the last is decoded")
        self.assertIn("ends within frame 5000, at byte 54989: 4 of its 7 bytes are there", err)

    def test_the_ends_of_raw_streams(self):
        frame = struct.pack(">I", len(self.PAYLOAD)) + self.PAYLOAD
        for cut, said in ((1, "within the length of frame 2, at byte 11: 1 of 4 bytes"),
                          (4, "within frame 2, at byte 11: 0 of its 7 bytes"),
                          (9, "within frame 2, at byte 11: 5 of its 7 bytes")):
            out, err = decode("--from", "gateway", "--raw", "--json", "-", status=3,
                              raw=frame + frame[:cut])
            self.assertIn(said, err)
            got = [json.loads(line) for line in out.splitlines()]
            self.assertEqual(len(got), 1 if cut < 4 else 2, "what is there of it is decoded")
        self.assertEqual(got[1]["fields"], {"version": 1, "orderId": 4})
        _, err = decode("--from", "client", "--raw", status=3, raw=b"API\0\0\0")
        self.assertIn("ends within the hello, after 6 bytes", err)
        out, err = decode("--from", "gateway", "--raw", status=3,
                          raw=frame + struct.pack(">I", 0x7fffffff) + b"x")
        self.assertIn("not decoded from byte 11 on, behind frame 1", err)
        self.assertNotIn("relayed", out)

    def test_as_people_paste_them(self):
        p = self.PAYLOAD
        escaped = "".join(f"\\x{b:02x}" for b in p)
        for line in (repr(p), repr(bytearray(p)), str(p)[2:-1], escaped, f'"{escaped}"',
                     '"9\\0001\\00042\\0"', "9\\u00001\\u000042\\u0000",
                     f'"{p.hex()}"', f"'{p.hex()}',", f"[{p.hex(' ')}]",
                     "{" + ", ".join(f"0x{b:02X}" for b in p) + "};", p.hex("-"), f"hex: {p.hex()}",
                     f"payload={p.hex()}", f"{p.hex(' ')}  # next id", f"{p.hex()} // next id",
                     f"2026-11-24 13:03:05.123 {p.hex()}", f"[13:03:05] {p.hex(' ')}",
                     f"13:03:05 {p.hex(' ')}", f"1763989385.123456 {p.hex()}",
                     f"2026-11-24T13:03:05Z <- {p.hex(':')}", f"<<< {p.hex()}",
                     f"2026-11-24 13:03:05,123 DEBUG lib.conn received {p!r}",
                     f"13:03:05.123 recv data: {base64.b64encode(p).decode()}"):
            self.expect_next_id(line)
        for mark, name in ((">", "reqAllOpenOrders"), ("<", "nextValidId")):
            payload = wire.text_payload(16 if mark == ">" else 9, 176, ["1", "42"][:1 + (mark == "<")])
            got = frames(lines=[f"[2026-11-24 13:03:05] {mark} {payload!r}"])
            self.assertEqual([f["name"] for f in got], [name])

    def test_logs_of_ibapi(self):
        """Python's official client, at the levels INFO and DEBUG: who sent it stands in the words."""
        p, ids = self.PAYLOAD, wire.text_payload(8, 176, ["1", "1"])
        whole = struct.pack(">I", len(p)) + p
        fields = tuple(p.split(b"\0")[:-1])
        for line in (f"DEBUG:ibapi.connection:len {len(whole)} raw:{whole!r}|",
                     f"DEBUG:ibapi.reader:size:{len(p)} msg.size:{len(p)} msg:|{p!r}| buf:b''|",
                     f"2026-11-24 13:03:05,123 ibapi.client DEBUG fields {fields!r}"):
            got = frames("--server-version", "176", lines=[line])
            self.assertEqual([(f["name"], f["dir"], f["fields"]["orderId"]) for f in got],
                             [("nextValidId", "gateway", 42)], line)
        got = frames(lines=[f"INFO:ibapi.client:SENDING reqIds {struct.pack('>I', len(ids)) + ids!r}"])
        self.assertEqual([(f["name"], f["dir"]) for f in got], [("reqIds", "client")])
        got = frames(lines=["fields (b'4', b'2', b'7', b'201', b\"it's no\\xe9\", b'')"])
        self.assertEqual((got[0]["fields"]["errorCode"], got[0]["fields"]["errorMsg"][:7]), (201, "it's no"))

    def test_logs_of_ib_insync(self):
        """ib_insync and ib_async part the fields by commas."""
        head = "2026-11-24 13:03:05,123 ib_async.client DEBUG "
        lines = [">>> 71,2,7,,", "<<< 178,20261124 13:03:05 EST", "<<< 9,1,42",
                 "<<< 15,1,DU1234567,U7654321,", "<<< 4,2,-1,2104,Market data farm connection is OK:usfarm,",
                 ">>> 61,1,"]
        for front in (head, "DEBUG:ib_insync.client:", ""):
            got = frames("--show-accounts", lines=[front + line for line in lines])
            self.assertEqual([f["name"] for f in got], ["startApi", "version", "nextValidId",
                                                        "managedAccounts", "error", "reqPositions"])
            self.assertFalse([f for f in got if "extra" in f or "missing" in f])
            self.assertEqual(got[3]["fields"]["accountsList"], "DU1234567,U7654321,")
            self.assertEqual(got[4]["fields"]["errorCode"], 2104)

    def test_commas_that_part_bytes_are_no_fields(self):
        for line in ("<<< " + self.PAYLOAD.hex(","), "< 39,00,31,00,34,32,00"):
            self.expect_next_id(line)

    def dumped(self, *command):
        tool = shutil.which(command[0])
        if not tool:
            self.skipTest(f"no {command[0]} here")
        long = wire.text_payload(4, 176, ["2", "5", "201", "Order rejected: " + "no funds " * 9, ""])
        text = b"".join(subprocess.run([tool, *command[1:]], input=p, stdout=subprocess.PIPE,
                                       timeout=60).stdout for p in (long, self.PAYLOAD, long))
        got = frames("--from", "gateway", "--server-version", "176", raw=text)
        self.assertEqual([f["name"] for f in got], ["error", "nextValidId", "error"])
        self.assertEqual(got[0]["fields"]["errorMsg"], "Order rejected: " + "no funds " * 9)

    def test_dumps_of_xxd(self):
        for options in ((), ("-g1",), ("-u",), ("-c", "8"), ("-c", "32")):
            self.dumped("xxd", *options)

    def test_dumps_of_hexdump(self):
        self.dumped("hexdump", "-C", "-v")

    def test_dumps_that_are_not_whole(self):
        text = "00000000  34 00 32 00 35 00 32 30  31 00 61 61 61 61 61 61  |4.2.5.201.aaaaaa|"
        out, err = decode("--from", "gateway", "--json", "-", status=3, lines=[
            text, "*", "00000020  61 00 00                                          |a..|",
            "00000023", self.PAYLOAD.hex()])
        self.assertEqual([json.loads(x)["name"] for x in out.splitlines()], ["nextValidId"])
        self.assertRegex(err, r"^[^\n]*line 2: byte 1: a dump with lines left out[^\n]*\n$")
        _, err = decode("--from", "gateway", status=3, lines=["00000010: 3900 3100 3432 00"])
        self.assertIn("a dump whose beginning is missing", err)

    def test_several_frames_on_a_line(self):
        whole = struct.pack(">I", len(self.PAYLOAD)) + self.PAYLOAD
        got = frames("--from", "gateway", lines=[(3 * whole).hex()])
        self.assertEqual([f["fields"]["orderId"] for f in got], [42] * 3)

    def test_a_length_that_does_not_fit(self):
        """It is no message id, and a message id is no such length."""
        accounts = wire.text_payload(15, 176, ["1", "DU1234567"])
        for length, says in ((16, "says 16 bytes, 15 follow"), (14, "says 14 bytes, 15 follow"),
                             (100, "says 100 bytes, 15 follow"), (1000, "says 1000 bytes")):
            for version in ((), ("--server-version", "176")):
                out, err = decode("--from", "gateway", "--json", "-", *version, status=3,
                                  lines=[(struct.pack(">I", length) + accounts).hex()])
                self.assertIn(says, err)
                self.assertEqual([json.loads(x)["name"] for x in out.splitlines()],
                                 ["managedAccounts"])
        whole = struct.pack(">I", len(accounts)) + accounts
        out, err = decode("--from", "gateway", "--json", "-", status=3,
                          lines=[(whole + whole[:-4]).hex()])
        self.assertEqual(len(out.splitlines()), 2)
        self.assertIn("says 15 bytes, 11 follow", err)
        for msg_id, texts in ((9, ["1", "42"]), (15, ["1", "DU1234567"]), (49, ["1", "1700000000"])):
            got = frames("--from", "gateway", "--server-version", "201",
                         lines=[wire.text_payload(msg_id, 201, texts).hex()])
            self.assertEqual(got[0]["id"], msg_id)

    def test_hellos(self):
        text = b"v100..176"
        start = struct.pack(">I", 7) + b"71\0" + b"2\0" + b"7\0"
        for data in (text, struct.pack(">I", 9) + text, b"API\0" + struct.pack(">I", 9) + text):
            got = frames("--from", "client", lines=[data.hex()])
            self.assertEqual([(f["form"], f["fields"]) for f in got],
                             [("hello", {"min": 100, "max": 176})])
        got = frames("--from", "client", lines=[(data + start).hex()])
        self.assertEqual([f["name"] for f in got], ["hello", "startApi"])
        out, _ = decode("--from", "client", "--hex", lines=[data.hex()])
        self.assertEqual(frames("--from", "client", lines=[out.split("0000")[1][:35]])[0]["form"],
                         "hello", "what --hex prints reads back")

    def test_version_replies(self):
        """One more is another session; a message of two fields is none."""
        def reply(version):
            return "< " + f"{version}\0" .encode().hex() + b"20260102 10:00:00 EST\0".hex()

        order = "< " + wire.text_payload(9, 176, ["1", "42"]).hex()
        raw = "< " + wire.text_payload(9, 201, ["1", "43"]).hex()
        got = frames(lines=[reply(176), order, reply(201), raw])
        self.assertEqual([f["name"] for f in got],
                         ["version", "nextValidId", "version", "nextValidId"])
        self.assertFalse([f for f in got if "error" in f])
        for version in (193, 194):  # an error says on which side of 194 it is
            fields = ["-1", "2104", "text", ""] if version == 194 else ["2", "-1", "2104", "text", ""]
            got = frames(lines=["< " + wire.text_payload(4, version, fields).hex()])
            self.assertEqual(got[0]["fields"]["errorCode"], 2104)
        millis = "< " + b"109\0001700000000123\0".hex()
        for options in ((), ("--server-version", "198")):
            got = frames(*options, lines=[millis])
            self.assertEqual(got[0]["name"], "currentTimeInMillis")

    def test_a_hello_bounds_the_version_that_is_inferred(self):
        """symbolSamples ends with a description from 176 on."""
        samples = "< " + wire.text_payload(79, 150, ["1", "1", "265598", "AAPL", "STK", "NASDAQ", "USD", "1", "CFD"]).hex()
        for offer, missing in (("v100..150", None), ("v100..176", 2), (None, 2)):
            hello = ["> " + (b"API\0" + wire.frame(offer.encode())).hex()] if offer else []
            self.assertEqual(frames(lines=hello + [samples])[-1].get("missing"), missing, offer)

    def test_an_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            for options in ((), ("--json", "-")):
                done = subprocess.run([BIN, "decode", "--from", "gateway", *options], stdout=full,
                                      stderr=subprocess.PIPE, input=self.PAYLOAD.hex().encode(),
                                      timeout=60)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"cannot write to standard output: No space left", done.stderr)
        path = os.path.join(ROOT, "fixtures", "healthy-176.pcapng")
        for command in (("decode", "--from", "gateway"), ("read", path)):
            done = subprocess.run([BIN, *command, "--json", "/dev/full"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, input=self.PAYLOAD.hex().encode(),
                                  timeout=60)
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"cannot write to /dev/full", done.stderr)
            self.assertTrue(done.stdout, "the text is written all the same")

    def test_a_reader_that_leaves(self):
        """Input without an end: the program ends with its reader, and says nothing of it."""
        for options in ((), ("--raw",)):
            with subprocess.Popen([BIN, "decode", "-q", "--from", "gateway", *options],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as program:
                one = (struct.pack(">I", 7) + self.PAYLOAD if options
                       else self.PAYLOAD.hex().encode() + b"\n")
                program.stdin.write(one * 4096)
                program.stdin.flush()
                self.assertIn(b"nextValidId", program.stdout.readline())
                program.stdout.close()
                with self.assertRaises(BrokenPipeError):
                    while True:
                        program.stdin.write(one * 4096)
                self.assertEqual(program.wait(60), 3)
                self.assertEqual(program.stderr.read(), b"")

    def test_options_of_sessions_are_refused(self):
        _, err = decode("--request-timeout", "1s", status=2)
        self.assertIn("unknown option --request-timeout", err)
        _, err = decode("--server-version", "1000", status=2)
        self.assertIn("a server version from 100 to 999", err)
        out, _ = decode("--help")
        self.assertNotIn("timeout", out)
        self.assertNotIn("verdict", out)

    def test_what_is_wrong_is_said_with_its_place(self):
        for odd in ("3900310034320", "4a4", "39 00 3"):
            _, err = decode("--from", "gateway", lines=[odd], status=3)
            self.assertIn(f"byte {len(odd)}: an odd number of hex digits", err)
        out, err = decode("--json", "-", "--from", "gateway",
                          lines=[self.PAYLOAD.hex(), "3900zz", self.PAYLOAD.hex()], status=3)
        self.assertEqual(len(out.splitlines()), 2)
        self.assertRegex(err, r"standard input, line 2: byte 5: no hex digit")
        _, err = decode(lines=[self.PAYLOAD.hex()], status=2)
        self.assertRegex(err, r"line 1: who sent it\?")
        _, err = decode("/nonexistent", "--from", "client", status=3)
        self.assertIn("/nonexistent", err)

    def test_lines_without_a_payload_are_counted_once(self):
        lines = ["2026-11-24 13:03:05,123 ib_async.client INFO Connecting to 127.0.0.1:7497",
                 "<<< 178,20261124 13:03:05 EST", "Traceback (most recent call last):", "done", "<<< 9,1,42"]
        out, err = decode("--json", "-", lines=lines)
        self.assertEqual([json.loads(x)["name"] for x in out.splitlines()], ["version", "nextValidId"])
        self.assertEqual(err, "twstap decode: 3 lines without a payload were skipped\n")
        out, err = decode("--json", "-", lines=["done", "over"], status=3)
        self.assertEqual(out, "")
        self.assertIn("no line has a payload", err)

    def test_a_guess_is_said(self):
        out, err = decode("--json", "-", lines=["-> 9-1-42-"])
        self.assertEqual(json.loads(out)["fields"]["orderId"], 42)
        self.assertRegex(err, r"^twstap decode: standard input, line 1: a guess: [^\n]*TWS[^\n]*\n$")

    def test_logs_of_other_libraries(self):
        """One line of each kind is in the table of formats, which the unit tests read; here, whole sessions."""
        for lines in (["sent [ 71, 2, 7, '' ]", "received [ '178', '20261124 13:03:05 EST' ]", "received [",
                       "  '9', '1',", "  '42'", "]"],
                      ['DEBUG: -> "71\\02\\07\\0\\0"', 'DEBUG: <- "178\\020261124 13:03:05 EST\\0"',
                       'DEBUG: <- "9\\01\\042\\0"'],
                      ["10:05:21:715 <- 71-2-7--", "10:05:21:715 -> 178-20261124 13:03:05 EST-",
                       "10:05:21:715 -> --- 9-1-4-".replace("--- ", "---\6")]):
            got = frames(lines=lines)
            self.assertEqual([f["name"] for f in got], ["startApi", "version", "nextValidId"], lines)
            self.assertFalse([f for f in got if "extra" in f or "missing" in f], lines)

    def test_what_is_missing_is_said(self):
        for line, says in (('BUFFER :> ["1", "5168", "3"]', "the message's id is missing"),
                           ("['98', '9', '0", "the text in quotes has no end"),
                           ("['98', '9', ... 3 more items ]", "items of the list are left out"),
                           ("<Buffer 39 00 ... 3 more bytes>", "bytes are left out"),
                           ("-> [61, 1", "the list has no end"),
                           ("[57, 0]", "bytes or fields")):
            _, err = decode("--from", "gateway", lines=[line], status=3)
            self.assertRegex(err, f"standard input, line 1: .*{says}", line)

    def test_a_line_longer_than_any_payload(self):
        out, err = decode("--json", "-", "--from", "gateway", status=3,
                          raw=b"30" * (40 << 20) + b"\n" + self.PAYLOAD.hex().encode() + b"\n")
        self.assertEqual(len(out.splitlines()), 1)
        self.assertIn("line 1: longer than any payload", err)

    def test_text_shows_each_value(self):
        out, _ = decode("--from", "gateway", lines=[self.PAYLOAD.hex()])
        self.assertRegex(out, r"(?m)^< 1 +nextValidId 42 \(7 bytes, text\)$")
        self.assertRegex(out, r"(?m)^ +orderId +42$")
        out, _ = decode("-q", "--from", "gateway", lines=[self.PAYLOAD.hex()])
        self.assertEqual(len(out.splitlines()), 1)


class RealFrames(unittest.TestCase):
    """What real gateways and clients sent."""

    # A client of its own making that ends each of its requests with one empty field more.
    ONE_MORE = "ghill2/pyfutures:"

    def setUp(self):
        if not os.path.exists(REAL):
            self.skipTest("no recorded frames at hand")
        with open(REAL, encoding="utf-8") as f:
            self.rows = [r for r in map(json.loads, f)
                         if not r.get("hello") and r["server_version"]]

    @staticmethod
    def decoded(row):
        """By the side that sent it, or by the one that makes sense of it."""
        sides = [row["dir"]] if row["dir"] else ["gateway", "client"]
        got = [frames("--server-version", str(row["server_version"]), "--from", side,
                      lines=[row["hex"]])[0] for side in sides]
        return next((g for g in got if not RealFrames.oddity(g)), got[0])

    @staticmethod
    def oddity(frame):
        return {k: frame[k] for k in ("extra", "missing", "error") if k in frame}

    def is_explained(self, row, odd):
        return (row["source"].startswith(self.ONE_MORE) and row["dir"] == "client" and
                odd == {"extra": [""]})

    def test_what_was_captured_decodes_completely(self):
        live = [r for r in self.rows if r["quality"] == "live"]
        self.assertGreater(len(live), 50)
        for row in live:
            frame = self.decoded(row)
            odd = self.oddity(frame)
            self.assertTrue(not odd or self.is_explained(row, odd),
                            f"{row['source']}: {frame['name']}: {odd}")

    def test_what_authors_wrote_down_never_fails(self):
        """Literals of tests: some are shortened, some invented; the rest is whole."""
        written = [r for r in self.rows if r["quality"] != "live"]
        whole = [r for r in written if not self.oddity(self.decoded(r))]
        print(f"{len(whole)} of {len(written)} literals are whole")
        self.assertGreater(len(whole), 0.5 * len(written))

    def test_captures_of_real_clients_decode_completely(self):
        folder = os.path.join(os.path.dirname(REAL), "captures")
        for name in sorted(n for n in os.listdir(folder) if n.endswith(".pcap")):
            done = subprocess.run([BIN, "read", "-q", "--json", "-", os.path.join(folder, name)],
                                  stdout=subprocess.PIPE, timeout=60)
            events = [json.loads(line) for line in done.stdout.splitlines()]
            for frame in (e for e in events if e["event"] == "frame"):
                self.assertEqual(self.oddity(frame), {}, f"{name}: {frame}")

    def test_no_account_is_shown(self):
        """Ids are replaced in the data, by ids of the same form."""
        for row in self.rows:
            side = row["dir"] or "gateway"
            args = ("--server-version", str(row["server_version"]), "--from", side)
            ids = set(re.findall(rb"(?<![A-Za-z0-9_])(?:DU|DF|U|F)[0-9]{5,9}(?![A-Za-z0-9_])",
                                 bytes.fromhex(row["hex"])))
            if not ids:
                continue
            for more in ((), ("--json", "-")):
                out, _ = decode(*args, *more, lines=[row["hex"]])
                for one in ids:
                    self.assertNotIn(one.decode(), out)


if __name__ == "__main__":
    main()
