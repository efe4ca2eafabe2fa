"""What every scenario of the stand-in must lead to, and a client that plays it.

Used through the proxy (test_scenarios.py) and beside a capture (test_capture.py): the same client,
the same gateway, and the same answer."""

import json
import time

from harness import E2E

THRESHOLD = 0.4  # seconds, --handshake-timeout and --request-timeout of these tests
TIMEOUTS = ("--handshake-timeout", "%gs" % THRESHOLD, "--request-timeout", "%gs" % THRESHOLD)
RANGES = {"text": (100, 176), "mixed": (100, 203), "protobuf": (100, 214)}

# scenario: what the final verdict must say.  `how`: what the client does and waits for.
#   silence   goes as far as it can; a silence must be reported while it is still connected
#   asks      the same, and asks for the time once it is welcomed
#   closed    goes as far as it can, until the gateway's side ends the connection
#   healthy   comes to live, gets an answer, leaves
EXPECTED = {
    "healthy": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    "drip": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    "slow-welcome": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    # What these three are is for the kernel to say, which a proxy asks: test_verdicts.py.
    "accept-silent": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway",
        mode=(None, "accepted-but-ignored"), certainty=("cannot tell", "likely")
    ),
    "never-accept": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway",
        mode=(None, "accept-queue-wedge"), certainty=("cannot tell", "certain")
    ),
    "never-read": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway",
        mode=(None, "accepted-but-ignored"), certainty=("cannot tell", "likely")
    ),
    "version-silent": dict(how="silence", progress="start", stage="startapi-unanswered", silent="gateway"),
    "half-welcome": dict(
        how="silence", progress="start", stage="partial-startup", silent="gateway", mode="half-welcome",
        certainty="certain"
    ),
    "no-accounts": dict(how="silence", stage="partial-startup", mode="empty-accounts", certainty="certain"),
    "client-id-in-use": dict(
        how="closed", progress="start", stage="startapi-unanswered", silent="nobody", mode="client-id-in-use",
        certainty="certain"
    ),
    "accept-close": dict(how="closed", progress="hello", stage=("closed-by-gateway", "reset"), silent="nobody"),
    "close-after-hello": dict(how="closed", progress="hello", stage="closed-by-gateway", silent="nobody"),
    "reset-after-hello": dict(how="closed", progress="hello", stage="reset", silent="nobody"),
    "redirect": dict(how="redirect", stage="version-rejected", silent="nobody", mode="redirect", certainty="certain"),
    "not-tws": dict(how="foreign", mode="foreign-protocol", certainty="certain"),
    "upstream-lost": dict(how="asks", progress="live", mode="upstream-lost", certainty="certain"),
    "live-stall": dict(how="asks", progress="live", stage="live-request-unanswered", silent="gateway"),
}


class Played(E2E):
    maxDiff = None

    def act(self, scenario, client, observer):
        """What the client does once it is connected, up to its close."""
        how = EXPECTED[scenario]["how"]
        if how in ("healthy", "asks"):
            client.until(client.welcomed, "9 and 15")
        if how == "healthy":
            client.ask_time()
            client.until(lambda: 49 in client.received, "the time")
        elif how == "asks":
            self.ask_until_silent(observer, client)
        elif how == "silence":
            client.until(lambda: observer.events("silence"), "a silence event")
        if how in ("silence", "asks"):
            self.assertIsNone(client.closed)
            self.assertFalse(observer.events("close"), "the silence must be said while the connection lives")
        elif how == "closed":
            client.until(lambda: client.closed, "the gateway's close")
        elif how == "redirect":
            client.until(lambda: client.server_version == -1, "the redirect")
        elif how == "foreign":
            client.until(lambda: client.foreign or client.closed, "what is not TWS")

    @staticmethod
    def ask_until_silent(observer, client):
        """Ask for the time, one request at a time and not faster than a Gateway answers (1 s)."""
        asked, next_at = 0, 0.0

        def silent():
            nonlocal asked, next_at
            if client.received.count(49) == asked and time.monotonic() >= next_at:
                client.ask_time()
                asked, next_at = asked + 1, time.monotonic() + 1.1
            return observer.events("silence")

        client.until(silent, "a silence event")

    def check(self, scenario, observer, status, unknown=()):
        """The events of one connection; `unknown`: keys that could not be seen."""
        want = dict(EXPECTED[scenario])
        how = want.pop("how")
        verdicts = observer.events("verdict", final=True)
        self.assertEqual(len(verdicts), 1, "one final verdict, of one connection")
        verdict = verdicts[0]
        shown = json.dumps(verdict, indent=1)
        for key, value in want.items():
            allowed = value if isinstance(value, tuple) else (value,)
            if key not in unknown:
                self.assertIn(verdict[key], allowed, "%s of\n%s" % (key, shown))
        if verdict["mode"] is None and how != "healthy":
            self.assertNotEqual(verdict["certainty"], "certain", shown)
        if how != "healthy" and not (verdict["mode"] and verdict["certainty"] == "certain"):
            self.assertTrue(verdict["causes"], "causes that fit:\n" + shown)
        self.assertTrue(how == "healthy" or verdict["evidence"], shown)
        self.check_silences(observer, how, verdict)
        self.assertEqual(status, 0 if how == "healthy" else 1, observer.text())
        self.check_shape(observer)

    def check_silences(self, observer, how, verdict):
        silences = observer.events("silence")
        if how == "healthy":
            self.assertEqual(len(silences), len(observer.events("recovered")), "no silence that stays")
        if how in ("silence", "asks"):
            self.assertEqual(len(silences), 1, "a silence is said once")
            self.assertEqual(silences[0]["owes"], "gateway")
            self.assertEqual(silences[0]["stage"], verdict["stage"])
            self.assertTrue(observer.events("verdict", final=False), "a verdict with the silence that starts")
        for silence in silences:
            self.assertGreaterEqual(silence["waited_ms"], THRESHOLD * 1000 - 1)
            self.assertLessEqual(silence["waited_ms"], THRESHOLD * 1000 + 100)

    def check_shape(self, observer):
        """What every run's events have in common."""
        events = observer.events()
        self.assertEqual(events[-1]["event"], "summary")
        self.assertEqual(events[-1]["connections"], 1)
        self.assertEqual(len(observer.events("open")), 1)
        self.assertEqual(len(observer.events("close")), 1)
        for ev in events:
            self.assertEqual(list(ev)[0], "v")
            self.assertEqual(ev["v"], 1)
            self.assertRegex(ev["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        with open(observer.json_file, "rb") as lines:
            for line in lines:
                line.decode("utf-8")


def each(cls, check):
    """A test of `cls` for every scenario in every form: check(test, scenario, form)."""

    def add(scenario, form):
        def test(self):
            check(self, scenario, form)

        test.__doc__ = "%s, %s" % (scenario, form)
        setattr(cls, "test_%s_%s" % (scenario.replace("-", "_"), form), test)

    for scenario in EXPECTED:
        for form in RANGES:
            add(scenario, form)
