"""fixtures/ through `read`, and through `serve --from`, `proxy` and `play`: the same frames, the same
verdict.  What is expected of a fixture changes by scripts/update-expected alone."""

import datetime
import difflib
import os
import shlex

import fixtures
import sessions
from harness import E2E, LISTENING, main, skip

VERDICT = ("progress", "stage", "silent", "mode", "certainty")
# What the summaries of a relay and of a reader have in common.
COUNTS = ("connections", "healthy", "troubled", "refused", "frames", "bytes", "silences", "recovered", "decode_failures")
MICROSECOND = 1000


def ns(stamp):
    seconds, part = stamp[:-1].split(".")
    whole = datetime.datetime.fromisoformat(seconds + "+00:00")
    return int(whole.timestamp()) * 10**9 + int(part)


def frames(events):
    """Names, ids and payload lengths, by sender."""
    found = {"client": [], "gateway": []}
    for e in events:
        if e["event"] == "frame":
            found[e["dir"]].append((e["n"], e["form"], e["name"], e.get("id"), e["len"]))
    return found


def verdict(events):
    final = fixtures.final_verdicts(events)
    assert len(final) == 1, final
    return tuple(final[0][key] for key in VERDICT)


class Fixtures(E2E):
    maxDiff = 4000

    def test_there_is_one_of_every_scenario_and_form(self):
        self.assertEqual(sorted(f.name for f in fixtures.manifest()), sorted(plan[0] for plan in fixtures.planned()))
        self.assertEqual(set(sessions.HOW), set(fixtures.promised()))

    def test_digests(self):
        for f in fixtures.manifest():
            self.assertEqual(fixtures.digest(f.path), f.digest, f.name)

    def test_read_gives_the_expected_events(self):
        for f in fixtures.manifest():
            _, now = fixtures.read(f.path, f.options)
            with open(f.expected_path, encoding="utf-8") as file:
                want = file.read()
            difference = "".join(difflib.unified_diff(want.splitlines(True), now.splitlines(True), n=0))
            self.assertEqual(difference, "", "%s; if that is right: scripts/update-expected %s" % (f.name, f.name))

    def test_verdicts_are_what_the_stand_in_promises(self):
        stages = fixtures.promised()
        for f in fixtures.manifest():
            status, text = fixtures.read(f.path, f.options)
            found = verdict(fixtures.events(text))
            self.assertIn(found[1], stages[f.scenario], f.name)
            self.assertEqual(status, 0 if found[1] is None else 1, f.name)


class Live(E2E):
    """A recording holds what the relay saw: the reader's events are those that the relay gave."""

    maxDiff = 4000

    def check(self, scenario, version):
        path = os.path.join(self.dir, "x.pcapng")
        live = sessions.record(scenario, version, path)
        read = fixtures.events(fixtures.read(path, " ".join((*sessions.TIMEOUTS, "--show-accounts")))[1])
        live, read = ([e for e in some if e["event"] != "limit"] for some in (live, read))
        self.assertEqual([e["event"] for e in read], [e["event"] for e in live])
        self.assertEqual(live[-1]["event"], "summary")
        for key in COUNTS:
            self.assertEqual(read[-1][key], live[-1][key], key)
        for want, got in zip(live[:-1], read[:-1]):
            self.assertLessEqual(abs(ns(got.pop("ts")) - ns(want.pop("ts"))), MICROSECOND, want)
            self.assertEqual(got, want)


def add_live(scenario, version):
    def test(self):
        self.check(scenario, version)

    setattr(Live, "test_%s_%d" % (scenario.replace("-", "_"), version), test)


for a_scenario, a_version in (
    ("healthy", 176), ("healthy", 203), ("healthy", 226), ("half-welcome", 226), ("accept-close", 176),
    ("never-accept", 176), ("reset-after-hello", 176), ("not-tws", 176), ("slow-welcome", 226), ("upstream-lost", 226),
):
    add_live(a_scenario, a_version)


class Replayed(E2E):
    """serve --from | proxy | play."""

    maxDiff = 4000

    def replay(self, fixture):
        """The relay's events of a fixture between both ends that play it."""
        port = shlex.split(fixture.options[fixture.options.index("--port") :]) if "--port" in fixture.options else []
        # The recorded client left 3 to 5 ms after the time of the silence was over.  The replayed one leaves as long
        # after it sent its last frame, which the relay sees later: with the recorded limits a delay of 4 ms decided.
        sooner = {"300ms": "250ms", "400ms": "350ms"}
        timeouts = [sooner.get(word, word) for word in shlex.split(fixture.options) if word not in port]
        gateway = self.twstap("serve", "--from", fixture.path, "--once", "--listen", "127.0.0.1:0", *port)
        address = gateway.find(LISTENING).group(1)
        proxy = self.proxy(address, "--linger", "500ms", *timeouts)
        client = self.twstap("play", fixture.path, "--to", proxy.addr, *port)
        self.assertEqual(client.wait(), 0, (fixture.name, client.text(), gateway.text()))
        proxy.verdict()
        proxy.stop()
        self.assertEqual(gateway.wait(), 0, (fixture.name, gateway.text()))
        return proxy.events()

    def setUp(self):
        super().setUp()
        program = self.twstap("serve", "--help")
        program.wait()
        if "--from" not in program.text():
            skip("there is no serve --from yet")

    @staticmethod
    def each(midstream):
        for f in fixtures.manifest():
            with open(f.expected_path, encoding="utf-8") as file:
                want = fixtures.events(file.read())
            if midstream == any(e["event"] == "open" and e["seen"] == "midstream" for e in want):
                yield f, want

    def test_a_session_without_its_beginning_is_refused_in_a_line(self):
        for f, _ in self.each(midstream=True):
            port = shlex.split(f.options[f.options.index("--port") :])
            for command in (("serve", "--from", f.path, "--listen", "127.0.0.1:0"), ("play", f.path, "--to", "127.0.0.1:1")):
                program = self.twstap(*command, *port)
                self.assertEqual(program.wait(), 3, program.text())
                self.assertIn("cannot be replayed", program.text())

    def test_every_fixture(self):
        for f, want in self.each(midstream=False):
            with self.subTest(f.name):
                got = self.replay(f)
                self.assertEqual(frames(got), frames(want), f.name)
                self.assertEqual(verdict(got)[:-2], verdict(want)[:-2], f.name)
                if not asked_the_kernel(got):  # which names modes that no recording can
                    self.assertEqual(verdict(got), verdict(want), f.name)


def asked_the_kernel(events):
    return any(e["what"] == "gateway's end" for e in fixtures.final_verdicts(events)[0]["evidence"])


if __name__ == "__main__":
    main()
