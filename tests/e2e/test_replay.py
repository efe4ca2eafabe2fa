"""Either side of a recording against a live peer; where it departs, it is said."""

import os
import subprocess
import time
import unittest

from fixtures import FOLDER
from harness import HERE, LISTENING, E2E, Closed, frame, hello, main, skip, start_api, wait_for

HEALTHY = os.path.join(FOLDER, "healthy-176.pcapng")
SILENT = os.path.join(FOLDER, "version-silent-176.pcapng")


class Replay(E2E):
    def gateway_of(self, path, *options):
        program = self.twstap("serve", "--from", path, "--listen", "127.0.0.1:0", *options)
        program.addr = program.find(LISTENING).group(1)
        return program

    def play(self, path, addr, *options):
        return self.twstap("play", path, "--to", addr, "--speed", "max", *options)


class BothSides(Replay):
    def test_a_recording_plays_against_itself(self):
        gateway = self.gateway_of(HEALTHY, "--speed", "max", "--once")
        client = self.play(HEALTHY, gateway.addr)
        self.assertEqual(client.wait(), 0, client.text())
        self.assertEqual(gateway.wait(), 0, gateway.text())

    def test_true_time_is_kept_and_scaled(self):
        """The silence of the recording lasts as long, or a tenth of it."""
        took = {}
        for speed in ("1", "10"):
            gateway = self.gateway_of(SILENT, "--speed", speed, "--once")
            began = time.monotonic()
            client = self.twstap("play", SILENT, "--to", gateway.addr, "--speed", speed)
            client.wait()
            gateway.wait()
            took[speed] = time.monotonic() - began
        self.assertLess(took["10"], took["1"])


class Departing(Replay):
    def test_a_client_that_asks_for_something_else(self):
        gateway = self.gateway_of(HEALTHY, "--speed", "max", "--once")
        client = self.connect(gateway)
        client.send(hello(100, 176))
        client.recv_frame()
        client.send(start_api(176, 9))
        client.recv_frame()
        client.send(frame(b"81\x001\x00ZZZ\0"))
        client.half_close()
        try:
            client.rest()
        except Closed:
            pass
        client.close()
        self.assertEqual(gateway.wait(), 1, gateway.text())
        self.assertIn("reqMatchingSymbols", gateway.text())

    def test_a_gateway_that_says_less(self):
        gateway = self.serve("version-silent")
        client = self.play(HEALTHY, gateway.addr, "--patience", "300ms")
        self.assertEqual(client.wait(), 1, client.text())

    def test_nobody_is_there(self):
        with self.gateway_port() as addr:
            pass
        client = self.play(HEALTHY, addr)
        self.assertEqual(client.wait(), 3, client.text())

    def gateway_port(self):
        gateway = self.gateway()

        class Port:
            def __enter__(self):
                return gateway.addr

            def __exit__(self, *_):
                gateway.close()

        return Port()

    def test_what_is_no_recording(self):
        path = os.path.join(self.dir, "no.pcapng")
        with open(path, "w") as f:
            f.write("not a capture at all, and long enough to be one")
        for args in (("serve", "--from", path), ("play", path, "--to", "127.0.0.1:1")):
            program = self.twstap(*args)
            self.assertEqual(program.wait(), 3, program.text())
            self.assertEqual(len(program.err), 1, program.text())
            self.assertIn("no.pcapng", program.err[0])


class Segments(Replay):
    def test_the_boundaries_of_the_recording_are_kept(self):
        """drip: one byte at a time, and so it comes again."""
        gateway = self.gateway_of(os.path.join(FOLDER, "drip-176.pcapng"))
        client = self.connect(gateway)
        client.send(hello(100, 176))
        first = client.sock.recv(4096)
        self.assertLess(len(first), 10, "bytes that were sent one by one do not come as a frame")

    def test_or_each_frame_is_one_send(self):
        gateway = self.gateway_of(os.path.join(FOLDER, "drip-176.pcapng"), "--segments", "frame", "--speed", "max")
        client = self.connect(gateway)
        client.send(hello(100, 176))
        wait_for(lambda: client.ready(0.02), "the version reply")
        first = client.sock.recv(4096)
        self.assertGreaterEqual(len(first), 4 + int.from_bytes(first[:4], "big"))


class RealClient(Replay):
    def node(self, addr):
        """What @stoqey/ib says of a session with this gateway."""
        folder = os.path.join(HERE, "node")
        if not os.path.isdir(os.path.join(folder, "node_modules", "@stoqey")):
            skip("@stoqey/ib is not here: scripts/fetch-node-client")
        done = subprocess.run(["node", "client.js", addr.rsplit(":", 1)[1], "8000"], cwd=folder, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def test_a_library_of_others_is_served_its_own_recording(self):
        path = os.path.join(self.dir, "node.pcapng")
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "--record", path)
        self.assertIn("leaves: done", self.node(proxy.addr))
        proxy.verdict()
        proxy.stop()
        played = self.gateway_of(path, "--once")
        self.assertIn("leaves: done", self.node(played.addr))
        self.assertEqual(played.wait(), 0, played.text())


if __name__ == "__main__":
    main()
