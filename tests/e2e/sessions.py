"""A scripted client against the stand-in, one session a scenario: what fixtures are made of, and
what tests make afresh."""

import os
import shutil
import struct
import subprocess
import tempfile
import time

from harness import ApiClient, Proxy, Serve, fields, frame, wait_for
from traffic import proto

# Small, so that a silence is reached soon; a stage of the stand-in takes a millisecond or two.
TIMEOUTS = ("--handshake-timeout", "300ms", "--request-timeout", "400ms")
SERVE = {"slow-welcome": ("--delay", "1s"), "live-stall": ("--delay", "400ms"), "upstream-lost": ("--delay", "400ms")}
TEXT, MIXED, PROTOBUF = 176, 203, 226

# How far the client goes and what it waits for:
#   healthy   to live; asks, is answered, leaves (brief: asks for the time alone)
#   asks      to live; asks until nobody answers
#   silence   as far as it can, until that is a silence
#   closed    until the gateway ends it               redirect, foreign: until that has come
HOW = {
    "healthy": "healthy", "drip": "brief", "slow-welcome": "healthy",
    "accept-silent": "silence", "never-accept": "silence", "never-read": "silence", "version-silent": "silence",
    "half-welcome": "silence", "no-accounts": "silence",
    "accept-close": "closed", "client-id-in-use": "closed", "close-after-hello": "closed", "reset-after-hello": "closed",
    "redirect": "redirect", "not-tws": "foreign",
    "upstream-lost": "asks", "live-stall": "asks",
}

CONTRACT = (0, "AAPL", "STK", "", 0, "", "", "SMART", "", "USD", "", "")
CONTRACT_PROTOBUF = proto(0, (2, "AAPL"), (3, "STK"), (8, "SMART"), (10, "USD"))[8:]

# name: id, first version that has it as protobuf, the text's fields, the protobuf's.
REQUESTS = {
    "positions": (61, 207, (1,), ()),
    "contract": (9, 205, (8, 11, *CONTRACT, 0, "", "", ""), ((1, 11), (2, CONTRACT_PROTOBUF))),
    "market data": (1, 206, (11, 12, *CONTRACT, 0, "", 0, 0, ""), ((1, 12), (2, CONTRACT_PROTOBUF))),
    "cancel market data": (2, 206, (2, 12), ((1, 12),)),
    "time": (49, 213, (1,), ()),
}
POSITION_END, CONTRACT_END, TICK_PRICE, TIME = 62, 52, 1, 49


def request(name, version):
    number, since, text, pairs = REQUESTS[name]
    if version <= 200:
        return frame(fields(number, *text))
    if version < since:
        return frame(struct.pack(">I", number) + fields(*text))
    return proto(number, *pairs)


def ask_and_leave(client):
    """A little of everything; what it subscribed to it takes back."""
    for name, answer in (
        ("positions", POSITION_END), ("contract", CONTRACT_END), ("market data", TICK_PRICE), ("time", TIME)
    ):
        client.send(request(name, client.server_version))
        client.until(lambda answer=answer: answer in client.received, "the answer to " + name)
    client.send(request("cancel market data", client.server_version))


def ask_until(client, silent):
    """For the time, one request at a time and not faster than a Gateway answers (1 s)."""
    asked, next_at = 0, 0.0

    def go_on():
        nonlocal asked, next_at
        if client.received.count(TIME) == asked and time.monotonic() >= next_at:
            client.ask_time()
            asked, next_at = asked + 1, time.monotonic() + 1.1
        return silent()

    client.until(go_on, "a silence")


def converse(scenario, version, addr, silent):
    """One session; `silent()` is true once the silence has lasted long enough to be one."""
    client = ApiClient(addr, (100, version))
    try:
        how = HOW[scenario]
        if how in ("healthy", "brief", "asks"):
            client.until(client.welcomed, "9 and 15")
        if how == "healthy":
            ask_and_leave(client)
        elif how == "brief":
            client.ask_time()
            client.until(lambda: TIME in client.received, "the time")
        elif how == "asks":
            ask_until(client, silent)
        elif how == "silence":
            client.until(silent, "a silence")
        elif how == "closed":
            client.until(lambda: client.closed, "the gateway's close")
        elif how == "redirect":
            client.until(lambda: client.server_version == -1, "the redirect")
        elif how == "foreign":
            client.until(lambda: client.foreign or client.closed, "what is not TWS")
    finally:
        client.close()


def record(scenario, version, path, *options):
    """A session through the relay that records it to `path`; the events that the relay gave live."""
    folder = tempfile.mkdtemp(prefix="twstap-session-")
    gateway = Serve(scenario, "--server-version", str(version), *SERVE.get(scenario, ()))
    try:
        proxy = Proxy(
            gateway.addr, "--record", path, "--linger", "500ms", "--show-accounts", *TIMEOUTS, *options,
            json_file=os.path.join(folder, "live.jsonl"),
        )
        try:
            converse(scenario, version, proxy.addr, lambda: proxy.events("silence"))
            proxy.verdict()
            proxy.stop()
            return proxy.events()
        finally:
            proxy.kill()
    finally:
        gateway.kill()
        shutil.rmtree(folder)


class Tcpdump:
    """tcpdump on the loopback, from the moment it listens on."""

    def __init__(self, path, port):
        self.process = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-n", "--immediate-mode", "-U", "--time-stamp-precision=nano", "-w", path,
             "tcp and port %s" % port],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )
        while True:
            line = self.process.stderr.readline()
            if b"listening on" in line:
                return
            if not line:
                raise RuntimeError("tcpdump cannot look at lo (it needs root or cap_net_raw)")

    def packets(self, path):
        """Packets on file so far."""
        done = subprocess.run(["tcpdump", "-n", "-r", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return done.stdout.count(b"\n")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


def ended(path):
    """Is there a FIN or a reset of both sides, or a reset, on file?"""
    done = subprocess.run(
        ["tcpdump", "-n", "-r", path, "tcp[tcpflags] & (tcp-fin|tcp-rst) != 0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )
    lines = done.stdout.decode().splitlines()
    return any("[R" in line for line in lines) or len({line.split()[2] for line in lines}) == 2


def capture(scenario, version, path, midstream=False):
    """The same without a relay, seen by tcpdump; `midstream`: from when the session is live.  The
    Gateway's port."""
    gateway = Serve(scenario, "--server-version", str(version), *SERVE.get(scenario, ()))
    port = gateway.addr.rsplit(":", 1)[1]
    look = None
    try:
        if midstream:
            client = ApiClient(gateway.addr, (100, version))
            client.until(client.welcomed, "9 and 15")
            look = Tcpdump(path, port)
            ask_and_leave(client)
            client.close()
        else:
            look = Tcpdump(path, port)
            began = time.monotonic()
            converse(scenario, version, gateway.addr, lambda: time.monotonic() > began + 0.8)
        wait_for(lambda: ended(path), "the end on file")
        return port
    finally:
        if look:
            look.stop()
        gateway.kill()
