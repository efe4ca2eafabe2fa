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
from harness import E2E, main, need_capture
from modes import CANNOT, CERTAIN, LIKELY
from stages import STAGES

BIN = os.environ["TWSTAP_BIN"]
KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "verdicts.md")
REACH = os.path.join(os.path.dirname(KEPT), "reach.tsv")
GRADES = {CANNOT: 0, LIKELY: 1, CERTAIN: 2}
OF_THE_KERNEL = ("gateway's end", "listener's queue", "a usual port that is open")
SHORT = ("--handshake-timeout", "400ms", "--request-timeout", "600ms", "--slow-timeout", "600ms", "--linger", "300ms")

HEAD = """# What is said of each way to fail

Made by `tests/e2e/test_matrix.py`, which plays every mode of the catalogue of silences (`diagnosis/modes.c`) as the packets of
a capture file and, where it can be made with sockets and processes, for real: through the relay, and where it has one to look
at, before `twstap doctor`; and healthy sessions that look like them. What is made for real is also seen by a capture beside it,
which must say the same as the relay.

`wire`: how sure one can be from the wire alone. `reach`: how sure the catalogue's rows can be with the wire alone, then with
the other sessions of the port, the kernel's table of sockets, and the processes as well (`tests/reach.tsv`); a verdict is as
sure as what was at hand. A verdict names at most two modes; one in brackets is among the causes that fit, and nothing decides
between them. "gateway-down (certain)" is likely where not all processes can be seen, as in a container. What takes another
machine, or packets that are lost, is made in network namespaces by `test_netns.py`.
"""


def named(verdict):
    """(mode, certainty) of the causes that are more than possible."""
    return [(c["mode"], c["certainty"]) for c in verdict["causes"] if c["certainty"] != CANNOT]


def of_the_machine(verdict):
    """Did more than the wire and the other sessions speak?"""
    return any(e["source"] == "process" or (e["source"] == "kernel" and e["what"] in OF_THE_KERNEL) for e in verdict["evidence"])


def reach():
    """How sure the rows of the catalogue can be, by mode: with the wire alone, then with others, kernel, processes too."""
    with open(REACH, encoding="ascii") as rows:
        table = [row.rstrip("\n").split("\t") for row in rows if not row.startswith("#")]
    return {int(row[0]): row[1:5] for row in table}


def sees_all_processes():
    """As `host_sees_all` has it: not from within a container."""
    return os.stat("/proc/self/ns/pid").st_ino == 0xEFFFFFFC


class Verdicts(E2E):
    maxDiff = None
    on_the_machine = False

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
                if of_the_machine(verdict):
                    most = modes.WITH_MACHINE.get(mode, most)
                self.assertLessEqual(GRADES[certainty], GRADES[most], "%s: %s is %s" % (name, mode, certainty))

    def check(self, mode, events, staged=None):
        """One mode, seen from one place; the cell of the table."""
        where = staged.where if staged else (mode.stage, mode.silent)
        session = staged.conn if staged else mode.session
        finals = [e for e in events if e["event"] == "verdict" and e["final"]]
        verdict = next(v for v in finals if v["conn"] == session) if session else finals[-1]
        shown = "%s: %s" % (mode.name, json.dumps(verdict, indent=1))
        causes = [c["mode"] for c in verdict["causes"]]
        self.assertEqual((verdict["stage"], verdict["silent"]), where, shown)
        names = named(verdict)
        self.assertLessEqual(len(names), 2, shown)
        if (modes.WITH_MACHINE.get(mode.name, mode.wire) if staged else mode.wire) != CANNOT:
            self.assertIn(mode.name, [name for name, _ in names], shown)
        if mode.listed:
            self.assertIn(mode.name, causes, shown)
        self.check_grades(events, mode.name)
        text = self.words_of(names)
        if mode.name in causes and mode.name not in dict(names):
            text += "%s[%s]" % (", " if text else "", mode.name)
        return "%s; %s" % (verdict["stage"] or "healthy", text or "no cause")

    def words_of(self, names):
        """"certain" of a Gateway that is down takes the sight of all processes: the table is made where they are seen."""
        for name, certainty in names:
            if name == "gateway-down" and len(names) == 1 and certainty != CERTAIN:
                self.assertFalse(sees_all_processes() and self.on_the_machine, names)
                names = [(name, CERTAIN if self.on_the_machine else certainty)]
        return ", ".join("%s (%s)" % name for name in names)

    def staged(self, mode, observe):
        """Made for real, and seen by this observer."""
        stage = STAGES[mode.name](self)
        seen, to = observe(stage)
        stage.act(to, seen)
        if to != stage.addr:  # a capture takes what is on its way when it is told to stop
            seen.event("close", conn=stage.conn)
        seen.stop()
        stage.end()
        self.on_the_machine = True
        try:
            return self.check(mode, seen.events(), stage)
        finally:
            self.on_the_machine = False

    def relayed(self, stage):
        proxy = self.proxy(stage.addr, *SHORT, "--connect-timeout", "1s")
        return proxy, proxy.addr

    def beside(self, stage):
        return self.capture([stage.addr], *SHORT[:6]), stage.addr

    def act_or_stage(self, mode):
        if mode.name in STAGES:
            return self.staged(mode, self.relayed)
        return "" if mode.films_only else self.check(mode, self.act(mode))

    def ask_the_doctor(self, mode):
        if mode.name not in modes.DOCTOR and not (mode.name in STAGES and STAGES[mode.name].broken_at):
            return ""
        stage = STAGES[mode.name](self) if mode.name in STAGES else None
        if stage:
            stage.before_doctor()
        addr = stage.addr if stage else self.serve(modes.DOCTOR[mode.name]).addr
        doctor = [BIN, "doctor", addr, "--handshake-timeout", "400ms", "--json", "-"]
        done = subprocess.run(doctor, capture_output=True, check=False)
        if stage:
            stage.end()
        said = json.loads(done.stdout.splitlines()[-1])
        broken_at = stage.broken_at if stage else "handshake"
        self.assertEqual((done.returncode, said["event"], said["broken_at"]), (1, "diagnosis", broken_at), said)
        if mode.name == "jvm-stall":  # it names the state of the process, which is no mode of the catalogue
            self.assertEqual((said["mode"], said["certainty"]), (None, CERTAIN))
            return "%s; it is stopped (certain)" % broken_at
        most = modes.WITH_MACHINE.get(mode.name, mode.wire)
        self.assertEqual(said["mode"], mode.name, said)
        if mode.name != "session-not-authenticated":  # the catalogue has it from the wire; the doctor sees the links
            self.assertLessEqual(GRADES[said["certainty"]], GRADES[most], said)
        self.on_the_machine = True
        text = self.words_of([(said["mode"], said["certainty"])])
        self.on_the_machine = False
        return "%s; %s" % (broken_at, text)

    def test_every_mode_and_every_look_alike(self):
        rows = ["", "| # | mode | wire | reach | packets | relay | doctor |", "| --- | --- | --- | --- | --- | --- | --- |"]
        reaches = reach()
        for mode in modes.MODES:
            reached = ", ".join(reaches[mode.number])
            if not mode.play:
                rows.append("| %d | %s | %s | %s | a matter of the machine's clock | | |" % (mode.number, mode.name, mode.wire, reached))
                continue
            with self.subTest(mode.name):
                self.check_reach(mode, reaches[mode.number])
                film = self.check(mode, self.film(mode.play)[0])
                relay = self.act_or_stage(mode)
                doctor = self.ask_the_doctor(mode)
                rows.append("| %d | %s | %s | %s | %s | %s | %s |" % (mode.number, mode.name, mode.wire, reached, film, relay, doctor))
        rows += ["", "| healthy, and looks like a failure | silences | verdict |", "| --- | --- | --- |"]
        for play in modes.HEALTHY:
            with self.subTest(play.__name__):
                events, status = self.film(play)
                said = [e for e in events if e["event"] == "silence" or (e["event"] == "verdict" and e["stage"])]
                self.assertEqual(said, [], play.__name__)
                self.assertEqual(status, 0)
                rows.append("| %s | 0 | healthy |" % play.__name__.replace("_", " "))
        self.compare(HEAD + "\n".join(rows) + "\n")

    def check_reach(self, mode, grades):
        """No row of the catalogue reaches higher than its source allows."""
        self.assertLessEqual(GRADES[grades[1]], GRADES[mode.wire], "with the wire and the other sessions")
        self.assertLessEqual(GRADES[grades[3]], GRADES[modes.WITH_MACHINE.get(mode.name, mode.wire)], "with all")

    def test_a_capture_beside_says_the_same_of_what_is_staged(self):
        need_capture()
        for mode in modes.MODES:
            if mode.name in STAGES:
                with self.subTest(mode.name):
                    self.staged(mode, self.beside)

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
        self.assertEqual([m.number for m in modes.MODES], list(range(1, 56)))

    def test_a_restart_on_schedule_is_no_silence(self):
        events, _ = self.film(modes.scheduled_restart)
        self.assertEqual([e for e in events if e["event"] == "silence"], [])
        said = [(e["silent"], e["mode"]) for e in events if e["event"] == "verdict" and e["final"]]
        self.assertEqual(said[0], ("nobody", None), "the first cannot know that it is not alone")
        self.assertEqual(said[1:], [("nobody", "scheduled-restart")] * 2)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
