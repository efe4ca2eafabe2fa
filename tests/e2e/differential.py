#!/usr/bin/env python3
"""The same scripted session over four paths: directly, and through twstap, HAProxy and socat.

    python3 tests/e2e/differential.py --sessions 10000 --seed 1

Client and gateway each follow a script: cuts, pauses, half-closes, resets, unread bytes and slow
readers.  Each notes the bytes that it received and how its stream ended.  twstap must give what the
direct connection gives; what HAProxy and socat give is counted for comparison.  A script waits for
what it expects before it goes on, so nearly every outcome is determined.  The few outcomes that
depend on timing have a class (CLASSES), which docs/architecture.md explains.

The exit status is 1 when twstap differed, and 3 when the direct connection differed from its script.
"""

import argparse
import collections
import concurrent.futures
import errno
import fcntl
import os
import queue
import random
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from harness import BIN

LINGER = 3.0  # --linger of the twstap under test, seconds
OVER_LINGER = 1.3 * LINGER  # a slow reader's pause: longer than that
STEP_LIMIT = 30.0  # seconds until a step that does not come to its end is given up
HANG_UP_LIMIT = 2.0  # seconds for a reset that must follow a FIN: less than LINGER, which resets as well
SMALL = 30000  # bytes that any receive buffer takes at once
POOL = random.Random(1).randbytes(16 << 20)  # all streams are pieces of it
ID_LEN = 8  # bytes: the first of a client, which tell the gateway's side which session it is
PEERS = ("haproxy", "socat")
PATHS = ("direct", "twstap", *PEERS)
CLIENT, GATEWAY = "client", "gateway"

# The differences that no relay can avoid: name, and what may differ at that side.
CLASSES = {
    "in-flight": "the number of bytes, since a reset discards what is still on its way",
    "crossing-close": "FIN or reset, and the number of bytes, since bytes and a close cross each other",
}

Outcome = collections.namedtuple("Outcome", "received intact end after stuck")


def other(side):
    return GATEWAY if side == CLIENT else CLIENT


# ---------------------------------------------------------------------------------------------
# Scripts


class Plan:
    """Steps for both sides of one session, made from its number alone."""

    def __init__(self, seed, number):
        self.seed, self.number = seed, number
        self.rng = random.Random(seed * 1000003 + number)
        self.steps = {CLIENT: [("send", ID_LEN, 0)], GATEWAY: [("expect", ID_LEN)]}
        self.sent = {CLIENT: ID_LEN, GATEWAY: 0}
        self.start = {side: self.rng.randrange(len(POOL) - (10 << 20)) for side in (CLIENT, GATEWAY)}
        self.small = {CLIENT: False, GATEWAY: False}  # a small receive buffer
        self.loose = {}  # side: its class
        self.talk()
        self.ending = self.rng.choices([e[0] for e in ENDINGS], [e[1] for e in ENDINGS])[0]
        self.sides = self.rng.sample((CLIENT, GATEWAY), 2)
        self.ending(self, *self.sides)

    def name(self):
        return "%s by the %s" % (self.ending.__name__, self.sides[0])

    def add(self, side, *step):
        self.steps[side].append(step)

    def size(self, most):
        return self.rng.choice((self.rng.randint(1, 200), self.rng.randint(1, 5000), self.rng.randint(1, most)))

    def send(self, side, size):
        self.add(side, "send", size, self.rng.randrange(1 << 30))
        self.sent[side] += size

    def say(self, side, most=SMALL):
        """`side` sends, and the other side has received it before it goes on."""
        self.send(side, self.size(most))
        self.add(other(side), "expect", self.sent[side])

    def pause(self, side, most=0.05):
        if self.rng.random() < 0.3:
            self.add(side, "pause", self.rng.uniform(0.001, most))

    def talk(self):
        for _ in range(self.rng.randint(0, 4)):
            side = self.rng.choice((CLIENT, GATEWAY))
            self.pause(side)
            self.say(side, 100000 if self.rng.random() < 0.2 else SMALL)
        for side in (CLIENT, GATEWAY):  # it knows that what it sent was received, unless it is little
            if self.sent[side] > SMALL // 2 or self.rng.random() < 0.3:
                self.say(other(side), 200)

    def stream(self, side):
        """What that side sends in all."""
        return memoryview(POOL)[self.start[side] : self.start[side] + self.sent[side]]


# An ending takes the plan and the two sides: `a` acts first.


def fin_then_fin(p, a, b):
    p.add(a, "fin")
    p.add(b, "end")
    p.pause(b, 0.4)
    if p.rng.random() < 0.7:
        p.send(b, p.size(200000))
    p.add(b, "close")
    p.pause(a)
    p.add(a, "end")


def fins_at_once(p, a, b):
    for side in (a, b):
        p.send(side, p.size(200000))
        p.add(side, "fin")
    for side in (a, b):
        p.pause(side)
        p.add(side, "end")


def reset_when_idle(p, a, b):
    p.pause(a)
    p.add(a, "reset")
    p.add(b, "end")


def reset_after_bytes(p, a, b):
    p.send(a, p.rng.randint(1, SMALL))
    p.add(a, "reset")
    p.pause(b)
    p.add(b, "end")


def reset_of_a_half_closed(p, a, b):
    """`a` closes its half, and `b` answers with a reset."""
    p.add(a, "fin")
    p.add(b, "end")
    p.pause(b)
    p.add(b, "reset")
    p.add(a, "end")


def reset_against_fin(p, a, b):
    """The reset and the FIN cross each other."""
    p.add(a, "fin")
    p.add(b, "reset")
    p.add(a, "end")


def fin_then_reset(p, a, b):
    """Both by the same side, once the FIN has arrived."""
    p.add(a, "fin")
    p.add(b, "end")
    p.say(b)
    p.add(a, "reset")
    p.add(b, "hang-up")


def fin_and_reset_at_once(p, a, b):
    if p.rng.random() < 0.5:
        p.send(a, p.rng.randint(1, SMALL))
    p.add(a, "fin")
    p.add(a, "reset")
    p.pause(b)
    p.add(b, "end")
    p.add(b, "hang-up")


def close_with_unread_bytes(p, a, b):
    p.send(b, p.rng.randint(1, SMALL))
    p.add(a, "arrived", p.sent[b])
    p.add(a, "close")
    p.add(b, "end")


def close_with_unread_bytes_after_fin(p, a, b):
    p.add(a, "fin")
    p.add(b, "end")
    p.send(b, p.rng.randint(1, SMALL))
    p.add(a, "arrived", p.sent[b])
    p.add(a, "close")
    p.add(b, "hang-up")


def close_with_unread_bytes_and_fin(p, a, b):
    """`b` has sent bytes and FIN; `a` has read neither and closes."""
    p.send(b, p.rng.randint(1, SMALL))
    p.add(b, "fin")
    p.add(a, "arrived", p.sent[b])
    p.add(a, "close")
    p.add(b, "end")


def bytes_for_a_closed_side(p, a, b):
    """`a` is closed for good; the answer to what `b` sends is a reset."""
    p.add(a, "close")
    p.add(b, "end")
    p.send(b, p.rng.randint(1, SMALL))
    p.add(b, "hang-up")


def reset_in_the_midst(p, a, b):
    """`a` resets after the first of many bytes that `b` sends."""
    before = p.sent[b]
    p.send(b, p.rng.randint(500000, 4 << 20))
    p.add(a, "expect", p.rng.randint(before, before + 200000))
    p.add(a, "reset")
    p.add(b, "end")


def reset_of_a_full_path(p, a, b):
    """`a` reads nothing, and resets while `b` cannot send."""
    p.small[a] = True
    p.send(b, 8 << 20)
    p.add(a, "pause", p.rng.uniform(0.01, 0.3))
    p.add(a, "reset")
    p.add(b, "end")


def slowly(p, side):
    """How that side reads: at once, in small steps, or not at all for longer than --linger."""
    p.small[side] = p.rng.random() < 0.7
    if p.rng.random() < 0.1:
        p.add(side, "pause", OVER_LINGER)
    elif p.rng.random() < 0.3:
        p.add(side, "pause", p.rng.uniform(0.01, 0.5))
    if p.rng.random() < 0.5:
        p.add(side, "end-slowly", p.rng.randint(20000, 200000), p.rng.uniform(0.001, 0.01))
    else:
        p.add(side, "end")


def close_before_a_slow_reader(p, a, b):
    p.send(a, p.rng.randint(200000, 6 << 20))
    p.add(a, "close")
    slowly(p, b)


def half_closed_slow_reader(p, a, b):
    p.add(a, "fin")
    p.add(b, "end")
    p.send(b, p.rng.randint(200000, 6 << 20))
    p.add(b, "close")
    slowly(p, a)


def reset_before_a_slow_reader(p, a, b):
    """What `b` has not read when the reset comes may be lost on the way."""
    p.sent[a] += 6 << 20
    p.add(a, "fill", 6 << 20)
    p.add(a, "reset")
    slowly(p, b)
    p.loose[b] = "in-flight"


def reset_before_a_half_closed_slow_reader(p, a, b):
    p.add(b, "fin")
    p.add(a, "end")
    reset_before_a_slow_reader(p, a, b)


def close_against_bytes(p, a, b):
    """`a` closes while bytes of `b` are on their way: has it unread bytes, or none yet?"""
    p.send(b, p.rng.randint(1, SMALL))
    p.send(a, p.rng.randint(1, SMALL))
    p.add(a, "close")
    p.add(b, "end")
    p.loose[b] = "crossing-close"


# The weights follow what a test costs: a slow reader holds a place for seconds.
ENDINGS = (
    (fin_then_fin, 12),
    (fins_at_once, 8),
    (reset_when_idle, 8),
    (reset_after_bytes, 10),
    (reset_of_a_half_closed, 8),
    (reset_against_fin, 8),
    (fin_then_reset, 8),
    (fin_and_reset_at_once, 8),
    (close_with_unread_bytes, 8),
    (close_with_unread_bytes_after_fin, 8),
    (close_with_unread_bytes_and_fin, 6),
    (bytes_for_a_closed_side, 8),
    (reset_in_the_midst, 6),
    (reset_of_a_full_path, 4),
    (close_before_a_slow_reader, 6),
    (half_closed_slow_reader, 6),
    (reset_before_a_slow_reader, 3),
    (reset_before_a_half_closed_slow_reader, 3),
    (close_against_bytes, 4),
)


# ---------------------------------------------------------------------------------------------
# One side of one session over one path


class Stuck(Exception):
    """A step did not come to its end."""


class Actor:
    def __init__(self, sock, plan, side):
        self.sock, self.side, self.plan = sock, side, plan
        self.incoming = plan.stream(other(side))
        self.outgoing = plan.stream(side)
        self.sent = self.received = 0
        self.intact = True
        self.end = self.after = self.stuck = None
        self.broken = False  # a write failed because a reset had followed a FIN
        sock.settimeout(STEP_LIMIT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        try:
            for step in self.plan.steps[self.side]:
                getattr(self, "do_" + step[0].replace("-", "_"))(*step[1:])
                if step[0] in ("reset", "close"):
                    break
            else:
                self.look_for_a_reset(0)
        except Stuck as step:
            self.stuck = str(step)
        finally:
            self.sock.close()
        return Outcome(self.received, self.intact, self.end, self.after, self.stuck)

    def broke(self, error):
        """An error of the socket: a reset before the FIN is an end, one behind it comes after."""
        if error.errno == errno.EPIPE and self.end is None:
            self.broken = True
        elif self.end == "fin" or error.errno == errno.EPIPE:
            self.after = "reset"
        elif self.end is None:
            self.end = "reset"

    def take(self, size=65536):
        """Read once; False: there is no more."""
        try:
            data = self.sock.recv(size)
        except socket.timeout:
            raise Stuck("read") from None
        except OSError as error:
            self.broke(error)
            return False
        if not data:
            self.end = self.end or "fin"
            self.after = self.after or ("reset" if self.broken else None)
            return False
        here = self.received
        self.intact = self.intact and self.incoming[here : here + len(data)] == data
        self.received += len(data)
        return True

    def put(self, data):
        try:
            return self.sock.send(data)
        except socket.timeout:
            raise Stuck("write") from None
        except BlockingIOError:
            return 0
        except OSError as error:
            self.broke(error)
            return -1

    def do_send(self, size, seed):
        """In random pieces, with a rare pause between two."""
        rng = random.Random(seed)
        until = self.sent + size
        while self.sent < until:
            piece = min(until - self.sent, rng.choice((1, 4, 500, 65536, 65536, 1 << 20)))
            done = self.put(self.outgoing[self.sent : self.sent + piece])
            if done < 0:
                return
            self.sent += done
            if rng.random() < 0.03:
                time.sleep(rng.uniform(0, 0.003))

    def do_fill(self, most):
        """Send until the path takes no more."""
        self.sock.setblocking(False)
        until, full = self.sent + most, 0
        while self.sent < until and full < 20:
            done = self.put(self.outgoing[self.sent : min(until, self.sent + 65536)])
            if done < 0:
                return
            self.sent += done
            full = 0 if done else full + 1
            if done == 0:
                time.sleep(0.002)
        self.sock.settimeout(STEP_LIMIT)

    def do_expect(self, total):
        while self.received < total:
            if not self.take(min(65536, total - self.received)):
                raise Stuck("ended at %d of %d bytes" % (self.received, total))

    def do_arrived(self, total):
        """The kernel has the bytes; they stay unread."""
        deadline = time.monotonic() + STEP_LIMIT
        while self.received + self.unread() < total:
            if time.monotonic() > deadline:
                raise Stuck("arrival")
            time.sleep(0.001)

    def unread(self):
        return struct.unpack("i", fcntl.ioctl(self.sock, termios.FIONREAD, bytes(4)))[0]

    def do_end(self):
        while self.take():
            pass

    def do_end_slowly(self, size, pause):
        while self.take(size):
            time.sleep(pause)

    def do_pause(self, seconds):
        time.sleep(seconds)

    def do_fin(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is reset already
            pass

    def do_reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def do_close(self):
        self.sock.close()

    def do_hang_up(self):
        self.look_for_a_reset(HANG_UP_LIMIT)

    def look_for_a_reset(self, seconds):
        """Does the socket have an error within this time?"""
        poll = select.poll()
        poll.register(self.sock, 0)
        if self.after is None and any(ev & select.POLLERR for _, ev in poll.poll(seconds * 1000)):
            self.after = "reset"


# ---------------------------------------------------------------------------------------------
# Paths


HAPROXY = """
global
    maxconn 4096
defaults
    mode tcp
    timeout connect 30s
    timeout client 120s
    timeout server 120s
listen relay
    bind 127.0.0.1:{port}
    server gateway 127.0.0.1:{upstream}
"""


def listens(port):
    """Without a connection: it would reach the gateway behind some relays."""
    here = "0100007F:%04X" % port
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(row[1] == here and row[3] == "0A" for row in map(str.split, table))


def installed(name):
    """The path of that program; None: it is not here.  HAProxy is not on every user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def twstap_command(port, upstream, _):
    return [
        BIN, "proxy", "--listen", "127.0.0.1:%d" % port, "--upstream", "127.0.0.1:%d" % upstream, "-q",
        "--linger", "%gs" % LINGER, "--max-connections", "4096",
    ]  # fmt: skip


def haproxy_command(port, upstream, folder):
    path = os.path.join(folder, "haproxy.cfg")
    with open(path, "w", encoding="ascii") as config:
        config.write(HAPROXY.format(port=port, upstream=upstream))
    return [installed("haproxy"), "-db", "-f", path]


def socat_command(port, upstream, _):
    listen = "TCP-LISTEN:%d,bind=127.0.0.1,fork,reuseaddr,backlog=1024" % port
    return [installed("socat"), "-t", "120", listen, "TCP:127.0.0.1:%d" % upstream]


COMMANDS = {"twstap": twstap_command, "haproxy": haproxy_command, "socat": socat_command}


class Path:
    """A way from clients to a gateway of its own."""

    def __init__(self, name, folder):
        self.name = name
        self.arrived = collections.defaultdict(queue.Queue)  # by session number
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(1024)
        self.port = upstream = self.listener.getsockname()[1]
        self.process = None
        if name in COMMANDS:
            self.port = free_port()
            self.process = self.start(COMMANDS[name](self.port, upstream, folder))
        threading.Thread(target=self.accept, daemon=True).start()

    def start(self, command):
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99"), start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not listens(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise RuntimeError("%s does not listen" % command[0])
            time.sleep(0.01)
        return process

    def accept(self):
        """The client's first bytes name the session; they are left for its script to read."""
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.sort, args=(sock,), daemon=True).start()

    def sort(self, sock):
        sock.settimeout(STEP_LIMIT)
        try:
            head = sock.recv(ID_LEN, socket.MSG_PEEK | socket.MSG_WAITALL)
        except OSError:
            head = b""
        if len(head) == ID_LEN:
            self.queue(bytes(head)).put(sock)
        else:
            sock.close()

    def queue(self, head):
        with self.lock:
            return self.arrived[head]

    def client(self, plan):
        sock = socket.socket()
        if plan.small[CLIENT]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        sock.settimeout(STEP_LIMIT)
        sock.connect(("127.0.0.1", self.port))
        return Actor(sock, plan, CLIENT).run()

    def gateway(self, plan):
        try:
            sock = self.queue(bytes(plan.stream(CLIENT)[:ID_LEN])).get(timeout=STEP_LIMIT)
        except queue.Empty:
            return Outcome(0, True, None, None, "was not dialled")
        if plan.small[GATEWAY]:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        return Actor(sock, plan, GATEWAY).run()

    def end_children(self):
        """socat has one for each session; none is left where all sessions have come to their end."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self):
        """Why the relay is at fault; None: it ran to the end, and then ended as it should."""
        self.listener.close()
        if self.process:
            early = self.process.poll() is not None
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.end_children()
            if early or (self.name == "twstap" and self.process.returncode not in (0, 1)):
                return "%s ended with %d" % (self.name, self.process.returncode)
        return None


# ---------------------------------------------------------------------------------------------
# Comparison


def differences(plan, one, two):
    """What differs between the outcomes of two paths, beyond what the side's class permits."""
    found = []
    for side in (CLIENT, GATEWAY):
        a, b, loose = one[side], two[side], plan.loose.get(side)
        if b.stuck or not b.intact:
            found.append("%s: %s" % (side, "stuck in " + b.stuck if b.stuck else "changed bytes"))
        if a.received != b.received and not loose:
            found.append("%s: %d bytes, not %d" % (side, b.received, a.received))
        if (a.end, a.after) != (b.end, b.after) and loose != "crossing-close":
            found.append("%s: %s, not %s" % (side, how(b), how(a)))
    return found


def how(outcome):
    return (outcome.end or "no end") + (" then " + outcome.after if outcome.after else "")


def used_class(plan, one, two):
    """The class of a difference that was permitted; None: there was none."""
    for side, name in plan.loose.items():
        if one[side] != two[side]:
            return name
    return None


class Differential:
    def __init__(self, seed, names, say=print):
        self.seed, self.names, self.say = seed, names, say
        self.wrong = collections.Counter()  # sessions that differ, by path
        self.endings = collections.defaultdict(collections.Counter)  # by path: ending and difference
        self.permitted = collections.defaultdict(collections.Counter)  # by path: class
        self.faults = []  # of the relays themselves: a crash, a sanitizer's finding
        self.astray = 0  # the direct connection did not do what the script says
        self.lock = threading.Lock()

    def run_session(self, paths, pool, number):
        plan = Plan(self.seed, number)
        halves = {
            path.name: {CLIENT: pool.submit(path.client, plan), GATEWAY: pool.submit(path.gateway, plan)}
            for path in paths
        }
        outcomes = {
            name: {side: half.result() for side, half in sides.items()} for name, sides in halves.items()
        }
        with self.lock:
            self.judge(plan, outcomes)

    def judge(self, plan, outcomes):
        direct = outcomes["direct"]
        if any(o.stuck or not o.intact for o in direct.values()):
            self.astray += 1
            self.say("seed %d session %d (%s): direct: %r" % (self.seed, plan.number, plan.name(), direct))
            return
        for name, outcome in outcomes.items():
            found = differences(plan, direct, outcome)
            permitted = used_class(plan, direct, outcome)
            if permitted:
                self.permitted[name][permitted] += 1
            if not found:
                continue
            self.wrong[name] += 1
            self.endings[name]["%s: %s" % (plan.ending.__name__, brief(found))] += 1
            if name == "twstap":
                self.say("seed %d session %d (%s): %s" % (self.seed, plan.number, plan.name(), "; ".join(found)))

    def run(self, sessions, at_once):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, files), files))
        folder = tempfile.mkdtemp(prefix="twstap-differential-")
        paths = []
        try:
            for name in self.names:
                paths.append(Path(name, folder))
            self.run_all(paths, sessions, at_once)
        finally:
            self.faults += [fault for fault in [path.close() for path in paths] if fault]
            shutil.rmtree(folder, True)

    def run_all(self, paths, sessions, at_once):
        workers = concurrent.futures.ThreadPoolExecutor(at_once)
        halves = concurrent.futures.ThreadPoolExecutor(at_once * len(paths) * 2)
        with halves, workers:
            for done in [workers.submit(self.run_session, paths, halves, n) for n in sessions]:
                done.result()

    def table(self, sessions):
        """The summary, as lines."""
        lines = ["%-8s %9s %9s  %s" % ("path", "sessions", "differ", "permitted differences")]
        for name in self.names:
            permitted = ", ".join("%s %d" % pair for pair in sorted(self.permitted[name].items()))
            lines.append("%-8s %9d %9d  %s" % (name, sessions, self.wrong[name], permitted or "none"))
        for name in self.names:
            for what, times in self.endings[name].most_common():
                lines.append("  %-8s %6d  %s" % (name, times, what))
        return lines


def brief(found):
    """Without the numbers, so that equal differences are counted together."""
    return "; ".join("fewer or more bytes" if " bytes, not " in f else f.split(": ", 1)[1] for f in found)


def missing():
    """The peers that are not installed."""
    return [name for name in PEERS if not installed(name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=300, help="number of sessions (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="seed of all scripts (default: 1)")
    parser.add_argument("--only", type=int, metavar="N", help="run session N alone")
    parser.add_argument("--at-once", type=int, default=80, help="sessions at the same time (default: 80)")
    parser.add_argument("--paths", default=",".join(PATHS), help="paths, direct first (default: all)")
    args = parser.parse_args()
    names = [name for name in args.paths.split(",") if name not in missing()]
    for name in missing():
        print("%s is not installed and is left out" % name)
    numbers = range(args.sessions) if args.only is None else [args.only]
    run = Differential(args.seed, names)
    began = time.monotonic()
    run.run(numbers, args.at_once)
    print("\n".join(run.table(len(numbers))))
    print("seed %d, %d sessions, %.0f s" % (args.seed, len(numbers), time.monotonic() - began))
    print("\n".join(run.faults), end="")
    return 1 if run.wrong["twstap"] or run.faults else 3 if run.astray else 0


if __name__ == "__main__":
    sys.exit(main())
