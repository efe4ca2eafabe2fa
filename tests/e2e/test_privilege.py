"""Rights are there until the device is open, and gone afterwards: /proc/self/status says so."""

import os
import pwd
import shutil
import subprocess
import unittest

from harness import BIN, E2E, Program, main, need_capture, skip

NOBODY = pwd.getpwnam("nobody")


class Privilege(E2E):
    def setUp(self):
        super().setUp()
        need_capture()
        if os.getuid() != 0:
            skip("needs root")

    def status(self, program):
        with open("/proc/%d/status" % program.process.pid) as lines:
            return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)

    def expect_none(self, program, uid):
        status = self.status(program)
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["Uid"].split(), [str(uid)] * 4)
        self.assertNotIn("0", status["Gid"].split())
        self.assertEqual(status["NoNewPrivs"], "1")

    def running(self, *options, env=None):
        program = self.started(Program(["capture", "--port", "4002", *options], env=env))
        program.find(r"listening on ")
        return program

    def test_root_becomes_nobody(self):
        self.expect_none(self.running(env={"SUDO_UID": "", "SUDO_GID": ""}), NOBODY.pw_uid)

    def test_root_becomes_who_is_named(self):
        user = pwd.getpwnam("daemon")
        self.expect_none(self.running("--user", "daemon"), user.pw_uid)

    def test_root_becomes_who_called_sudo(self):
        user = pwd.getpwnam("daemon")
        program = self.running(env={"SUDO_UID": str(user.pw_uid), "SUDO_GID": str(user.pw_gid)})
        self.expect_none(program, user.pw_uid)

    def test_a_user_that_nobody_knows(self):
        program = self.started(Program(["capture", "--user", "no-such-user"]))
        self.assertEqual(program.wait(), 3)
        self.assertIn("no-such-user", "\n".join(program.err))

    def as_nobody(self, *command):
        setpriv = shutil.which("setpriv") or skip("no setpriv")
        return [setpriv, "--reuid", str(NOBODY.pw_uid), "--regid", str(NOBODY.pw_gid), "--clear-groups", *command]

    def test_without_the_right_one_line_says_how_to_get_it(self):
        os.chmod(self.dir, 0o755)
        copy = shutil.copy(BIN, self.dir)
        done = subprocess.run(self.as_nobody(copy, "capture"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn("sudo setcap cap_net_raw+ep '%s'" % copy, done.stderr)

    def test_the_capability_of_the_file_is_enough_and_is_given_up(self):
        setcap = shutil.which("setcap", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or skip("no setcap")
        os.chmod(self.dir, 0o755)
        copy = shutil.copy(BIN, self.dir)
        if subprocess.run([setcap, "cap_net_raw+ep", copy]).returncode != 0:
            skip("this file system keeps no capabilities")
        program = self.started(Program(["capture", "--port", "4002"], prefix=self.as_nobody(), binary=copy))
        program.find(r"listening on ")
        self.expect_none(program, NOBODY.pw_uid)


if __name__ == "__main__":
    main()
