"""What a verdict says of requests: how long answers took, and what was wrong with the last one."""

import sys
import unittest

from harness import E2E, fields, frame, hello, main, need_capture, start_api

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


@unittest.skipUnless(sys.platform == "linux", "the kernel's table of sockets is asked on Linux")
class Kernel(E2E):
    """What only the kernel knows of a hello that is not answered."""

    def silent(self, scenario):
        proxy = self.proxy(self.serve(scenario), "--handshake-timeout", "300ms", "--linger", "300ms")
        client = self.api_client(proxy)
        client.until(lambda: proxy.events("silence"), "a silence event")
        silence = proxy.event("silence")
        client.close()
        verdict = proxy.verdict()
        proxy.stop()
        end = [e["value"] for e in verdict["evidence"] if e["what"] == "gateway's end"]
        self.assertEqual(len(end), 1, verdict["evidence"])
        return silence["kernel"], verdict, end[0]

    def test_a_capture_asks_as_well(self):
        need_capture()
        for scenario, accepted, mode in (("never-accept", False, "accept-queue-wedge"),
                                         ("accept-silent", True, "accepted-but-ignored")):
            gateway = self.serve(scenario)
            capture = self.capture([gateway], "--handshake-timeout", "300ms")
            client = self.api_client(gateway)
            client.until(lambda: capture.events("silence"), "a silence event")
            self.assertEqual(capture.event("silence")["kernel"]["accepted"], accepted)
            client.close()
            capture.stop()
            verdict = capture.verdict()
            self.assertEqual(verdict["mode"], mode)
            self.assertTrue([e for e in verdict["evidence"] if e["what"] == "gateway's end"])

    def test_a_gateway_that_never_accepts(self):
        kernel, verdict, end = self.silent("never-accept")
        self.assertFalse(kernel["accepted"])
        self.assertGreaterEqual(kernel["queue"], 1)
        self.assertGreater(kernel["backlog"], 0)
        self.assertEqual(kernel["gateway_unread"], len(hello(100, 176)))
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("accept-queue-wedge", "certain"))
        self.assertRegex(end, r"^not accepted: 17 bytes unread; \d+ of \d+ in the listener's queue$")

    def test_a_gateway_that_accepts_and_does_not_read(self):
        kernel, verdict, end = self.silent("never-read")
        self.assertTrue(kernel["accepted"])
        self.assertEqual(kernel["gateway_unread"], len(hello(100, 176)))
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("accepted-but-ignored", "likely"))
        self.assertRegex(end, r"^accepted by a process: 17 bytes unread")

    def test_a_gateway_that_reads_and_does_not_answer(self):
        kernel, verdict, end = self.silent("accept-silent")
        self.assertTrue(kernel["accepted"])
        self.assertEqual(kernel["gateway_unread"], 0)
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("accepted-but-ignored", "likely"))
        self.assertRegex(end, r"^accepted by a process: all bytes read")


if __name__ == "__main__":
    main()
