"""What is left of root once the device is open: nothing, by the kernel's own account."""

import os
import pwd
import shutil
import signal
import subprocess

from harness import BIN, E2E, SANITIZED, Program, hello, main, need_capture, skip

NOBODY = pwd.getpwnam("nobody")
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def status(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file)


class Privilege(E2E):
    def setUp(self):
        super().setUp()
        need_capture()
        os.chmod(self.dir, 0o755)

    def running(self, *options, sudo=None, **more):
        env = dict(zip(("SUDO_UID", "SUDO_GID"), sudo or ("", "")))
        gateway = self.serve("accept-silent")
        capture = self.capture([gateway], "--handshake-timeout", "200ms", *options, env=env, **more)
        return gateway, capture

    def works(self, gateway, capture):
        """It still listens, with what it has left."""
        client = self.connect(gateway)
        client.send(hello(100, 176))
        capture.event("silence", stage="hello-unanswered")
        client.close()
        self.assertEqual(capture.stop(), 1, capture.text())

    def has_nothing(self, pid, uid, gid, bound=True):
        now = status(pid)
        for name in SETS if bound else SETS[:3] + SETS[4:]:
            self.assertEqual(int(now[name], 16), 0, name)
        self.assertEqual(now["Uid"].split(), [str(uid)] * 4)
        self.assertEqual(now["Gid"].split(), [str(gid)] * 4)
        self.assertNotIn("0", now["Groups"].split(), "no group of root's")
        self.assertEqual(now["NoNewPrivs"], "1")

    def test_root_becomes_nobody(self):
        gateway, capture = self.running()
        self.has_nothing(capture.pid, NOBODY.pw_uid, NOBODY.pw_gid)
        self.works(gateway, capture)

    def test_root_becomes_who_is_named(self):
        user = next((u for u in pwd.getpwall() if 0 < u.pw_uid < 1000 and u.pw_gid != u.pw_uid), pwd.getpwnam("daemon"))
        gateway, capture = self.running("--user", user.pw_name)
        self.has_nothing(capture.pid, user.pw_uid, user.pw_gid)
        self.works(gateway, capture)

    def test_root_becomes_who_called_sudo(self):
        gateway, capture = self.running(sudo=("12345", "12346"))
        self.has_nothing(capture.pid, 12345, 12346)
        self.works(gateway, capture)

    def test_root_called_sudo_itself(self):
        gateway, capture = self.running(sudo=("0", "0"))
        self.has_nothing(capture.pid, NOBODY.pw_uid, NOBODY.pw_gid)
        self.works(gateway, capture)

    def test_what_sudo_says_must_be_a_number(self):
        for odd in (("-1", "5"), ("4294967296", "5"), ("5 ", "5"), ("0x5", "5"), ("5", "")):
            _, capture = self.running(sudo=odd)
            self.has_nothing(capture.pid, NOBODY.pw_uid, NOBODY.pw_gid)
            capture.stop()

    def test_a_file_with_the_capability_is_enough(self):
        """Nobody runs a copy that has cap_net_raw; what it keeps is what it has not: the bounding set
        only who has CAP_SETPCAP can empty, and nothing in it can be had with NoNewPrivs."""
        if not shutil.which("setcap") or not shutil.which("setpriv"):
            skip("setcap and setpriv are not here")
        copy = os.path.join(self.dir, "twstap")
        shutil.copyfile(BIN, copy)
        os.chmod(copy, 0o755)
        done = subprocess.run(["setcap", "cap_net_raw+ep", copy], stderr=subprocess.PIPE, timeout=10, check=False)
        if done.returncode:
            skip("setcap: " + done.stderr.decode())
        events = os.path.join(self.dir, "nobody")
        os.mkdir(events)
        os.chown(events, NOBODY.pw_uid, NOBODY.pw_gid)
        gateway = self.serve("accept-silent")
        as_nobody = ("setpriv", "--reuid=%d" % NOBODY.pw_uid, "--regid=%d" % NOBODY.pw_gid, "--clear-groups")
        capture = self.capture(
            [gateway], "--handshake-timeout", "200ms", prefix=as_nobody, binary=copy,
            json_file=os.path.join(events, "events.jsonl"),
        )
        self.has_nothing(capture.pid, NOBODY.pw_uid, NOBODY.pw_gid, bound=False)
        self.works(gateway, capture)

    def test_without_the_right(self):
        """One line that names the command, and exit 3; nothing is left behind."""
        if not shutil.which("setpriv"):
            skip("setpriv is not here")
        copy = os.path.join(self.dir, "twstap")
        shutil.copyfile(BIN, copy)
        os.chmod(copy, 0o755)
        program = self.started(
            Program(
                ["capture"], binary=copy,
                prefix=("setpriv", "--reuid=%d" % NOBODY.pw_uid, "--regid=%d" % NOBODY.pw_gid, "--clear-groups"),
            )
        )
        self.assertEqual(program.wait(), 3, program.text())
        self.assertEqual(program.out, [])
        self.assertEqual(len(program.err), 1, program.text())
        self.assertRegex(program.err[0], r"^twstap capture: lo: no right to capture: .*setcap cap_net_raw\+ep .*%s" % copy)

    def test_nobody_cannot_become_another(self):
        if not shutil.which("setpriv"):
            skip("setpriv is not here")
        copy = os.path.join(self.dir, "twstap")
        shutil.copyfile(BIN, copy)
        os.chmod(copy, 0o755)
        program = self.started(
            Program(
                ["capture", "--user", "daemon"], binary=copy,
                prefix=("setpriv", "--reuid=%d" % NOBODY.pw_uid, "--regid=%d" % NOBODY.pw_gid, "--clear-groups"),
            )
        )
        self.assertEqual(program.wait(), 3, program.text())
        self.assertEqual(program.err, ["twstap capture: user daemon: only root can become somebody else"])

    def test_a_user_that_is_not_there(self):
        program = self.twstap("capture", "--user", "no-such-user")
        self.assertEqual(program.wait(), 3)
        self.assertEqual(len(program.err), 1, program.text())
        self.assertIn("no-such-user", program.err[0])

    def test_its_recording_belongs_to_who_it_becomes(self):
        """Also files that a rotation opens later, and the JSON file after SIGHUP."""
        os.chown(self.dir, NOBODY.pw_uid, NOBODY.pw_gid)
        path = os.path.join(self.dir, "day.pcapng")
        gateway, capture = self.running("--write", path, "--rotate", "64K", "--keep", "3")
        client = self.connect(gateway)
        client.send(hello(100, 176))
        capture.event("silence")
        os.rename(capture.json_file, capture.json_file + ".1")
        capture.send_signal(signal.SIGHUP)
        client.close()
        capture.verdict()
        self.assertEqual(capture.stop(), 1, capture.text())
        for name in (path, capture.json_file):
            self.assertEqual(os.stat(name).st_uid, NOBODY.pw_uid, name)
        self.assertEqual(capture.err, [])


if __name__ == "__main__":
    main()
