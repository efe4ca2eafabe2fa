"""The decoder by itself: how fast frames are taken apart, beside what else does it.

A stream of frames is gone through again and again, in cache and from memory, by each way in turn,
round after round; what is compared is the median of the ratios within a round.
`scripts/bench decode` builds and calls this.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "e2e"))

import wire  # noqa: E402 - found by the line above
from common import aligned, command, first_line, keep, machine  # noqa: E402

NODE = os.path.join(HERE, "..", "tests", "e2e", "node")
CACHE, MEMORY = 256 << 10, 256 << 20
WAYS = ("memchr", "frames", "ids", "fields", "values", "json")
TITLES = {"memchr": "memchr split", "frames": "frames found", "ids": "ids only",
          "fields": "all fields walked", "values": "and numbers read", "json": "JSON written",
          "protobuf-c": "protobuf-c, unpacked", "@stoqey/ib": "@stoqey/ib, decoded"}
ASKED = {("ticks", "fields"): ("memchr", 1.0), ("ticks", "ids"): (None, 5.0)}


def protobuf_file(folder):
    """Frames of each protobuf message of the gateway, ticks above all, as a stream."""
    tables, out = wire.Tables(), b""
    rng = wire.seeded("bench")
    for round_ in range(40):
        for msg_id, name in tables.messages["in"].items():
            for _ in range(8 if msg_id in (1, 2, 46) else 1 if round_ % 8 == 0 else 0):
                made = wire.Protobuf(tables, name, rng, 0.9)
                out += wire.frame(wire.protobuf_payload(msg_id, made.body))
    path = os.path.join(folder, "protobuf.bin")
    with open(path, "wb") as f:
        f.write(out)
    return path


class Stream:
    def __init__(self, name, title, source, version, ways):
        self.name, self.title, self.source, self.version = name, title, source, version
        self.ways = ways


def run(args, way, stream, size):
    """What one way did: GB/s, million frames a second, ns a field."""
    if way == "@stoqey/ib":
        argv = ["node", os.path.join(HERE, "decode.js"), NODE, stream.dump]
    else:
        argv = [args.decode, way, stream.source, str(stream.version), str(size),
                str(args.seconds)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"bench: {way}: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return None
    d = json.loads(done.stdout)
    return {"gb": d["bytes"] / d["s"] / 1e9, "frames": d["frames"] / d["s"] / 1e6,
            "ns": d["s"] * 1e9 / d["values"] if d.get("values") else None}


def measure(args, stream, size):
    """Rounds of {way: what it did}."""
    rounds = []
    for _ in range(args.rounds):
        rounds.append({w: r for w in stream.ways for r in [run(args, w, stream, size)] if r})
    return rounds


def median(rounds, way, what):
    values = [r[way][what] for r in rounds if way in r and r[way][what] is not None]
    return statistics.median(values) if values else None


def ratio(rounds, way, peer):
    values = [r[way]["gb"] / r[peer]["gb"] for r in rounds if way in r and peer in r]
    return statistics.median(values) if values else None


def row(stream, place, rounds, way):
    peer = "memchr" if "memchr" in stream.ways else stream.ways[-1]
    target = ASKED.get((stream.name, way)) if place == "cache" else None
    speed, times, ns = (median(rounds, way, "gb"), ratio(rounds, way, peer),
                        median(rounds, way, "ns"))
    reached = asked = ""
    if target:
        have = ratio(rounds, way, target[0]) if target[0] else speed
        asked = f">= {target[1]:.2f} of {target[0]}" if target[0] else f">= {target[1]:.0f} GB/s"
        reached = "yes" if have >= target[1] else "NO"
    return [stream.title, place, TITLES[way], f"{speed:.2f}",
            f"{median(rounds, way, 'frames'):.1f}", f"{ns:.1f}" if ns else "-",
            f"x{times:.2f}" if times else "-", asked, reached]


def instructions(args, stream):
    """Instructions a field by callgrind, where valgrind is at hand; None: it is not."""
    if not shutil.which("valgrind"):
        return None
    counts = []
    for way in ("frames", "fields"):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", args.decode, way,
             stream.source, str(stream.version), str(CACHE), "0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        refs = [x for x in done.stderr.splitlines() if "Collected" in x]
        if done.returncode != 0 or not refs:
            return None
        counts.append((int(refs[0].split()[-1]), json.loads(done.stdout)["values"]))
    # Both make the same stream first; each then goes through it twice.
    return (counts[1][0] - counts[0][0]) / (2 * counts[1][1])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench decode", description=__doc__.split("\n")[0])
    parser.add_argument("--decode", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--twstap", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each cell (0.3)")
    parser.add_argument("--write", action="store_true", help="keep the table in bench/RESULTS.md")
    args = parser.parse_args()
    folder = tempfile.mkdtemp()
    try:
        report(args, folder)
    finally:
        shutil.rmtree(folder)


def report(args, folder):
    stoqey = os.path.isdir(os.path.join(NODE, "node_modules", "@stoqey", "ib"))
    peers = ("@stoqey/ib",) if stoqey and shutil.which("node") else ()
    streams = [Stream("ticks", "ticks", "ticks", 176, WAYS + peers),
               Stream("mixed", "everything", "mixed", 176, WAYS + peers),
               Stream("protobuf", "protobuf", protobuf_file(folder), 226,
                      tuple(w for w in WAYS if w != "memchr") + ("protobuf-c",))]
    for stream in streams:
        stream.dump = os.path.join(folder, stream.name + ".bin")
        if "@stoqey/ib" in stream.ways:
            with open(stream.dump, "wb") as f:
                subprocess.run([args.decode, "dump", stream.source, str(stream.version),
                                str(CACHE), "0"], stdout=f, check=True)
    lines = [["stream", "from", "what", "GB/s", "M frames/s", "ns a field", "to", "asked",
              "reached"]]
    for stream in streams:
        for place, size in (("cache", CACHE), ("memory", MEMORY)):
            print(f"bench: {stream.title}, {place}: {args.rounds} rounds", file=sys.stderr)
            rounds = measure(args, stream, size)
            ways = [w for w in stream.ways if any(w in r for r in rounds)]
            lines += [row(stream, place, rounds, way) for way in ways
                      if place == "cache" or way != "@stoqey/ib"]
    per_field = instructions(args, streams[0])
    text = "\n".join([
        machine(command("decode", "--decode", "--twstap")), "",
        f"- {args.rounds} rounds of {args.seconds} s a cell, interleaved; medians; `to`: to the "
        "memchr split of the same bytes, of protobuf to protobuf-c, within a round",
        f"- cache: {CACHE >> 10} KiB again and again; memory: {MEMORY >> 20} MiB",
        "- ticks: tickPrice, tickSize and tickString 3:3:1, mean 29 bytes a frame; everything: open "
        "orders, positions, account values, history and ticks, mean 56 bytes",
        "- protobuf: each message of the gateway, nine tenths of its fields, ticks above all; "
        "protobuf-c " + first_line(["protoc-c", "--version"], "protobuf-c"),
        "- @stoqey/ib: its Decoder, fed with the tokens of each frame; node "
        + first_line(["node", "--version"], "v"),
        "- instructions a field of the tick stream, walked, by callgrind: "
        + (f"{per_field:.1f}" if per_field else "valgrind is not at hand"), "",
        aligned(lines)])
    print(text)
    if args.write:
        keep("decode", text)


if __name__ == "__main__":
    main()
