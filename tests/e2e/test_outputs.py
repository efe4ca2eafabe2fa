"""Files that the program writes: opened without harm to others, never destroying what an earlier run has left."""

import json
import os
import re
import resource
import signal
import subprocess

from harness import BIN, E2E, PATIENCE, frame, hello, main, need_capture, skip, wait_for

HELLO = hello(100, 176)
RECORDING = b"twstap recording of a relay"
USER, GROUP, STRANGER = 12345, 12346, 12347
SUDO = {"SUDO_UID": str(USER), "SUDO_GID": str(GROUP)}


def content(path):
    with open(path, "rb") as file:
        return file.read()


def put(path, text):
    with open(path, "wb") as file:
        file.write(text)
    return path


class Outputs(E2E):
    def setUp(self):
        super().setUp()
        self.json = os.path.join(self.dir, "events.jsonl")
        self.file = os.path.join(self.dir, "rec.pcapng")
        self.upstream = self.gateway()

    def recordings(self):
        return sorted(name for name in os.listdir(self.dir) if name.endswith(".pcapng"))

    def run_once(self, *options, payload=b"x", **more):
        """A relay that sees one session."""
        proxy = self.proxy(self.upstream, *options, json_file=self.json, **more)
        client, server = self.through(proxy, self.upstream)
        client.send(frame(payload))
        server.recv(4 + len(payload))
        status = proxy.stop(signal.SIGINT)
        client.close()
        server.close()
        return proxy, status

    def refused(self, why, *args, **more):
        """Exit 3, and one line that names the file and the reason."""
        program = self.twstap(*args, **more)
        self.assertEqual(program.wait(), 3, program.text())
        lines = [line for line in program.err if "/" in line]
        self.assertEqual(len(program.err), 1, program.text())
        self.assertRegex(lines[0], why)

    # ---- JSON

    def test_a_restart_appends_to_json(self):
        self.run_once()
        first = content(self.json)
        put(self.json, first + b'{"v":1,"event":"cut by a cra')
        self.run_once()
        both = content(self.json)
        self.assertTrue(both.startswith(first))
        lines = both.splitlines()
        cut = [i for i, line in enumerate(lines) if line.endswith(b"cra")]
        self.assertEqual(len(cut), 1, "a line of its own")
        events = [json.loads(line)["event"] for i, line in enumerate(lines) if i not in cut]
        self.assertEqual(events.count("summary"), 2)
        self.assertEqual(os.stat(self.json).st_mode & 0o777, 0o600)

    def test_commands_that_are_run_twice_append(self):
        self.run_once("--record", self.file)
        for command in (("read", self.file), ("decode", "--from", "gateway", "--server-version", "176")):
            out = os.path.join(self.dir, command[0])
            for _ in range(2):
                subprocess.run([BIN, *command, "--json", out], input=b"34390031003000", stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
            lines = content(out).splitlines()
            self.assertGreater(len(lines), 1)
            half = len(lines) // 2
            self.assertEqual([json.loads(line)["event"] for line in lines[:half]], [json.loads(line)["event"] for line in lines[half:]])

    def test_overwrite_replaces(self):
        put(self.json, b"old\n")
        put(self.file, b"old")
        self.run_once("--record", self.file, "--overwrite")
        for path in (self.json, self.file):
            self.assertFalse(content(path).startswith(b"old"), path)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(self.recordings(), ["rec.pcapng"])

    # ---- recordings

    def test_a_restart_records_beside(self):
        self.run_once("--record", self.file)
        first = content(self.file)
        self.assertIn(RECORDING, first)
        names = []
        for _ in range(2):
            proxy, _ = self.run_once("--record", self.file)
            names.append(os.path.basename(proxy.find(r"recording to (\S+),").group(1)))
        self.assertEqual(content(self.file), first)
        self.assertEqual(sorted(names + ["rec.pcapng"]), self.recordings())
        for name in names:
            self.assertRegex(name, r"^rec\.\d{8}T\d{6}Z(-2)?\.pcapng$")
            self.assertIn(RECORDING, content(os.path.join(self.dir, name)))

    def test_dates_in_a_name(self):
        proxy, _ = self.run_once("--record", os.path.join(self.dir, "s-%Y%m%dT%H%M%S.pcapng"))
        self.assertRegex(self.recordings()[0], r"^s-20\d{6}T\d{6}\.pcapng$")
        proxy.find("recording to .*/%s," % self.recordings()[0])
        program = self.twstap("proxy", "--record", os.path.join(self.dir, "%q"))
        self.assertEqual(program.wait(), 2, program.text())

    def test_a_rotating_recording_moves_the_earlier_one_along(self):
        for n in range(3):
            self.run_once("--record", self.file, "--rotate", "1M", "--keep", "3", "--show-accounts", payload=b"run %d" % n)
        self.assertEqual(self.recordings(), ["rec.1.pcapng", "rec.2.pcapng", "rec.pcapng"])
        for n, name in enumerate(("rec.2.pcapng", "rec.1.pcapng", "rec.pcapng")):
            self.assertIn(b"run %d" % n, content(os.path.join(self.dir, name)))

    def test_a_rotating_recording_removes_nothing_that_is_not_its_own(self):
        foreign = [put(os.path.join(self.dir, name), b"precious") for name in ("rec.1.pcapng", "rec.5.pcapng")]
        put(self.file, b"precious")
        rotating = ("proxy", "--listen", "127.0.0.1:0", "--upstream", self.upstream.addr, "--record", self.file, "--rotate", "64K", "--keep", "2")
        self.refused("rec.pcapng: .*not a recording that twstap wrote", *rotating)
        os.unlink(self.file)
        self.refused("FILE.1 and so on, exists and is not a recording that twstap wrote", *rotating)
        os.rename(foreign[0], foreign[0] + "~")
        proxy = self.proxy(self.upstream, *rotating[5:], json_file=self.json)
        os.rename(foreign[0] + "~", foreign[0])  # it comes in the midst of the run
        client, server = self.through(proxy, self.upstream)
        for _ in range(4):
            client.send(frame(b"X" * 30000))
            server.recv(30004)
        proxy.find("cannot record to .*; recording has stopped")
        self.assertEqual(proxy.stop(signal.SIGINT), 3)
        for path in foreign:
            self.assertEqual(content(path), b"precious")

    # ---- what may not be written to

    def commands(self, path):
        """All that write files."""
        recording = os.path.join(self.dir, "input")
        if not os.path.exists(recording):
            self.run_once("--record", recording)
        relay = ("proxy", "--listen", "127.0.0.1:0", "--upstream", self.upstream.addr)
        yield (*relay, "--json", path)
        yield (*relay, "--record", path)
        yield (*relay, "--record", path, "--rotate", "1M")
        yield (*relay, "--record", path, "--overwrite")
        yield ("read", "--json", path, recording)
        yield ("decode", "--json", path, "--overwrite")
        yield ("demo", "--json", path)
        yield ("doctor", "--passive", self.upstream.addr, "--json", path)
        yield ("doctor", "--passive", self.upstream.addr, "--json", path, "--overwrite")
        if os.geteuid() == 0:
            yield ("capture", "--json", path)
            yield ("capture", "--write", path)
            yield ("capture", "--write", path, "--overwrite")

    def test_links_are_not_followed(self):
        target, link = put(os.path.join(self.dir, "target"), b"mine"), os.path.join(self.dir, "link")
        os.symlink(target, link)
        os.chmod(target, 0o644)
        for args in self.commands(link):
            self.refused("link: it is a symbolic link", *args, env=SUDO)
        os.link(target, os.path.join(self.dir, "second"))
        for args in self.commands(os.path.join(self.dir, "second")):
            self.refused(r"second: it has more than one name", *args, env=SUDO)
        self.assertEqual(content(target), b"mine")
        now = os.stat(target)
        self.assertEqual((now.st_mode & 0o777, now.st_uid), (0o644, os.geteuid()))
        os.unlink(target)
        self.refused("link: it is a symbolic link", "decode", "--json", link)
        self.assertFalse(os.path.lexists(target), "nor made through a link")

    def test_a_link_to_a_named_pipe_is_not_followed(self):
        pipe, link = os.path.join(self.dir, "pipe"), os.path.join(self.dir, "link")
        os.mkfifo(pipe)
        os.symlink(pipe, link)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.refused("link: it is a symbolic link", "decode", "--json", link)

    def test_sighup_follows_no_link(self):
        proxy = self.proxy(self.upstream, "--record", self.file, json_file=self.json)
        target = put(os.path.join(self.dir, "target"), b"mine")
        for path in (self.json, self.file):
            os.rename(path, path + ".1")
            os.symlink(target, path)
        proxy.send_signal(signal.SIGHUP)
        proxy.find("cannot reopen %s: it is a symbolic link.*; going on in the old one" % re.escape(self.json))
        proxy.find("cannot reopen %s: it is a symbolic link" % re.escape(self.file))
        self.assertEqual(proxy.stop(signal.SIGINT), 0)
        self.assertEqual(content(target), b"mine")
        self.assertIn(b'"summary"', content(self.json + ".1"))

    def test_descriptors_by_their_names(self):
        """As a shell's >(command) gives them."""
        reading, writing = os.pipe()
        done = subprocess.run([BIN, "decode", "--from", "gateway", "--server-version", "176", "--json", "/dev/fd/%d" % writing],
                              input=b"34390031003000", pass_fds=(writing,), stdout=subprocess.DEVNULL, timeout=PATIENCE, check=False)
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            self.assertTrue([json.loads(line) for line in lines])
        self.assertEqual(done.returncode, 0)

    def test_a_recording_to_a_descriptor(self):
        reading, writing = os.pipe()
        process = subprocess.Popen([BIN, "proxy", "--listen", "127.0.0.1:0", "--upstream", self.upstream.addr, "--record", "/dev/fd/%d" % writing],
                                   pass_fds=(writing,), stdout=subprocess.PIPE)
        self.addCleanup(process.kill)
        os.close(writing)
        self.assertIn(b"listening on", process.stdout.readline())
        self.assertIn(b"recording to /dev/fd/", process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        with os.fdopen(reading, "rb") as file:
            self.assertIn(RECORDING, file.read())
        self.assertEqual(process.returncode, 0)

    # ---- what fails

    def test_an_output_that_fails_is_exit_3(self):
        proxy = self.proxy(self.upstream, json_file="/dev/full")
        client, server = self.through(proxy, self.upstream)
        proxy.find("cannot write to /dev/full: No space left on device; going on")
        self.assertEqual(proxy.stop(signal.SIGINT), 3, proxy.text())
        client.close()
        server.close()

    def test_json_that_fails_in_the_middle_is_exit_3(self):
        proxy = self.proxy(self.upstream, json_file=self.json)
        resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, (5000, 5000))
        for _ in range(10):
            client, server = self.through(proxy, self.upstream)
            client.close()
            server.close()
        proxy.find(r"cannot write to \S+: File too large; going on")
        self.assertEqual(proxy.stop(signal.SIGINT), 3, proxy.text())

    def test_a_recording_that_failed_and_went_on_is_exit_3(self):
        proxy = self.proxy(self.upstream, "--record", self.file, json_file=self.json)
        resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))
        client, server = self.through(proxy, self.upstream)
        client.send(frame(b"X" * 50000))
        server.recv(50004)
        proxy.find("recording has stopped")
        resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        proxy.send_signal(signal.SIGHUP)
        proxy.find(r"-- recording to \S+/rec\.\d+T\d+Z(-\d+)?\.pcapng$")
        self.assertEqual(proxy.stop(signal.SIGINT), 3, proxy.text())
        self.assertEqual(len(self.recordings()), 2, "what was recorded before stays")

    # ---- as root

    def started_capture(self, *options, env=None):
        need_capture()
        os.chmod(self.dir, 0o755)
        return self.capture([self.upstream], *options, json_file=self.json, env=env)

    def test_root_gives_away_only_what_it_made(self):
        need_capture()
        put(self.json, b"")
        os.chown(self.dir, USER, GROUP)
        capture = self.started_capture("--write", self.file, env=SUDO)
        capture.stop()
        self.assertEqual((os.stat(self.json).st_uid, os.stat(self.json).st_gid), (0, 0), "it was there before")
        self.assertEqual((os.stat(self.file).st_uid, os.stat(self.file).st_gid), (USER, GROUP))
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        self.assertEqual(capture.err, [])

    def test_root_gives_no_file_in_a_folder_of_its_own(self):
        """A file of the caller's in /etc/profile.d would make the caller root."""
        capture = self.started_capture("--write", self.file, env=SUDO)
        capture.stop()
        for path in (self.json, self.file):
            self.assertEqual((os.stat(path).st_uid, os.stat(path).st_mode & 0o777), (0, 0o600), path)
            self.assertTrue(content(path), path)
        self.assertEqual(capture.err, [])

    def test_root_writes_to_files_of_its_user_and_of_nobody_else(self):
        need_capture()
        for mode in ((), ("--overwrite",)):
            put(self.json, b"")
            os.chown(self.json, STRANGER, STRANGER)
            self.refused("events.jsonl: it belongs to another user", "capture", "--json", self.json, *mode, env=SUDO)
            self.refused("events.jsonl: it belongs to another user", "capture", "--write", self.json, *mode, env=SUDO)
            self.refused("events.jsonl: it belongs to another user", "decode", "--json", self.json, *mode, env=SUDO)
        self.assertEqual(os.stat(self.json).st_uid, STRANGER)
        self.assertEqual(content(self.json), b"")
        os.chown(self.json, USER, GROUP)
        os.chmod(self.json, 0o644)
        capture = self.started_capture(env=SUDO)
        capture.stop()
        self.assertIn(b'"summary"', content(self.json))
        self.assertEqual((os.stat(self.json).st_uid, os.stat(self.json).st_mode & 0o777), (USER, 0o600))

    def test_a_rotation_that_cannot_work_fails_at_the_start(self):
        need_capture()
        os.chmod(self.dir, 0o755)
        for env, user in ((SUDO, ""), ({"SUDO_UID": "", "SUDO_GID": ""}, "nobody")):
            for how in (("--rotate", "64K"), ("--rotate-time", "1s")):
                self.refused("cannot rotate %s: user %s.* cannot create files in its directory: Permission denied" % (self.file, user),
                             "capture", "--write", self.file, *how, env=env)
        self.assertEqual(self.recordings(), [])

    def test_a_rotation_works_where_the_user_may(self):
        need_capture()
        os.chown(self.dir, USER, GROUP)
        capture = self.started_capture("--write", self.file, "--rotate", "64K", "--keep", "3", env=SUDO)
        client = self.connect(self.upstream)
        server = self.upstream.accept()
        client.send(HELLO)
        server.recv(len(HELLO))
        for _ in range(12):
            client.send(frame(b"X" * 30000))
            server.recv(30004)
        wait_for(lambda: len(self.recordings()) == 3, "three files: %r" % capture.text())
        client.close()
        server.close()
        capture.verdict()
        self.assertIn(capture.stop(), (0, 1), capture.text())
        self.assertEqual(capture.err, [])
        for name in self.recordings():
            self.assertEqual(os.stat(os.path.join(self.dir, name)).st_uid, USER, name)

    def test_a_capture_that_cannot_begin_leaves_nothing(self):
        program = self.twstap("capture", "-i", "no-such-device", "--json", self.json, "--write", self.file)
        self.assertEqual(program.wait(), 3, program.text())
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    main()
