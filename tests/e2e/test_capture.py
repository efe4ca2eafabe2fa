"""twstap capture beside real sockets on loopback: what the proxy says inline, without touching them."""

import json
import os
import signal
import subprocess
import unittest

import event_keys
from harness import BIN, E2E, Closed, hello, main, need_capture, skip, wait_for
from scenarios import RANGES, TIMEOUTS, Played, each


def tool(name):
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]:
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    return skip("no " + name)


def without_kernel(line):
    """An event, without what only a live observer can ask the kernel and see of processes."""
    event = json.loads(line)
    event.pop("kernel", None)
    if "evidence" in event:
        event["evidence"] = [e for e in event["evidence"] if e["what"] != "gateway's end" and e["source"] != "process"]
    return event


class Beside(Played):
    """Started before the connection: every scenario in every form."""

    def setUp(self):
        super().setUp()
        need_capture()

    def beside(self, scenario, form):
        gateway = self.serve(scenario)
        capture = self.capture([gateway], *TIMEOUTS)
        client = self.api_client(gateway, RANGES[form])
        self.act(scenario, client, capture)
        client.close()
        if scenario not in ("never-accept", "never-read"):  # those keep their half open
            capture.event("close")
        status = capture.stop()
        gateway.stop()
        self.check(scenario, capture, status)


each(Beside, Beside.beside)


class Later(E2E):
    """Started when the connection is there already."""

    def setUp(self):
        super().setUp()
        need_capture()

    def held(self, scenario):
        """A client whose hello was answered, and which has not sent startApi."""
        gateway = self.serve(scenario)
        client = self.api_client(gateway, hold=True)
        client.go_on()
        client.until(lambda: client.server_version, "the version reply")
        return gateway, client

    def test_during_the_handshake_and_startapi_is_not_answered(self):
        gateway, client = self.held("version-silent")
        capture = self.capture([gateway], *TIMEOUTS)
        client.go_on()
        client.until(lambda: capture.events("silence"), "a silence event")
        client.close()
        capture.stop()
        self.assertEqual(capture.event("open")["seen"], "midstream")
        verdict = capture.verdict()
        self.assertEqual((verdict["stage"], verdict["silent"]), ("startapi-unanswered", "gateway"))

    def test_during_the_handshake_and_all_is_well(self):
        gateway, client = self.held("healthy")
        capture = self.capture([gateway], *TIMEOUTS)
        client.go_on()
        client.until(client.welcomed, "9 and 15")
        client.ask_time()
        client.until(lambda: 49 in client.received, "the time")
        client.close()
        capture.event("close")
        self.assertEqual(capture.stop(), 0, capture.text())
        self.assertEqual(capture.verdict()["progress"], "live")
        self.assertFalse(capture.events("silence"))

    def test_in_a_live_session_that_stays_well(self):
        gateway = self.serve("healthy")
        client = self.api_client(gateway)
        client.until(client.welcomed, "9 and 15")
        capture = self.capture([gateway], *TIMEOUTS)
        client.ask_time()
        client.until(lambda: 49 in client.received, "the time")
        client.close()
        capture.event("close")
        self.assertEqual(capture.stop(), 0, capture.text())
        self.assertEqual(capture.event("open")["seen"], "midstream")
        self.assertTrue(capture.events("frame", name="currentTime"))

    def test_in_a_live_session_that_falls_silent(self):
        gateway = self.serve("live-stall", "--delay", "100ms")
        client = self.api_client(gateway)
        client.until(client.welcomed, "9 and 15")
        capture = self.capture([gateway], *TIMEOUTS)
        Played.ask_until_silent(capture, client)
        client.close()
        capture.stop()
        verdict = capture.verdict()
        self.assertEqual((verdict["stage"], verdict["silent"]), ("live-request-unanswered", "gateway"))


class Command(E2E):
    def setUp(self):
        super().setUp()
        need_capture()

    def well(self, gateway):
        client = self.api_client(gateway)
        client.until(client.welcomed, "9 and 15")
        client.close()

    def test_any_device_and_ipv6(self):
        gateway = self.serve("healthy", listen="[::1]:0")
        capture = self.capture([gateway], "-i", "any", *TIMEOUTS)
        self.well(gateway)
        self.assertEqual(capture.verdict()["progress"], "ready")
        self.assertEqual(capture.stop(), 0, capture.text())
        self.assertEqual(capture.event("summary")["connections"], 1)
        self.assertTrue(capture.event("open")["gateway"].startswith("[::1]:"))

    def test_several_ports(self):
        gateways = [self.serve("healthy"), self.serve("accept-close")]
        capture = self.capture(gateways, *TIMEOUTS)
        self.well(gateways[0])
        other = self.connect(gateways[1])
        other.send(hello(100, 176))
        with self.assertRaises(Closed):  # it is the gateway that ends it
            other.recv(1)
        other.close()
        self.assertIsNone(capture.verdict(1)["stage"])
        self.assertEqual(capture.verdict(2)["silent"], "nobody")
        capture.stop()

    def test_a_verdict_when_it_is_asked_for(self):
        gateway = self.serve("healthy")
        capture = self.capture([gateway], *TIMEOUTS)
        client = self.api_client(gateway)
        client.until(client.welcomed, "9 and 15")
        capture.event("stage", stage="ready")
        capture.send_signal(signal.SIGUSR1)
        self.assertIsNone(capture.event("verdict", final=False)["stage"])
        client.close()
        capture.stop()

    def test_what_is_written_reads_back_the_same(self):
        gateway = self.serve("version-silent")
        path = os.path.join(self.dir, "seen.pcapng")
        capture = self.capture([gateway], *TIMEOUTS, "--write", path, "--show-accounts")
        client = self.api_client(gateway)
        client.until(lambda: capture.events("silence"), "a silence event")
        client.close()
        capture.event("close")
        capture.stop()
        again = os.path.join(self.dir, "again.jsonl")
        read = self.twstap("read", *TIMEOUTS, "--port", gateway.addr.rsplit(":", 1)[1], "--json", again, path)
        self.assertEqual(read.wait(), 1)
        with open(capture.json_file) as live, open(again) as replayed:
            # The summary counts what is not in the file, such as how long nothing came, and no file of
            # packets holds what the kernel said of the gateway's socket.
            self.assertEqual([without_kernel(line) for line in live.readlines()[:-1]],
                             [without_kernel(line) for line in replayed.readlines()[:-1]])
        shown = subprocess.run([tool("tshark"), "-r", path, "-Y", "_ws.malformed || tcp.checksum.status == Bad"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((shown.returncode, shown.stdout), (0, b""), shown.stderr)

    def test_kernel_drops_are_said_and_nothing_is_claimed(self):
        gateway = self.gateway()
        capture = self.capture([gateway], *TIMEOUTS, "--buffer", "64K")
        client = self.connect(gateway)
        server = gateway.accept()
        self.addCleanup(server.close)
        client.send(hello(100, 176))
        server.recv(len(hello(100, 176)))
        server.send(b"\0\0\0\x1a176\x0020260102 10:00:00 UTC\0")
        client.recv(30)
        capture.process.send_signal(signal.SIGSTOP)  # a program that gets no processor
        try:
            for _ in range(200):
                server.send(b"\0" * 65536)
                client.recv(65536)
        finally:
            capture.process.send_signal(signal.SIGCONT)
        drops = capture.event("drops")
        self.assertGreater(drops["kernel"], 0)
        keys = event_keys.Check()
        keys.events([drops], "drops")
        self.assertEqual(keys.wrong, [])
        client.close()
        server.close()
        capture.stop()
        self.assertGreater(capture.event("summary")["captured"]["dropped_kernel"], 0)
        self.assertNotEqual(capture.verdict()["certainty"], "certain")

    def test_the_list_names_the_loopback(self):
        program = self.twstap("capture", "--list")
        self.assertEqual(program.wait(), 0)
        self.assertRegex(program.text(), r"(?m)^lo0? .*up$")

    def test_a_device_that_is_not_there(self):
        program = self.twstap("capture", "-i", "nowhere0")
        self.assertEqual(program.wait(), 3)
        self.assertIn("nowhere0", "\n".join(program.err))

    def test_nothing_is_sent(self):
        """In a network of its own not one packet is seen but those of others: none."""
        script = ("%s link set lo up; timeout -s INT 1 %s capture -q >/dev/null; cat /proc/net/dev" % (tool("ip"), BIN))
        done = subprocess.run([tool("unshare"), "-n", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
        counters = next(line for line in done.stdout.splitlines() if line.strip().startswith("lo:")).split()
        self.assertEqual((counters[2], counters[10]), ("0", "0"), done.stdout)


if __name__ == "__main__":
    main()
