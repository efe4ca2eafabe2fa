"""Two network namespaces and a wire between them that loses, holds, repeats and cuts as told.

Each end is a TAP device in a namespace of its own, and the wire is a thread that carries Ethernet
frames from one to the other.  So a test knows what it lost, needs no qdisc that a kernel may not
have (netem), and what it does to a segment is exact: drop this one, hold that one.  Frames that are
no TCP (ARP, neighbour discovery) always pass, unless the wire is cut."""

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import threading
import time

from harness import PATIENCE, skip

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
FIN, SYN, RST, ACK = 1, 2, 4, 16
numbers = itertools.count(1)
libc = ctypes.CDLL(None, use_errno=True)


def ip(*args):
    done = subprocess.run(["ip", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    if done.returncode:
        raise AssertionError("ip %s: %s" % (" ".join(args), done.stdout.decode()))


class Segment:
    """TCP of an Ethernet frame; `tcp` is false for everything else."""

    def __init__(self, frame):
        kind = frame[12:14]
        self.tcp = (kind == b"\x08\x00" and frame[23] == 6) or (kind == b"\x86\xdd" and frame[20] == 6)
        if not self.tcp:
            return
        at = 14 + ((frame[14] & 15) * 4 if kind == b"\x08\x00" else 40)
        end = 14 + (struct.unpack_from(">H", frame, 16)[0] if kind == b"\x08\x00" else 40 + struct.unpack_from(">H", frame, 18)[0])
        self.flags = frame[at + 13]
        self.seq = struct.unpack_from(">I", frame, at + 4)[0]
        self.len = end - at - (frame[at + 12] >> 4) * 4


class Namespace:
    """A network namespace with a loopback device and one end of a wire."""

    def __init__(self):
        self.name = "twstap-%d-%d" % (os.getpid(), next(numbers))
        ip("netns", "add", self.name)
        self.tap = None
        self.prefix = ("ip", "netns", "exec", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")

    def plug(self, device, *addresses):
        """One end of a wire; its frames come and go through self.tap."""
        self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        given = "tws%dn%d" % (os.getpid() % 100000, next(numbers))
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", given.encode(), IFF_TAP | IFF_NO_PI))
        ip("link", "set", given, "netns", self.name, "name", device)
        for address in addresses:
            ip("-n", self.name, "addr", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
        ip("-n", self.name, "link", "set", device, "up")

    def run(self, what, *args, **more):
        """what(...) with the sockets it makes in this namespace."""
        result = []

        def inside():
            try:
                with open("/run/netns/" + self.name, "rb") as file:
                    if libc.setns(file.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                result.append((what(*args, **more), None))
            except BaseException as error:  # pylint: disable=broad-except
                result.append((None, error))

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        value, error = result[0]
        if error:
            raise error
        return value

    def close(self):
        if self.tap is not None:
            os.close(self.tap)
            self.tap = None
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)


class Wire:
    """Carries frames between two ends.  Rules may be changed at any time:

    loss, repeat, hold  chances for a TCP segment; a held one comes `held` seconds late
    drop                a function of (from_client, Segment) that is true for what is lost
    delay               the same, gives the seconds by which to be late
    cut                 true: nothing passes any more
    """

    def __init__(self, client, gateway, seed=1):
        self.loss = self.repeat = self.hold = 0.0
        self.held = 0.004
        self.cut = False
        self.drop = self.delay = None
        self.lost = self.repeated = self.late = self.carried = 0
        self.random = random.Random(seed)
        self.ends = {client.tap: gateway.tap, gateway.tap: client.tap}
        self.client = client.tap
        self.queue = []
        self.order = itertools.count()
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        while True:
            wait = max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else None
            ready = select.select([*self.ends, self.stop_read], [], [], wait)[0]
            if self.stop_read in ready:
                return
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                _, _, to, frame = heapq.heappop(self.queue)
                self._put(to, frame)
            for end in ready:
                for _ in range(64):
                    try:
                        frame = os.read(end, 65536)
                    except OSError:
                        break
                    self._take(end, frame, now)

    def _take(self, end, frame, now):
        to = self.ends[end]
        if self.cut:
            self.lost += 1
            return
        segment = Segment(frame)
        if segment.tcp:
            if self.random.random() < self.loss or (self.drop and self.drop(end == self.client, segment)):
                self.lost += 1
                return
            late = self.held if self.random.random() < self.hold else 0.0
            if self.delay:
                late += self.delay(end == self.client, segment)
            if late:
                self.late += 1
                heapq.heappush(self.queue, (now + late, next(self.order), to, frame))
                return
            if self.random.random() < self.repeat:
                self.repeated += 1
                self._put(to, frame)
        self._put(to, frame)

    def _put(self, to, frame):
        self.carried += 1
        with contextlib.suppress(OSError):  # its device is full or down: lost, as on a wire
            os.write(to, frame)

    def close(self):
        os.write(self.stop_write, b"x")
        self.thread.join(PATIENCE)
        os.close(self.stop_read)
        os.close(self.stop_write)


CLIENT, GATEWAY = "10.77.0.1", "10.77.0.2"
CLIENT6, GATEWAY6 = "fd00:77::1", "fd00:77::2"


class Network:
    """Both ends, wired.  `device` is the client's end, where a capture listens."""

    device = "wire0"

    def __init__(self, test):
        if os.geteuid() != 0:
            skip("network namespaces take root")
        try:
            self.client, self.gateway = Namespace(), Namespace()
            test.addCleanup(self.client.close)
            test.addCleanup(self.gateway.close)
            self.client.plug(self.device, CLIENT + "/24", CLIENT6 + "/64")
            self.gateway.plug("wire1", GATEWAY + "/24", GATEWAY6 + "/64")
        except (OSError, AssertionError) as why:
            skip("no network namespaces or TAP devices here: %s" % why)
        self.wire = Wire(self.client, self.gateway)
        test.addCleanup(self.wire.close)
