"""What the signals do: drain, ask, reopen."""

import fcntl
import os
import signal
import struct
import subprocess
import termios
import time

import traffic
from harness import BIN, E2E, PATIENCE, connect, frame, main, start_api, wait_for
from mutate import write

VERSION = frame(b"176\x0020260102 10:00:00 UTC\0")
WELCOME = frame(b"15\x001\x00DU0000000,\0") + frame(b"9\x001\x001\0")


class Signals(E2E):
    def live(self, *options):
        """Proxy, client and gateway's end of a session that is past its handshake."""
        gateway = self.gateway()
        proxy = self.proxy(gateway, *options)
        client, server = self.through(proxy, gateway)
        server.send(VERSION)
        client.recv(len(VERSION))
        client.send(start_api(176, 7))
        server.recv(len(start_api(176, 7)))
        server.send(WELCOME)
        client.recv(len(WELCOME))
        proxy.event("stage", stage="ready")
        return proxy, client, server

    @staticmethod
    def refused(proxy):
        """Nobody can connect any more.  (Whoever could counts as a probe.)"""
        try:
            connect(proxy.addr).close()
        except OSError:
            return True
        return False

    def test_sigterm_lets_sessions_end(self):
        proxy, client, server = self.live()
        proxy.send_signal(signal.SIGTERM)
        wait_for(lambda: self.refused(proxy), "the end of accepting")
        for _ in range(3):
            client.send(b"\0\0\0\x05" + b"49\x001\0"[:5])
            server.recv(9)
            server.send(frame(b"49\x001\x001767348000\0"))
            client.recv(20)
        self.assertEqual(proxy.events("verdict", final=True, conn=1), [])
        client.close()
        server.rest()
        server.close()
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True, conn=1)), 1)
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_the_drain_time_ends(self):
        proxy, client, _ = self.live("--drain", "1s")
        began = time.monotonic()
        proxy.send_signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertGreaterEqual(time.monotonic() - began, 0.9)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(client.connected())
        verdict = proxy.events("verdict", final=True)[0]
        self.assertEqual((verdict["progress"], verdict["stage"]), ("ready", None))
        self.assertEqual(proxy.events("close")[0]["how"], "end-of-capture")

    def test_a_second_signal_ends_at_once(self):
        proxy, _, _ = self.live("--drain", "300s")
        proxy.send_signal(signal.SIGTERM)
        wait_for(lambda: self.refused(proxy), "the end of accepting")
        proxy.send_signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True, conn=1)), 1)

    def test_sigint_ends_at_once_and_flushes(self):
        proxy, _, _ = self.live("--drain", "300s")
        proxy.send_signal(signal.SIGINT)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True)), 1)
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_an_impatient_user_loses_nothing(self):
        proxy, _, _ = self.live("--drain", "300s")
        while proxy.process.poll() is None:
            proxy.send_signal(signal.SIGINT)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_silent_sessions_do_not_hold_up_the_drain(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--drain", "300s", "--handshake-timeout", "300ms")
        self.through(proxy, gateway)
        proxy.event("silence")
        self.assertEqual(proxy.stop(), 1)
        self.assertEqual(proxy.events("verdict", final=True)[0]["stage"], "hello-unanswered")

    def test_half_closed_sessions_do_not_hold_up_the_drain(self):
        proxy, client, server = self.live("--drain", "300s")
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        self.assertEqual(proxy.stop(), 0)

    def test_sigusr1_asks_for_a_verdict_on_all(self):
        proxy, client, server = self.live()
        proxy.send_signal(signal.SIGUSR1)
        verdict = proxy.event("verdict", final=False)
        self.assertEqual((verdict["progress"], verdict["stage"], verdict["silent"]), ("ready", None, "nobody"))
        server.send(b"\0\0\0\x01\0")
        client.recv(5)  # and the session goes on

    def test_sighup_reopens_the_file(self):
        proxy, _, _ = self.live()
        old = proxy.json_file + ".1"
        os.rename(proxy.json_file, old)
        proxy.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(proxy.json_file), "the new file")
        proxy.send_signal(signal.SIGUSR1)
        proxy.event("verdict", final=False)
        with open(old, encoding="utf-8") as lines:
            self.assertIn('"open"', lines.readline())


def waiting_in(pipe):
    """Bytes that were written to a pipe and not read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


class Readers(E2E):
    """What reads files ends at the first SIGINT or SIGTERM, and what it has read is said."""

    def start(self, *args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
        program = subprocess.Popen([BIN, *args], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
        self.addCleanup(self.end, program)
        return program

    @staticmethod
    def end(program):
        if program.poll() is None:
            program.kill()
        program.wait()
        for pipe in (program.stdin, program.stdout, program.stderr):
            if pipe:
                pipe.close()

    def capture(self):
        with open(write(os.path.join(self.dir, "x.pcap"), traffic.session("text", 40)), "rb") as file:
            return file.read()

    @staticmethod
    def sleeps(program):
        if program.poll() is not None:
            raise AssertionError("it is over: %s" % program.stderr.read())
        with open("/proc/%d/stat" % program.pid, encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "S"

    def caught_up(self, program):
        """All that was written to its standard input has been read, and it waits for more."""
        wait_for(lambda: waiting_in(program.stdin) == 0 and self.sleeps(program), "the reader at the end of its pipe")

    def test_read_of_a_pipe_on_which_nothing_comes(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            program = self.start("read", "--json", "-", "-", stdin=subprocess.PIPE)
            program.stdin.write(self.capture())
            program.stdin.flush()
            self.caught_up(program)
            program.send_signal(number)
            out, err = program.communicate(timeout=PATIENCE)
            self.assertEqual(program.returncode, 0, err)
            self.assertIn(b'"event":"summary"', out)
            self.assertIn(b'"event":"stage"', out)

    def test_decode_of_a_pipe_on_which_nothing_comes(self):
        line = b"< " + frame(b"9\x001\x001\0").hex().encode() + b"\n"
        for options, given in (((), line), (("--raw", "--from", "gateway"), bytes.fromhex(line[2:].decode()))):
            for number in (signal.SIGINT, signal.SIGTERM):
                program = self.start("decode", *options, stdin=subprocess.PIPE)
                program.stdin.write(given)
                program.stdin.flush()
                self.caught_up(program)
                program.send_signal(number)
                out, err = program.communicate(timeout=PATIENCE)
                self.assertEqual(program.returncode, 0, err)
                self.assertIn(b"nextValidId", out, options)

    def test_of_a_file_without_an_end(self):
        """As a file of any size: the reader is in the middle of it."""
        whole = self.capture()
        line = b"< " + frame(b"9\x001\x001\0").hex().encode() + b"\n"
        for args, data in ((("read", "-q", "-"), whole[:24] + 3000 * whole[24:]), (("decode", "-"), 200000 * line)):
            path = os.path.join(self.dir, "endless")
            with open(path, "wb") as file:
                file.write(data)
            with open(path, "rb") as file, open(os.devnull, "wb") as null:
                program = self.start(*args, stdin=file, stdout=null)
                wait_for(lambda program=program: self.read_so_far(program) > 1 << 18, "the reader at work")
                program.send_signal(signal.SIGTERM)
                self.assertIn(program.wait(PATIENCE), (0, 1), program.stderr.read())
                self.assertLess(os.lseek(file.fileno(), 0, os.SEEK_CUR), len(data), "it went on to the end")

    @staticmethod
    def read_so_far(program):
        if program.poll() is not None:
            raise AssertionError("it is over: %s" % program.stderr.read())
        with open("/proc/%d/fdinfo/0" % program.pid, encoding="ascii") as file:
            return int(file.readline().split()[1])

    def test_whose_reader_has_stopped(self):
        """A pager that is stopped: the program waits for room in its pipe, and still ends."""
        path = os.path.join(self.dir, "much")
        with open(path, "wb") as file:
            file.write(200000 * (b"< " + frame(b"9\x001\x001\0").hex().encode() + b"\n"))
        program = self.start("decode", path)
        wait_for(lambda: waiting_in(program.stdout) > 4096 and self.sleeps(program), "a full pipe")
        program.send_signal(signal.SIGINT)
        self.assertIsNotNone(program.wait(PATIENCE))

    def test_whose_reader_has_stopped_and_reads_messages_too(self):
        """2>&1 | less: what is left to say has no room either."""
        path = os.path.join(self.dir, "much")
        write(path, traffic.session("text", 4000))
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        size = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else 65536
        program = subprocess.Popen([BIN, "read", "-vv", path], stdin=subprocess.DEVNULL, stdout=write_end, stderr=write_end)
        os.close(write_end)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        wait_for(lambda: self.unread(read_end) >= size - 4096 and self.sleeps(program), "a full pipe")
        program.send_signal(signal.SIGINT)
        self.assertIsNotNone(program.wait(PATIENCE))

    @staticmethod
    def unread(descriptor):
        return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0]


if __name__ == "__main__":
    main()
