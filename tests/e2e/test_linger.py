"""Connections of which one side has ended: a slow reader is waited for, a silent side is not, and a
reset is never passed on as an orderly end."""

import fcntl
import os
import signal
import socket
import struct
import termios
import threading
import time

from harness import E2E, main, wait_for
from test_relay import server_alive

LINGER = 0.3  # seconds
MB = 1 << 20


def unsent(peer):
    """Bytes of this side that its peer's kernel has not acknowledged."""
    return struct.unpack("i", fcntl.ioctl(peer.sock, termios.TIOCOUTQ, bytes(4)))[0]


class Lingering(E2E):
    def pair(self, linger=LINGER, *options, receive_buffer=None):
        """A client and its gateway, through a proxy with this --linger."""
        self.far = self.gateway()
        self.near = self.proxy(self.far, "--linger", "%gs" % linger, *options)
        client = self.connect(self.near, receive_buffer=receive_buffer)
        client.send(b"hello")
        server = self.far.accept()
        self.addCleanup(server.close)
        self.assertEqual(server.recv(5), b"hello")
        return client, server

    def in_background(self, work):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)

    def fill(self, peer):
        """Send until the path takes no more; returns what was sent."""
        data, sent = os.urandom(32 * MB), 0
        peer.sock.setblocking(False)
        quiet = 0
        while quiet < 50 and sent < len(data):
            try:
                sent += peer.sock.send(data[sent : sent + 65536])
                quiet = 0
            except BlockingIOError:
                quiet += 1
                time.sleep(0.005)
        peer.sock.setblocking(True)
        return data[:sent]


class SlowReaders(Lingering):
    def test_a_client_that_pauses_for_longer_than_linger(self):
        client, server = self.pair(1, receive_buffer=16384)
        data = os.urandom(2 * MB)

        def send():
            server.send(data)
            server.close()

        self.in_background(send)
        time.sleep(2.5)  # the scenario itself: longer than --linger
        received, how = client.rest()
        self.assertEqual((len(received), received == data, how), (len(data), True, "fin"))

    def test_a_half_closed_client_that_reads_slowly(self):
        client, server = self.pair(receive_buffer=65536)
        data, received = os.urandom(8 * MB), b""
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))

        def send():
            server.send(data)
            server.close()

        self.in_background(send)
        began = time.monotonic()
        while len(received) < len(data):  # 2 MB/s
            received += client.recv(min(MB // 8, len(data) - len(received)))
            time.sleep(1 / 16)
        self.assertGreater(time.monotonic() - began, 5 * LINGER)
        self.assertTrue(received == data)
        self.assertEqual(client.rest(), (b"", "fin"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"], close.get("reason")), ("client", "fin", None))

    def test_a_gateway_that_reads_slowly(self):
        client, server = self.pair()
        data, received = self.fill(client), b""
        client.close()
        while len(received) < len(data):
            received += server.recv(min(MB // 4, len(data) - len(received)))
            time.sleep(1 / 16)
        self.assertTrue(received == data)
        self.assertEqual(server.rest(), (b"", "fin"))

    def test_bytes_that_nobody_takes_are_dropped_in_the_end(self):
        """Also where the gateway's FIN stands behind bytes that the relay has not read."""
        client, server = self.pair(0.1, receive_buffer=16384)
        server.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        data = self.fill(server)
        taken = b""
        while unsent(server) > 0:  # the rest and the FIN behind it have to reach the relay
            taken += client.recv(16384)
        server.close()
        close = self.near.event("close")
        self.assertIn((close["by"], close["how"]), (("client", "timeout"), ("gateway", "fin")))
        self.assertEqual(
            close["reason"], "the client accepted none of the bytes waiting for it for 1 s (10 times --linger)"
        )
        self.assertGreater(close["lasted_ms"], 900)
        received, how = client.rest()
        received = taken + received
        self.assertLess(len(received), len(data))
        self.assertEqual((data.startswith(received), how), (True, "rst"))


class Silent(Lingering):
    def test_a_silent_gateway_and_its_half_closed_client(self):
        """The gateway is reset, and its stream has no orderly end for the client either."""
        client, server = self.pair()
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        self.assertEqual(client.rest(), (b"", "rst"))
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("client", "fin"))
        self.assertEqual(
            close["reason"], "the gateway made no progress for 0.3 s after the other side closed (--linger)"
        )
        self.assertGreater(close["lasted_ms"], 1000 * LINGER * 0.99)
        wait_for(lambda: not server_alive(server), "the reset of the gateway")

    def test_a_slow_reader_that_is_silent_when_it_has_all(self):
        client, server = self.pair(receive_buffer=16384)
        data = os.urandom(MB)
        server.send(data)
        server.close()
        self.assertEqual(client.rest(), (data, "fin"))
        wait_for(lambda: not server_alive(client), "the reset of the silent client")
        self.assertIn("the client made no progress", self.near.event("close")["reason"])


class Resets(Lingering):
    def test_a_reset_that_follows_a_fin(self):
        for first in ("client", "gateway"):
            with self.subTest(side=first):
                client, server = self.pair(60)
                one, two = (client, server) if first == "client" else (server, client)
                one.half_close()
                self.assertEqual(two.rest(), (b"", "fin"))
                one.reset()
                wait_for(lambda peer=two: not server_alive(peer), "the reset", 5)
                close = self.near.event("close")
                self.assertEqual((close["by"], close["how"]), (first, "fin"))
                self.assertEqual(close["reason"], "the %s reset the connection after that" % first)

    def test_a_reset_while_bytes_wait_for_the_other_side(self):
        """The other side gets those bytes, then the reset."""
        client, server = self.pair(60, receive_buffer=16384)
        data = self.fill(server)
        server.reset()
        received, how = client.rest()
        self.assertEqual((data.startswith(received), how), (True, "rst"))
        self.assertGreater(len(received), 0)
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("gateway", "rst"))

    def test_a_fin_then_a_reset_while_bytes_wait_for_the_other_side(self):
        """The other side gets those bytes, then the FIN, then the reset."""
        client, server = self.pair(60, receive_buffer=16384)
        data = os.urandom(MB)
        server.send(data)
        server.half_close()
        wait_for(lambda: unsent(server) == 0, "all of it on its way")
        server.reset()
        received, how = client.rest()
        self.assertEqual((len(received), received == data, how), (len(data), True, "fin"))
        wait_for(lambda: not server_alive(client), "the reset", 5)

    def test_a_reset_while_bytes_wait_for_a_side_that_never_reads(self):
        client, server = self.pair(receive_buffer=16384)
        data = self.fill(server)
        server.reset()
        close = self.near.event("close")
        self.assertEqual((close["by"], close["how"]), ("gateway", "rst"))
        self.assertEqual(
            close["reason"], "the client accepted none of the bytes waiting for it for 0.3 s (--linger)"
        )
        received, how = client.rest()
        self.assertEqual((data.startswith(received), how), (True, "rst"))

    def test_a_reset_stays_one_in_a_drain(self):
        """The client has not got all bytes when the gateway resets and the proxy is told to stop."""
        client, server = self.pair(60, "--drain", "300ms", receive_buffer=16384)
        data = os.urandom(MB)
        server.send(data)
        wait_for(lambda: unsent(server) == 0, "all of it on its way")
        server.reset()
        self.near.event("open")
        self.near.send_signal(signal.SIGTERM)
        self.near.wait()
        received, how = client.rest()
        self.assertEqual((data.startswith(received), how), (True, "rst"))

    def test_what_a_drain_drops_ends_in_a_reset(self):
        for backwards in (False, True):
            with self.subTest(to_client=backwards):
                client, server = self.pair(60, "--drain", "300ms")
                writer, reader = (server, client) if backwards else (client, server)
                data = self.fill(writer)
                self.near.send_signal(signal.SIGTERM)
                self.near.wait()
                received, how = reader.rest()
                self.assertLess(len(received), len(data))
                self.assertEqual((data.startswith(received), how), (True, "rst"))


if __name__ == "__main__":
    main()
