"""Every command that the documentation shows: where it stands, and how it is run as it stands.

A command is taken from the examples of each --help, from the code blocks of README.md and docs/,
from inline code there, and from the displays of the man pages.  It runs in a shell, unchanged: what
its addresses, files, processes and helper programs stand for is prepared around it, in network, PID
and mount namespaces of its own.  There 127.0.0.1:4002 is a stand-in for the Gateway, eth0 is a
network with the address of the examples, session.pcapng is a recording of three sessions, and
process 4711 exists.

As a program of its own this file is what runs inside those namespaces: commands come as JSON on
standard input, results leave as JSON on standard output.
"""

import glob
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from harness import BIN, PATIENCE, ROOT, SANITIZED, ApiClient, Closed, wait_for

COMMANDS = ("capture", "decode", "demo", "doctor", "play", "proxy", "read", "schema", "serve")
PROGRAMS = r"(?:sudo |ssh \S+ |echo .*\| )?(?:twstap|tshark|tcpdump|setcap|\./scripts/\S+|scripts/\S+|\.ci/run)(?: |$)"

# Shown, and not run: why.
NOT_RUN = (
    (r"^\./scripts/test\b", "it is the suite that this test belongs to"),
    (r"^\.ci/run$", "it runs the suite that this test belongs to"),
    (r"^scripts/(bench|fuzz|make-fixtures|update-expected|lint|deps)\b", "it works on the source tree for minutes"),
)

# ---------------------------------------------------------------------------------------------
# Where commands stand


def of_help(command=None):
    """The examples of `twstap [COMMAND] --help`: the comment stands behind two spaces or more."""
    words = [BIN] + ([command] if command else []) + ["--help"]
    text = subprocess.run(words, stdout=subprocess.PIPE, check=True, timeout=PATIENCE).stdout.decode()
    at = text.lower().index("\nexamples:\n") + len("\nexamples:\n")
    for line in text[at:].splitlines():
        if not line.startswith("  "):
            break
        yield re.split(r"\s{2,}", line.strip())[0]


def of_line(line):
    """The command of a line that says how others run us: a Dockerfile, a probe, a Nagios command."""
    for pattern in (r"\bCMD (twstap .*)", r"command_line (\S*twstap .*)"):
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    found = re.search(r"command: \[(twstap, .*)\]", line)
    if found:
        return " ".join(word.strip().strip('"') for word in found.group(1).split(","))
    return line if re.match(PROGRAMS, line) else None


def of_markdown(path):
    """Code blocks that are tagged `sh`, and inline code that is more than the name of a command."""
    block = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fence = re.match(r"\s*```(\S*)", line)
            if fence:
                block = None if block is not None else fence.group(1)
                continue
            if block is None:
                for code in re.findall(r"`([^`]+)`", line):
                    command = of_line(code)
                    if command and not re.fullmatch(r"(twstap|twstap \w+|scripts/\S+|\./scripts/\w+|\.ci/run)", command):
                        yield command
            elif block == "sh":
                command = re.split(r"\s+# ", line.strip())[0].strip()
                if command and not command.startswith("#"):
                    yield command


def of_man(path):
    """The one-line and literal displays of a man page."""
    literal = False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n").replace("\\e", "\\").replace("\\&", "")
            if line.startswith(".Bd -literal"):
                literal = True
            elif line.startswith(".Ed"):
                literal = False
            elif literal or line.startswith(".Dl "):
                command = of_line(line.removeprefix(".Dl ").strip())
                if command:
                    yield command


def everything():
    """(where, command) of each command that is shown, with repetitions."""
    yield from (("twstap --help", command) for command in of_help())
    for name in COMMANDS:
        yield from (("twstap %s --help" % name, command) for command in of_help(name))
    for path in [os.path.join(ROOT, "README.md")] + sorted(glob.glob(os.path.join(ROOT, "docs", "*.md"))):
        yield from ((os.path.relpath(path, ROOT), command) for command in of_markdown(path))
    for path in sorted(glob.glob(os.path.join(ROOT, "docs", "man", "*.[1-9]"))):
        yield from ((os.path.relpath(path, ROOT), command) for command in of_man(path))


def why_not_run(command):
    return next((why for pattern, why in NOT_RUN if re.search(pattern, command)), None)


# ---------------------------------------------------------------------------------------------
# How each is run, inside the namespaces

# The Nagios macro stands for the address of the host that is checked.
MACROS = {"$HOSTADDRESS$": "127.0.0.1", "/usr/bin/twstap": "twstap"}

SHIMS = {
    # sudo runs as root for somebody who owns the folder he stands in.
    "sudo": 'export SUDO_UID=65534 SUDO_GID=65534 SUDO_USER=nobody\nexec "$@"',
    "ssh": 'shift\nexec "$@"',
    "wireshark": "exec cat >/dev/null",
    "tshark": 'exec setpriv --reuid=65534 --regid=65534 --clear-groups %s "$@"',
}


class Kind:
    """What is expected of a kind of command.

    first    what it prints at first, on either stream
    drive    what happens while it runs, with the address it names; None: it ends by itself
    gateway  does it want the Gateways of the examples
    """

    def __init__(self, pattern, first, drive=None, gateway=True):
        self.pattern, self.first, self.drive, self.gateway = pattern, first, drive, gateway

    @staticmethod
    def shows_sessions(command):
        """Does it print a line for a session that it sees: not where text is off or the device is another one."""
        return bool(re.search(r"\b(proxy|capture|read -)", command)) and not re.search(r" -q|--record -|eth0", command)

    @staticmethod
    def statuses(command):
        """0; the shell calls a pipeline that was interrupted 130, or dies of the signal itself."""
        return (0, 130, -signal.SIGINT) if re.search(r" \| ", command) else (0,)


def through(addr, _command, client_id=7):
    """A client is welcomed and told the time: the bytes do reach a Gateway."""
    client = ApiClient(addr.replace("0.0.0.0", "192.168.1.1"), client_id=client_id)
    client.until(client.welcomed, "9 and 15")
    client.ask_time()
    client.until(lambda: 49 in client.received, "the time")
    client.close()


def past(_, command):
    """Somebody talks to a Gateway while we capture."""
    through("192.168.1.5:4001" if "eth0" in command else "127.0.0.1:4002", command)


def talk(addr, command):
    """A stand-in serves its client, if its scenario lets it."""
    if not re.search(r"serve( healthy| --listen| --from|$)", command):
        ApiClient(addr).close()
        return
    through(addr, command)


def nothing(_addr, _command):
    pass


LISTENING = r"listening on (\S+:\d+)"
KINDS = (
    Kind(r"twstap proxy\b.*--help|twstap (help|\w+ --help)|twstap --help", r"^(usage: )?twstap", gateway=False),
    Kind(r"twstap --version", r"^twstap \d", gateway=False),
    Kind(r"\bproxy\b", LISTENING + r", relaying to (127\.0\.0\.1|\[::1\]|192\.168\.1\.5):\d+ ", through),
    Kind(r"capture --list", r"\blo\b", gateway=False),
    Kind(r"(capture\b|tcpdump .*\| twstap read -)", r"^(listening on |tcpdump: |-- )", past),
    Kind(r"serve --list", r"healthy", gateway=False),
    Kind(r"serve\b", LISTENING, talk, gateway=False),
    Kind(r"doctor .*--watch", r"^twstap doctor ", nothing),
    Kind(r"doctor .*(-q\b|--nagios)", r"^TWS OK|: works$"),
    Kind(r"doctor\b", r"^twstap doctor "),
    Kind(r"\bplay\b", r"."),
    Kind(r"\bread\b.*--json -", r'^\{"v":1', gateway=False),
    Kind(r"\bread\b", r"^-- ", gateway=False),
    Kind(r"\bdecode\b.*--json -", r'^\{"v":1', gateway=False),
    Kind(r"\bdecode\b", r".", gateway=False),
    Kind(r"schema\b.*>", r"^$", gateway=False),
    Kind(r"schema\b", r"^(#|\{|\| from |\w+\t)", gateway=False),
    Kind(r"tshark\b", r"^Running as|\bTWS\b|tws|^ *1 ", gateway=False),
    Kind(r"setcap\b", r"^$", gateway=False),
    Kind(r"\bdemo\b|^\./scripts/run$", r"demo|stand-in|^==", gateway=False),
)


def kind_of(command):
    return next((kind for kind in KINDS if re.search(kind.pattern, command)), None)


def written(log):
    """What is in a file that others write to; they share its offset, which must not move."""
    return os.pread(log.fileno(), 1 << 20, 0).decode("utf-8", "backslashreplace")


class Stage:
    """The folder, the programs and the Gateways that a command finds."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="twstap-documented-")
        os.chmod(self.top, 0o755)
        self.programs = os.path.join(self.top, "bin")
        os.mkdir(self.programs)
        shutil.copy(BIN, os.path.join(self.programs, "twstap"))
        for name, script in SHIMS.items():
            path = os.path.join(self.programs, name)
            real = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
            with open(path, "w", encoding="utf-8") as shim:
                shim.write("#!/bin/sh\n%s\n" % (script % (real or name) if "%s" in script else script))
            os.chmod(path, 0o755)
        self.environment = dict(os.environ, PATH=self.programs + ":" + os.environ["PATH"] + ":/usr/sbin:/sbin", NO_COLOR="1")
        self.running = []
        self.saved = os.path.join(self.top, "saved")
        os.mkdir(self.saved)
        self.number = 0

    def close(self):
        self.stop()
        shutil.rmtree(self.top, ignore_errors=True)

    def start(self, *args, cwd=None):
        """One of our own programs, listening."""
        log = tempfile.TemporaryFile()
        process = subprocess.Popen([BIN, *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd)
        self.running.append(process)

        wait_for(lambda: re.search(LISTENING, written(log)), "twstap %s" % " ".join(args))
        return process

    def stop(self):
        while self.running:
            process = self.running.pop()
            process.terminate()
            process.wait(PATIENCE)

    def gateways(self):
        for addr in ("127.0.0.1:4002", "127.0.0.1:7496", "[::1]:4002", "192.168.1.5:4001"):
            self.start("serve", "healthy", "--listen", addr)

    def record(self):
        """The files that the examples read."""
        gateway = self.start("serve", "healthy", "--listen", "127.0.0.1:4002")
        path = os.path.join(self.saved, "session.pcapng")
        relay = self.start("proxy", "--record", path, "--listen", "127.0.0.1:4102", "--upstream", "127.0.0.1:4002")
        for client_id in range(1, 4):
            through("127.0.0.1:4102", "", client_id)
        for process in (relay, gateway):
            process.terminate()
            process.wait(PATIENCE)
        self.running.clear()
        with open(os.path.join(self.saved, "gateway-side.bin"), "wb") as raw:
            raw.write(bytes.fromhex("00000004" "00000031"))  # a raw id: currentTime, its time missing
        with open(os.path.join(self.saved, "ib_async.log"), "w", encoding="ascii") as log:
            for line in ("<<< 176,20261124 13:03:05 EST", ">>> 71,2,7,", "<<< 15,1,DU1234567", "<<< 9,1,42"):
                log.write("2026-11-24 13:03:05,123 ib_async.client DEBUG %s\n" % line)
        self.odd_port(path)
        subprocess.run("twstap schema --format lua > tws.lua", shell=True, cwd=self.saved, env=self.environment, check=True)

    def odd_port(self, path):
        """The same session as tcpdump would have seen it on port 4009."""
        import mutate  # pylint: disable=import-outside-toplevel

        segments = mutate.load(path)
        for segment in segments:
            for end in ("src", "dst"):
                host, port = getattr(segment, end)
                if port == 4002:
                    setattr(segment, end, (host, 4009))
        mutate.write(os.path.join(self.saved, "odd-port.pcap"), segments)

    def folder(self, command):
        """A fresh one of a user who is not root, with the files that the command reads."""
        self.number += 1
        path = os.path.join(self.top, "run-%d" % self.number)
        shutil.copytree(self.saved, path)
        written = re.search(r"--(?:record|write) (\S+)|> (\S+)", command)
        if written and written.group(1) or written and written.group(2):
            name = os.path.join(path, written.group(1) or written.group(2))
            if os.path.exists(name):
                os.unlink(name)
        with open(os.path.join(path, "pasted.txt"), "w", encoding="ascii") as pasted:
            pasted.write("3439003100" "\n" if "client" in command else "34390031003137303030303030303000" "\n")
        for base, _, files in os.walk(path):
            for name in [base] + [os.path.join(base, f) for f in files]:
                os.chown(name, 65534, 65534)
        return path


class Run:
    """One command in a shell of its own process group."""

    def __init__(self, stage, command):
        self.command = command
        self.text = ""
        for macro, meaning in MACROS.items():
            command = command.replace(macro, meaning)
        from_root = re.match(r"\.?/?scripts/", command)
        self.patience = 15 * PATIENCE if from_root else PATIENCE  # it may have to build first
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            cwd=ROOT if from_root else stage.folder(command),
            env=stage.environment,
            start_new_session=True,
        )

    def output(self):
        self.text = written(self.log)
        return self.text

    def first(self, pattern):
        """The first lines have come."""

        def look():
            found = re.search(pattern, self.output(), re.M)
            if not found and self.process.poll() is not None:
                raise AssertionError("it ended with %d before it printed %r:\n%s" % (self.process.returncode, pattern, self.output()))
            return found

        return wait_for(look, "%r; so far:\n%s" % (pattern, self.text), self.patience)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def run(stage, command):
    """What is wrong with it; None: all is as expected."""
    kind = kind_of(command)
    if not kind:
        return "no kind of command is known for it: add one to KINDS"
    if kind.gateway:
        stage.gateways()
    job = Run(stage, command)
    try:
        if kind.drive:
            found = job.first(kind.first)
            kind.drive(found.group(1) if found.groups() else None, command)
            if kind.shows_sessions(command):
                job.first(r" #1 .*\bclose\b")
            job.interrupt()
        status = job.process.wait(job.patience)
        if not re.search(kind.first, job.output(), re.M):
            return "it does not print %r:\n%s" % (kind.first, job.text[:4000])
        if status not in kind.statuses(command):
            return "exit status %d:\n%s" % (status, job.text[:4000])
        return None
    except (AssertionError, Closed, OSError, subprocess.TimeoutExpired) as error:
        return "%s: %s\n%s" % (type(error).__name__, error, job.output())
    finally:
        job.kill()
        stage.stop()


def ip(*args):
    subprocess.run(["ip", *args], check=True, timeout=PATIENCE)


def prepare():
    """The network and the process that the examples name."""
    from network import IFF_NO_PI, IFF_TAP, TUNSETIFF  # pylint: disable=import-outside-toplevel
    import fcntl  # pylint: disable=import-outside-toplevel
    import struct  # pylint: disable=import-outside-toplevel

    ip("link", "set", "lo", "up")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
    for address in ("192.168.1.1/24", "192.168.1.5/24"):
        ip("addr", "add", address, "dev", "eth0")
    ip("link", "set", "eth0", "up")
    with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as last:
        last.write("4710")
    sleeper = subprocess.Popen(["sleep", "infinity"])
    assert sleeper.pid == 4711, sleeper.pid
    return sleeper


def inside():
    sleeper = prepare()
    stage = Stage()
    results = {}
    try:
        stage.record()
        for command in json.load(sys.stdin):
            began = time.monotonic()
            results[command] = [run(stage, command), time.monotonic() - began]
    finally:
        stage.close()
        sleeper.kill()
        sleeper.wait()
    json.dump(results, sys.stdout)


def outside(commands):
    """The commands, run one after the other in namespaces of their own; a process to wait for."""
    process = subprocess.Popen(
        ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, "-B", os.path.abspath(__file__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdin.write(json.dumps(commands).encode())
    process.stdin.close()
    process.stdin = None
    return process


if __name__ == "__main__":
    inside()
