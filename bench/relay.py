"""Relays side by side, in one run: HAProxy, nginx, socat and twstap.

Each cell of the table is measured by twstap-load (load.c) for a short while, for each relay in turn,
round after round; what is compared is the median of the ratios within a round, so that a machine
that slows down slows down both sides of a ratio.  `scripts/bench relay` builds and calls this.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from common import aligned, command, first_line, keep, machine, said_by, write

BASE = "HAProxy"


# ---- relays ----

HAPROXY = """
global
    nbthread 1
    maxconn {half}
defaults
    mode tcp
    timeout connect 10s
    timeout client 1h
    timeout server 1h
frontend bench
    bind 127.0.0.1:{port}
    maxconn {half}
    default_backend gateway
backend gateway
    server gateway 127.0.0.1:{upstream}
"""

NGINX = """
load_module {modules}/ngx_stream_module.so;
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log crit;
{user}
events {{ worker_connections {limit}; }}
stream {{
    server {{
        listen 127.0.0.1:{port};
        proxy_pass 127.0.0.1:{upstream};
        proxy_timeout 1h;
    }}
}}
"""


def haproxy(c):
    return ["haproxy", "-db", "-f", write(c["dir"] + "/haproxy.cfg", HAPROXY.format(**c))]


def nginx(c):
    modules = "/usr/lib/nginx/modules"
    for word in said_by(["nginx", "-V"]).split():
        if word.startswith("--modules-path="):
            modules = word.split("=", 1)[1]
    user = "user root;" if os.getuid() == 0 else ""
    conf = write(c["dir"] + "/nginx.conf", NGINX.format(modules=modules, user=user, **c))
    return ["nginx", "-p", c["dir"], "-c", conf]


def socat(c):
    return ["socat", f"TCP-LISTEN:{c['port']},bind=127.0.0.1,fork,reuseaddr,backlog=1024",
            f"TCP:127.0.0.1:{c['upstream']}"]


def twstap(c):
    return [c["twstap"], "proxy", "--listen", f"127.0.0.1:{c['port']}", "--upstream",
            f"127.0.0.1:{c['upstream']}", "--max-connections", str(c["limit"]), "-q"]


def twstap_json(c):
    return twstap(c) + ["--json", c["dir"] + "/events.json"]


RELAYS = {BASE: haproxy, "nginx": nginx, "socat": socat, "twstap": twstap,
          "twstap+JSON": twstap_json}


def listening(port):
    """Without a probe: a connection would reach the gateway behind some of the relays."""
    here = f"0100007F:{port:04X}"
    with open("/proc/net/tcp") as f:
        return any(row[1] == here and row[3] == "0A" for row in map(str.split, f))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Relay:
    """One relay, running, on a core of its own, with its files in a folder of its own."""

    def __init__(self, name, bench):
        self.name, self.bench = name, bench
        self.dir = tempfile.mkdtemp(dir=bench.dir)
        for _ in range(3):  # another program may take the port that was free a moment ago
            if self.start():
                return
        raise SystemExit(f"bench: {name} does not start:\n{self.log()}")

    def start(self):
        self.port = free_port()
        argv = RELAYS[self.name]({"dir": self.dir, "port": self.port,
                                  "upstream": self.bench.upstream, "twstap": self.bench.twstap,
                                  "limit": self.bench.limit, "half": self.bench.limit * 19 // 40})
        with open(self.dir + "/log", "w") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.sched_setaffinity(self.process.pid, self.bench.relay_cpus)
        end = time.monotonic() + 5
        while time.monotonic() < end and self.process.poll() is None:
            if listening(self.port):
                return True
            time.sleep(0.01)
        self.stop()
        return False

    def log(self):
        with open(self.dir + "/log") as f:
            return f.read()[-2000:]

    def forget(self):
        """Empty the files that grow with the traffic."""
        for name in ("log", "events.json"):
            with contextlib.suppress(FileNotFoundError):
                os.truncate(os.path.join(self.dir, name), 0)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


# ---- what is measured ----

class Cell:
    def __init__(self, name, kind, *args, skip=(), fresh=False):
        self.name, self.kind, self.args = name, kind, list(args)
        self.skip = skip    # relays that are not asked
        self.fresh = fresh  # needs a relay that has seen nothing yet


def cells():
    for stream in ("history", "ticks"):
        for n in (1, 8, 64):
            yield Cell(f"{stream}-{n}", "bulk", "--stream", stream, "--connections", str(n))
    for n in (1, 64):
        yield Cell(f"echo-{n}", "echo", "--connections", str(n))
    yield Cell("echo-paced", "echo", "--connections", "1", "--rate", "2000")
    yield Cell("handshake", "handshake", "--connections", "16")
    yield Cell("idle-1000", "idle", "--connections", "1000", fresh=True, skip=("socat",))
    yield Cell("idle-9000", "idle", "--connections", "9000", fresh=True, skip=("socat",))


class Row:
    """One line of the table: `field` of a cell, and how many times HAProxy's it should be."""

    def __init__(self, title, cell, field, unit, digits, least=None, most=None):
        self.title, self.cell, self.field, self.unit = title, cell, field, unit
        self.digits, self.least, self.most = digits, least, most

    def target(self):
        if self.least is not None:
            return f">= {self.least:.2f}"
        return f"<= {self.most:.2f}" if self.most is not None else ""

    def reached(self, ratio):
        if ratio is None or (self.least is None and self.most is None):
            return ""
        good = ratio >= self.least if self.least is not None else ratio <= self.most
        return "yes" if good else "NO"


def rows():
    for stream in ("history", "ticks"):
        for n in (1, 8, 64):
            yield Row(f"bulk {stream}, {n} conn", f"{stream}-{n}", "gb_s", "GB/s", 2, least=1.15)
    for stream in ("history", "ticks"):
        for n in (1, 8, 64):
            yield Row(f"CPU, {stream}, {n} conn", f"{stream}-{n}", "cpu_s_gb", "s/GB", 3, most=0.75)
    for cell, what in (("echo-1", "1 conn"), ("echo-64", "64 conn"), ("echo-paced", "2000/s")):
        yield Row(f"round trip p50, {what}", cell, "p50_us", "us", 1, most=1.10)
        yield Row(f"round trip p99, {what}", cell, "p99_us", "us", 1)
        yield Row(f"CPU a round trip, {what}", cell, "cpu_us", "us", 2, most=1.0)
    yield Row("handshakes a second", "handshake", "per_s", "/s", 0)
    yield Row("CPU a handshake", "handshake", "cpu_us", "us", 1, most=1.0)
    for n in (1000, 9000):
        yield Row(f"memory an idle conn, {n}", f"idle-{n}", "rss_conn", "B", 0, most=1.0)


class Bench:
    def __init__(self, args, directory):
        self.dir = directory
        self.twstap, self.load, self.seconds = args.twstap, args.load, args.seconds
        cpus = sorted(os.sched_getaffinity(0))
        self.relay_cpus, self.load_cpus = {cpus[0]}, set(cpus[1:2] or cpus[:1])
        self.spin = ["--spin"] if len(cpus) > 1 else []
        os.sched_setaffinity(0, self.load_cpus)
        self.limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.limit, self.limit))
        self.limit = min(self.limit, 20000)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.upstream = self.listener.getsockname()[1]
        self.relays = {}

    def measure(self, cell, relay):
        argv = [self.load, cell.kind, "--listener", str(self.listener.fileno()), "--port",
                str(relay.port), "--pid", str(relay.process.pid), "--seconds", str(self.seconds)]
        done = subprocess.run(argv + cell.args + self.spin, pass_fds=[self.listener.fileno()],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        relay.forget()
        if done.returncode == 0:
            return json.loads(done.stdout)
        print(f"bench: {cell.name}, {relay.name}: {done.stderr.strip()}", file=sys.stderr)
        return None

    def relay(self, name):
        if name in self.relays and self.relays[name].process.poll() is None:
            return self.relays[name]
        self.relays[name] = Relay(name, self)
        return self.relays[name]

    def once(self, cell, name):
        if not cell.fresh:
            result = self.measure(cell, self.relay(name))
            if result is None:  # connections of the failed run may linger there
                self.relays.pop(name).stop()
            return result
        relay = Relay(name, self)
        try:
            return self.measure(cell, relay)
        finally:
            relay.stop()

    def stop(self):
        for relay in self.relays.values():
            relay.stop()
        self.listener.close()


def run(bench, names, chosen, rounds):
    """Results by cell and relay, one a round.  Relays take turns at being first."""
    results = {c.name: {n: [] for n in names} for c in chosen}
    for r in range(rounds):
        for cell in chosen:
            if cell.fresh and r >= 3:  # memory hardly varies
                continue
            for i in range(len(names)):
                name = names[(i + r) % len(names)]
                skipped = name in cell.skip
                results[cell.name][name].append(None if skipped else bench.once(cell, name))
        print(f"bench: round {r + 1} of {rounds}", file=sys.stderr)
    return results


# ---- the table ----

def values(results, row, name):
    return [x[row.field] if x else None for x in results[row.cell].get(name, [])]


def ratios(results, row, name):
    pairs = zip(values(results, row, name), values(results, row, BASE))
    return sorted(a / b for a, b in pairs if a is not None and b)


def shown(results, row, name):
    have = [v for v in values(results, row, name) if v is not None]
    if not have:
        return "-"
    text = f"{statistics.median(have):.{row.digits}f}"
    paired = ratios(results, row, name)
    if name == BASE or not paired:
        return text
    text += f" x{statistics.median(paired):.2f}"
    if name == "twstap" and len(paired) > 3:
        low, _, high = statistics.quantiles(paired, n=4)
        text += f" ({low:.2f}..{high:.2f})"
    return text


def table(results, names):
    lines = [["", "unit"] + names + ["target", "reached"]]
    for row in rows():
        if row.cell not in results:
            continue
        paired = ratios(results, row, "twstap")
        lines.append([row.title, row.unit] + [shown(results, row, n) for n in names] +
                     [row.target(), row.reached(statistics.median(paired) if paired else None)])
    return aligned(lines)


def heading(bench, args, load_before):
    streams = said_by([bench.load, "streams"]).splitlines()
    pinned = (f"relay on core {min(bench.relay_cpus)}, both ends of the traffic on core "
              f"{min(bench.load_cpus)}" if bench.spin else "everything on one core")
    versions = [first_line(["haproxy", "-v"], "version").split(" - ")[0],
                first_line(["nginx", "-v"], "nginx").replace("nginx version: ", ""),
                first_line(["socat", "-V"], "socat version").split(" on ")[0],
                first_line([bench.twstap, "--version"], "twstap")]
    return "\n".join([
        machine(args.command), "",
        f"- {'; '.join(versions)}",
        f"- {args.rounds} rounds of {args.seconds} s a cell (3 for memory), interleaved; medians, "
        f"`x` is the median of the ratios to {BASE} within a round, then its quartiles",
        f"- load average {load_before[0]:.1f} before and {os.getloadavg()[0]:.1f} after; a run that "
        "has the machine to itself begins near 0 and ends below 3",
        f"- {pinned}; {BASE} with its defaults and one thread, nginx with one worker, socat with a "
        "process a connection and a backlog of 1,024",
        "- server version 176, text; every connection says hello, version, startApi first",
        *[f"- {s}" for s in streams],
        "- round trip: reqMatchingSymbols and symbolSamples, 60 bytes each on the wire",
        "- handshake: connect, hello, version, startApi, close; 16 at a time",
        "- CPU: user and system time of the relay's processes by the scheduler's clock, from rest "
        "to rest",
        "- memory: resident after less before, by connection; socat, which needs a "
        "process for each, is left out"])


def parse():
    p = argparse.ArgumentParser(
        prog="scripts/bench relay", description="Compare twstap proxy with other relays.",
        epilog="example: scripts/bench relay --rounds 3 --only echo")
    p.add_argument("--rounds", type=int, default=15)
    p.add_argument("--seconds", type=float, default=0.4, help="of traffic, in a round of a cell")
    p.add_argument("--only", metavar="WORD", action="append",
                   help="cells whose name has WORD: " + " ".join(c.name for c in cells()))
    p.add_argument("--relays", metavar="A,B", default=",".join(RELAYS))
    p.add_argument("--write", action="store_true", help="put the table into bench/RESULTS.md")
    p.add_argument("--raw", metavar="FILE", help="write every single result as JSON")
    p.add_argument("--twstap", required=True, help=argparse.SUPPRESS)
    p.add_argument("--load", required=True, help=argparse.SUPPRESS)
    args = p.parse_args()
    args.command = command("relay", "--twstap", "--load", "--raw")
    return args


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through every `finally`
    missing = [t for t in ("haproxy", "nginx", "socat") if not shutil.which(t)]
    names = [n for n in args.relays.split(",") if n in RELAYS and n.lower() not in missing]
    if not os.access(args.twstap, os.X_OK):
        missing.append("twstap")
        names = [n for n in names if not n.startswith("twstap")]
    if missing:
        print("bench: left out, not found: " + ", ".join(missing), file=sys.stderr)
    chosen = [c for c in cells() if not args.only or any(w in c.name for w in args.only)]
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no disk in the figures
    with tempfile.TemporaryDirectory(prefix="twstap-bench-", dir=memory) as directory:
        load_before = os.getloadavg()
        bench = Bench(args, directory)
        try:
            results = run(bench, names, chosen, args.rounds)
        finally:
            bench.stop()
        text = heading(bench, args, load_before) + "\n\n" + table(results, names)
    print(text, flush=True)
    if args.raw:
        write(args.raw, json.dumps(results, indent=1))
    if args.write:
        keep("table", text)


if __name__ == "__main__":
    main()
