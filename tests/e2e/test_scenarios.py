"""Every scenario of the stand-in behind the proxy: one final verdict, and the right one."""

import json
import time

from harness import E2E, hello, main

THRESHOLD = 0.4  # seconds, --handshake-timeout and --request-timeout of these tests
RANGES = {"text": (100, 176), "mixed": (100, 203), "protobuf": (100, 214)}
ANY = object()

# scenario: what the final verdict must say.  `how`: what the client does and waits for.
#   silence   goes as far as it can; a silence must be reported while it is still connected
#   asks      the same, and asks for the time once it is welcomed
#   closed    goes as far as it can, until the gateway's side ends the connection
#   healthy   comes to live, gets an answer, leaves
EXPECTED = {
    "healthy": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    "drip": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    "slow-welcome": dict(how="healthy", progress="live", stage=None, silent="nobody", mode=None),
    "accept-silent": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway", mode=None, certainty="cannot tell"
    ),
    "never-accept": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway", mode=None, certainty="cannot tell"
    ),
    "never-read": dict(
        how="silence", progress="hello", stage="hello-unanswered", silent="gateway", mode=None, certainty="cannot tell"
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


class Scenarios(E2E):
    maxDiff = None

    def play(self, scenario, versions):
        """The proxy and its events after one connection."""
        how = EXPECTED[scenario]["how"]
        gateway = self.serve(scenario)
        proxy = self.proxy(
            gateway, "--handshake-timeout", "%gs" % THRESHOLD, "--request-timeout", "%gs" % THRESHOLD, "--linger", "1s"
        )
        client = self.api_client(proxy, versions)
        if how in ("healthy", "asks"):
            client.until(client.welcomed, "9 and 15")
        if how == "healthy":
            client.ask_time()
            client.until(lambda: 49 in client.received, "the time")
        elif how == "asks":
            self.ask_until_silent(proxy, client)
        elif how == "silence":
            client.until(lambda: proxy.events("silence"), "a silence event")
        if how in ("silence", "asks"):
            self.assertIsNone(client.closed)
            self.assertFalse(proxy.events("close"), "the silence must be said while the connection lives")
        elif how == "closed":
            client.until(lambda: client.closed, "the gateway's close")
        elif how == "redirect":
            client.until(lambda: client.server_version == -1, "the redirect")
        elif how == "foreign":
            client.until(lambda: client.foreign or client.closed, "what is not TWS")
        client.close()
        status = proxy.stop()
        gateway.stop()
        return proxy, status

    @staticmethod
    def ask_until_silent(proxy, client):
        """Ask for the time, one request at a time and not faster than a Gateway answers (1 s)."""
        asked, next_at = 0, 0.0

        def silent():
            nonlocal asked, next_at
            if client.received.count(49) == asked and time.monotonic() >= next_at:
                client.ask_time()
                asked, next_at = asked + 1, time.monotonic() + 1.1
            return proxy.events("silence")

        client.until(silent, "a silence event")

    def check(self, scenario, versions):
        want = dict(EXPECTED[scenario])
        how = want.pop("how")
        proxy, status = self.play(scenario, versions)
        verdicts = proxy.events("verdict", final=True)
        self.assertEqual(len(verdicts), 1, "one final verdict, of one connection")
        verdict = verdicts[0]
        shown = json.dumps(verdict, indent=1)
        for key, value in want.items():
            allowed = value if isinstance(value, tuple) else (value,)
            self.assertIn(verdict[key], allowed, "%s of\n%s" % (key, shown))
        if verdict["mode"] is None and how != "healthy":
            self.assertNotEqual(verdict["certainty"], "certain", shown)
        if how != "healthy" and not (verdict["mode"] and verdict["certainty"] == "certain"):
            self.assertTrue(verdict["causes"], "causes that fit:\n" + shown)
        self.assertTrue(how == "healthy" or verdict["evidence"], shown)
        self.check_silences(proxy, how, verdict)
        self.assertEqual(status, 0 if how == "healthy" else 1, proxy.text())
        self.check_shape(proxy)

    def check_silences(self, proxy, how, verdict):
        silences = proxy.events("silence")
        if how == "healthy":
            self.assertEqual(len(silences), len(proxy.events("recovered")), "no silence that stays")
        if how in ("silence", "asks"):
            self.assertEqual(len(silences), 1, "a silence is said once")
            self.assertEqual(silences[0]["owes"], "gateway")
            self.assertEqual(silences[0]["stage"], verdict["stage"])
            self.assertTrue(proxy.events("verdict", final=False), "a verdict with the silence that starts")
        for silence in silences:
            self.assertGreaterEqual(silence["waited_ms"], THRESHOLD * 1000 - 1)
            self.assertLessEqual(silence["waited_ms"], THRESHOLD * 1000 + 100)

    def check_shape(self, proxy):
        """What every run's events have in common."""
        events = proxy.events()
        self.assertEqual(events[-1]["event"], "summary")
        self.assertEqual(events[-1]["connections"], 1)
        self.assertEqual(len(proxy.events("open")), 1)
        self.assertEqual(len(proxy.events("close")), 1)
        for ev in events:
            self.assertEqual(list(ev)[0], "v")
            self.assertEqual(ev["v"], 1)
            self.assertRegex(ev["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        with open(proxy.json_file, "rb") as lines:
            for line in lines:
                line.decode("utf-8")


def add(scenario, form):
    def test(self):
        self.check(scenario, RANGES[form])

    test.__doc__ = "%s, %s" % (scenario, form)
    setattr(Scenarios, "test_%s_%s" % (scenario.replace("-", "_"), form), test)


for a_scenario in EXPECTED:
    for a_form in RANGES:
        add(a_scenario, a_form)


class TheList(E2E):
    def test_every_scenario_of_the_stand_in_is_tried_here(self):
        program = self.twstap("serve", "--list")
        self.assertEqual(program.wait(), 0)
        listed = {line.split()[0] for line in program.out if line[:1].isalpha() or line[:3] == "  " + line[2:3]}
        for scenario in EXPECTED:
            self.assertIn(scenario, program.text())
        unknown = [name for name in listed if "-" in name and name not in EXPECTED]
        self.assertEqual(unknown, [])


class InTime(E2E):
    def test_a_silence_is_out_within_100_ms_of_its_threshold(self):
        """By the reader's clock: from the client's hello to the line in the file."""
        gateway = self.serve("accept-silent")
        proxy = self.proxy(gateway, "--handshake-timeout", "%gs" % THRESHOLD)
        for conn in range(1, 6):
            client = self.connect(proxy)
            began = time.monotonic()
            client.send(hello(100, 176))
            proxy.event("silence", conn=conn)
            took = time.monotonic() - began
            self.assertGreaterEqual(took, THRESHOLD - 0.001)
            self.assertLess(took, THRESHOLD + 0.1)
            self.assertTrue(client.connected())
            client.close()


class Others(E2E):
    """The first question: this client, every new client, or everybody?"""

    def test_a_second_silent_client_is_evidence_for_the_first(self):
        gateway = self.serve("accept-silent")
        proxy = self.proxy(gateway, "--handshake-timeout", "400ms")
        self.api_client(proxy)
        self.api_client(proxy)
        for conn in (1, 2):
            proxy.event("silence", conn=conn)
        proxy.stop()
        sources = {e["source"] for v in proxy.events("verdict", final=True) for e in v["evidence"]}
        self.assertIn("other-sessions", sources)


if __name__ == "__main__":
    main()
