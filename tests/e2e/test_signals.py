"""What the signals do: drain, ask, reopen."""

import os
import signal
import time

from harness import E2E, connect, frame, main, start_api, wait_for

VERSION = frame(b"176\x0020260102 10:00:00 UTC\0")
WELCOME = frame(b"15\x001\x00DU0000000,\0") + frame(b"9\x001\x001\0")


class Signals(E2E):
    def live(self, *options):
        """Proxy, client and gateway's end of a session that is past its handshake."""
        gateway = self.gateway()
        proxy = self.proxy(gateway, *options)
        client, server = self.through(proxy, gateway)
        server.send(VERSION)
        client.recv(len(VERSION))
        client.send(start_api(176, 7))
        server.recv(len(start_api(176, 7)))
        server.send(WELCOME)
        client.recv(len(WELCOME))
        proxy.event("stage", stage="ready")
        return proxy, client, server

    @staticmethod
    def refused(proxy):
        """Nobody can connect any more.  (Whoever could counts as a probe.)"""
        try:
            connect(proxy.addr).close()
        except OSError:
            return True
        return False

    def test_sigterm_lets_sessions_end(self):
        proxy, client, server = self.live()
        proxy.send_signal(signal.SIGTERM)
        wait_for(lambda: self.refused(proxy), "the end of accepting")
        for _ in range(3):
            client.send(b"\0\0\0\x05" + b"49\x001\0"[:5])
            server.recv(9)
            server.send(frame(b"49\x001\x001767348000\0"))
            client.recv(20)
        self.assertEqual(proxy.events("verdict", final=True, conn=1), [])
        client.close()
        server.rest()
        server.close()
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True, conn=1)), 1)
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_the_drain_time_ends(self):
        proxy, client, _ = self.live("--drain", "1s")
        began = time.monotonic()
        proxy.send_signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertGreaterEqual(time.monotonic() - began, 0.9)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(client.connected())
        verdict = proxy.events("verdict", final=True)[0]
        self.assertEqual((verdict["progress"], verdict["stage"]), ("ready", None))
        self.assertEqual(proxy.events("close")[0]["how"], "end-of-capture")

    def test_a_second_signal_ends_at_once(self):
        proxy, _, _ = self.live("--drain", "300s")
        proxy.send_signal(signal.SIGTERM)
        wait_for(lambda: self.refused(proxy), "the end of accepting")
        proxy.send_signal(signal.SIGTERM)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True, conn=1)), 1)

    def test_sigint_ends_at_once_and_flushes(self):
        proxy, _, _ = self.live("--drain", "300s")
        proxy.send_signal(signal.SIGINT)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(len(proxy.events("verdict", final=True)), 1)
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_an_impatient_user_loses_nothing(self):
        proxy, _, _ = self.live("--drain", "300s")
        while proxy.process.poll() is None:
            proxy.send_signal(signal.SIGINT)
        self.assertEqual(proxy.wait(), 0, proxy.text())
        self.assertEqual(proxy.events()[-1]["event"], "summary")

    def test_silent_sessions_do_not_hold_up_the_drain(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--drain", "300s", "--handshake-timeout", "300ms")
        self.through(proxy, gateway)
        proxy.event("silence")
        self.assertEqual(proxy.stop(), 1)
        self.assertEqual(proxy.events("verdict", final=True)[0]["stage"], "hello-unanswered")

    def test_half_closed_sessions_do_not_hold_up_the_drain(self):
        proxy, client, server = self.live("--drain", "300s")
        client.half_close()
        self.assertEqual(server.rest(), (b"", "fin"))
        self.assertEqual(proxy.stop(), 0)

    def test_sigusr1_asks_for_a_verdict_on_all(self):
        proxy, client, server = self.live()
        proxy.send_signal(signal.SIGUSR1)
        verdict = proxy.event("verdict", final=False)
        self.assertEqual((verdict["progress"], verdict["stage"], verdict["silent"]), ("ready", None, "nobody"))
        server.send(b"\0\0\0\x01\0")
        client.recv(5)  # and the session goes on

    def test_sighup_reopens_the_file(self):
        proxy, _, _ = self.live()
        old = proxy.json_file + ".1"
        os.rename(proxy.json_file, old)
        proxy.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(proxy.json_file), "the new file")
        proxy.send_signal(signal.SIGUSR1)
        proxy.event("verdict", final=False)
        with open(old, encoding="utf-8") as lines:
            self.assertIn('"open"', lines.readline())


if __name__ == "__main__":
    main()
