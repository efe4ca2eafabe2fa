"""No verdict contradicts the evidence printed beside it: all fixtures, the cases from the field, every mode and look-alike.

tests/contradictions.tsv lists those that stand today; a new one fails.  TWSTAP_UPDATE=1 writes it anew.  Each check of the
list must find the contradiction that it is for, in a connection made for it."""

import glob
import os
import shlex
import subprocess
import sys
import tempfile
import unittest

import contradictions
import fixtures
import modes
from contradictions import Conn
from film import Film
from harness import BIN, ROOT, main

KEPT = os.path.join(ROOT, "tests", "contradictions.tsv")
CASES = os.path.join(os.environ.get("TWSTAP_SHARED") or os.path.join(ROOT, "..", "shared"), "field", "cases")


def found_in(path, *options):
    """The kinds of contradictions in a capture, each with a sentence."""
    done = subprocess.run([BIN, "read", "--json", "-", *options, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    conns, _ = contradictions.connections(done.stdout.decode().splitlines())
    found = dict(contradictions.of_run(conns, done.returncode))
    for conn in conns.values():
        for kind, sentence in contradictions.of_conn(conn):
            found.setdefault(kind, sentence)
    return found


def kept():
    with open(KEPT, encoding="ascii") as lines:
        return {tuple(line.rstrip("\n").split("\t")) for line in lines}


class Verdicts(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.found = {}

    @classmethod
    def tearDownClass(cls):
        if os.environ.get("TWSTAP_UPDATE"):
            rows = set(cls.found)
            if not os.path.isdir(CASES):
                rows |= {row for row in kept() if row[0] == "case"}
            with open(KEPT, "w", encoding="ascii") as out:
                out.writelines("\t".join(row) + "\n" for row in sorted(rows))

    def compare(self, source, names):
        """`names`: what was looked at."""
        new = {row: said for row, said in self.found.items() if row[0] == source}
        if os.environ.get("TWSTAP_UPDATE"):
            return
        known = {row for row in kept() if row[0] == source}
        gone = sorted(row for row in known - set(new) if row[1] in names)
        sys.stdout.write("%s: %d contradictions stand, %d are gone %s\n" % (source, len(set(new) & known), len(gone), gone[:5]))
        self.assertEqual({row: said for row, said in new.items() if row not in known}, {})

    def look(self, source, name, found):
        for kind, sentence in found.items():
            self.found[(source, name, kind)] = sentence

    def test_of_the_fixtures(self):
        names = []
        for fixture in fixtures.manifest():
            names.append(fixture.name)
            self.look("fixture", fixture.name, found_in(fixture.path, *shlex.split(fixture.options)))
        self.compare("fixture", names)

    def test_of_the_cases_from_the_field(self):
        names = []
        for path in sorted(glob.glob(os.path.join(CASES, "*", "input.pcap*"))):
            name = os.path.basename(os.path.dirname(path)).partition("-")[0]
            with open(os.path.join(os.path.dirname(path), "cmd"), encoding="ascii") as cmd:
                options = shlex.split(cmd.read())[2:-1]
            names.append(name)
            self.look("case", name, found_in(path, *(o for o in options if o not in ("--color", "never", "-v"))))
        if not names:
            self.skipTest("the cases are not here")
        self.compare("case", names)

    def test_of_every_mode_and_every_look_alike(self):
        names = []
        plays = [(mode.name, mode.play) for mode in modes.MODES if mode.play]
        plays += [(play.__name__.replace("_", "-"), play) for play in modes.HEALTHY]
        with tempfile.TemporaryDirectory(prefix="twstap-contradictions-") as folder:
            for name, play in plays:
                film = Film()
                play(film)
                names.append(name)
                self.look("film", name, found_in(film.write(os.path.join(folder, "film.pcap"))))
        self.compare("film", names)


# ---- each check finds what it is for ----


def at(seconds):
    """A time stamp of the made-up connections."""
    return "2026-01-05T08:%02d:%02d.%03d000000Z" % (seconds // 60, seconds % 60, round(seconds % 1 * 1000))


class Made(Conn):
    """A connection that a test makes up."""

    def __init__(self, *frames, **verdict):
        super().__init__({"ts": at(0), "client": "192.0.2.1:50000", "gateway": "192.0.2.2:4002", "seen": "start"})
        for when, side, name, *fields in frames:
            self.add({"event": "frame", "ts": at(when), "dir": side, "name": name, "fields": fields[0] if fields else {}})
        self.verdict = {
            "event": "verdict", "ts": at(30), "final": True, "says": "", "stage": "live-request-unanswered", "silent": "gateway",
            "since": at(10), "silence_s": 20, "mode": None, "certainty": "cannot tell", "evidence": [], "causes": [], "next": None,
        }
        for key, value in verdict.items():
            if key == "causes":
                value = [{"mode": m, "certainty": c, "why": "", "check": "", "remedy": ""} for m, c in value]
            if key == "evidence":
                value = [{"what": what, "value": said, "source": "wire"} for what, said in value.items()]
            self.verdict[key] = value
        self.add(self.verdict)

    def with_events(self, *events):
        for event in events:
            self.add(event)
        return self


def silence(since, ts, stage="live-request-unanswered", owes="gateway"):
    return {"event": "silence", "ts": at(ts), "since": at(since), "stage": stage, "owes": owes}


def gap(ts, side="gateway"):
    return {"event": "gap", "ts": at(ts), "dir": side, "bytes": 40}


def notice(ts, code, **more):
    return dict({"event": "notice", "ts": at(ts), "code": code}, **more)


def restart_seen_by_another():
    conn = Made(causes=[("scheduled-restart", "cannot tell")], silent="nobody", since=None, stage="closed-by-gateway",
                evidence={"first to end": "gateway, fin, after 10.0 s"})
    conn.siblings = [Made((20, "gateway", "currentTime"))]
    return conn


CLOSED = dict(stage="closed-by-gateway", silent="nobody", since=None, silence_s=None)
TIME = (15, "gateway", "currentTime")
UNANSWERED = {"event": "request", "ts": at(30), "name": "reqPositions", "status": "unanswered"}

EXAMPLES = {
    "silent_side_sent": lambda: Made(TIME, stage="live-gateway-quiet"),
    "nothing_came_and_bytes_did": lambda: Made(TIME, says="Then no data came for 20 s."),
    "certain_with_bytes_lost": lambda: Made(mode="x", certainty="certain", causes=[("x", "certain")]).with_events(gap(12)),
    "stall_of_what_answers": lambda: Made(TIME, causes=[("jvm-stall", "cannot tell")]),
    "stall_while_others_are_served": lambda: Made(
        causes=[("jvm-stall", "cannot tell")], evidence={"other sessions of the port": "1 open; live: 1 answered, 0 silent"}),
    "quiet_but_healthy_with_a_request": lambda: Made(
        causes=[("quiet-but-healthy", "cannot tell")], says="no data came; reqIds has waited 12 s for its reply."),
    "restart_while_others_go_on": restart_seen_by_another,
    "malformed_without_a_request": lambda: Made(
        (5, "client", "reqIds"), causes=[("malformed-request-close", "likely")],
        **dict(CLOSED, evidence={"first to end": "gateway, fin, after 10.0 s"})),
    "order_swallowed_too_soon": lambda: Made(since=at(28), causes=[("order-swallowed", "certain")]),
    "tls_beside_a_reply": lambda: Made((1, "gateway", "version"), causes=[("tls-mismatch", "cannot tell")]),
    "path_dead_and_acknowledged": lambda: Made(
        causes=[("half-open", "certain")], evidence={"bytes to the gateway": "all acknowledged by its kernel"}),
    "link_lost_and_back": lambda: Made(causes=[("upstream-lost", "certain")]).with_events(notice(5, 1100), notice(6, 1102)),
    "farm_broken_and_back": lambda: Made(causes=[("farm-broken", "likely")]).with_events(
        notice(5, 2103, farm="usfarm", farm_state="broken"), notice(6, 2104, farm="usfarm", farm_state="ok")),
    "wedge_that_answered": lambda: Made((1, "gateway", "version"), causes=[("accept-queue-wedge", "likely")]),
    "next_asks_for_what_was_done": lambda: Made((12, "client", "reqCurrentTime"), next="Send reqCurrentTime once: ..."),
    "final_since_moves": lambda: Made(since=at(16)).with_events(silence(10, 20)),
    "cause_after_its_effect": lambda: Made(
        (5, "client", "reqIds"), says="The gateway closed the connection at stage live, 0.00 ms after the client's last bytes.",
        **dict(CLOSED, evidence={"first to end": "gateway, fin, after 10.0 s"})),
    "nothing_open_and_something_is": lambda: Made(says="...; no request was open.").with_events(UNANSWERED),
    "healthy_with_a_request_past_its_time": lambda: Made(
        stage=None, silent="nobody", since=None, certainty="certain").with_events(UNANSWERED),
    "healthy_while_a_silence_stands": lambda: Made(
        stage=None, silent="nobody", since=None, certainty="certain").with_events(silence(10, 20)),
    "recovered_without_a_byte": lambda: Made().with_events(silence(10, 20), {"event": "recovered", "ts": at(25), "owes": "gateway"}),
    "mode_is_not_the_first_cause": lambda: Made(mode="x", certainty="likely", causes=[("y", "likely"), ("x", "likely")]),
    "grade_without_a_mode": lambda: Made(causes=[("y", "cannot tell"), ("x", "likely")]),
    "nobody_since": lambda: Made(silent="nobody"),
    "silence_is_not_since": lambda: Made(silence_s=25),
    "unanswered_hello_and_start_api": lambda: Made((2, "client", "startApi"), stage="hello-unanswered"),
    "version_outside_and_not_named": lambda: Made(
        (1, "client", "hello", {"min": 157, "max": 178}), (2, "gateway", "version", {"serverVersion": 76})),
    "silent_while_undecodable": lambda: Made().with_events({"event": "opaque", "ts": at(12), "dir": "gateway"}),
    "same_pacing_again": lambda: Made().with_events(*({"event": "pacing", "ts": at(k), "what": "messages"} for k in range(5))),
    "bytes_that_did_not_come": lambda: Made(evidence={"bytes": "0 from the client, 0 from the gateway"}).with_events(
        {"event": "close", "ts": at(30), "by": "client", "bytes": {"client": 0, "gateway": 40}}),
}


class List(unittest.TestCase):
    def test_each_check_has_an_example_and_finds_it(self):
        self.assertEqual(set(EXAMPLES), {check.__name__ for check in contradictions.CHECKS})
        for check in contradictions.CHECKS:
            with self.subTest(check.__name__):
                conn = EXAMPLES[check.__name__]()
                self.assertTrue(check(conn, conn.verdict))

    def test_a_plain_verdict_has_none(self):
        conn = Made((5, "client", "reqIds"), says="The session is live, and the gateway did not answer reqIds for 20.0 s.")
        self.assertEqual(contradictions.of_conn(conn), [])

    def test_the_exit_status_is_that_of_the_verdicts(self):
        healthy = Made(stage=None, silent="nobody", since=None, certainty="certain")
        self.assertEqual([kind for kind, _ in contradictions.of_run({1: healthy}, 1)], ["status_of_the_healthy"])
        self.assertEqual([kind for kind, _ in contradictions.of_run({1: Made()}, 0)], ["status_of_the_troubled"])
        self.assertEqual(contradictions.of_run({1: healthy, 2: Made()}, 1), [])


if __name__ == "__main__":
    main()
