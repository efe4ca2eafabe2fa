"""Standard output and standard error, whatever they are: nothing that does not read them delays a session."""

import fcntl
import json
import os
import pty
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time

from harness import BIN, E2E, PATIENCE, Peer, connect, frame, hello, main, need_capture, skip, wait_for

HELLO = hello(100, 176)
PING = frame(b"49\x001\0")
SESSIONS = 400
DELAY = 0.010  # seconds that output may add to a round trip
ENDS = 2.5  # seconds from a signal to the end, with a reader that never reads
NOBODY = pwd.getpwnam("nobody")


class Echo(threading.Thread):
    """A gateway's side that sends back what it gets, on any number of connections."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.listener = gateway.sock
        self.listener.setblocking(False)
        self.ending = False
        self.start()

    def run(self):
        poll = select.epoll()
        poll.register(self.listener, select.EPOLLIN)
        peers = {}
        while not self.ending:
            for fd, _ in poll.poll(0.05):
                if fd == self.listener.fileno():
                    sock, _ = self.listener.accept()
                    sock.settimeout(PATIENCE)
                    peers[sock.fileno()] = sock
                    poll.register(sock.fileno(), select.EPOLLIN)
                elif not self.echo(peers[fd]):
                    poll.unregister(fd)
                    peers.pop(fd).close()
        for sock in peers.values():
            sock.close()

    @staticmethod
    def echo(sock):
        try:
            data = sock.recv(1 << 20)
            sock.sendall(data)
            return bool(data)
        except OSError:
            return False


class Streams(E2E):
    def setUp(self):
        super().setUp()
        self.gateway_side = self.gateway()
        echo = Echo(self.gateway_side)
        self.addCleanup(echo.join)
        self.addCleanup(setattr, echo, "ending", True)

    # ---- places that nobody reads

    def keep(self, *descriptors):
        for fd in descriptors:
            self.addCleanup(os.close, fd)
        return descriptors

    def terminal(self):
        return self.keep(*pty.openpty())

    def pipe(self):
        return self.keep(*os.pipe())

    def socket(self):
        ends = socket.socketpair()
        for end in ends:
            self.addCleanup(end.close)
        return ends[0].fileno(), ends[1].fileno()

    def first_line(self, fd):
        """As far as the line that names the address; from then on nobody reads."""
        got = b""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and select.select([fd], [], [], PATIENCE)[0]:
            got += os.read(fd, 1)
            match = re.search(rb"listening on (\S+:\d+),", got)
            if match:
                return match.group(1).decode()
        raise AssertionError("no address in %r" % got)

    def run_proxy(self, reading, writing, *options, stderr=None, prefix=(), binary=BIN):
        process = subprocess.Popen(
            [*prefix, binary, "proxy", "--listen", "127.0.0.1:0", "--upstream", self.gateway_side.addr, "--drain", "100ms", *options],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.DEVNULL if stderr is None else stderr,
            start_new_session=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, self.first_line(reading)

    # ---- what must go on

    def round_trip(self, live):
        began = time.monotonic()
        live.send(PING)
        self.assertEqual(live.recv(len(PING)), PING)
        return time.monotonic() - began

    def live_session(self, addr):
        live = self.connect(addr)
        live.send(HELLO)
        self.assertEqual(live.recv(len(HELLO)), HELLO)
        return live

    def short_sessions(self, addr, live):
        """Round trips of the live session, one after each short one."""
        took = []
        for _ in range(SESSIONS):
            other = connect(addr)
            other.send(HELLO)
            other.recv(len(HELLO))
            other.close()
            took.append(self.round_trip(live))
        return sorted(took)

    def much_text(self, live):
        """Far more than is held for a reader."""
        big = frame(b"6\x002\x00" + b"x" * 60000 + b"\0")
        for _ in range(60):
            live.send(big)
            self.assertEqual(live.recv(len(big)), big)

    def ends(self, process, number, statuses=(0, 1)):
        began = time.monotonic()
        process.send_signal(number)
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError("signal %d does not end it" % number) from None
        took = time.monotonic() - began
        self.assertLess(took, ENDS, "seconds to the end")
        self.assertIn(status, statuses)
        return took

    def goes_on(self, what, reading, writing, *options, number=signal.SIGINT, stderr=None, much=False, **more):
        flags = fcntl.fcntl(writing, fcntl.F_GETFL)
        process, addr = self.run_proxy(reading, writing, *options, stderr=stderr, **more)
        live = self.live_session(addr)
        took = self.short_sessions(addr, live)
        if much:
            self.much_text(live)
            took = sorted(took + [self.round_trip(live) for _ in range(20)])
        self.assertEqual(fcntl.fcntl(writing, fcntl.F_GETFL), flags, "others share it: it blocks as before")
        end = self.ends(process, number)
        print("%s: round trips p50 %.2f ms, p99 %.2f ms, max %.2f ms; ended %.2f s after the signal"
              % (what, took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3, took[-1] * 1e3, end))
        return took

    def not_delayed(self, took):
        """The median, beside a run whose output is read.  A write that waits never ends here, and fails in
        round_trip; of the rest the slowest tell more of the machine's other work than of the relay."""
        with open(os.devnull, "wb") as nowhere:
            reading, writing = self.pipe()
            self.addCleanup(nowhere.close)
            drain = threading.Thread(target=self.drain, args=(reading,), daemon=True)
            process, addr = self.run_proxy(reading, writing)
            drain.start()
            free = self.short_sessions(addr, self.live_session(addr))
            self.ends(process, signal.SIGINT)
        self.assertLess(took[len(took) // 2], free[len(free) // 2] + DELAY)

    @staticmethod
    def drain(fd):
        try:
            while os.read(fd, 65536):
                pass
        except OSError:
            pass

    # ---- the tests

    def test_a_terminal(self):
        self.not_delayed(self.goes_on("terminal", *self.terminal()))

    def test_a_terminal_with_each_frame(self):
        self.not_delayed(self.goes_on("terminal, -v", *self.terminal(), "-v", number=signal.SIGTERM))

    def test_a_terminal_with_q(self):
        self.goes_on("terminal, -q", *self.terminal(), "-q")

    def test_a_terminal_for_both(self):
        reading, writing = self.terminal()
        self.goes_on("terminal for both", reading, writing, "-v", "--hex", stderr=writing, much=True)

    def test_a_pipe_for_both(self):
        """As `twstap proxy 2>&1 | less`, stopped: what is said about the reader must not wait for it."""
        reading, writing = self.pipe()
        self.goes_on("pipe for both", reading, writing, "-v", "--hex", stderr=writing, much=True)

    def test_a_pipe_each(self):
        reading, writing = self.pipe()
        _, errors = self.pipe()
        os.set_blocking(errors, False)
        try:
            while True:
                os.write(errors, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(errors, True)
        self.goes_on("full pipe for errors", reading, writing, "-v", "--hex", stderr=errors, much=True, number=signal.SIGTERM)

    def test_a_socket(self):
        reading, writing = self.socket()
        self.goes_on("socket for both", reading, writing, "-v", "--hex", stderr=writing, much=True)

    def cannot_open_again(self, writing):
        """Who runs it may not open the terminal or pipe once more.  How it is started."""
        os.fchmod(writing, 0)
        if os.geteuid() != 0:
            return {}
        if not shutil.which("setpriv"):
            skip("setpriv is not here")
        os.chmod(self.dir, 0o755)
        copy = os.path.join(self.dir, "twstap")
        shutil.copyfile(BIN, copy)
        os.chmod(copy, 0o755)
        prefix = ("setpriv", "--reuid=%d" % NOBODY.pw_uid, "--regid=%d" % NOBODY.pw_gid, "--clear-groups")
        return {"prefix": prefix, "binary": copy}

    def test_a_terminal_that_cannot_be_opened_again(self):
        reading, writing = self.terminal()
        self.goes_on("terminal, not opened again", reading, writing, "-v", **self.cannot_open_again(writing))

    def test_a_pipe_that_cannot_be_opened_again(self):
        reading, writing = self.pipe()
        more = self.cannot_open_again(writing)
        self.goes_on("pipe, not opened again", reading, writing, "-v", "--hex", stderr=writing, much=True, **more)

    def test_all_lines_come_through_a_child_and_it_ends(self):
        reading, writing = os.pipe()
        more = self.cannot_open_again(writing)
        process, addr = self.run_proxy(reading, writing, "-v", **more)
        os.close(writing)
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid), encoding="ascii") as children:
            self.assertEqual(len(children.read().split()), 1)
        live = self.live_session(addr)
        for _ in range(50):
            self.round_trip(live)
        process.send_signal(signal.SIGINT)
        got = b""
        while select.select([reading], [], [], PATIENCE)[0]:
            some = os.read(reading, 65536)
            if not some:
                break  # the child that wrote it has ended as well
            got += some
        self.assertIn(process.wait(PATIENCE), (0, 1))
        os.close(reading)
        lines = got.decode().splitlines()
        self.assertGreater(len([line for line in lines if "reqCurrentTime" in line]), 40, got)
        self.assertTrue([line for line in lines if " summary " in line], got)

    def test_a_capture(self):
        need_capture()
        reading, writing = self.terminal()
        port = self.gateway_side.addr.rsplit(":", 1)[1]
        process = subprocess.Popen(
            [BIN, "capture", "-v", "--port", port], stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, start_new_session=True
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        got = b""
        while b"listening on" not in got:
            self.assertTrue(select.select([reading], [], [], PATIENCE)[0])
            got += os.read(reading, 1)
        for _ in range(100):
            peer = self.connect(self.gateway_side)
            peer.send(HELLO)
            peer.recv(len(HELLO))
            peer.close()
        print("capture on a terminal: ended %.2f s after the signal" % self.ends(process, signal.SIGTERM))

    def test_lines_of_both_keep_their_order(self):
        """Where both are one pipe: the message stands where it was said, and cuts no line."""
        reading, writing = os.pipe()
        process, addr = self.run_proxy(reading, writing, "--record", "/dev/full", stderr=writing)
        os.close(writing)
        live = self.live_session(addr)
        self.round_trip(live)
        process.send_signal(signal.SIGINT)
        with os.fdopen(reading, "rb") as rest:
            lines = rest.read().decode().splitlines()
        self.assertEqual(process.wait(PATIENCE), 3)
        said = [i for i, line in enumerate(lines) if line.startswith("twstap proxy: cannot record to /dev/full: ")]
        summary = [i for i, line in enumerate(lines) if " summary " in line]
        self.assertEqual((len(said), len(summary)), (1, 1), lines)
        self.assertLess(said[0], summary[0], lines)


class Closed(E2E):
    def closed(self, *which):
        """A run with these of descriptors 0 to 2 closed; what it says, and its events."""
        events = os.path.join(self.dir, "events.jsonl")

        def close():
            for fd in which:
                os.close(fd)

        process = subprocess.Popen(
            [BIN, "proxy", "--listen", "127.0.0.1:0", "--upstream", self.gateway().addr, "--json", events, "--record", "/dev/full"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=close,
        )
        self.addCleanup(process.kill)
        wait_for(lambda: self.watches(process.pid), "the loop")
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        with open(events, "rb") as file:
            return out, err, file.read(), process.returncode

    @staticmethod
    def watches(pid):
        """Its handler for SIGUSR1 is there."""
        with open("/proc/%d/status" % pid, encoding="ascii") as status:
            caught = int(re.search(r"SigCgt:\s*([0-9a-f]+)", status.read()).group(1), 16)
        return caught >> (signal.SIGUSR1 - 1) & 1 and caught >> (signal.SIGINT - 1) & 1

    def test_nothing_is_written_into_files_in_their_place(self):
        for which in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2)):
            out, err, events, status = self.closed(*which)
            for line in events.splitlines():
                json.loads(line)
            self.assertTrue(events.endswith(b"\n"), (which, events))
            self.assertEqual(status, 3, "the recording failed")
            self.assertEqual(1 in which, out == b"", (which, out))
            self.assertEqual(2 in which, err == b"", (which, err))


if __name__ == "__main__":
    main()
