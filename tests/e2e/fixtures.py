"""fixtures/: recordings, the list of them, and the events that are expected of each."""

import ctypes
import ctypes.util
import json
import os
import shlex
import subprocess

import sessions
from harness import BIN, ROOT

FOLDER = os.path.join(ROOT, "fixtures")
MANIFEST = os.path.join(FOLDER, "MANIFEST")
HEADER = ("name", "origin", "options", "digest")


class Fixture:
    """A line of MANIFEST."""

    def __init__(self, name, origin, options, digest):
        self.name, self.origin, self.options, self.digest = name, origin, options, digest

    @property
    def path(self):
        return os.path.join(FOLDER, self.name)

    @property
    def expected_path(self):
        return os.path.splitext(self.path)[0] + ".jsonl"

    @property
    def scenario(self):
        """Of the stand-in."""
        return self.origin.split("serve ")[1].split()[0]

    @property
    def relayed(self):
        return "proxy --record" in self.origin

    def line(self):
        return "\t".join((self.name, self.origin, self.options, self.digest)) + "\n"


def manifest():
    if not os.path.exists(MANIFEST):
        return []
    with open(MANIFEST, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    assert tuple(rows[0]) == HEADER, rows[0]
    return [Fixture(*row) for row in rows[1:]]


def write_manifest(fixtures):
    with open(MANIFEST, "w", encoding="utf-8") as file:
        file.write("\t".join(HEADER) + "\n")
        file.writelines(f.line() for f in sorted(fixtures, key=lambda f: f.name))


def digest(path):
    """XXH3, 64 bit, of a file; by the library that twstap uses too."""
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
    with open(path, "rb") as file:
        data = file.read()
    return "%016x" % library.XXH3_64bits(data, len(data))


def read(path, options):
    """(exit status, events as text) of `twstap read --json -`."""
    env = dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")
    done = subprocess.run(
        [BIN, "read", "--json", "-", *shlex.split(options), path],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=60, check=False,
    )
    if done.returncode not in (0, 1) or done.stderr:
        raise AssertionError("read %s: %d\n%s" % (path, done.returncode, done.stderr.decode()))
    return done.returncode, done.stdout.decode("utf-8")


def events(text):
    return [json.loads(line) for line in text.splitlines()]


def final_verdicts(some):
    return [e for e in some if e["event"] == "verdict" and e["final"]]


def promised():
    """What `serve --list` says of each scenario: the stages that twstap shows; None: healthy."""
    done = subprocess.run([BIN, "serve", "--list"], stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().splitlines()
    column = lines[0].index("TWSTAP SHOWS")
    stages = {}
    for line in lines[1:]:
        shows = line[column:].split(",")[0].split(" or ")
        stages[line.split()[0]] = [None if stage == "healthy" else stage for stage in shows]
    return stages


def planned():
    """What there should be: name, scenario, server version, how it is taken."""
    for scenario in sessions.HOW:
        for version in (sessions.TEXT, sessions.PROTOBUF):
            yield "%s-%d.pcapng" % (scenario, version), scenario, version, "relay"
    yield "healthy-%d.pcapng" % sessions.MIXED, "healthy", sessions.MIXED, "relay"
    for scenario in ("accept-close", "half-welcome", "healthy"):
        yield "tcpdump-%s-%d.pcap" % (scenario, sessions.TEXT), scenario, sessions.TEXT, "tcpdump"
    for version in (sessions.TEXT, sessions.MIXED, sessions.PROTOBUF):
        yield "tcpdump-midsession-%d.pcap" % version, "healthy", version, "midsession"


def make(name, scenario, version, how, folder):
    """A new recording at folder/name."""
    path = os.path.join(folder, name)
    options = " ".join(sessions.TIMEOUTS)
    serve = " ".join(("serve", scenario, "--server-version", str(version), *sessions.SERVE.get(scenario, ())))
    if how == "relay":
        sessions.record(scenario, version, path)
        origin = "scripts/make-fixtures: %s; proxy --record --show-accounts" % serve
    else:
        port = sessions.capture(scenario, version, path, how == "midsession")
        origin = "scripts/make-fixtures: %s; tcpdump -i lo%s" % (serve, " from live on" if how == "midsession" else "")
        options += " --port " + port
    return Fixture(name, origin, options, digest(path))
