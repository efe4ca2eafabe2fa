"""Ways to fail that take a machine to show: processes that stand still or wait, queues that fill, ports that are others'.

Each stage is made for real and looked at three times: by the relay, by a capture beside it, and by the doctor.
"""

import os
import signal
import socket

from harness import BIN, LISTENING, Closed, Program, connect, fields, frame, hello, start_api, wait_for

HELLO = hello(100, 176)
HELLO_UNANSWERED, CLOSED = "hello-unanswered", "closed-by-gateway"
USUAL = (7497, 7496, 4001)


def closed(test):
    """An address where nobody listens."""
    listener = test.gateway()
    listener.close()
    return listener.addr


def stand_in(test, name, scenario, *options, listen="127.0.0.1:0", prefix=()):
    """One that the table of processes knows by this name; as `java` it is an IB Gateway by its words."""
    path = os.path.join(test.dir, name)
    if not os.path.exists(path):
        os.symlink(BIN, path)
    args = ["serve", scenario, "--listen", listen, "--redirect-to", "ibgateway:1", *options]
    program = test.started(Program(args, binary=path, prefix=prefix))
    program.addr = program.find(LISTENING).group(1)
    return program


def usual_port(test):
    """A healthy Gateway on one of the usual ports; None: all of them are in use."""
    for port in USUAL:
        try:
            return stand_in(test, "java", "healthy", listen="127.0.0.1:%d" % port), port
        except AssertionError:
            continue
    return None, None


def state_of(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def stop(program):
    program.send_signal(signal.SIGSTOP)
    wait_for(lambda: state_of(program.pid) == "T", "a stopped process")


class Stage:
    """`where`: the stage and who is silent.  `conn`: the session that is judged.  `broken_at`: by the doctor."""

    where = (HELLO_UNANSWERED, "gateway")
    conn = 1
    broken_at = None

    def __init__(self, test):
        self.test = test
        self.make()

    def make(self):
        raise NotImplementedError

    def dial(self, to):
        client = connect(to)
        self.test.addCleanup(client.close)
        return client

    def act(self, to, seen):
        """A client that waits, and leaves."""
        client = self.dial(to)
        client.send(HELLO)
        seen.event("silence", conn=self.conn)
        client.close()

    def before_doctor(self):
        """The trouble without a client."""

    def end(self):
        """What would disturb the next stage is taken away."""


class Refused(Stage):
    where = ("no-listener", "gateway")
    broken_at = "listener"

    def make(self):
        self.addr = closed(self.test)

    def act(self, to, seen):
        try:
            client = self.dial(to)
            client.send(HELLO)
            client.rest()
        except ConnectionError:
            pass


class GatewayDown(Refused):
    broken_at = "process"


class LoginPending(Refused):
    def make(self):
        self.addr = closed(self.test)
        self.gateway = stand_in(self.test, "java", "healthy")

    def end(self):
        self.gateway.kill()


class WrongPort(Refused):
    def make(self):
        self.addr = closed(self.test)
        self.gateway, _ = usual_port(self.test)
        self.test.assertIsNotNone(self.gateway, "the usual ports are in use")

    def end(self):
        self.gateway.kill()


class QueueFull(Stage):
    where = ("tcp-connect", "network")
    broken_at = "queue"

    def make(self):
        self.listener = self.test.gateway(backlog=1)
        self.addr = self.listener.addr
        for _ in range(2):
            self.dial(self.addr)

    def act(self, to, seen):
        sock = socket.socket()
        self.test.addCleanup(sock.close)
        sock.setblocking(False)
        host, port = to.rsplit(":", 1)
        sock.connect_ex((host, int(port)))
        if to != self.addr:  # the relay takes it, and dials
            wait_for(lambda: sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and seen.events("open"), "the relay")
            sock.send(HELLO)
        seen.event("silence")

    def end(self):
        self.listener.close()


class RelayCloses(Stage):
    where = (CLOSED, "nobody")
    broken_at = "handshake"

    def make(self):
        self.addr = stand_in(self.test, "socat", "accept-close").addr

    def act(self, to, seen):
        client = self.dial(to)
        try:
            client.send(HELLO)
            client.rest()
        except (ConnectionError, Closed):
            pass
        client.close()


class RelayHangs(Stage):
    broken_at = "handshake"

    def make(self):
        self.addr = stand_in(self.test, "socat", "accept-silent").addr


class NeverAccepts(Stage):
    broken_at = "handshake"

    def make(self):
        self.addr = self.test.serve("never-accept").addr


class WithoutLink(Stage):
    broken_at = "upstream"

    def make(self):
        self.gateway = stand_in(self.test, "java", "accept-silent")
        self.addr = self.gateway.addr

    def end(self):
        self.gateway.kill()


class WarmingUp(RelayCloses):
    conn = 2
    broken_at = None

    def make(self):
        self.addr = closed(self.test)

    def act(self, to, seen):
        Refused.act(self, to, seen)
        seen.verdict(1)
        self.test.serve("accept-close", listen=self.addr)
        super().act(to, seen)


class Stopped(Stage):
    """Two sessions are live when the Gateway's process is stopped."""

    where = ("live-request-unanswered", "gateway")
    broken_at = "process"

    def make(self):
        self.gateway = stand_in(self.test, "java", "healthy")
        self.addr = self.gateway.addr

    def act(self, to, seen):
        clients = [self.test.api_client(to, client_id=number) for number in (1, 2)]
        for client in clients:
            client.until(client.welcomed, "9 and 15")
        stop(self.gateway)
        for client in clients:
            client.ask_time()
        for conn in (1, 2):
            seen.event("silence", conn=conn)
        for client in clients:
            client.close()

    def before_doctor(self):
        stop(self.gateway)

    def end(self):
        self.gateway.kill()


class SlowClient(Stage):
    """A client that asked for much and does not read it."""

    where = ("live-client-not-reading", "client")

    def make(self):
        self.listener = self.test.gateway()
        self.addr = self.listener.addr

    def act(self, to, seen):
        client = connect(to, receive_buffer=65536)
        self.test.addCleanup(client.close)
        client.send(HELLO)
        server = self.listener.accept()
        self.test.addCleanup(server.close)
        server.recv(len(HELLO))
        server.send(frame(fields(176, "20251124 10:00:00 EST")))
        client.recv_frame()
        client.send(start_api(176, 7))
        server.recv_frame()
        server.send(frame(fields(15, 1, "DU1234567")) + frame(fields(9, 1, 1)))
        client.recv_frame()
        client.recv_frame()
        client.send(frame(fields(24, 1)))
        server.recv_frame()
        self.flood(server, seen)
        client.close()

    @staticmethod
    def flood(server, seen):
        big = frame(b"19\0001\0" + b"x" * 4000000 + b"\0")
        server.sock.setblocking(False)
        sent = 0

        def push():
            nonlocal sent
            try:
                while sent < 16 * len(big):
                    sent += server.sock.send(big[sent % len(big) :])
            except BlockingIOError:
                pass
            return seen.events("silence")

        wait_for(push, "a silence")


# By mode of the catalogue.
STAGES = {
    "gateway-down": GatewayDown,
    "login-pending": LoginPending,
    "wrong-port-or-mode": WrongPort,
    "backlog-full": QueueFull,
    "relay-accept-then-close": RelayCloses,
    "relay-upstream-hang": RelayHangs,
    "accept-queue-wedge": NeverAccepts,
    "session-not-authenticated": WithoutLink,
    "warming-up": WarmingUp,
    "slow-client": SlowClient,
    "jvm-stall": Stopped,
}
