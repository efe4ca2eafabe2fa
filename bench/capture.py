"""twstap as a reader of captures and as a listener, beside its peers and in one run with them.

Reading: a capture made by twstap-capgen (capgen.c) is read by each program in turn, round after
round, from the page cache; what is compared is the median of the ratios within a round.
Memory: the largest resident size of one run each, over a small capture and a large one.
Live: twstap-live (live.c) sends TWS over the loopback at a given rate while one program listens;
what is compared is what each says it dropped.  `scripts/bench capture` builds and calls this.
"""

import argparse
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from common import aligned, command, first_line, keep, machine, said_by, write

HERE = os.path.dirname(os.path.abspath(__file__))
LUA = os.path.join(HERE, "length-prefix.lua")
MIB = 1 << 20
SMALL = 64 * MIB    # the smaller capture of the memory table
GATEWAY_PORT = 4002  # in the generated captures
BUFFER_MIB = 64     # of the kernel, for every program that listens
RATES = (25_000, 50_000, 100_000, 200_000, 330_000)
RATE_TARGET = 200_000
LATENCY_MS = 50
# Nobody sends 64 KiB so often, and 26 frames in each of 200,000 packets are more lines of JSON than
# anybody reads: measured, and not asked.
ASKED = {("twstap", "frame"), ("twstap", "full"), ("twstap+JSON", "frame")}
SHAPES = {"frame": "one small frame a packet", "full": "1448-byte segments",
          "jumbo": "64 KiB segments"}
STOP_SECONDS = 10   # for what listens to come to its end


def as_root():
    """tcpdump gives its rights away, and then cannot read a file that only root may."""
    return ["-Z", "root"] if os.geteuid() == 0 else []


def dissector(port):
    return ["-X", f"lua_script:{LUA}", "-X", f"lua_script1:{port}"]


# ---- reading ----

def read_cat(c):
    return ["cat", c["file"]]


def read_tcpdump(c):
    return ["tcpdump", *as_root(), "-r", c["file"], "-w", "/dev/null"]


def read_tcpflow(c):
    return ["tcpflow", "-q", "-E", "tcpdemux", "-X", "/dev/null", "-r", c["file"], "-o", c["out"]]


def read_tshark(c):
    return ["tshark", "-n", "-q", *dissector(GATEWAY_PORT), "-Y", "twsframe", "-r", c["file"]]


def read_twstap(c):
    return [c["twstap"], "read", "-q", c["file"]]


def read_twstap_json(c):
    return [c["twstap"], "read", "-q", "--json", "/dev/null", c["file"]]


READERS = {"cat": read_cat, "tcpdump": read_tcpdump, "tcpflow": read_tcpflow,
           "tshark+Lua": read_tshark, "twstap": read_twstap, "twstap+JSON": read_twstap_json}


class Traffic:
    """A kind of capture.  `share`: its bytes of --size; `shares`: of these, for the slow ones."""

    def __init__(self, name, title, options, share, shares):
        self.name, self.title, self.options = name, title, options
        self.share, self.shares = share, shares

    def size(self, reader, whole):
        return max(int(whole * self.share * self.shares.get(reader, 1)), MIB)


TRAFFIC = [
    Traffic("full", "1448-byte segments", ["--stream", "mixed"], 1,
            {"tshark+Lua": 1 / 32, "twstap+JSON": 1 / 16}),
    Traffic("frame", "one small frame a packet", ["--stream", "ticks", "--one-frame"], 1 / 4,
            {"tshark+Lua": 1 / 32, "twstap+JSON": 1 / 4}),
]


class Captures:
    """Captures by kind and size, each made once, in memory if there is room."""

    def __init__(self, args, directory):
        self.capgen, self.dir, self.files = args.capgen, directory, {}

    def get(self, traffic, size):
        path = os.path.join(self.dir, f"{traffic.name}-{size}.pcap")
        if path not in self.files:
            with open(path, "wb") as f:
                subprocess.run([self.capgen, "--bytes", str(size), *traffic.options], stdout=f,
                               check=True)
            self.files[path] = os.path.getsize(path)
        return path

    def forget(self):
        for path in self.files:
            os.unlink(path)
        self.files = {}


class Reading:
    """One program, one capture, one run."""

    def __init__(self, args, captures):
        self.args, self.captures = args, captures

    def run(self, reader, path):
        out = tempfile.mkdtemp(dir=self.captures.dir)
        argv = READERS[reader]({"file": path, "out": out, "twstap": self.args.twstap})
        try:
            done = subprocess.run([self.args.timed, *argv], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=quiet_environment())
        finally:
            shutil.rmtree(out)
        took = json.loads(done.stdout) if done.returncode == 0 else {"status": 127}
        if took["status"] != 0:
            print(f"bench: {reader}: status {took['status']}: {done.stderr.strip()[-500:]}",
                  file=sys.stderr)
            return None
        return took

    def speed(self, reader, traffic):
        """GB/s.  tshark's start, which is long, is taken off: its capture is small."""
        path = self.captures.get(traffic, traffic.size(reader, self.args.size))
        took = self.run(reader, path)
        if not took:
            return None
        seconds = took["s"]
        if reader == "tshark+Lua":
            start = self.run(reader, self.captures.get(traffic, 0))
            seconds -= start["s"] if start else 0
        return self.captures.files[path] / max(seconds, 1e-6) / 1e9

    def memory(self, reader, traffic, size):
        took = self.run(reader, self.captures.get(traffic, size))
        return took["max_rss"] / MIB if took else None


def quiet_environment():
    return {**os.environ, "NO_COLOR": "1", "TZ": "UTC"}


def read_all(args, captures, names):
    """GB/s by kind of traffic and reader, one a round.  Readers take turns at being first."""
    reading = Reading(args, captures)
    speeds = {t.name: {n: [] for n in names} for t in TRAFFIC}
    for traffic in TRAFFIC:
        reading.run("cat", captures.get(traffic, traffic.size("cat", args.size)))  # warm
        for r in range(args.rounds):
            for i in range(len(names)):
                name = names[(i + r) % len(names)]
                speeds[traffic.name][name].append(reading.speed(name, traffic))
        print(f"bench: read, {traffic.title}: {args.rounds} rounds", file=sys.stderr)
        captures.forget()
    return speeds


def remember_all(args, captures, names):
    """Peak MiB by kind of traffic, size and reader."""
    reading = Reading(args, captures)
    peaks = {}
    for traffic in TRAFFIC:
        for size in sorted({min(SMALL, args.size), args.size}):
            peaks[traffic.name, size] = {
                n: None if n == "tshark+Lua" else reading.memory(n, traffic, size) for n in names}
            captures.forget()
    print("bench: memory", file=sys.stderr)
    return peaks


# ---- live ----

def live_tcpdump(c):
    return ["tcpdump", *as_root(), "-i", "lo", "-B", str(BUFFER_MIB * 1024), "-w", "/dev/null",
            f"tcp port {c['port']}"]


def live_dumpcap(c):
    return ["dumpcap", "-q", "-i", "lo", "-B", str(BUFFER_MIB), "-w", "/dev/null", "-f",
            f"tcp port {c['port']}"]


def live_tshark(c):
    return ["tshark", "-n", "-q", *dissector(c["port"]), "-Y", "twsframe", "-i", "lo", "-B",
            str(BUFFER_MIB), "-f", f"tcp port {c['port']}"]


def live_twstap(c):
    return [c["twstap"], "capture", "-i", "lo", "--buffer", f"{BUFFER_MIB}M", "--port",
            str(c["port"])]


def live_twstap_json(c):
    return live_twstap(c) + ["-q", "--json", c["events"]]


LISTENERS = {"tcpdump": live_tcpdump, "dumpcap": live_dumpcap, "tshark+Lua": live_tshark,
             "twstap": live_twstap, "twstap+JSON": live_twstap_json}


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found.group(1).replace(",", "")) if found else None


def total(*counts):
    there = [c for c in counts if c is not None]
    return sum(there) if there else None


def dropped_tcpdump(text):
    return total(number(r"(\d+) packets? dropped by kernel", text),
                 number(r"(\d+) packets? dropped by interface", text))


def dropped_dumpcap(text):
    return number(r"received/dropped on interface '[^']*': \d+/(\d+)", text)


def dropped_tshark(text):
    """It says how many it took, always, and how many were lost, if any were."""
    lost = number(r"(\d+) packets? dropped from", text)
    return 0 if lost is None and re.search(r"\d+ packets? captured", text) else lost


def dropped_twstap(text):
    """As tshark, with commas in the numbers."""
    lost = total(number(r"([\d,]+) packets? lost for want of buffer", text),
                 number(r"([\d,]+) packets? lost by the interface", text))
    return 0 if lost is None and re.search(r"[\d,]+ packets?$", text, re.M) else lost


DROPPED = {"tcpdump": dropped_tcpdump, "dumpcap": dropped_dumpcap, "tshark+Lua": dropped_tshark,
           "twstap": dropped_twstap, "twstap+JSON": dropped_twstap}


def family(pid):
    yield pid
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            for child in f.read().split():
                yield from family(int(child))


def sockets_of(pid):
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
                if found:
                    yield found.group(1)


def listens(pid):
    """A packet socket of the process or of a child is bound to the loopback and runs."""
    mine = {inode for p in family(pid) for inode in sockets_of(p)}
    index = str(socket.if_nametoindex("lo"))
    with open("/proc/net/packet") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    return any(r[4] == index and r[5] == "1" and r[8] in mine for r in rows)


class Listener:
    """A program that listens; the traffic's core is left to the traffic."""

    def __init__(self, name, live):
        self.name = name
        self.log = tempfile.TemporaryFile(dir=live.dir, mode="w+b")
        self.fifo = os.path.join(live.dir, "events")
        os.mkfifo(self.fifo)
        self.events = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        argv = LISTENERS[name]({"port": live.port, "twstap": live.args.twstap,
                                "events": self.fifo})
        # Text with its events, or the few lines of -q: the end of it is needed in both cases.
        out = self.events if name == "twstap" else self.log
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stderr=self.log,
            stdout=subprocess.DEVNULL if name in ("tcpdump", "dumpcap", "tshark+Lua") else out,
            env={**quiet_environment(), "TMPDIR": live.dir})
        os.sched_setaffinity(self.process.pid, live.listener_cpus)
        end = time.monotonic() + 10
        while not listens(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"bench: {name} does not listen:\n{self.stop()}")
            time.sleep(0.02)
        time.sleep(0.2)  # bound is not yet filtered and mapped, and nothing shows when it is

    def fd(self):
        return self.events if self.name.startswith("twstap") else None

    def drain(self):
        """Events that nobody read, so that the program can end.  The last of them."""
        last = b""
        with contextlib.suppress(BlockingIOError):
            while True:
                last = (last + os.read(self.events, MIB))[-4096:]
        return last

    def kill(self):
        """tshark has a dumpcap, and a file that would stay."""
        for pid in list(family(self.process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        for path in glob.glob(os.path.join(os.path.dirname(self.fifo), "wireshark_*")):
            os.unlink(path)

    def stop(self):
        """What it said at its end."""
        said = b""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        end = time.monotonic() + STOP_SECONDS
        while self.process.poll() is None:
            if time.monotonic() > end:
                print(f"bench: {self.name} is behind by more than {STOP_SECONDS} s, killed",
                      file=sys.stderr)
                self.kill()
            said = (said + self.drain())[-4096:]
            time.sleep(0.001)
        said += self.drain()
        self.log.seek(0)
        said += self.log.read()
        self.log.close()
        os.close(self.events)
        os.unlink(self.fifo)
        return said.decode(errors="replace")


class Live:
    def __init__(self, args, directory):
        self.args, self.dir = args, directory
        cpus = sorted(os.sched_getaffinity(0))
        self.listener_cpus, self.load_cpus = {cpus[0]}, set(cpus[1:2] or cpus[:1])
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]

    def traffic(self, shape, rate, events):
        argv = [self.args.live, "--listener", str(self.socket.fileno()), "--port", str(self.port),
                "--rate", str(rate), "--shape", shape, "--seconds", str(self.args.seconds)]
        fds = [self.socket.fileno()]
        if events is not None:
            argv += ["--events", str(events)]
            fds.append(events)
        with pinned(self.load_cpus):
            done = subprocess.run(argv, pass_fds=fds, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return json.loads(done.stdout)
        print(f"bench: {shape} at {rate}: {done.stderr.strip()}", file=sys.stderr)
        return None

    def cell(self, name, shape, rate):
        listener = Listener(name, self)
        try:
            result = self.traffic(shape, rate, listener.fd())
        finally:
            said = listener.stop()
        dropped = DROPPED[name](said)
        if dropped is None:
            print(f"bench: {name}, {shape} at {rate}: does not say what it dropped", file=sys.stderr)
        if result:
            result["dropped"] = dropped
        return result

    def stop(self):
        self.socket.close()


@contextlib.contextmanager
def pinned(cpus):
    """Children begin where their parent is allowed to run."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def listen_all(args, directory, names):
    """What was sent, dropped and seen, by shape, rate and listener, one a round."""
    live = Live(args, directory)
    results = {(s, r): {n: [] for n in names} for s in SHAPES for r in RATES}
    try:
        for r in range(args.live_rounds):
            full = set()  # who drops, or falls behind, is not asked at higher rates; twstap is
            for (shape, rate), cells in results.items():
                for i in range(len(names)):
                    name = names[(i + r) % len(names)]
                    skipped = (name, shape) in full
                    cell = None if skipped else live.cell(name, shape, rate)
                    cells[name].append(cell)
                    if cell and cell["dropped"] != 0 and name != "twstap":
                        full.add((name, shape))
            print(f"bench: live, round {r + 1} of {args.live_rounds}", file=sys.stderr)
    finally:
        live.stop()
    return results


# ---- the tables ----

def ratios(speeds, name, base):
    return [a / b for a, b in zip(speeds.get(name, []), speeds.get(base, [])) if a and b]


def spread(values):
    text = f"{statistics.median(values):.2f}"
    if len(values) > 3:
        low, _, high = statistics.quantiles(values, n=4)
        text += f" ({low:.2f}..{high:.2f})"
    return text


def median(values, digits):
    there = [v for v in values if v is not None]
    return f"{statistics.median(there):.{digits}f}" if there else "-"


def speed_table(speeds, names):
    lines = [["read, GB/s"] + names]
    for traffic in TRAFFIC:
        lines.append([traffic.title] + [median(speeds[traffic.name][n], 4 if n == "tshark+Lua" else 2)
                                        for n in names])
    return aligned(lines)


def memory_table(peaks, names):
    lines = [["peak memory, MiB"] + names]
    for (kind, size), by_name in peaks.items():
        title = next(t.title for t in TRAFFIC if t.name == kind)
        lines.append([f"{title}, {size // MIB} MiB"] + [median([by_name[n]], 1) for n in names])
    return aligned(lines)


def drops(cells):
    """Packets in a round, the mean of the rounds."""
    there = [c for c in cells if c and c["dropped"] is not None]
    if not there:
        return "-"
    lost = sum(c["dropped"] for c in there)
    return f"{lost / len(there):,.1f}" if lost else "0"


def drops_table(live, names):
    lines = [["dropped, packets", "packets/s", "sent/s"] + names]
    for (shape, rate), by_name in live.items():
        cells = [c for cells in by_name.values() for c in cells if c]
        lines.append([SHAPES[shape], f"{rate:,}", f"{sent(cells):,.0f}" if cells else "-"]
                     + [drops(by_name[n]) for n in names])
    return aligned(lines)


def sent(cells):
    """Packets a second on the loopback: what came about where more was asked for."""
    return statistics.median(c["packets_s"] for c in cells)


def first_drop(live, shape, name):
    """The lowest rate at which any round lost a packet."""
    highest = 0
    for rate in RATES:
        cells = [c for c in live[shape, rate][name] if c and c["dropped"] is not None]
        if not cells:
            continue
        if any(c["dropped"] for c in cells):
            return f"{sent(cells):,.0f}"
        highest = max(highest, sent(cells))
    return f"none to {highest:,.0f}" if highest else "-"


def first_drop_table(live, names):
    lines = [["first drop at, packets/s"] + names]
    lines += [[title] + [first_drop(live, shape, n) for n in names]
              for shape, title in SHAPES.items()]
    return aligned(lines)


LATENCIES = (("p50_ms", "p50"), ("p99_ms", "p99"), ("max_ms", "max"))


def latency(cells, key):
    there = [c[key] for c in cells if c and key in c]
    if not there:
        return "-"
    return f"{max(there) if key == 'max_ms' else statistics.median(there):.2f}"


def latency_table(live, names):
    lines = [["packet to event, ms", "packets/s"] +
             [f"{n} {word}" for n in names for _, word in LATENCIES] +
             [f"{n} unseen" for n in names]]
    for (shape, rate), by_name in live.items():
        unseen = [sum(c["marked"] - c["seen"] for c in by_name[n] if c) for n in names]
        lines.append([SHAPES[shape], f"{rate:,}"] +
                     [latency(by_name[n], key) for n in names for key, _ in LATENCIES] +
                     [str(n) for n in unseen])
    return aligned(lines)


def read_targets(speeds):
    for kind, base, least in (("full", "tcpdump", 0.4), ("full", "tcpflow", 2),
                              ("frame", "tcpdump", 0.4), ("frame", "tcpflow", 3),
                              ("full", "tshark+Lua", 150), ("frame", "tshark+Lua", None)):
        title = next(t.title for t in TRAFFIC if t.name == kind)
        have = ratios(speeds[kind], "twstap", base)
        if have:
            asked = "" if least is None else f">= {least:.2f}"
            yield (f"read, {title}: times {base}", asked, spread(have),
                   least is None or statistics.median(have) >= least)


def memory_targets(peaks):
    for name in ("twstap", "twstap+JSON"):
        for traffic in TRAFFIC:
            have = [p[name] for (k, _), p in peaks.items() if k == traffic.name and p.get(name)]
            if not have:
                continue
            yield (f"peak memory of {name}, {traffic.title}", "<= 24 MiB", f"{max(have):.1f}",
                   max(have) <= 24)
            if len(have) > 1:  # a page more or less is chance
                yield ("the same for both sizes", "<= 1 MiB apart",
                       f"{max(have) - min(have):.1f}", max(have) - min(have) <= 1)


def live_targets(live, names):
    for name in names:
        for shape, title in SHAPES.items():
            cells = [c for (s, rate), by in live.items() if s == shape and rate <= RATE_TARGET
                     for c in by[name] if c]
            counts = [c["dropped"] for c in cells if c["dropped"] is not None]
            worst = [c["max_ms"] for c in cells if "max_ms" in c]
            asked = (name, shape) in ASKED
            if counts:
                fastest = max(c["packets_s"] for c in cells)
                yield (f"{name}, {title}, up to {fastest:,.0f}/s: dropped", "0" if asked else "",
                       f"{sum(counts)}", sum(counts) == 0 and fastest > 0.95 * RATE_TARGET)
            if worst:
                yield ("packet to event, the longest", f"<= {LATENCY_MS} ms" if asked else "",
                       f"{max(worst):.2f}", max(worst) <= LATENCY_MS)


def target_table(targets):
    lines = [["target", "asked", "measured", "reached"]]
    lines += [[what, asked, measured, "" if not asked else "yes" if good else "NO"]
              for what, asked, measured, good in targets]
    return aligned(lines) if len(lines) > 1 else ""


def versions(args):
    return "; ".join([first_line([args.twstap, "--version"], "twstap"),
                      first_line(["tcpdump", "--version"], "tcpdump"),
                      first_line(["tcpdump", "--version"], "libpcap"),
                      first_line(["tcpflow", "--version"], "TCPFLOW"),
                      first_line(["tshark", "--version"], "TShark").split(" (Git")[0],
                      first_line(["cat", "--version"], "cat")])


def heading(args, directory, load_before):
    size = {t.name: t.size("cat", args.size) // MIB for t in TRAFFIC}
    lines = [
        machine(args.command), "",
        f"- {versions(args)}",
        f"- load average {load_before[0]:.1f} before and {os.getloadavg()[0]:.1f} after"]
    if "read" in args.only:
        lines += [
            f"- read: {args.rounds} rounds, interleaved; warm cache, file on "
            f"{'tmpfs' if directory.startswith('/dev/shm') else 'disk'}; medians, ratios within a round "
            "with their quartiles; GB of the file",
            "- server version 176, text; 8 connections in turns, each from its SYN to its FIN, with "
            "the acknowledgements that Linux sends; valid checksums",
            f"- 1448-byte segments: {size['full']} MiB; open orders, positions, account values, "
            f"history and ticks, mean 56 bytes a frame; one small frame a packet: {size['frame']} MiB "
            "of ticks, mean 29 bytes",
            "- tcpdump -r FILE -w /dev/null; tcpflow -q -E tcpdemux -X /dev/null with its files on "
            "the same file system; cat to /dev/null; twstap read -q, its verdicts alone, and with "
            "--json /dev/null, every frame a line",
            "- tshark -n -q -Y twsframe with bench/length-prefix.lua, dissecting and printing "
            "nothing; on 1/32 of the bytes, its start (an empty capture) taken off; twstap+JSON on "
            "1/16 and 1/4"]
    if "memory" in args.only:
        lines.append("- peak memory: largest resident size of one run, by wait4")
    if "live" in args.only:
        lines += [
            f"- live: {args.live_rounds} rounds of {args.seconds} s; real TCP on the loopback, 4 "
            "connections; packets of both directions, acknowledgements included; sent/s: what came "
            "about, by TCP_INFO",
            "- the program that listens on one core, both ends of the traffic on the other; "
            f"buffer of {BUFFER_MIB} MiB and default timeouts for all; dropped: what each says "
            f"itself, a round; -: who dropped at a lower rate is not asked, except twstap, or still "
            f"had packets to look at {STOP_SECONDS} s later",
            "- twstap: text, to a pipe; twstap+JSON: every frame decoded and written to a pipe; "
            "packet to event: from before the send of a notice on a connection of its own, 100 a "
            "second, until the pipe shows it: median of the rounds' p50 and p99, the longest of all"]
    return "\n".join(lines)


def tables(args, directory, load_before, speeds, peaks, live, readers, listeners):
    ours = [n for n in listeners if n.startswith("twstap")]
    parts, targets = [heading(args, directory, load_before)], []
    if speeds:
        targets += read_targets(speeds)
    if peaks:
        targets += memory_targets(peaks)
    if live:
        targets += live_targets(live, ours)
    parts.append(target_table(targets))
    if speeds:
        parts.append(speed_table(speeds, readers))
    if peaks:
        parts.append(memory_table(peaks, [n for n in readers if n != "tshark+Lua"]))
    if live:
        parts.append(first_drop_table(live, listeners))
        parts.append(drops_table(live, listeners))
        if ours:
            parts.append(latency_table(live, ours))
    return "\n\n".join(p for p in parts if p)


# ---- options ----

PARTS = ("read", "memory", "live")


def size(text):
    found = re.fullmatch(r"(\d+)([MG])", text)
    if not found or int(found.group(1)) == 0:
        raise argparse.ArgumentTypeError("a size such as 64M or 1G")
    return int(found.group(1)) * (MIB if found.group(2) == "M" else 1024 * MIB)


def parse():
    p = argparse.ArgumentParser(
        prog="scripts/bench capture",
        description="Compare twstap read and twstap capture with other programs.",
        epilog="example: scripts/bench capture --rounds 1 --size 64M --only read")
    p.add_argument("--rounds", type=int, default=7, help="of reading")
    p.add_argument("--live-rounds", type=int, default=3, help="of listening")
    p.add_argument("--size", type=size, default=1024 * MIB, help="of the large capture: 1G")
    p.add_argument("--seconds", type=float, default=1.0, help="of live traffic in a cell")
    p.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    p.add_argument("--without", metavar="A,B", default="", help="programs that are left out")
    p.add_argument("--write", action="store_true", help="put the tables into bench/RESULTS.md")
    p.add_argument("--raw", metavar="FILE", help="write every single result as JSON")
    for program in ("twstap", "capgen", "live", "timed"):
        p.add_argument(f"--{program}", required=True, help=argparse.SUPPRESS)
    args = p.parse_args()
    args.command = command("capture", "--twstap", "--capgen", "--live", "--timed", "--raw")
    args.only = args.only or list(PARTS)
    return args


def knows(twstap, word):
    done = subprocess.run([twstap, word, "--help"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    return done.returncode == 0


def present(args, table, word):
    """Names of the table that can run here."""
    names = [n for n in table if n not in args.without.split(",")]
    ours = knows(args.twstap, word)
    out = [n for n in names if (ours if n.startswith("twstap") else shutil.which(n.split("+")[0]))]
    missing = [n for n in names if n not in out]
    if missing:
        print(f"bench: {word}: left out, not there: {', '.join(missing)}", file=sys.stderr)
    return out


def may_listen():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except PermissionError:
        print("bench: live capture needs root, left out: sudo scripts/bench capture --only live",
              file=sys.stderr)
        return False


def room_for(args):
    """Where captures go: memory if the large one and tcpflow's files of it fit well, else disk."""
    want = 3 * args.size
    memory = "/dev/shm"
    with open("/proc/meminfo") as f:
        free = next(int(x.split()[1]) * 1024 for x in f if x.startswith("MemAvailable"))
    if os.access(memory, os.W_OK) and min(shutil.disk_usage(memory).free, free) > want:
        return memory
    disk = tempfile.gettempdir()
    if shutil.disk_usage(disk).free > want:
        return disk
    raise SystemExit(f"bench: {want // MIB} MiB are needed in {memory} or {disk}; see --size")


def raw(speeds, peaks, live):
    return json.dumps({"read": speeds, "memory": [[*k, v] for k, v in peaks.items()],
                       "live": [[*k, v] for k, v in live.items()]}, indent=1)


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through every `finally`
    readers, listeners = present(args, READERS, "read"), present(args, LISTENERS, "capture")
    if "live" in args.only and not may_listen():
        args.only.remove("live")
    speeds, peaks, live = {}, {}, {}
    load_before = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="twstap-bench-", dir=room_for(args)) as directory:
        captures = Captures(args, directory)
        with pinned({min(os.sched_getaffinity(0))}):
            if "read" in args.only:
                speeds = read_all(args, captures, readers)
            if "memory" in args.only:
                peaks = remember_all(args, captures, readers)
        if "live" in args.only:
            live = listen_all(args, directory, listeners)
        text = tables(args, directory, load_before, speeds, peaks, live, readers, listeners)
    print(text, flush=True)
    if args.raw:
        write(args.raw, raw(speeds, peaks, live))
    if args.write:
        keep("capture", text)


if __name__ == "__main__":
    main()
