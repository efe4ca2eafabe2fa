"""tests/events.tsv against what the program prints: no key of an event goes away or changes its type.

Further keys and kinds of events are allowed; they are listed when the tests are over, and become rows of the
table once they are to be kept.  `same_events.py` compares the values, too.
"""

import os
import random
import signal
import sys
import unittest

import event_keys
import fixtures
import mutate
import same_events
import traffic
from harness import E2E, Program, fields, frame, hello, main, start_api

TIMEOUTS = ("--handshake-timeout", "300ms", "--request-timeout", "400ms", "--linger", "500ms")
CHECK = event_keys.Check()  # of all tests of this file together


def tearDownModule():
    for name, n in sorted(CHECK.new.items()):
        print("new: %s (%d times)" % (name, n), file=sys.stderr)


class Keys(E2E):
    maxDiff = 4000

    def hold(self, events, where):
        self.assertTrue(events, where)
        CHECK.events(events, where)
        wrong, CHECK.wrong = CHECK.wrong, []
        self.assertEqual(wrong, [])

    def seen(self, *beginnings):
        """Every row of this file's runs that begins so was seen by now."""
        self.assertEqual([row for row in CHECK.unseen("runs") if row.startswith(beginnings)], [])


class Fixtures(Keys):
    def test_all_and_each_row_that_they_show(self):
        for f in fixtures.manifest():
            self.hold(fixtures.events(fixtures.read(f.path, f.options)[1]), f.name)
        self.assertEqual(CHECK.unseen("fixtures"), [], "rows of tests/events.tsv that no fixture shows any more")

    def test_the_events_that_are_stored(self):
        for f in fixtures.manifest():
            with open(f.expected_path, encoding="utf-8") as file:
                want = same_events.events(file.read())
            got = same_events.events(fixtures.read(f.path, f.options)[1])
            self.assertIsNone(same_events.first_difference(want, got), f.name)


class Made(Keys):
    """Captures of sessions that no fixture has."""

    def read(self, segments, *options):
        path = mutate.write(os.path.join(self.dir, "made.pcap"), segments)
        self.hold(fixtures.events(fixtures.read(path, " ".join(options))[1]), self.id())

    def talk(self, version=176):
        talk = traffic.Conversation()
        talk.open()
        talk.say(0, hello(100, version))
        talk.say(1, frame(fields(version, "20260102 10:00:00 UTC")))
        talk.say(0, start_api(version, 7))
        talk.say(1, *traffic.Text.welcome())
        return talk

    def test_lost_segments(self):
        self.read(mutate.drop(traffic.session("text", 400), 0.05, random.Random(3), handshake=False))
        self.seen("gap ", "summary gaps", "facts wire")

    def test_frames_with_faults_and_their_bytes(self):
        talk = self.talk()
        talk.say(1, frame(fields(9, 1)), frame(fields(9, 1, 5, "more")), frame(fields(9, 1, "none")), frame(b"nothing\0"))
        talk.close()
        self.read(talk.segments, "--hex")
        self.seen("frame ")

    def test_a_client_near_its_limit(self):
        talk = self.talk()
        for n in range(45):
            talk.say(0, frame(fields(8, 1, 1)))
            talk.say(1, frame(fields(9, 1, n)))
        talk.close()
        self.read(talk.segments)
        self.seen("pacing ")

    def test_requests_that_stay_open(self):
        talk = self.talk()
        talk.say(0, traffic.Text.ask(12), *(frame(fields(1, 11, 100 + n, 0)) for n in range(70)))
        talk.say(1, frame(fields(1, 6, 12, 1, "1.25", 3, 0)))
        talk.ns += 30 * 10**9
        talk.close()
        self.read(talk.segments)
        self.seen("verdict ")


class Live(Keys):
    """What only a relay, or the doctor, sees."""

    def test_a_silence_with_what_the_kernel_says(self):
        proxy = self.proxy(self.serve("never-accept"), *TIMEOUTS)
        client = self.api_client(proxy)
        proxy.event("silence")
        proxy.send_signal(signal.SIGUSR1)
        client.close()
        proxy.verdict()
        proxy.stop()
        self.hold(proxy.events(), self.id())
        if sys.platform == "linux":
            self.seen("silence ", "facts kernel")

    def test_a_limit(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--max-connections", "1", *TIMEOUTS)
        self.through(proxy, gateway)
        self.connect(proxy)
        proxy.event("limit")
        proxy.stop()
        self.hold(proxy.events(), self.id())
        self.seen("limit ")

    @unittest.skipUnless(sys.platform == "linux", "the kernel's table of sockets is asked on Linux")
    def test_a_doctor(self):
        for scenario in ("healthy", "accept-silent"):
            file = os.path.join(self.dir, scenario + ".jsonl")
            self.started(
                Program(["doctor", self.serve(scenario).addr, "--json", file, "--handshake-timeout", "300ms"])
            ).wait()
            with open(file, encoding="utf-8") as lines:
                self.hold(fixtures.events(lines.read()), scenario)
        self.seen("layer ", "diagnosis ")


if __name__ == "__main__":
    main()
