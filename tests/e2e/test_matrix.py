"""Every way to fail, and every healthy session that looks like one: what is said of it, from each place to look.

Prints tests/verdicts.md and holds it against the one that is kept; TWSTAP_UPDATE=1 writes it.
"""

import json
import os
import subprocess
import sys
import time
import unittest

import modes
from film import Film, Live
from harness import E2E, main
from modes import CANNOT, CERTAIN, LIKELY

BIN = os.environ["TWSTAP_BIN"]
KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verdicts.md")
GRADES = {CANNOT: 0, LIKELY: 1, CERTAIN: 2}
SHORT = ("--handshake-timeout", "400ms", "--request-timeout", "600ms", "--slow-timeout", "600ms", "--linger", "300ms")

HEAD = """# What is said of each way to fail

Made by `tests/e2e/test_matrix.py`, which plays every mode of the catalogue of silences (`session/catalog.c`) as the packets of
a capture and, where two programs can do it with sockets, live through the relay; and healthy sessions that look like them.
`wire` is how sure one can be from the wire alone. A verdict names at most two modes; a mode in brackets is among the causes
that fit, and nothing decides between them. What the kernel adds is in the column of the relay. A process that is stopped, a
queue that is full and the other things that only the machine itself knows are made for real in `test_verdicts.py`,
`test_netns.py` and, with `twstap doctor`, `test_doctor.py`.
"""


def named(verdict):
    """(mode, certainty) of the causes that are more than possible."""
    return [(c["mode"], c["certainty"]) for c in verdict["causes"] if c["certainty"] != CANNOT]


def of_the_kernel(verdict):
    return any(e["source"] == "kernel" and e["what"] in ("gateway's end", "listener's queue") for e in verdict["evidence"])


class Verdicts(E2E):
    maxDiff = None

    def film(self, play):
        film = Film()
        play(film)
        path = film.write(os.path.join(self.dir, "film.pcap"))
        done = subprocess.run([BIN, "read", "--json", "-", path], capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.returncode

    def act(self, mode):
        """Live; the events of the relay."""
        while time.time() % 900 < 20 or time.time() % 900 > 870:
            time.sleep(1)  # what stops with the quarter of an hour is a market that closes
        live = Live(self, *SHORT)
        mode.play(live)
        live.proxy.verdict(mode.session)
        live.proxy.stop()
        return live.proxy.events()

    def check_grades(self, events, name):
        allowed = {m.name: m.wire for m in modes.MODES}
        for verdict in (e for e in events if e["event"] == "verdict"):
            for mode, certainty in named(verdict):
                most = allowed[mode]
                if of_the_kernel(verdict):
                    most = modes.WITH_KERNEL.get(mode, most)
                self.assertLessEqual(GRADES[certainty], GRADES[most], "%s: %s is %s" % (name, mode, certainty))

    def check(self, mode, events):
        """One mode, seen from one place; the cell of the table."""
        finals = [e for e in events if e["event"] == "verdict" and e["final"]]
        verdict = next(v for v in finals if v["conn"] == mode.session) if mode.session else finals[-1]
        shown = "%s: %s" % (mode.name, json.dumps(verdict, indent=1))
        causes = [c["mode"] for c in verdict["causes"]]
        self.assertEqual(verdict["stage"], mode.stage, shown)
        self.assertEqual(verdict["silent"], mode.silent, shown)
        names = named(verdict)
        self.assertLessEqual(len(names), 2, shown)
        if mode.wire != CANNOT:
            self.assertIn(mode.name, [name for name, _ in names], shown)
        if mode.listed:
            self.assertIn(mode.name, causes, shown)
        self.check_grades(events, mode.name)
        text = ", ".join("%s (%s)" % name for name in names)
        if mode.name in causes and mode.name not in dict(names):
            text += "%s[%s]" % (", " if text else "", mode.name)
        return "%s; %s" % (verdict["stage"] or "healthy", text or "no cause")

    def ask_the_doctor(self, mode):
        if mode.name not in modes.DOCTOR:
            return ""
        scenario, broken_at = modes.DOCTOR[mode.name]
        gateway = self.serve(scenario)
        doctor = [BIN, "doctor", gateway.addr, "--handshake-timeout", "400ms", "--json", "-"]
        done = subprocess.run(doctor, capture_output=True, check=False)
        said = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((done.returncode, said["event"], said["broken_at"]), (1, "diagnosis", broken_at), said)
        most = modes.WITH_KERNEL.get(mode.name, mode.wire)
        self.assertEqual(said["mode"], mode.name, said)
        self.assertLessEqual(GRADES[said["certainty"]], GRADES[most], said)
        return "%s; %s (%s)" % (broken_at, said["mode"], said["certainty"])

    def test_every_mode_and_every_look_alike(self):
        rows = ["", "| # | mode | wire | capture | relay | doctor |", "| --- | --- | --- | --- | --- | --- |"]
        for mode in modes.MODES:
            if not mode.play:
                rows.append("| %d | %s | %s | a matter of the machine's clock | | |" % (mode.number, mode.name, mode.wire))
                continue
            with self.subTest(mode.name):
                film = self.check(mode, self.film(mode.play)[0])
                relay = "" if mode.films_only else self.check(mode, self.act(mode))
                doctor = self.ask_the_doctor(mode)
                rows.append("| %d | %s | %s | %s | %s | %s |" % (mode.number, mode.name, mode.wire, film, relay, doctor))
        rows += ["", "| healthy, and looks like a failure | silences | verdict |", "| --- | --- | --- |"]
        for play in modes.HEALTHY:
            with self.subTest(play.__name__):
                events, status = self.film(play)
                said = [e for e in events if e["event"] == "silence" or (e["event"] == "verdict" and e["stage"])]
                self.assertEqual(said, [], play.__name__)
                self.assertEqual(status, 0)
                rows.append("| %s | 0 | healthy |" % play.__name__.replace("_", " "))
        self.compare(HEAD + "\n".join(rows) + "\n")

    def compare(self, text):
        if os.environ.get("TWSTAP_UPDATE"):
            with open(KEPT, "w", encoding="utf-8") as file:
                file.write(text)
        sys.stdout.write(text)
        with open(KEPT, encoding="utf-8") as file:
            kept = file.read()
        if sys.platform == "linux":  # elsewhere the kernel says less
            self.assertEqual(text, kept, "TWSTAP_UPDATE=1 writes tests/verdicts.md anew")

    def test_all_modes_are_played(self):
        self.assertEqual([m.number for m in modes.MODES], list(range(1, 55)))

    def test_a_restart_on_schedule_is_no_silence(self):
        events, _ = self.film(modes.scheduled_restart)
        self.assertEqual([e for e in events if e["event"] == "silence"], [])
        said = [(e["silent"], e["mode"]) for e in events if e["event"] == "verdict" and e["final"]]
        self.assertEqual(said[0], ("nobody", None), "the first cannot know that it is not alone")
        self.assertEqual(said[1:], [("nobody", "scheduled-restart")] * 2)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
