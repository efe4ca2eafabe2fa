"""Frames made from the fact tables in tests/protocol, and what a decoder must say of them.

Independent of the program: it reads the fact tables by the rules of their README, never the
program's own tables.
"""

import collections
import os
import random
import re
import struct
from decimal import Decimal

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol")
VERSIONS = range(100, 227)
RAW_ID_SINCE = 201
PROTOBUF = 200
UNSET_INT = ("2147483647", "9223372036854775807", "-9223372036854775808")
UNSET_DOUBLE = ("1.7976931348623157E308", "1.7976931348623157e+308")

# Where the protobuf schema calls a field of a message otherwise than the call or callback does.
CALLED = {
    ("ErrorMessage", "id"): "reqId", ("AccountValue", "value"): "val",
    ("NewsBulletin", "newsMsgId"): "msgId", ("NewsBulletin", "newsMsgType"): "msgType",
    ("RealTimeBarTick", "WAP"): "wap", ("TickNews", "timestamp"): "timeStamp",
    ("HistoricalTicksRequest", "useRTH"): "useRth",
    ("NewsBulletin", "originatingExch"): "originExch", ("ReceiveFA", "xml"): "cxml",
    ("FAReplace", "xml"): "cxml", ("CurrentTime", "currentTime"): "time",
    ("CommissionAndFeesReport", "bondYield"): "yield", ("PnLSingle", "position"): "pos",
    ("HistoricalTicks", "isDone"): "done", ("HistoricalTicksBidAsk", "isDone"): "done",
    ("HistoricalTicksLast", "isDone"): "done",
    ("CurrentTimeInMillis", "currentTimeInMillis"): "timeInMillis",
    ("NewsBulletinsRequest", "allMessages"): "allMsgs",
    ("AutoOpenOrdersRequest", "autoBind"): "bAutoBind",
    ("ExerciseOptionsRequest", "orderId"): "reqId",
    ("FundamentalsDataRequest", "fundamentalsDataOptions"): "fundamentalDataOptions",
    ("MarketDepthRequest", "marketDepthOptions"): "mktDepthOptions",
}


def rows(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        head = f.readline().lstrip("#").rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in f]


class Field:
    """One row of the text form."""

    def __init__(self, row):
        self.name, self.type = row["field"], row["type"]
        self.since = int(row["sv_min"] or 0)
        self.until = int(row["sv_max"] or 0)
        self.mv = int(row["mv_min"] or 0)
        self.condition = row["condition"]
        self.ordinal = int(row["ordinal"])
        inside = re.search(r"in:([^;]+)", row["repeat"])
        counts = re.search(r"count:(.+)", row["repeat"])
        self.path = inside.group(1).split("/") if inside else []
        self.counts = counts.group(1) if counts else None

    def at(self, version):
        return version >= self.since and not (self.until and version >= self.until)


class Tables:
    def __init__(self):
        self.text = {"in": self._fields("incoming"), "out": self._fields("outgoing")}
        self.names = {"in": self._names("incoming"), "out": self._names("outgoing")}
        self.protobuf = collections.OrderedDict()
        for row in rows("protobuf_fields.tsv"):
            self.protobuf.setdefault(row["proto_message"], []).append(row)
        self.messages = {"in": {}, "out": {}}
        for row in rows("protobuf_messages.tsv"):
            self.messages[row["direction"]][int(row["base_id"])] = row["proto_message"]

    @staticmethod
    def _fields(name):
        out = collections.OrderedDict()
        for row in rows(name + "_fields.tsv"):
            fields = out.setdefault(int(row["msg_id"]), [])
            if row["type"] != "none":
                fields.append(Field(row))
        return out

    @staticmethod
    def _names(name):
        return {int(r["id"]): (r["wire_name"], r["text_form"]) for r in rows(name + ".tsv")}


# ---- conditions, as the README has them ----

def number(text):
    try:
        n = float(text)
    except ValueError:
        return None
    return None if abs(n) >= 1.7e308 else n


def atom_holds(atom, scopes, version, remaining):
    m = re.fullmatch(r"(\w+)(==|!=|>=|>|<| in)(.*)", atom)
    name, op, value = m.groups()
    if name == "remaining":
        return remaining >= int(value)
    if name == "version":
        said = str(version) if version is not None else None
        if said is None:
            return op in (">", ">=", "!=")
    else:
        said = next((s[name] for s in reversed(scopes) if name in s), None)
    if said is None:
        return False
    if op == " in":
        return said in value[1:-1].split(",")
    if op in ("==", "!="):
        return (said == value) == (op == "==")
    have, want = number(said), float(value)
    if have is None:
        return False
    return {">": have > want, ">=": have >= want, "<": have < want}[op]


def holds(condition, scopes, version, remaining):
    return not condition or any(
        all(atom_holds(atom, scopes, version, remaining) for atom in one.split("&&"))
        for one in condition.split("|"))


def wanted(fields):
    """Values that conditions of these fields look for, by name."""
    values = collections.defaultdict(set)
    for f in fields:
        for atom in re.split(r"\||&&", f.condition):
            m = re.fullmatch(r"(\w+)(==|!=|>=|>|<| in)(.*)", atom)
            if not m:
                continue
            name, op, value = m.groups()
            if op == " in":
                values[name].update(value[1:-1].split(","))
            elif op == "==":
                values[name].add(value)
            elif op == ">":
                values[name].add("1.5" if name == "scalePriceIncrement" else str(int(value) + 1))
            elif op == "!=":
                values[name].add("X")
    return values


# ---- values ----

WORDS = ["", "SMART", "AAPL", "a b", "None", "0", "caf\u00e9", "say \"so\" \\ ok", "x" * 40,
         "\\u00e9", "20261124 10:00:00 US/Eastern", "<b>", "DU1234567", "-1"]


def sample(kind, rng):
    """The text of a value of this type."""
    whole = str(rng.choice([0, 1, 2, 7, 100, 9001, -1, 123456789]))
    real = rng.choice(["0", "0.0", "1.5", "184.25", "-1", "-2", "1E-7", "1.0E10", "12345.6789"])
    return {
        "int": lambda: rng.choice([whole, whole, "", "2147483647"]),
        "long": lambda: rng.choice([whole, "123456789012", "9007199254740993", ""]),
        "int_max": lambda: rng.choice([whole, "", "2147483647"]),
        "double": lambda: rng.choice([real, real, real, "", UNSET_DOUBLE[0]]),
        "double_max": lambda: rng.choice([real, real, "", UNSET_DOUBLE[0], "Infinity"]),
        "decimal": lambda: rng.choice(["3", "0", "100.5", "0.00000001", "",
                                       "123456789012345678.123456789", UNSET_INT[1]]),
        "bool": lambda: rng.choice(["0", "1", ""]),
        "mask": lambda: str(rng.randrange(8)),
        "epoch_s": lambda: rng.choice(["1700000000", "0"]),
        "epoch_ms": lambda: rng.choice(["1700000000123", "0"]),
        "tagvalues": lambda: rng.choice(["", "a=1;b=2;"]),
        "string": lambda: rng.choice(WORDS),
    }[kind]()


def unset(text):
    return text in UNSET_INT or text in UNSET_DOUBLE


def said_of_number(n):
    return n if abs(n) <= 1 << 53 else str(n)


def expected(kind, text):
    """What the decoder's JSON must hold for this text."""
    if kind in ("string", "tagvalues"):
        return text
    if unset(text) or (text == "" and kind in ("int_max", "double_max", "decimal")):
        return None
    if kind == "bool":
        return (text or "0") != "0"
    if kind in ("double", "double_max"):
        return text if "nf" in text else Decimal(repr(float(text or "0")))
    if kind == "decimal":
        digits = len(re.sub(r"\D", "", text))
        return Decimal(text) if digits <= 15 else text
    return said_of_number(int(text or "0"))


# ---- text frames ----

class TextFrame:
    """A frame of a message at a server version, and the values it holds."""

    def __init__(self, fields, version, rng, on):
        self.fields, self.sv, self.rng, self.on = fields, version, rng, on
        self.wanted = wanted(fields)
        self.texts, self.values = [], {}
        self.leaves = []  # (name, text) in wire order
        self.version = None
        self._body(0, len(fields), [], [{}], self.values, None)

    def _choose(self, f):
        if f.counts:
            return str(self.rng.choice([1, 2]) if self.on else 0)
        if f.name == "version" and f.ordinal == 1:
            return str(self.rng.choice([1, 5, 6, 8, 20, 30, 45]))
        if f.name in self.wanted and (f.type == "string" or self.on or f.name == "conditionType"):
            choices = sorted(self.wanted[f.name])
            if self.on:
                return self.rng.choice(choices)
            return "" if f.type == "string" else "0"
        if f.name in ("reqId", "orderId"):
            return "42"
        return sample(f.type, self.rng)

    def _present(self, f, scopes):
        if not f.at(self.sv) or (self.version is not None and self.version < f.mv):
            return False
        if f.condition.startswith("remaining"):
            return False  # what one of several clients sends; see test_decode
        return holds(f.condition, scopes, self.version, 0)

    def _body(self, at, stop, path, scopes, into, bare):
        while at < stop:
            f = self.fields[at]
            at += 1
            if f.path != path or not self._present(f, scopes):
                continue
            text = self._choose(f)
            self.texts.append(text)
            self.leaves.append((f.name, text))
            scopes[-1][f.name] = text
            if f.name == "version" and f.ordinal == 1 and not path:
                self.version = int(text)
            if bare is not None:
                bare.append(expected(f.type, text))
            else:
                into[f.name] = expected(f.type, text)
            if f.counts:
                at = self._group(at, path + [f.counts], int(text), scopes, into)

    def _group(self, at, path, count, scopes, into):
        stop = at
        while stop < len(self.fields) and self.fields[stop].path[:len(path)] == path:
            stop += 1
        if count:
            items = into[path[-1]] = []
            for _ in range(count):
                item = {}
                bare = items if stop - at == 1 else None
                self._body(at, stop, path, scopes + [{}], item, bare)
                if bare is None:
                    items.append(item)
        return stop


def text_payload(msg_id, version, texts):
    body = b"".join(t.encode() + b"\0" for t in texts)
    if version >= RAW_ID_SINCE:
        return struct.pack(">i", msg_id) + body
    return str(msg_id).encode() + b"\0" + body


# ---- protobuf ----

def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while True:
        out += bytes([n & 0x7f | (0x80 if n > 0x7f else 0)])
        n >>= 7
        if not n:
            return out


def key(tag, wire):
    return varint(tag << 3 | wire)


def sized(tag, body):
    return key(tag, 2) + varint(len(body)) + body


def is_decimal(row):
    """A number that travels as text."""
    return row["field_name"] != "faPercentage" and (
        row["semantic"] in ("quantity", "price") or "decimal string" in row["note"])


class Protobuf:
    """A protobuf message with some or all of its fields."""

    def __init__(self, tables, name, rng, share):
        self.tables, self.rng, self.share = tables, rng, share
        self.leaves = []  # (name, value) in wire order
        self.body, self.values = self._message(name)

    def _message(self, name):
        body, values = b"", {}
        for row in self.tables.protobuf.get(name, []):
            if self.rng.random() > self.share:
                continue
            self.name = CALLED.get((name, row["field_name"]), row["field_name"])
            one, value = self._field(row)
            body += one
            values[CALLED.get((name, row["field_name"]), row["field_name"])] = value
        return body, values

    def _leaf(self, encoded, said, value):
        self.leaves.append((self.name, said))
        return encoded, value

    def _field(self, row):
        tag, kind = int(row["field_no"]), row["type"]
        if kind.startswith("map<"):
            pairs = [("a", "1"), ("b", "x=y;")][:self.rng.choice([1, 2])]
            self.leaves += [leaf for k, v in pairs for leaf in (("tag", k), ("value", v))]
            return (b"".join(sized(tag, sized(1, k.encode()) + sized(2, v.encode()))
                             for k, v in pairs),
                    [{"tag": k, "value": v} for k, v in pairs])
        if kind.startswith("repeated "):
            return self._repeated(tag, kind[len("repeated "):], row)
        return self._one(tag, kind, row)

    def _repeated(self, tag, kind, row):
        several = [self._one(tag, kind, row) for _ in range(self.rng.choice([1, 2, 3]))]
        values = [v for _, v in several]
        if kind in ("double", "int32", "int64", "bool") and self.rng.random() < 0.5:
            packed = b"".join(self._packable(kind, one, tag) for one, _ in several)
            return sized(tag, packed), values
        return b"".join(one for one, _ in several), values

    @staticmethod
    def _packable(kind, one, tag):
        return one[len(key(tag, 1 if kind == "double" else 0)):]

    def _one(self, tag, kind, row):
        if kind.startswith("message "):
            body, values = self._message(kind[len("message "):])
            return sized(tag, body), values
        if kind in ("int32", "int64"):
            n = self.rng.choice([0, 1, -1, 42, 2147483647 if self.share < 1 else 7, 1700000000])
            if row["field_name"] in ("reqId", "orderId", "id"):
                n = 42
            return self._leaf(key(tag, 0) + varint(n), n, None if n == 2147483647 else n)
        if kind == "bool":
            n = self.rng.randrange(2)
            return self._leaf(key(tag, 0) + varint(n), n, bool(n))
        if kind == "double":
            d = self.rng.choice([0.0, 1.5, -1.0, 184.25, 1e-7])
            return self._leaf(key(tag, 1) + struct.pack("<d", d), d, Decimal(repr(d)))
        text = sample("decimal", self.rng) if is_decimal(row) else self.rng.choice(WORDS)
        value = text
        if is_decimal(row):
            value = expected("decimal", text)
        return self._leaf(sized(tag, text.encode()), text, value)


def protobuf_payload(msg_id, body):
    return struct.pack(">i", msg_id + PROTOBUF) + body


def seeded(*what):
    return random.Random("/".join(str(w) for w in what))


# ---- a capture of a session ----

class Session:
    """One connection's segments, as a pcap file (raw IPv4, nothing but the bytes is of interest)."""

    def __init__(self, version, port=4002, client_port=50000, opened=True):
        self.port, self.client_port, self.packets, self.frames = port, client_port, [], 0
        self.sent = {"in": b"", "out": b""}
        self.seq = {"in": 1000, "out": 5000}
        if not opened:
            return
        self.send("out", b"API\0" + struct.pack(">I", 9) + b"v100..%d" % max(version, 100))
        self.send("in", frame(b"%d\00020260101 10:00:00 UTC\0" % version))

    def send(self, direction, data):
        there = "out" if direction == "in" else "in"
        ports = (self.port, self.client_port)[::1 if direction == "in" else -1]
        ips = (b"\x0a\0\0\1", b"\x0a\0\0\2")[::1 if direction == "in" else -1]
        tcp = struct.pack(">HHIIBBHHH", *ports, self.seq[direction], self.seq[there], 0x50, 0x18,
                          65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0, *ips)
        self.packets.append(ip + tcp + data)
        self.sent[direction] += data
        self.frames += 1
        self.seq[direction] += len(data)

    def pcap(self):
        head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)
        return head + b"".join(struct.pack("<IIII", 1700000000 + i // 1000, i % 1000 * 1000, len(p),
                                           len(p)) + p for i, p in enumerate(self.packets))


def frame(payload):
    return struct.pack(">I", len(payload)) + payload
