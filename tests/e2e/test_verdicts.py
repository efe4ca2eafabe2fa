"""What a verdict says of requests: how long answers took, and what was wrong with the last one."""

import signal
import sys
import time
import unittest

from harness import E2E, fields, frame, hello, main, need_capture, start_api, wait_for
from stages import SlowClient

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


    def test_what_is_open_can_be_asked_for(self):
        proxy, client, gateway = self.live()
        client.send(frame(fields(62, 1, 9001, "All", "NetLiquidation")))
        client.send(frame(fields(49, 1)))
        gateway.recv_frame()
        gateway.recv_frame()
        wait_for(lambda: len(proxy.events("stage", stage="live")) == 1, "the session to be live")
        proxy.send_signal(signal.SIGUSR1)
        verdict = proxy.event("verdict", final=False)
        self.assertIsNone(verdict["stage"])
        waiting = [(q["name"], q["key"], q["class"], q["state"], q["answers"]) for q in verdict["open"]]
        self.assertEqual(waiting, [("reqAccountSummary", 9001, "cheap", "waiting", 0), ("reqCurrentTime", "type", "cheap", "waiting", 0)])
        self.assertGreaterEqual(verdict["open"][0]["age_ms"], verdict["open"][1]["age_ms"])
        wait_for(lambda: "reqCurrentTime, asked" in proxy.text(), "the same as text")
        self.assertRegex(proxy.text(), r"open +reqAccountSummary 9001, asked \S+ m?s before, no answer yet\n +reqCurrentTime, asked")

    def test_a_silence_is_said_when_its_time_is_over(self):
        proxy, client, gateway = self.live("--request-timeout", "500ms")
        late = []
        for _ in range(5):
            client.send(frame(fields(49, 1)))
            gateway.recv_frame()
            asked = time.monotonic()
            n = len(proxy.events("silence"))
            wait_for(lambda n=n: len(proxy.events("silence")) > n, "a silence")
            late.append(time.monotonic() - asked - 0.5)
            gateway.send(frame(fields(49, 1, 1764000000)))
            client.recv_frame()
            time.sleep(1.1)  # a second one within a second is not answered
        # The design asks for 100 ms; the test's own looking takes some of it, and the machine may be busy.
        self.assertLess(min(late), 0.1, late)
        for silence in proxy.events("silence"):
            self.assertAlmostEqual(silence["waited_ms"], 500, delta=1)

    def test_a_client_that_comes_near_the_limit_is_told_before(self):
        proxy, client, gateway = self.live()
        for number in range(45):
            client.send(frame(fields(8, 1, 1)))
            gateway.recv_frame()
            gateway.send(frame(fields(9, 1, number)))
            client.recv_frame()
        near = proxy.event("pacing")
        self.assertEqual((near["what"], near["count"], near["limit"], near["window_s"]), ("messages", 40, 50, 1))
        wait_for(lambda: "40 messages in a second" in proxy.text(), "the same as text")

    def test_a_client_that_does_not_read(self):
        proxy, client, gateway = self.live("--request-timeout", "1500ms")
        client.send(frame(fields(24, 1)))
        gateway.recv_frame()
        SlowClient.flood(gateway, proxy)
        silence = proxy.event("silence")
        self.assertEqual((silence["stage"], silence["owes"]), ("live-client-not-reading", "client"))
        verdict = proxy.events("verdict")[-1]
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("slow-client", "certain"))
        self.assertTrue(self.evidence(verdict, "client's socket"))
        client.sock.settimeout(5)
        while not proxy.events("recovered"):
            client.sock.recv(1 << 20)

    def test_who_was_served_last_and_who_was_not_first(self):
        listener = self.gateway()
        proxy = self.proxy(listener, "--handshake-timeout", "300ms")
        old = self.connect(proxy)
        old.send(hello(100, VERSION))
        served = listener.accept()
        self.addCleanup(served.close)
        served.recv(len(hello(100, VERSION)))
        served.send(frame(fields(VERSION, "20261124 10:00:00 EST")))
        old.recv_frame()
        old.send(start_api(VERSION, 7))
        served.recv_frame()
        for number in (2, 3):
            client = self.connect(proxy)
            client.send(hello(100, VERSION))
            proxy.event("silence", conn=number)
            client.close()
            verdict = proxy.event("verdict", conn=number, final=False)
            last = self.evidence(verdict, "hello answered last")
            self.assertRegex(last[0], r"^#1, client id 7, \S+ m?s before; its last: startApi, frame 1$")
            first = self.evidence(verdict, "first not answered since")
            self.assertRegex(first[0], r"^this one, " if number == 2 else r"^#2, \S+ m?s before; its last: the hello$")


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

    def test_a_gateway_that_is_stopped(self):
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "--request-timeout", "400ms")
        client = self.api_client(proxy)
        client.until(client.welcomed, "9 and 15")
        gateway.send_signal(signal.SIGSTOP)
        try:
            client.ask_time()
            verdict = proxy.event("verdict", final=False)
            self.assertEqual((verdict["stage"], verdict["silent"]), ("live-request-unanswered", "gateway"))
            self.assertEqual((verdict["mode"], verdict["certainty"]), ("jvm-stall", "likely"))
            end = [e["value"] for e in verdict["evidence"] if e["what"] == "gateway's end"]
            self.assertRegex(end[0], r"^accepted by a process: \d+ bytes unread")
        finally:
            gateway.send_signal(signal.SIGCONT)
        proxy.event("recovered")

    def test_a_client_that_gives_up_before_we_do(self):
        proxy = self.proxy(self.serve("never-accept"), "--linger", "300ms")
        client = self.connect(proxy)
        client.send(hello(100, 176))
        time.sleep(0.8)  # a time limit of its own, below ours
        client.close()
        verdict = proxy.verdict()
        self.assertEqual(proxy.events("silence"), [])
        self.assertEqual(verdict["stage"], "hello-unanswered")
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("accept-queue-wedge", "certain"))

    def test_a_queue_that_is_full(self):
        listener = self.gateway(backlog=1)
        for _ in range(2):
            self.connect(listener)
        proxy = self.proxy(listener, "--handshake-timeout", "400ms", "--connect-timeout", "900ms")
        client = self.connect(proxy)
        client.send(hello(100, 176))
        verdict = proxy.verdict()
        self.assertEqual((verdict["stage"], verdict["silent"]), ("tcp-connect", "network"))
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("backlog-full", "certain"))
        full = [e["value"] for e in verdict["evidence"] if e["what"] == "listener's queue"]
        self.assertEqual(full, ["full: 2 of 1"])

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
