"""More clients than the limits allow: what lives goes on, nothing spins, and it is said once."""

import errno
import resource
import select
import socket
import threading
import time

from harness import SANITIZED, E2E, Peer, hello, main, skip, sockaddr, wait_for

CLIENTS = 2000
HELLO = hello(100, 176)


class Echo(threading.Thread):
    """A gateway's side that echoes, for any number of connections."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.listener = gateway.sock
        self.listener.setblocking(False)
        self.accepted = 0
        self.ending = False
        self.open = set()
        self.start()

    def run(self):
        poll = select.epoll()
        poll.register(self.listener, select.EPOLLIN)
        by_fd = {}
        while not self.ending:
            for fd, _ in poll.poll(0.05):
                if fd == self.listener.fileno():
                    self.accept_all(poll, by_fd)
                else:
                    self.echo(poll, by_fd, fd)
        for sock in by_fd.values():
            sock.close()

    def accept_all(self, poll, by_fd):
        while True:
            try:
                sock, _ = self.listener.accept()
            except BlockingIOError:
                return
            self.accepted += 1
            by_fd[sock.fileno()] = sock
            poll.register(sock.fileno(), select.EPOLLIN)

    @staticmethod
    def echo(poll, by_fd, fd):
        try:
            data = by_fd[fd].recv(4096)
            if data:
                by_fd[fd].send(data)
                return
        except OSError:
            pass
        poll.unregister(fd)
        by_fd.pop(fd).close()


class Limits(E2E):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 3 * CLIENTS:
            skip("only %d descriptors for the test itself" % hard)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * CLIENTS), hard))
        gateway = self.gateway()
        self.echo = Echo(gateway)
        self.upstream = gateway
        self.addCleanup(self.end_echo)

    def end_echo(self):
        self.echo.ending = True
        self.echo.join()

    def crowd(self, proxy, count):
        """So many clients that connect and say hello, whether or not anyone answers yet."""
        where = sockaddr(proxy.addr)[1]
        crowd = []
        for _ in range(count):
            sock = socket.socket()
            self.addCleanup(sock.close)
            sock.setblocking(False)
            if sock.connect_ex(where) not in (0, errno.EINPROGRESS):
                self.fail("connect")
            crowd.append(sock)
        waiting = set(crowd)
        deadline = time.monotonic() + 3
        while waiting and time.monotonic() < deadline:
            for sock in select.select([], waiting, [], 0.1)[1] if len(waiting) < 900 else self.writable(waiting):
                sock.send(HELLO)
                waiting.discard(sock)
        return crowd

    @staticmethod
    def writable(socks):
        poll = select.poll()
        by_fd = {sock.fileno(): sock for sock in socks}
        for fd in by_fd:
            poll.register(fd, select.POLLOUT)
        return [by_fd[fd] for fd, event in poll.poll(100) if event & select.POLLOUT]

    def talk(self, peers):
        for peer in peers:
            peer.send(b"ping")
        for peer in peers:
            self.assertEqual(peer.recv(4), b"ping")

    def session(self, proxy):
        peer = self.connect(proxy)
        peer.send(HELLO)
        self.assertEqual(peer.recv(len(HELLO)), HELLO)
        return peer

    def idle(self, proxy, live):
        """With a full house: as good as no CPU time in a second and a half."""
        before, began = proxy.cpu_seconds(), time.monotonic()
        while time.monotonic() - began < 1.5:
            self.talk(live[:1])
            time.sleep(0.1)
        spent = proxy.cpu_seconds() - before
        self.assertLess(spent, 0.6 if SANITIZED else 0.2, "CPU seconds in 1.5 s")
        self.talk(live)

    def said_once_an_episode(self, proxy):
        limits = proxy.events("limit")
        begun = [ev for ev in limits if not ev["over"]]
        ended = [ev for ev in limits if ev["over"]]
        self.assertEqual(len(begun), len(ended), limits)
        self.assertEqual(len(begun), 1, limits)

    def test_1024_descriptors_and_2000_clients(self):
        """Two descriptors each: the rest wait in the kernel's queue until there is room."""
        proxy = self.proxy(self.upstream, "--max-connections", "5000", "--drain", "100ms", descriptors=1024)
        live = [self.session(proxy) for _ in range(300)]
        crowd = self.crowd(proxy, CLIENTS - len(live))
        proxy.event("limit")
        self.talk(live)
        self.idle(proxy, live)
        self.assertLess(self.echo.accepted, 512)
        # Room again: those who waited are served.
        for sock in crowd:
            sock.close()
        late = self.session(proxy)
        self.talk(live + [late])
        wait_for(lambda: proxy.events("limit", over=True), "the end of the episode")
        self.said_once_an_episode(proxy)
        self.assertEqual(len([line for line in proxy.out if " limit " in line]), 2, "begin and end")
        for peer in live:
            self.assertTrue(peer.connected())
        proxy.stop()
        self.assertEqual(proxy.events("summary")[0]["connections"], CLIENTS + 1)

    def test_accept_without_descriptors(self):
        """The limit falls under a running proxy: accept fails, backs off, and goes on later."""
        proxy = self.proxy(self.upstream, "--drain", "100ms", descriptors=1024)
        live = [self.session(proxy) for _ in range(20)]
        there = proxy.descriptors()
        resource.prlimit(proxy.pid, resource.RLIMIT_NOFILE, (there, 1024))
        crowd = self.crowd(proxy, 100)
        proxy.event("limit", what="descriptors", over=False)
        self.talk(live)
        self.idle(proxy, live)
        resource.prlimit(proxy.pid, resource.RLIMIT_NOFILE, (1024, 1024))
        wait_for(lambda: self.echo.accepted == 120, "those who waited")
        proxy.event("limit", what="descriptors", over=True)
        self.talk(live)
        self.said_once_an_episode(proxy)
        proxy.stop()

    def test_max_connections(self):
        proxy = self.proxy(self.upstream, "--max-connections", "3", "--drain", "100ms")
        live = [self.session(proxy) for _ in range(3)]
        more = self.connect(proxy)
        more.send(HELLO)
        self.assertEqual(proxy.event("limit", what="connections")["limit"], 3)
        self.talk(live)
        self.assertEqual(self.echo.accepted, 3)
        live.pop().close()
        wait_for(lambda: self.echo.accepted == 4, "the fourth client's turn")
        self.assertEqual(more.recv(len(HELLO)), HELLO)
        self.talk(live + [more])
        self.assertEqual(len([ev for ev in proxy.events("limit") if not ev["over"]]), 1)
        proxy.stop()

    def test_no_descriptor_is_left_behind(self):
        proxy = self.proxy(self.upstream)
        self.session(proxy).close()
        wait_for(lambda: len(proxy.events("close")) == 1, "the first close")
        before = proxy.descriptors()
        for _ in range(50):
            self.session(proxy).close()
        for _ in range(50):
            self.session(proxy).reset()
        wait_for(lambda: len(proxy.events("close")) == 101, "all closes")
        wait_for(lambda: proxy.descriptors() == before, "as many descriptors as before")


if __name__ == "__main__":
    main()
