"""Every scenario of the stand-in behind the proxy: one final verdict, and the right one."""

import time

from harness import E2E, hello, main
from scenarios import EXPECTED, RANGES, THRESHOLD, TIMEOUTS, Played, each


class Scenarios(Played):
    def through_proxy(self, scenario, form):
        gateway = self.serve(scenario)
        proxy = self.proxy(gateway, *TIMEOUTS, "--linger", "1s")
        client = self.api_client(proxy, RANGES[form])
        self.act(scenario, client, proxy)
        client.close()
        status = proxy.stop()
        gateway.stop()
        self.check(scenario, proxy, status)


each(Scenarios, Scenarios.through_proxy)


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
