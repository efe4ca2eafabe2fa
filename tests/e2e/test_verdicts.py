"""What a verdict says of requests: how long answers took, and what was wrong with the last one."""

from harness import E2E, fields, frame, hello, main, start_api

VERSION = 176


class Requests(E2E):
    """A gateway that says what the test wants."""

    def live(self, *options):
        """A relay with a welcomed client: (proxy, client, gateway)."""
        listener = self.gateway()
        proxy = self.proxy(listener, *options)
        client = self.connect(proxy)
        client.send(hello(100, VERSION))
        gateway = listener.accept()
        self.addCleanup(gateway.close)
        gateway.recv(len(hello(100, VERSION)))
        gateway.send(frame(fields(VERSION, "20261124 10:00:00 EST")))
        client.recv_frame()
        client.send(start_api(VERSION, 7))
        gateway.recv_frame()
        gateway.send(frame(fields(15, 1, "DU1234567")) + frame(fields(9, 1, 1)))
        client.recv_frame()
        client.recv_frame()
        return proxy, client, gateway

    def evidence(self, verdict, what):
        return [e["value"] for e in verdict["evidence"] if e["what"] == what]

    def close_after(self, request):
        """The gateway closes at the first request; what the verdict says of that."""
        proxy, client, gateway = self.live()
        client.send(frame(request))
        gateway.recv_frame()
        gateway.close()
        client.rest()
        client.close()
        return proxy.verdict()

    def test_a_request_with_fields_that_are_missing_or_too_many(self):
        verdict = self.close_after(fields(62, 1, 9001, "All"))
        self.assertEqual(verdict["mode"], "malformed-request-close")
        self.assertEqual(self.evidence(verdict, "client's last request"),
                         ["reqAccountSummary has 1 field too few for server version 176"])
        verdict = self.close_after(fields(62, 1, 9001, "All", "NetLiquidation", "", ""))
        self.assertEqual(self.evidence(verdict, "client's last request"),
                         ["reqAccountSummary has 2 fields too many for server version 176"])

    def test_a_request_that_is_as_it_should_be(self):
        verdict = self.close_after(fields(62, 1, 9001, "All", "NetLiquidation"))
        self.assertEqual(self.evidence(verdict, "client's last request"), [])

    def test_the_summary_says_how_long_answers_took(self):
        proxy, client, gateway = self.live()
        for number in range(20):
            client.send(frame(fields(9, 8, number, 0, "AAPL", "STK", "", "0.0", "", "", "SMART", "",
                                     "USD", "", "", 0, "", "", "")))
            gateway.recv_frame()
            gateway.send(frame(fields(4, 2, number, 200, "No security definition", "")))
            client.recv_frame()
        client.close()
        gateway.close()
        proxy.verdict()
        proxy.stop()
        latency = proxy.event("summary")["latency"]
        self.assertEqual(list(latency), ["reqContractDetails"])
        of_it = latency["reqContractDetails"]
        self.assertEqual(of_it["answered"], 20)
        self.assertLessEqual(0, of_it["p50_ms"])
        self.assertLessEqual(of_it["p50_ms"], of_it["p90_ms"])
        self.assertLessEqual(of_it["p90_ms"], of_it["p99_ms"])
        self.assertLessEqual(of_it["p99_ms"], of_it["max_ms"])
        self.assertRegex(proxy.text(), r"reqContractDetails answered 20: p50 .*, p90 .*, p99 .*, max ")


if __name__ == "__main__":
    main()
