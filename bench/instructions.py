"""Instructions and system calls a frame, and what a connection's structures take, of one or two builds.

Clocks cannot tell one build from another that is a few percent slower on a machine that others use; counts
can.  Each way is run with two numbers of frames, by callgrind or strace, and what the longer run has more is
divided by the frames it has more: start, handshakes and end are in neither.  Of two builds, the quotients are
those of this one to BASE; where a build has more instructions, the functions that gained them are listed.
`scripts/bench instructions` builds and calls this.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "e2e"))

import mutate  # noqa: E402 - found by the line above
import traffic  # noqa: E402
from common import aligned, command, first_line, keep, machine  # noqa: E402
from harness import Closed, Gateway, Program, connect, fields, frame, hello, start_api  # noqa: E402

REQUESTS = 3
TICKS = {"text": (b"1\0", b"2\0", b"46\0"), "protobuf": (b"\0\0\0\xc9", b"\0\0\0\xca", b"\0\0\0\xf6")}
FUNCTIONS = 12  # that are listed of a way
LITTLE = 0.1  # instructions a frame that are not worth a line
NOISE = 1.004  # quotient up to which two builds count as equal: a relay looks at the machine's processes
CALLS = 0.01  # system calls a frame, for the same reason
STRUCTURES = ("conn", "tws_session")


# ---- frames ----


def ticks(form, n):
    """So many prices, sizes and strings for REQUESTS subscriptions; the same each time."""
    how, rng, made = traffic.FORMS[form], random.Random("instructions"), []
    while len(made) < n:
        one = how.tick(rng, 1000 + rng.randrange(REQUESTS))
        if one[4:].startswith(TICKS[form]):
            made.append(one)
    return made


def protobuf_capture(path, n):
    """Sixteen ticks a segment, which is about what 1,448 bytes hold of text."""
    how, talk = traffic.FORMS["protobuf"], traffic.Conversation()
    talk.open()
    talk.say(0, hello(100, how.version))
    talk.say(1, frame(fields(how.version, "20260102 10:00:00 UTC")))
    talk.say(0, start_api(how.version, 7))
    talk.say(1, *how.welcome())
    talk.say(0, *(how.ask(1000 + i) for i in range(REQUESTS)), together=True)
    made = ticks("protobuf", n)
    for at in range(0, n, 16):
        talk.say(1, *made[at : at + 16], together=True)
    talk.close()
    return mutate.write(path, talk.segments)


# ---- what is run ----


class Bench:
    def __init__(self, args, folder):
        self.capgen, self.folder, self.scale = args.capgen, folder, args.scale

    def path(self, name):
        return os.path.join(self.folder, name)

    def capture(self, name, length):
        """(file, frames in it) of one of two lengths, made once."""
        path = self.path("%s-%d" % (name, length))
        if not os.path.exists(path):
            if name == "protobuf":
                protobuf_capture(path, int(16000 * self.scale) * length)
            else:
                more = ["--one-frame"] if name == "packets" else []
                with open(path, "wb") as file:
                    subprocess.run([self.capgen, "--bytes", str(int((2 << 20) * self.scale) * length),
                                    "--stream", "ticks", "--connections", "1", *more], stdout=file, check=True)
        return path


def frames_of(program, path):
    """Frames of both sides, as the summary says."""
    done = subprocess.run([program, "read", "-q", "--json", "-", "--only", "startApi", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    summary = json.loads(done.stdout.splitlines()[-1])
    return sum(summary["frames"].values())


class Read:
    """`read` of a capture."""

    def __init__(self, title, capture, *options):
        self.title, self.name, self.options = title, capture, options

    def run(self, bench, prefix, program, length):
        """Frames."""
        path = bench.capture(self.name, length)
        done = subprocess.run([*prefix, program, "read", "-q", *self.options, path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit("bench: read: %s" % done.stderr.decode()[-500:])
        return frames_of(program, path)


class Relay:
    """`proxy`; `together` frames are sent at once, and those behind them when these have come through."""

    def __init__(self, title, form, together, record=False):
        self.title, self.form, self.together, self.record = title, form, together, record

    def run(self, bench, prefix, program, length):
        n = int((16000 if self.together > 1 else 4000) * bench.scale) * length
        options = ["--record", bench.path("relay.pcapng")] if self.record else []
        gateway = Gateway()
        relay = Program(["proxy", "--upstream", gateway.addr, "--listen", "127.0.0.1:0", *options],
                        prefix=prefix, binary=program)
        try:
            self.talk(relay.find(r"listening on (\S+:\d+)", 60).group(1), gateway, n)
            os.killpg(relay.pid, signal.SIGTERM)  # strace itself takes no signal while it writes to a file
            relay.wait(120)
        finally:
            relay.kill()
            gateway.close()
            with contextlib.suppress(FileNotFoundError):
                os.remove(bench.path("relay.pcapng"))
        return n

    def talk(self, address, listener, n):
        how, client = traffic.FORMS[self.form], connect(address)
        client.send(hello(100, how.version))
        gateway = listener.accept()
        self.pass_on(client, gateway, b"", hello(100, how.version))
        self.pass_on(gateway, client, frame(fields(how.version, "20260102 10:00:00 UTC")))
        self.pass_on(client, gateway, start_api(how.version, 7))
        for one in how.welcome():
            self.pass_on(gateway, client, one)
        for i in range(REQUESTS):
            self.pass_on(client, gateway, how.ask(1000 + i))
        made = ticks(self.form, n)
        for at in range(0, n, self.together):
            self.pass_on(gateway, client, b"".join(made[at : at + self.together]))
        client.half_close()
        with contextlib.suppress(Closed):
            gateway.recv(1)
        gateway.close()
        with contextlib.suppress(Closed):
            client.recv(1)
        client.close()

    @staticmethod
    def pass_on(sender, receiver, data, expected=None):
        if data:
            sender.send(data)
        want = expected or data
        if receiver.recv(len(want)) != want:
            raise SystemExit("bench: the relay changed what it passed on")


WAYS = (
    Read("read -q, ticks as text, full segments", "segments"),
    Read("read -q, ticks as text, a frame a packet", "packets"),
    Read("read -q, ticks as protobuf", "protobuf"),
    Read("read --json, ticks as text", "segments", "--json", "/dev/null"),
    Read("read --json, ticks as protobuf", "protobuf", "--json", "/dev/null"),
    Relay("proxy, a frame a read, text", "text", 1),
    Relay("proxy, a frame a read, protobuf", "protobuf", 1),
    Relay("proxy, 64 frames a read, text", "text", 64),
    Relay("proxy --record, a frame a read, text", "text", 1, record=True),
    Relay("proxy --record, a frame a read, protobuf", "protobuf", 1, record=True),
    Relay("proxy --record, 64 frames a read, text", "text", 64, record=True),
)
LENGTHS = (1, 4)


# ---- what is counted ----


def callgrind(bench, way, program, length):
    """(instructions by function, frames)"""
    out = bench.path("callgrind.out")
    prefix = ("valgrind", "--tool=callgrind", "--callgrind-out-file=" + out)
    frames = way.run(bench, prefix, program, length)
    said = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", out],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    os.remove(out)
    by_function = collections.Counter()
    for line in said.splitlines():
        found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(\S.*)$", line)
        if found and "PROGRAM TOTALS" not in line:
            by_function[function(found.group(2))] += int(found.group(1).replace(",", ""))
    return by_function, frames


def function(said):
    """`file:name [object]` to the name, without what the compiler appended to it."""
    name = re.sub(r" \[.*\]$", "", said).split(":", 1)[-1]
    return re.sub(r"(\.(lto_priv|isra|constprop|part|cold)(\.\d+)?)+|'\d+$", "", name)


def strace(bench, way, program, length):
    """(system calls by name, frames)"""
    out = bench.path("strace.out")
    frames = way.run(bench, ("strace", "-f", "-c", "-o", out), program, length)
    calls = collections.Counter()
    with open(out, encoding="utf-8") as table:
        for line in table:
            words = line.split()
            if len(words) >= 5 and words[-1] != "total" and words[3].isdigit():
                calls[words[-1]] += int(words[3])
    return calls, frames


def per_frame(count, bench, way, program):
    """{name: how often a frame}, by the difference of two runs."""
    (few, n), (many, m) = (count(bench, way, program, length) for length in LENGTHS)
    return {name: (many[name] - few[name]) / (m - n) for name in {*few, *many} if many[name] != few[name]}


def sizes(program):
    """{structure: bytes}, of a build with debugging information.  Of two structures of one name it is the larger: the
    relay's connection holds a session, the others of that name do not."""
    said = subprocess.run(["readelf", "--debug-dump=info", program], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    found, name, inside = {}, None, False
    for line in said.splitlines():
        if "Abbrev Number" in line:
            inside, name = "DW_TAG_structure_type" in line, None
        elif inside and "DW_AT_name" in line:
            name = line.rsplit(": ", 1)[1].strip()
        elif inside and "DW_AT_byte_size" in line and name in STRUCTURES:
            found[name] = max(found.get(name, 0), int(line.rsplit(":", 1)[1].strip(), 0))
    return found


# ---- what is said ----


def row(title, unit, values, digits=2):
    """A line of the table: this build's value, and BASE's and the quotient where there is one."""
    cells = ["%.*f" % (digits, v) if v is not None else "-" for v in values]
    if len(values) == 2:
        new, base = values
        cells.append("%.3f" % (new / base) if new is not None and base else "-")
    return [title, unit, *cells]


def gains(new, base):
    """The functions that have more instructions a frame than before, and those that have less."""
    changes = {name: new.get(name, 0) - base.get(name, 0) for name in {*new, *base}}
    changes = [(d, name) for name, d in changes.items() if abs(d) >= LITTLE]
    changes.sort(key=lambda c: -abs(c[0]))
    return ["    %+9.2f  %s (%.2f, was %.2f)" % (d, name, new.get(name, 0), base.get(name, 0))
            for d, name in changes[:FUNCTIONS]]


def measure(args, bench, programs):
    """(lines of the table, lines about functions)"""
    lines = [["what", "a frame", *(["twstap", "base", "ratio"] if args.base else ["twstap"])]]
    notes = []
    ways = [way for way in WAYS if not args.only or args.only in way.title]
    for way in ways:
        print("bench: %s" % way.title, file=sys.stderr)
        counts = [per_frame(callgrind, bench, way, p) for p in programs]
        totals = [sum(c.values()) for c in counts]
        lines.append(row(way.title, "instructions", totals, 1))
        if args.functions or (len(totals) == 2 and totals[0] / totals[1] > NOISE):
            notes += ["%s: %s" % (way.title, " to ".join("%.1f" % t for t in reversed(totals)))]
            notes += gains(*counts) if len(counts) == 2 else gains(counts[0], {})
    for way in ways:
        if not isinstance(way, Relay):
            continue
        if not shutil.which("strace"):
            lines.append(row(way.title, "system calls", [None] * len(programs)))
            continue
        print("bench: %s: system calls" % way.title, file=sys.stderr)
        counts = [per_frame(strace, bench, way, p) for p in programs]
        totals = [sum(c.values()) for c in counts]
        lines.append(row(way.title, "system calls", totals, 3))
        if args.functions or (len(totals) == 2 and totals[0] > totals[1] + CALLS):
            notes += [way.title] + ["    " + ", ".join("%s %.3f" % (name, c[name]) for name in sorted(c))
                                    for c in counts]
    if not args.only:
        found = [sizes(p) for p in programs]
        for name in STRUCTURES:
            lines.append(row("sizeof(struct %s)" % name, "bytes, not a frame", [f.get(name) for f in found], 0))
    return lines, notes


def report(args, folder):
    bench = Bench(args, folder)
    programs = [args.twstap] + ([args.base] if args.base else [])
    lines, notes = measure(args, bench, programs)
    said = command("instructions", "--capgen", "--twstap").replace(args.base or "\0", "BASE_BINARY")
    text = "\n".join([
        machine(said), "",
        "- by callgrind (%s) and strace -c -f; the difference of two runs, one four times as long, by the frames "
        "it has more" % first_line(["valgrind", "--version"], "valgrind"),
        "- ticks: tickPrice, tickSize and tickString; text is server version 176, protobuf 226; one connection",
        "- proxy: without JSON and without -v; 64 frames a read: the gateway writes so many at once", "",
        aligned(lines)])
    print(text)
    if notes:
        print("\n" + "\n".join(notes))
    if args.write:
        keep("instructions", text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench instructions", description=__doc__.split("\n")[0])
    parser.add_argument("base", nargs="?", metavar="BASE_BINARY", help="a twstap to compare with")
    parser.add_argument("--capgen", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--twstap", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", help="the ways whose names have this in them")
    parser.add_argument("--scale", type=float, default=1, help="times the frames of a run (1)")
    parser.add_argument("--functions", action="store_true", help="list functions in any case")
    parser.add_argument("--write", action="store_true", help="keep the table in bench/RESULTS.md")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    try:
        report(args, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
