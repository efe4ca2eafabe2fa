"""Captures of real TCP between two network namespaces: what goes wrong below the API."""

import json
import signal
import socket
import struct
import threading

from harness import E2E, Closed, Gateway, connect, frame, hello, main, need_capture, wait_for
from network import GATEWAY, GATEWAY6, SYN, Network

VERSION = frame(b"176\x0020260102 10:00:00 UTC\0")
WELCOME = frame(b"15\x001\x00DU7654321,\0") + frame(b"9\x001\x001\0")
TIMEOUTS = ("--handshake-timeout", "1s", "--request-timeout", "1s")


TOTAL_RETRANS = 100  # offset of tcpi_total_retrans in the kernel's struct tcp_info


def retransmissions(sock):
    """What this end's kernel sent more than once, by its own count; the connection is over when this comes back."""

    def count():
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TOTAL_RETRANS + 4)
        closed = info[0] == 7  # TCP_CLOSE
        return (struct.unpack_from("=I", info, TOTAL_RETRANS)[0],) if closed else None

    return wait_for(count, "the connection is not over")[0]


class Netns(E2E):
    def setUp(self):
        super().setUp()
        need_capture()
        self.net = Network(self)
        self.wire = self.net.wire

    # ---- both sides ----

    def listener(self, host=GATEWAY, backlog=64):
        gateway = self.net.gateway.run(Gateway, host, backlog)
        self.addCleanup(gateway.close)
        return gateway

    def dial(self, gateway, what=connect, **more):
        client = self.net.client.run(what, getattr(gateway, "addr", gateway), **more)
        self.addCleanup(client.close)
        return client

    def watch(self, gateway, *options):
        addrs = gateway if isinstance(gateway, (list, tuple)) else [gateway]
        return self.capture(addrs, "-i", self.net.device, *TIMEOUTS, *options, prefix=self.net.client.prefix)

    def welcomed(self, gateway):
        """A client that is live, and the gateway's end."""
        client = self.dial(gateway)
        client.send(hello(100, 176))
        server = gateway.accept()
        self.addCleanup(server.close)
        server.recv(len(hello(100, 176)))
        server.send(VERSION)
        client.recv(len(VERSION))
        client.send(frame(b"71\x002\x007\x00\0"))
        server.recv_frame()
        server.send(WELCOME)
        client.recv(len(WELCOME))
        self.ask(client)
        server.recv_frame()
        server.send(frame(b"49\x001\x001767348000\0"))
        client.recv_frame()
        return client, server

    @staticmethod
    def ask(client):
        client.send(frame(b"49\x001\0"))

    # ---- what is said ----

    def show(self, verdict):
        return json.dumps(verdict, indent=1)

    def says(self, verdict, **want):
        for key, value in want.items():
            allowed = value if isinstance(value, tuple) else (value,)
            self.assertIn(verdict[key], allowed, "%s of\n%s" % (key, self.show(verdict)))

    def at_silence(self, capture, conn=1, patience=None, **want):
        """The verdict that comes with a silence."""
        self.says(capture.event("verdict", patience, conn=conn, final=False), **want)

    def at_end(self, capture, conn=1, **want):
        capture.stop()
        verdict = capture.verdict(conn)
        self.says(verdict, **want)
        return verdict

    def causes(self, verdict):
        return {cause["mode"]: cause["certainty"] for cause in verdict["causes"]}


def quote(n):
    """The n-th frame of a flood: no two alike, of many lengths."""
    text = "Market data farm connection is OK:" + "x" * (n * 37 % 900) + str(n)
    return frame(b"4\x002\x00-1\x002104\x00" + text.encode() + b"\0")


class Impaired(Netns):
    """Loss, reordering and duplication below one percent or far above: TCP mends it, and so do we."""

    FRAMES = 1500

    def flood(self, server):
        server.send(b"".join(quote(n) for n in range(self.FRAMES)))

    def through(self, needs, **rules):
        gateway = self.listener()
        options = ("--hex", "--show-accounts")
        near = self.watch(gateway, *options)
        far = self.capture([gateway], "-i", "wire1", *TIMEOUTS, *options, prefix=self.net.gateway.prefix)
        client, server = self.welcomed(gateway)
        for name, value in rules.items():
            setattr(self.wire, name, value)
        sender = threading.Thread(target=self.flood, args=(server,))
        sender.start()
        got = [client.recv_frame() for _ in range(self.FRAMES)]
        sender.join()
        self.ask(client)
        self.assertEqual(server.recv_frame(), b"49\x001\0")
        server.send(frame(b"49\x001\x001767348001\0"))
        self.assertEqual(client.recv_frame(), b"49\x001\x001767348001\0")
        for name in rules:
            setattr(self.wire, name, 0.0)
        client.sock.shutdown(socket.SHUT_WR)
        with self.assertRaises(Closed):
            server.recv(1)
        server.sock.shutdown(socket.SHUT_WR)
        with self.assertRaises(Closed):
            client.recv(1)
        self.sent_again = sum(retransmissions(peer.sock) for peer in (client, server))
        for capture in (near, far):
            capture.verdict()
            self.assertEqual(capture.stop(), 0, capture.text())
            # the version reply, the welcome's two, and an answer before; an answer behind
            seen = [bytes.fromhex(ev["hex"]) for ev in capture.events("frame", dir="gateway")][4:-1]
            self.assertEqual(len(seen), self.FRAMES)
            self.assertEqual(seen, got)
            self.assertFalse(capture.events("gap"))
            self.assertFalse(capture.events("silence"))
            self.says(capture.verdict(), stage=None, silent="nobody", certainty="certain")
        self.assertGreater(getattr(self.wire, needs), 0)
        return [capture.event("summary")["captured"] for capture in (near, far)]

    def test_one_percent_is_lost(self):
        _, far = self.through("lost", loss=0.01)
        self.assertGreater(far["retransmitted"], 0, "what was lost behind a capture is seen there twice")

    def test_a_quarter_is_late(self):
        near, _ = self.through("late", hold=0.25)
        self.assertGreater(near["out_of_order"], 0)

    def test_one_in_twenty_comes_twice(self):
        for captured in self.through("repeated", repeat=0.05):
            self.assertLessEqual(captured["retransmitted"], self.sent_again, "the same packet once more is nobody's retransmission")

    def test_all_at_once(self):
        self.through("lost", loss=0.01, hold=0.25, repeat=0.05)

    def test_late_acknowledgements_are_no_silence(self):
        """Of an idle client: its kernel waits for bytes to go with them, and no longer than 0.2 s."""
        gateway = self.listener()
        capture = self.watch(gateway)
        self.wire.delay = lambda from_client, segment: 0.0 if segment.len or segment.flags & SYN else 0.15
        client, server = self.welcomed(gateway)
        for _ in range(3):
            self.ask(client)
            server.recv_frame()
            server.send(frame(b"49\x001\x001767348001\0"))
            client.recv_frame()
        client.close()
        with self.assertRaises(Closed):
            server.recv(1)
        server.close()
        self.at_end(capture, stage=None, silent="nobody", certainty="certain")
        self.assertFalse(capture.events("silence"))


class Dialling(Netns):
    def start(self, gateway, host=GATEWAY):
        """A dial that nobody waits for."""
        port = int(gateway.addr.rsplit(":", 1)[1])

        def begin():
            sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.connect_ex((host, port))
            return sock

        sock = self.net.client.run(begin)
        self.addCleanup(sock.close)
        return sock

    def test_a_dial_is_dropped(self):
        """Mode 5: nothing comes back."""
        for host in (GATEWAY, GATEWAY6):
            gateway = self.listener(host)
            capture = self.watch(gateway, "--handshake-timeout", "1500ms")
            self.wire.drop = lambda from_client, segment: True
            self.start(gateway, host)
            want = dict(stage="tcp-connect", silent="network", mode="syn-dropped", certainty="certain", progress="tcp")
            self.at_silence(capture, **want)
            verdict = self.at_end(capture, **want)
            self.assertIn("SYN", [e["what"] for e in verdict["evidence"]])

    def test_a_port_is_closed(self):
        """Modes 1 to 4: that nothing listens is plain, and not why."""
        gateway = self.listener()
        gateway.close()
        capture = self.watch(gateway)
        with self.assertRaises(ConnectionRefusedError):
            self.dial(gateway)
        capture.verdict()
        verdict = self.at_end(capture, stage="no-listener", silent="gateway", mode="gateway-down", certainty=("certain", "likely"))
        causes = self.causes(verdict)
        for mode in ("login-pending", "wrong-port-or-mode", "desupported-build"):
            self.assertEqual(causes.get(mode), "cannot tell", self.show(verdict))

    def test_a_full_queue_drops_dials(self):
        """Mode 6, first form: SYNs are dropped by a kernel that listens.  From the wire this is mode 5."""
        gateway = self.listener(backlog=0)
        self.dial(gateway)
        capture = self.watch(gateway, "--handshake-timeout", "1500ms")
        self.start(gateway)
        self.at_silence(capture, stage="tcp-connect", silent="network", progress="tcp")
        verdict = self.at_end(capture, stage="tcp-connect", mode="syn-dropped")
        self.assertIn("accept queue", verdict["causes"][0]["why"], "who drops it is not said")

    def test_a_full_queue_takes_no_hello(self):
        """Mode 6, second form: the connection is made, and its hello never acknowledged."""
        gateway = self.listener(backlog=0)
        capture = self.watch(gateway, "--handshake-timeout", "1500ms")
        held = threading.Event()  # until then the kernel sees dials alone, for which it has room
        self.wire.drop = lambda from_client, segment: from_client and not segment.flags & SYN and not held.is_set()
        clients = [self.dial(gateway) for _ in range(3)]
        for client in clients:
            client.send(hello(100, 176))
        held.set()
        wait_for(lambda: len(capture.events("silence")) == 3, "three silences")
        capture.stop()
        verdicts = [capture.verdict(conn) for conn in (1, 2, 3)]
        full = [v for v in verdicts if v["mode"] == "backlog-full"]
        self.assertEqual(len(full), 2, "a queue of one place:\n%s" % "\n".join(self.show(v) for v in verdicts))
        for verdict in full:
            self.says(verdict, stage="hello-unanswered", silent="network", certainty="likely")

    def test_a_repeated_syn_ack(self):
        """The same where the listener's kernel repeats its SYN-ACK: then no path is suspected."""
        gateway = self.listener()
        capture = self.watch(gateway, "--handshake-timeout", "1500ms")
        self.wire.drop = lambda from_client, segment: from_client and not segment.flags & SYN
        self.dial(gateway).send(hello(100, 176))
        want = dict(stage="hello-unanswered", silent="network", mode="backlog-full", certainty="likely")
        self.at_silence(capture, **want)
        verdict = self.at_end(capture, **want)
        self.assertNotIn("half-open", self.causes(verdict))
        self.assertIn("SYN-ACK", [e["what"] for e in verdict["evidence"]])

    def test_the_other_family_answers(self):
        """Mode 7: ::1 is refused, then 127.0.0.1 is not."""
        gateway = self.net.client.run(Gateway)
        self.addCleanup(gateway.close)
        capture = self.capture([gateway], "-i", "lo", *TIMEOUTS, prefix=self.net.client.prefix)
        port = gateway.addr.rsplit(":", 1)[1]
        with self.assertRaises(ConnectionRefusedError):
            self.net.client.run(connect, "[::1]:" + port)
        client = self.net.client.run(connect, gateway.addr)
        self.addCleanup(client.close)
        client.send(hello(100, 176))
        server = gateway.accept()
        self.addCleanup(server.close)
        server.send(VERSION)
        client.recv(len(VERSION))
        with self.assertRaises(ConnectionRefusedError):
            self.net.client.run(connect, "[::1]:" + port)
        capture.stop()
        self.says(capture.verdict(3), stage="no-listener", mode="address-family-trap", certainty="certain")
        first = capture.verdict(1)  # the other family had not answered yet
        self.says(first, stage="no-listener")
        self.assertNotEqual(first["certainty"] + str(first["mode"]), "certainaddress-family-trap")


class Accepted(Netns):
    """Modes 8 to 13: accepted, and then no API."""

    def first(self, gateway):
        client = self.dial(gateway)
        client.send(hello(100, 176))
        server = gateway.accept()
        self.addCleanup(server.close)
        server.recv(len(hello(100, 176)))
        return client, server

    def test_closed_at_once(self):
        """8 and 10 look the same from outside the gateway's machine."""
        gateway = self.listener()
        capture = self.watch(gateway)
        client, server = self.first(gateway)
        server.close()
        with self.assertRaises(Closed):
            client.recv(1)
        client.close()
        verdict = self.at_end(capture, stage="closed-by-gateway", silent="nobody", certainty="likely")
        causes = self.causes(verdict)
        for mode in ("relay-accept-then-close", "localhost-only-refusal"):
            self.assertIn(causes.get(mode), ("likely", "cannot tell"), self.show(verdict))

    def test_silent_until_the_relay_gives_up(self):
        """9, 11, 17 to 22: the hello is acknowledged; which of them it is, the wire cannot tell."""
        gateway = self.listener()
        capture = self.watch(gateway)
        client, server = self.first(gateway)
        want = dict(stage="hello-unanswered", silent="gateway", mode=None, certainty="cannot tell", progress="hello")
        self.at_silence(capture, **want)
        server.close()
        with self.assertRaises(Closed):
            client.recv(1)
        client.close()
        verdict = self.at_end(capture)
        self.assertIn(verdict["stage"], ("hello-unanswered", "closed-by-gateway"))
        self.assertNotIn("certain", self.causes(verdict).values())
        self.assertIn("all acknowledged by its kernel", [e["value"] for e in verdict["evidence"]])

    def test_a_probe(self):
        gateway = self.listener()
        capture = self.watch(gateway)
        self.dial(gateway).close()
        gateway.accept().close()
        self.at_end(capture, stage="client-never-speaks", silent="client", mode="port-probe", certainty="certain")

    def test_a_client_that_says_nothing(self):
        gateway = self.listener()
        capture = self.watch(gateway)
        self.dial(gateway)
        want = dict(stage="client-never-speaks", silent="client", mode="mute-client", certainty="certain", progress="tcp")
        self.at_silence(capture, **want)
        self.at_end(capture, **want)

    def test_an_answer_too_late(self):
        """34: the client has left, and its kernel answers the version reply with a reset."""
        gateway = self.listener()
        capture = self.watch(gateway)
        client, server = self.first(gateway)
        client.close()
        with self.assertRaises(Closed):
            server.recv(1)
        server.send(VERSION)
        wait_for(lambda: not server.connected(), "the reset")
        self.at_end(capture, stage="closed-by-client", silent="nobody", mode="impatient-client", certainty="certain")


class Live(Netns):
    """Modes 43 to 46: a session that was well."""

    def test_the_peer_vanishes(self):
        """45, and the client asks: its bytes are not acknowledged any more."""
        gateway = self.listener()
        capture = self.watch(gateway, "--request-timeout", "3s")
        client, _ = self.welcomed(gateway)
        self.wire.cut = True
        self.ask(client)
        want = dict(stage="live-gateway-quiet", silent="network", mode="half-open", certainty="certain", progress="live")
        self.at_silence(capture, **want)
        verdict = self.at_end(capture, **want)
        self.assertEqual([c["mode"] for c in verdict["causes"]].count("half-open"), 1)

    def test_the_peer_vanishes_and_nobody_speaks(self):
        """45 in silence: nothing is owed, nothing can be seen, nothing is claimed."""
        gateway = self.listener()
        capture = self.watch(gateway)
        self.welcomed(gateway)
        capture.event("stage", stage="live")
        self.wire.cut = True
        capture.send_signal(signal.SIGUSR1)
        self.at_silence(capture, stage=None, silent="nobody")
        self.at_end(capture, stage=None, silent="nobody")
        self.assertFalse(capture.events("silence"))

    def test_a_client_does_not_read(self):
        """43: its window closes."""
        gateway = self.listener()
        capture = self.watch(gateway)
        client, server = self.welcomed(gateway)
        stop = threading.Event()
        server.sock.settimeout(0.2)

        def pour():
            while not stop.is_set():
                try:
                    server.sock.send(quote(1) * 50)
                except socket.timeout:
                    pass

        sender = threading.Thread(target=pour)
        sender.start()
        want = dict(stage="live-client-not-reading", silent="client", mode="slow-client", certainty="certain", progress="live")
        try:
            self.at_silence(capture, **want)
        finally:
            stop.set()
            sender.join()
        said = capture.event("silence")
        self.assertEqual(said["owes"], "client")
        client.sock.setblocking(False)
        wait_for(lambda: self.drained(client, capture), "recovered")
        self.at_end(capture, stage=None)

    @staticmethod
    def drained(client, capture):
        try:
            while client.sock.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        return capture.events("recovered")

    def test_all_sessions_stand_still(self):
        """44: everything is acknowledged, and nobody gets an answer."""
        gateway = self.listener()
        capture = self.watch(gateway)
        pairs = [self.welcomed(gateway) for _ in range(3)]
        for client, _ in pairs:
            self.ask(client)
        wait_for(lambda: len(capture.events("silence")) == 3, "three silences")
        capture.send_signal(signal.SIGUSR1)
        wait_for(lambda: len(capture.events("verdict", final=False)) == 6, "verdicts on request")
        capture.stop()
        for verdict in capture.events("verdict", final=False)[3:]:
            self.says(verdict, stage="live-request-unanswered", silent="gateway", mode="jvm-stall", certainty="likely")

    def test_all_sessions_are_reset_together(self):
        """46, and the first of them does not know it yet."""
        for linger in (True, False):
            gateway = self.listener()
            capture = self.watch(gateway)
            pairs = [self.welcomed(gateway) for _ in range(3)]
            for _, server in pairs:
                if linger:
                    server.reset()
                else:
                    server.close()
            gateway.close()
            for client, _ in pairs:
                with self.assertRaises(Closed):
                    client.recv(1)
                client.close()
            with self.assertRaises(ConnectionRefusedError):
                self.dial(gateway)
            capture.stop()
            stage = "reset" if linger else "closed-by-gateway"
            for conn in (1, 2, 3):
                self.says(capture.verdict(conn), stage=stage, silent="nobody")
            for conn in (2, 3):
                self.says(capture.verdict(conn), mode="scheduled-restart", certainty="likely")
            self.assertNotEqual(capture.verdict(1)["mode"], "malformed-request-close")
            self.assertIn("scheduled-restart", self.causes(capture.verdict(1)))


if __name__ == "__main__":
    main()
