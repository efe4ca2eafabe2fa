"""Helpers of the end-to-end tests: the program, raw sockets on both sides of it, and waiting.

Nothing here sleeps for luck: a test waits for a condition, and a deadline makes it fail.  All
programs are started in a process group of their own and are gone when the test is over.
"""

import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get("TWSTAP_BIN") or os.path.join(ROOT, "build", "dev", "bin", "twstap")
SANITIZED = bool(os.environ.get("TWSTAP_SANITIZED"))
MAY_CAPTURE = os.geteuid() == 0
NO_SKIP = os.environ.get("TWSTAP_NO_SKIP") == "1"
PATIENCE = 60.0 if SANITIZED else 20.0  # seconds until a wait is a failure
ACCOUNT = re.compile(r"\b[A-Z]{1,3}[0-9]{5,9}\b")
LISTENING = re.compile(r"listening on (\S+:\d+)")


def skip(why):
    """Skip this test with a word; where everything must run, fail instead."""
    if NO_SKIP:
        raise AssertionError("would be skipped: " + why)
    raise unittest.SkipTest(why)


def need_capture():
    if not MAY_CAPTURE:
        skip("capturing takes root")


def wait_for(condition, what, patience=None):
    """The first true value of condition(); a failure that names `what` after the deadline."""
    deadline = time.monotonic() + (patience or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.004)


def sockaddr(text):
    """'127.0.0.1:4002' or '[::1]:4002' to (family, (host, port))."""
    host, port = text.rsplit(":", 1)
    if host.startswith("["):
        return socket.AF_INET6, (host[1:-1], int(port))
    return socket.AF_INET, (host, int(port))


def addr_text(sock):
    host, port = sock.getsockname()[:2]
    return "[%s]:%d" % (host, port) if ":" in host else "%s:%d" % (host, port)


# ---------------------------------------------------------------------------------------------
# Programs


class Program:
    """A running twstap: its output gathers line by line."""

    def __init__(self, args, descriptors=None, env=None, prefix=(), binary=None):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        environment = dict(os.environ, NO_COLOR="1")
        # A sanitizer's finding must not look like an exit status of ours.
        environment["ASAN_OPTIONS"] = "exitcode=99"
        environment["UBSAN_OPTIONS"] = "exitcode=99:print_stacktrace=1"
        environment.update(env or {})
        self.args = [*prefix, binary or BIN, *args]
        self.out, self.err = [], []
        self.process = subprocess.Popen(
            self.args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=environment,
            preexec_fn=limit if descriptors else None,
        )
        self.readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))
        stream.close()

    @property
    def pid(self):
        return self.process.pid

    def text(self):
        return "\n".join(self.out + self.err)

    def find(self, pattern, patience=None):
        """The first match of `pattern` in the output, standard output or error; waits for it."""
        expression = re.compile(pattern) if isinstance(pattern, str) else pattern

        def look():
            for line in list(self.out) + list(self.err):
                match = expression.search(line)
                if match:
                    return match
            if self.process.poll() is not None and not any(r.is_alive() for r in self.readers):
                raise AssertionError("%r ended with %d\n%s" % (self.args, self.process.returncode, self.text()))
            return None

        return wait_for(look, "%r from %r; so far:\n%s" % (expression.pattern, self.args, self.text()), patience)

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, patience=None):
        """Exit status, once it has ended by itself."""
        try:
            status = self.process.wait(patience or PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError("%r does not end\n%s" % (self.args, self.text())) from None
        for reader in self.readers:
            reader.join(PATIENCE)
        if status == 99 or "Sanitizer" in self.text() or "runtime error" in self.text():
            raise AssertionError("%r: a sanitizer speaks\n%s" % (self.args, self.text()))
        return status

    def stop(self, number=signal.SIGTERM, patience=None):
        if self.process.poll() is None:
            self.send_signal(number)
        return self.wait(patience)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for reader in self.readers:
            reader.join(PATIENCE)

    def cpu_seconds(self):
        """User and system time so far."""
        with open("/proc/%d/stat" % self.pid, encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))


class Serve(Program):
    def __init__(self, scenario, *options, listen="127.0.0.1:0", **more):
        super().__init__(["serve", scenario, "--listen", listen, *options], **more)
        self.addr = self.find(LISTENING).group(1)


class Observer(Program):
    """A twstap that watches sessions and writes its events to `json_file`."""

    def __init__(self, args, json_file, **more):
        super().__init__([*args, "--json", json_file], **more)
        self.json_file = json_file

    def events(self, event=None, **keys):
        """Events so far, of this kind and with these values."""
        found = []
        try:
            with open(self.json_file, "rb") as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    ev = json.loads(line)
                    if event and ev["event"] != event:
                        continue
                    if all(ev.get(key) == value for key, value in keys.items()):
                        found.append(ev)
        except FileNotFoundError:
            pass
        return found

    def event(self, event, patience=None, **keys):
        """The first such event; waits for it."""

        def look():
            found = self.events(event, **keys)
            if not found and self.process.poll() is not None:
                raise AssertionError("ended with %s\n%s" % (self.process.returncode, self.text()))
            return found and found[0]

        return wait_for(look, "event %s %r" % (event, keys), patience)

    def verdict(self, conn=None):
        keys = {"final": True} if conn is None else {"final": True, "conn": conn}
        return self.event("verdict", **keys)


class Proxy(Observer):
    def __init__(self, upstream, *options, json_file, listen=("127.0.0.1:0",), descriptors=None):
        args = ["proxy", "--upstream", upstream]
        for address in listen:
            args += ["--listen", address]
        super().__init__(args + list(options), json_file, descriptors=descriptors)
        self.addr = self.find(LISTENING).group(1)


class Capture(Observer):
    """A passive one, ready: what comes from now on is seen.  `prefix` starts it, as `ip netns exec`."""

    def __init__(self, ports, *options, json_file, **more):
        super().__init__(["capture", "--port", ",".join(str(p) for p in ports), *options], json_file, **more)
        self.find(r"listening on ")


# ---------------------------------------------------------------------------------------------
# The client's side


class Closed(Exception):
    """The peer ended the connection: how is 'fin' or 'rst'."""

    def __init__(self, how):
        super().__init__(how)
        self.how = how


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def hello(low, high):
    return b"API\0" + frame(b"v%d..%d" % (low, high))


def fields(*values):
    return b"".join(str(value).encode() + b"\0" for value in values)


def start_api(server_version, client_id):
    """startApi as every version wants it: text, raw id and text, protobuf."""
    if server_version <= 200:
        return frame(fields(71, 2, client_id, ""))
    if server_version <= 212:
        return frame(struct.pack(">I", 71) + fields(2, client_id, ""))
    return frame(struct.pack(">I", 271) + b"\x08" + bytes([client_id]))


def req_current_time(server_version):
    if server_version <= 200:
        return frame(fields(49, 1))
    if server_version <= 212:
        return frame(struct.pack(">I", 49) + fields(1))
    return frame(struct.pack(">I", 249))


def message_id(payload, server_version):
    """The base id of a message of the gateway."""
    if server_version <= 200:
        return int(payload.split(b"\0", 1)[0])
    number = struct.unpack(">I", payload[:4])[0]
    return number - 200 if number > 200 else number


class Peer:
    """A socket with deadlines."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(PATIENCE)
        self.have = b""

    def send(self, data):
        self.sock.sendall(data)

    def _recv(self, size=65536):
        try:
            data = self.sock.recv(size)
        except ConnectionResetError:
            raise Closed("rst") from None
        except socket.timeout:
            raise AssertionError("nothing came") from None
        if not data:
            raise Closed("fin")
        return data

    def recv(self, size):
        """Exactly so many bytes."""
        while len(self.have) < size:
            self.have += self._recv()
        data, self.have = self.have[:size], self.have[size:]
        return data

    def recv_frame(self):
        return self.recv(struct.unpack(">I", self.recv(4))[0])

    def rest(self):
        """All bytes until the peer closes, and how it closed."""
        data, self.have = [self.have], b""
        while True:
            try:
                data.append(self._recv())
            except Closed as closed:
                return b"".join(data), closed.how

    def ready(self, seconds):
        """Something to read within this time?"""
        return bool(self.have) or bool(select.select([self.sock], [], [], seconds)[0])

    def connected(self):
        """No end of the connection has come (and no bytes were lost by looking)."""
        self.sock.setblocking(False)
        try:
            return self.sock.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.sock.settimeout(PATIENCE)

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


def connect(addr, receive_buffer=None):
    family, where = sockaddr(addr)
    sock = socket.socket(family, socket.SOCK_STREAM)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    try:
        sock.connect(where)
    except OSError:
        sock.close()
        raise
    return Peer(sock)


class ApiClient(Peer):
    """A client that goes as far through the handshake as the gateway lets it."""

    def __init__(self, addr, versions=(100, 176), client_id=7, hold=False):
        """hold: send neither hello nor startApi before it is told to by go_on()."""
        super().__init__(connect(addr).sock)
        self.versions = versions
        self.client_id = client_id
        self.server_version = 0
        self.received = []  # message ids
        self.payloads = []
        self.foreign = False
        self.closed = None
        self.hold = hold
        if not hold:
            self.send(hello(*versions))

    def go_on(self):
        """The next of hello and startApi."""
        self.send(start_api(self.server_version, self.client_id) if self.server_version else hello(*self.versions))

    def welcomed(self):
        return 9 in self.received and 15 in self.received

    def step(self, seconds=0.02):
        """Take what has come, answer as the handshake wants; False: nothing came."""
        if self.closed or not self.ready(seconds):
            return False
        try:
            self.have += self._recv()
        except Closed as closed:
            self.closed = closed.how
            return False
        while not self.foreign and len(self.have) >= 4:
            length = struct.unpack(">I", self.have[:4])[0]
            if length > 1 << 24:
                self.foreign = True
            elif len(self.have) < 4 + length:
                break
            else:
                payload, self.have = self.have[4 : 4 + length], self.have[4 + length :]
                self.take(payload)
        return True

    def take(self, payload):
        self.payloads.append(payload)
        if self.server_version == 0:
            self.server_version = int(payload.split(b"\0")[0])
            if self.server_version > 0 and not self.hold:
                self.send(start_api(self.server_version, self.client_id))
        elif self.server_version > 0:
            self.received.append(message_id(payload, self.server_version))

    def until(self, condition, what, patience=None):
        """Go on until condition() is true."""
        deadline = time.monotonic() + (patience or PATIENCE)
        while not condition():
            self.step()
            if time.monotonic() > deadline:
                raise AssertionError("client waited in vain for %s; received %r" % (what, self.received))

    def ask_time(self):
        self.send(req_current_time(self.server_version))


# ---------------------------------------------------------------------------------------------
# The gateway's side


class Gateway:
    """A bare listener in the place of a Gateway: what reaches it is what the proxy let through."""

    def __init__(self, host="127.0.0.1", backlog=4096):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, 0))
        self.sock.listen(backlog)
        self.sock.settimeout(PATIENCE)
        self.addr = addr_text(self.sock)

    def accept(self):
        try:
            return Peer(self.sock.accept()[0])
        except socket.timeout:
            raise AssertionError("the gateway was not dialled") from None

    def dialled(self):
        """Does a connection wait to be accepted?"""
        return bool(select.select([self.sock], [], [], 0)[0])

    def close(self):
        self.sock.close()


# ---------------------------------------------------------------------------------------------


class E2E(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="twstap-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.proxies = 0

    def started(self, program):
        self.addCleanup(program.kill)
        return program

    def serve(self, scenario, *options, **more):
        return self.started(Serve(scenario, *options, **more))

    def proxy(self, upstream, *options, **more):
        self.proxies += 1
        more.setdefault("json_file", os.path.join(self.dir, "events-%d.jsonl" % self.proxies))
        return self.started(Proxy(getattr(upstream, "addr", upstream), *options, **more))

    def capture(self, addrs, *options, **more):
        """Watch the ports of these addresses, or objects with one."""
        self.proxies += 1
        more.setdefault("json_file", os.path.join(self.dir, "events-%d.jsonl" % self.proxies))
        ports = [getattr(a, "addr", a).rsplit(":", 1)[1] for a in addrs]
        return self.started(Capture(ports, *options, **more))

    def twstap(self, *args, **more):
        return self.started(Program(args, **more))

    def gateway(self, host="127.0.0.1", backlog=4096):
        gateway = Gateway(host, backlog)
        self.addCleanup(gateway.close)
        return gateway

    def connect(self, addr, **more):
        peer = connect(getattr(addr, "addr", addr), **more)
        self.addCleanup(peer.close)
        return peer

    def api_client(self, addr, *args, **more):
        client = ApiClient(getattr(addr, "addr", addr), *args, **more)
        self.addCleanup(client.close)
        return client

    def through(self, proxy, gateway, first=hello(100, 176)):
        """A client and its gateway's end, connected through the proxy; `first` has arrived."""
        client = self.connect(proxy)
        client.send(first)
        server = gateway.accept()
        self.addCleanup(server.close)
        self.assertEqual(server.recv(len(first)), first)
        return client, server


def main():
    """unittest.main, and 77 for ctest when everything was skipped."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
