"""The rules of the relay: what goes in comes out, and ends as it ended."""

import os
import random
import socket
import struct

from harness import PATIENCE, E2E, Gateway, frame, hello, main, skip, wait_for

CLIENT_HELLO = bytes.fromhex(  # the start of a TLS 1.2 handshake
    "1603010200010001fc0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
) + bytes(475)


def xxh64(data, seed=0):
    """XXH64 in the open, to check the digests with something that is not the program's library."""
    mask = (1 << 64) - 1
    p1, p2, p3, p4, p5 = (
        0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
    )

    def rot(x, r):
        return ((x << r) | (x >> (64 - r))) & mask

    def round_(acc, lane):
        return rot((acc + lane * p2) & mask, 31) * p1 & mask

    at = 0
    if len(data) >= 32:
        acc = [(seed + p1 + p2) & mask, (seed + p2) & mask, seed, (seed - p1) & mask]
        while at + 32 <= len(data):
            acc = [round_(a, lane) for a, lane in zip(acc, struct.unpack_from("<4Q", data, at))]
            at += 32
        h = (rot(acc[0], 1) + rot(acc[1], 7) + rot(acc[2], 12) + rot(acc[3], 18)) & mask
        for a in acc:
            h = ((h ^ round_(0, a)) * p1 + p4) & mask
    else:
        h = (seed + p5) & mask
    h = (h + len(data)) & mask
    while at + 8 <= len(data):
        h = (rot(h ^ round_(0, struct.unpack_from("<Q", data, at)[0]), 27) * p1 + p4) & mask
        at += 8
    if at + 4 <= len(data):
        h = (rot(h ^ (struct.unpack_from("<I", data, at)[0] * p1 & mask), 23) * p2 + p3) & mask
        at += 4
    for byte in data[at:]:
        h = rot(h ^ (byte * p5 & mask), 11) * p1 & mask
    h = (h ^ (h >> 33)) * p2 & mask
    h = (h ^ (h >> 29)) * p3 & mask
    return h ^ (h >> 32)


class WhatIsNotTws(E2E):
    """Nothing changes for the client, and the event says once what it was."""

    def relay(self, to_gateway, to_client):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        client = self.connect(proxy)
        client.send(to_gateway)
        server = gateway.accept()
        self.assertEqual(server.recv(len(to_gateway)), to_gateway)
        server.send(to_client)
        self.assertEqual(client.recv(len(to_client)), to_client)
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        server.close()
        self.assertEqual(client.rest(), (b"", "fin"))
        client.close()
        close = proxy.event("close")
        self.assertEqual(close["bytes"], {"client": len(to_gateway), "gateway": len(to_client)})
        proxy.stop()
        return proxy, close

    def named_once(self, proxy, direction, word=None):
        named = proxy.events("opaque", dir=direction)
        self.assertEqual(len(named), 1, proxy.events())
        if word:
            self.assertIn(word, str(named[0]).lower())

    def test_random_bytes(self):
        rng = random.Random(2)
        # A first byte that could not begin a hello, a length or a legacy version.
        up, down = b"\xfe" + rng.randbytes(70000), b"\xfe" + rng.randbytes(90000)
        proxy, close = self.relay(up, down)
        self.named_once(proxy, "client")
        self.named_once(proxy, "gateway")
        for side, data in (("client", up), ("gateway", down)):
            digest = close["digest"][side]
            value = digest if isinstance(digest, int) else int(str(digest).split(":")[-1], 16)
            self.assertEqual(value, xxh64(data), side)

    def test_http(self):
        proxy, _ = self.relay(
            b"GET /v1/api/tickle HTTP/1.1\r\nHost: localhost:4002\r\n\r\n",
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        )
        self.named_once(proxy, "client", "http")
        verdict = proxy.verdict()
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("foreign-protocol", "certain"))

    def test_tls(self):
        proxy, _ = self.relay(CLIENT_HELLO, bytes.fromhex("15030300020228"))
        self.named_once(proxy, "client", "tls")
        self.assertEqual(proxy.verdict()["certainty"], "certain")

    def test_a_length_prefix_of_3_gb(self):
        body = os.urandom(50000)
        proxy, _ = self.relay(hello(100, 176) + struct.pack(">I", 3 << 30) + body, frame(b"176\0 20260102 \0"))
        self.named_once(proxy, "client")
        self.assertIn(3 << 30, proxy.events("opaque")[0].values())

    def test_odd_frames_change_nothing(self):
        """Empty, without a last NUL, of an unknown id: named, relayed, and decoding goes on."""
        version = frame(b"176\x0020260102 10:00:00 UTC\0")
        odd = frame(b"") + frame(b"71\x002\x007") + frame(b"9999\x001\0") + frame(b"\xff\xfe\0")
        proxy, close = self.relay(hello(100, 176) + odd + frame(b"49\x001\0"), version + odd)
        self.assertEqual(proxy.events("opaque"), [])
        self.assertEqual(close["frames"]["client"], 5)
        self.assertTrue(any("error" in ev for ev in proxy.events("frame", dir="client")))
        self.assertEqual(proxy.events("frame", dir="client")[-1]["name"], "reqCurrentTime")


class Endings(E2E):
    def setUp(self):
        super().setUp()
        self.far = self.gateway()
        self.near = self.proxy(self.far, "--linger", "1s")

    def pair(self):
        return self.through(self.near, self.far)

    def test_a_half_close_of_the_client_is_a_half_close(self):
        client, server = self.pair()
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        server.send(b"still talking")
        self.assertEqual(client.recv(13), b"still talking")
        server.close()
        self.assertEqual(client.rest(), (b"", "fin"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("client", "fin"))

    def test_a_half_close_of_the_gateway_is_a_half_close(self):
        client, server = self.pair()
        server.half_close()
        self.assertEqual(client.rest(), (b"", "fin"))
        client.send(b"still talking")
        self.assertEqual(server.recv(13), b"still talking")
        client.close()
        self.assertEqual(server.rest(), (b"", "fin"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("gateway", "fin"))

    def test_a_reset_of_the_client_is_a_reset(self):
        client, server = self.pair()
        client.reset()
        self.assertEqual(server.rest(), (b"", "rst"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("client", "rst"))

    def test_a_reset_of_the_gateway_is_a_reset(self):
        client, server = self.pair()
        server.reset()
        self.assertEqual(client.rest(), (b"", "rst"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("gateway", "rst"))

    def test_a_reset_after_a_half_close_is_a_reset(self):
        client, server = self.pair()
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        server.reset()
        self.assertEqual(client.rest(), (b"", "rst"))

    def test_pending_bytes_come_before_the_close(self):
        for backwards in (False, True):
            with self.subTest(to_client=backwards):
                client, server = self.pair()
                writer, reader = (server, client) if backwards else (client, server)
                data = os.urandom(8 << 20)
                sent = 0
                # The reader does not read yet: what fits into the path goes, the rest follows.
                writer.sock.setblocking(False)
                try:
                    while sent < len(data):
                        sent += writer.sock.send(data[sent : sent + 65536])
                except BlockingIOError:
                    pass
                writer.sock.setblocking(True)
                writer.sock.close()
                received, how = reader.rest()
                self.assertEqual((received == data[:sent], len(received), how), (True, sent, "fin"))

    def test_a_mute_half_closed_gateway_is_reset(self):
        client, server = self.pair()
        client.close()
        self.assertEqual(server.rest(), (b"", "fin"))  # and the gateway never closes
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("client", "fin"))
        self.assertIn("linger", close["reason"])
        wait_for(lambda: not server_alive(server), "the reset of the mute side")

    def test_a_mute_half_closed_client_is_reset(self):
        client, server = self.pair()
        server.close()
        self.assertEqual(client.rest()[1], "fin")
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("gateway", "fin"))
        self.assertIn("linger", close["reason"])
        wait_for(lambda: not server_alive(client), "the reset of the mute side")

    def test_bytes_keep_a_half_closed_session(self):
        client, server = self.pair()
        client.half_close()
        for _ in range(8):
            server.send(b"x")
            self.assertEqual(client.recv(1), b"x")
            self.assertFalse(client.ready(0.2))
        self.assertEqual(self.near.events("close"), [])


def server_alive(peer):
    """Has no reset come? (After an end of stream, reading cannot tell; the error does.)"""
    if peer.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0:
        return False
    info = peer.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return info[0] not in (7, 0)  # TCP_CLOSE


class Dialling(E2E):
    def test_a_refused_dial_is_a_reset(self):
        closed = Gateway()
        addr = closed.addr
        closed.close()
        proxy = self.proxy(addr)
        client = self.connect(proxy)
        client.send(hello(100, 176))
        self.assertEqual(client.rest(), (b"", "rst"))
        self.assertEqual(proxy.event("close")["how"], "refused")
        verdict = proxy.verdict()
        self.assertEqual(verdict["stage"], "no-listener")
        self.assertEqual(proxy.stop(), 1)

    def test_a_dial_without_an_answer_is_a_reset(self):
        """A full accept queue drops the SYN: the connect time-out says so."""
        full = self.gateway(backlog=0)
        held = []
        family, where = socket.AF_INET, full.sock.getsockname()
        for _ in range(8):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            self.addCleanup(sock.close)
            sock.connect_ex(where)
            held.append(sock)
        proxy = self.proxy(full, "--connect-timeout", "500ms")
        client = self.connect(proxy)
        client.send(hello(100, 176))
        self.assertEqual(client.rest(), (b"", "rst"))
        self.assertEqual(proxy.event("close")["how"], "unreachable")
        self.assertEqual(proxy.verdict()["stage"], "tcp-connect")

    def test_port_probes_never_reach_the_gateway(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        for i in range(20):
            probe = self.connect(proxy)
            if i % 2:
                probe.reset()
            else:
                probe.close()
        wait_for(lambda: len(proxy.events("close")) == 20, "20 closes")
        self.assertFalse(gateway.dialled())
        self.assertEqual(proxy.stop(), 0, "a probe is no failure")
        summary = proxy.events("summary")[0]
        self.assertEqual(summary["probes"], 20)
        self.assertFalse(gateway.dialled())
        for verdict in proxy.events("verdict", final=True):
            self.assertEqual((verdict["mode"], verdict["certainty"]), ("port-probe", "certain"))

    def test_dial_eager(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--dial", "eager")
        client = self.connect(proxy)
        server = gateway.accept()
        server.send(b"first")  # no Gateway does, and it goes through all the same
        self.assertEqual(client.recv(5), b"first")
        client.close()
        self.assertEqual(server.rest(), (b"", "fin"))
        server.close()

    def test_bytes_sent_while_dialling_arrive(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        client = self.connect(proxy)
        data = hello(100, 176) + os.urandom(300000)
        client.send(data)
        client.half_close()
        server = gateway.accept()
        self.assertEqual(server.rest(), (data, "fin"))
        server.close()

    def test_ipv6_on_both_sides(self):
        try:
            gateway = self.gateway("::1")
        except OSError:
            skip("no IPv6 on loopback")
        proxy = self.proxy(gateway, listen=("[::1]:0",))
        client, server = self.through(proxy, gateway)
        server.send(b"six")
        self.assertEqual(client.recv(3), b"six")
        opened = proxy.event("open")
        self.assertEqual(opened["gateway"], gateway.addr)
        self.assertTrue(opened["client"].startswith("[::1]:"))

    def test_two_listeners(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, listen=("127.0.0.1:0", "127.0.0.2:0"))
        for host in (r"127\.0\.0\.1", r"127\.0\.0\.2"):
            addr = proxy.find(r"(%s:\d+)" % host).group(1)
            client = self.connect(addr)
            client.send(b"x")
            gateway.accept().close()


class Segments(E2E):
    def test_what_arrives_in_one_read_is_not_cut(self):
        """IB's Python client takes the version reply with a single recv."""
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        version = frame(b"176\x0020260102 10:00:00 Central European Standard Time\0")
        for _ in range(100):
            client, server = self.through(proxy, gateway)
            server.send(version)
            self.assertEqual(client.sock.recv(4096), version)
            client.close()
            server.close()

    def test_nothing_is_held_back_for_a_whole_frame(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        client, server = self.through(proxy, gateway)
        for byte in frame(b"176\x0020260102 10:00:00 UTC\0") + frame(b"9\x001\x001\0"):
            server.send(bytes([byte]))
            self.assertEqual(client.recv(1), bytes([byte]))
        self.assertEqual(proxy.event("frame", dir="gateway", n=2)["name"], "nextValidId")

    def test_a_reader_that_stops_does_not_stop_others(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        stuck, flood = self.through(proxy, gateway)
        flood.sock.setblocking(False)
        sent = 0
        try:
            while sent < 256 << 20:
                sent += flood.sock.send(bytes(65536))
        except BlockingIOError:
            pass
        self.assertLess(sent, 64 << 20, "back-pressure reaches the writer")
        client, server = self.through(proxy, gateway)
        server.send(b"alive")
        self.assertEqual(client.recv(5), b"alive")
        self.assertEqual(len(stuck.recv(sent)), sent)


class Allowed(E2E):
    def test_elsewhere_than_loopback_needs_allow(self):
        program = self.twstap("proxy", "--listen", "0.0.0.0:0", "--upstream", "127.0.0.1:1")
        self.assertEqual(program.wait(), 2)
        self.assertIn("--allow", program.text())

    def test_allowed(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--allow", "127.0.0.0/8", listen=("0.0.0.0:0",))
        port = proxy.addr.rsplit(":", 1)[1]
        client = self.connect("127.0.0.1:" + port)
        client.send(b"x")
        gateway.accept().close()

    def test_not_allowed(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--allow", "10.0.0.0/8", listen=("0.0.0.0:0",))
        port = proxy.addr.rsplit(":", 1)[1]
        try:
            client = self.connect("127.0.0.1:" + port)
            client.send(b"x")
            self.assertEqual(client.rest()[0], b"")
        except ConnectionError:  # a reset may come before connect is through
            pass
        proxy.event("limit", what="denied")
        proxy.stop()
        self.assertFalse(gateway.dialled())
        self.assertEqual(proxy.events("summary")[0]["refused"], 1)


if __name__ == "__main__":
    main()
