"""twstap doctor: layer by layer, by real sockets and processes, and without harm."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from harness import (
    ACCOUNT, BIN, E2E, LISTENING, PATIENCE, Capture, Observer, Program, fields, frame, hello, main, need_capture, skip,
    wait_for,
)
from network import CLIENT, GATEWAY, Network
from stages import closed, stand_in, stop, usual_port

LAYERS = ["process", "listener", "queue", "sockets", "upstream", "files", "handshake", "settings"]


def queue_of(port):
    """(waiting, places) of the port's listener, as another program sees it."""
    done = subprocess.run(["ss", "-Hltn", "sport = :%d" % port], stdout=subprocess.PIPE, check=True, timeout=PATIENCE)
    row = done.stdout.decode().split()
    return int(row[1]), int(row[2])


def connections_of(port):
    """Connections of the port, in any state but LISTEN."""
    done = subprocess.run(["ss", "-Htan", "sport = :%d" % port], stdout=subprocess.PIPE, check=True, timeout=PATIENCE)
    return [line for line in done.stdout.decode().splitlines() if not line.startswith("LISTEN")]


def port_of(thing):
    return int(getattr(thing, "addr", thing).rsplit(":", 1)[1])


class Doctor(E2E):
    def setUp(self):
        super().setUp()
        if sys.platform != "linux":
            skip("the kernel's table of sockets is asked on Linux")

    def ask(self, *args, prefix=()):
        """(exit status, {layer: event}, diagnosis, text)"""
        self.asked = getattr(self, "asked", 0) + 1  # a file is appended to, so each run has its own
        file = os.path.join(self.dir, "doctor-%d.jsonl" % self.asked)
        program = self.started(Program(["doctor", *[str(a) for a in args], "--json", file], prefix=prefix))
        status = program.wait()
        with open(file, encoding="utf-8") as lines:
            events = [json.loads(line) for line in lines]
        layers = {e["layer"]: e for e in events if e["event"] == "layer"}
        self.assertEqual(list(layers), LAYERS)
        self.assertEqual([e["event"] for e in events], ["layer"] * 8 + ["diagnosis"])
        for event in events:
            self.assertEqual(event["v"], 1)
            self.assertIn(event["result"], ("works", "broken", "cannot-tell"))
        self.assertNotIn("\x1b", program.text())
        self.assertEqual(status, {"works": 0, "broken": 1, "cannot-tell": 3}[events[-1]["result"]], program.text())
        return status, layers, events[-1], program.text()

    def closed(self):
        return closed(self)

    def java(self, scenario, *options, cwd=None):
        """A stand-in that the process table takes for an IB Gateway."""
        return stand_in(self, "java", scenario, *options, prefix=("env", "-C", cwd) if cwd else ())


class Healthy(Doctor):
    def test_text_and_protobuf(self):
        for version, settings in ((176, "cannot-tell"), (203, "cannot-tell"), (213, "cannot-tell"), (226, "works")):
            with self.subTest(version=version):
                gateway = self.serve("healthy", "--server-version", str(version))
                status, layers, whole, text = self.ask(gateway.addr)
                self.assertEqual(status, 0, text)
                for layer in ("listener", "queue", "sockets", "upstream", "handshake"):
                    self.assertEqual(layers[layer]["result"], "works", text)
                self.assertEqual(layers["settings"]["result"], settings, text)
                self.assertIn("version %d" % version, layers["handshake"]["says"])
                self.assertIsNone(whole["broken_at"])
                for step in ("connect_ms", "hello_ms", "welcome_ms", "current_time_ms", "close_ms"):
                    self.assertGreaterEqual(whole["measures"][step], 0)
                wait_for(lambda p=port_of(gateway): not connections_of(p), "no socket left behind")

    def test_settings_are_read_back(self):
        _, layers, _, text = self.ask(self.serve("healthy").addr, "-v")
        said = " ".join(e["what"] for e in layers["settings"]["evidence"])
        self.assertIn("Read-Only API off, localhost only on, port 4002", layers["settings"]["says"])
        for words in ("23:45", "bulk data timeout 30 s", "trusted addresses: 1"):
            self.assertIn(words, said)
        self.assertNotIn("trusted: 127.0.0.1", text)

    def test_accounts_are_masked_unless_asked_for(self):
        gateway = self.serve("healthy")
        _, layers, _, text = self.ask(gateway.addr, "-v")
        self.assertIn("accounts: ", text)
        self.assertIsNone(ACCOUNT.search(text + json.dumps(layers)))
        _, layers, _, text = self.ask(gateway.addr, "-v", "--show-accounts")
        self.assertIn("accounts: DU0000001,DU0000002", text)
        self.assertIn("trusted: 127.0.0.1", text)

    def test_it_fits_a_screen(self):
        program = self.twstap("doctor", self.serve("healthy").addr)
        self.assertEqual(program.wait(), 0)
        self.assertLessEqual(len(program.out), 24)
        for line in program.out:
            self.assertLessEqual(len(line), 100, line)

    def test_a_gateways_process_is_known(self):
        gateway = self.java("healthy")
        status, layers, _, text = self.ask(gateway.addr)
        self.assertEqual((status, layers["process"]["result"]), (0, "works"), text)
        self.assertIn("IB Gateway runs (process %d)" % gateway.pid, layers["process"]["says"])

    def test_the_address_is_found(self):
        try:
            probe = socket.socket()
            probe.bind(("127.0.0.1", 7497))
            probe.close()
        except OSError:
            skip("port 7497 is in use")
        self.serve("healthy", listen="127.0.0.1:7497")
        program = self.twstap("doctor", "--passive")
        program.wait()
        self.assertRegex(program.out[0], r"^twstap doctor 127\.0\.0\.1:(4001|4002|7496|7497) ")


class NoHarm(Doctor):
    def test_a_queue_that_stands_gets_no_further_entry(self):
        gateway = self.serve("never-accept")
        port = port_of(gateway)
        clients = [self.connect(gateway) for _ in range(3)]
        for client in clients:
            client.send(hello(100, 176))
        clients[0].close()
        wait_for(lambda: queue_of(port)[0] == 3, "three in the queue")
        before, rows = queue_of(port), sorted(connections_of(port))
        status, layers, whole, text = self.ask(gateway.addr)
        self.assertEqual(queue_of(port), before)
        self.assertEqual(sorted(connections_of(port)), rows)
        self.assertEqual(status, 1)
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("queue", "accept-queue-wedge", "certain"))
        self.assertIn("the kernel accepts clients, the Gateway does not: 3 of %d wait" % before[1], layers["queue"]["says"])
        self.assertEqual(layers["handshake"]["result"], "cannot-tell")
        self.assertIn("3 connections of no process", text)
        self.assertEqual(whole["measures"]["queue"], 3)

    def test_a_gateway_that_never_accepted_anybody(self):
        """Its queue is empty: nothing tells yet.  The one session is then found in the queue."""
        gateway = self.serve("never-accept")
        _, layers, whole, _ = self.ask(gateway.addr, "--handshake-timeout", "300ms")
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("handshake", "accept-queue-wedge", "certain"))
        self.assertIn("this look leaves one socket behind", json.dumps(layers["handshake"]["evidence"]))

    def test_a_full_queue(self):
        listener = self.gateway(backlog=2)
        for _ in range(3):
            self.connect(listener)
        wait_for(lambda: queue_of(port_of(listener))[0] == 3, "a full queue")
        _, _, whole, _ = self.ask(listener.addr)
        self.assertEqual((whole["broken_at"], whole["mode"]), ("queue", "backlog-full"))

    def test_passive_opens_no_connection(self):
        listener = self.gateway()
        status, layers, _, text = self.ask(listener.addr, "--passive")
        self.assertEqual(status, 0, text)
        self.assertFalse(listener.dialled())
        self.assertEqual(layers["handshake"]["result"], "cannot-tell")
        self.assertEqual(layers["settings"]["result"], "cannot-tell")

    def test_a_whole_hello_and_a_clean_close(self):
        """What a Gateway sees of it: never a bare connect, each question once, a FIN at the end."""
        listener = self.gateway()
        program = self.twstap("doctor", listener.addr, "--handshake-timeout", "500ms")
        server = listener.accept()
        self.assertEqual(server.recv(len(hello(100, 226))), hello(100, 226))
        rest, how = server.rest()
        self.assertEqual((rest, how), (b"", "fin"))
        server.close()
        self.assertEqual(program.wait(), 1)
        self.assertFalse(listener.dialled())

    def test_a_signal_closes_the_session_and_says_so(self):
        gateway = self.serve("accept-silent")
        program = self.twstap("doctor", gateway.addr, "--handshake-timeout", "60s")
        wait_for(lambda: connections_of(port_of(gateway)), "the session")
        time.sleep(0.05)  # the hello is on its way; either moment must do
        self.assertIn(program.stop(signal.SIGINT), (0, 3))
        self.assertIn("stopped by a signal", program.text())


class Broken(Doctor):
    def expect(self, scenario, mode, certainty, words):
        _, layers, whole, text = self.ask(self.serve(scenario).addr, "--handshake-timeout", "400ms")
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("handshake", mode, certainty), text)
        self.assertRegex(layers["handshake"]["says"], words)
        self.assertTrue(whole["next"])

    def test_handshakes(self):
        for scenario, mode, certainty, words in (
            ("accept-silent", "accepted-but-ignored", "likely", "^hello: no version came"),
            ("never-read", "accepted-but-ignored", "likely", "^hello: no version came"),
            ("client-id-in-use", "client-id-in-use", "certain", "^startApi: the Gateway closed"),
            ("half-welcome", "half-welcome", "certain", "the accounts came, the next order id did not"),
            ("no-accounts", "empty-accounts", "certain", "empty list of accounts"),
            ("version-silent", None, "cannot tell", "^startApi: no welcome came"),
            ("redirect", "redirect", "certain", "^hello: "),
            ("not-tws", "foreign-protocol", "certain", "^hello: "),
        ):
            with self.subTest(scenario=scenario):
                self.expect(scenario, mode, certainty, words)

    def test_another_client_id_is_tried_once(self):
        listener = self.gateway()
        program = self.twstap("doctor", listener.addr, "--handshake-timeout", "5s")
        ids = []
        for _ in range(2):
            server = listener.accept()
            server.recv(len(hello(100, 226)))
            server.send(struct.pack(">I", 10) + b"176\0 now \0")
            ids.append(server.recv_frame().split(b"\0")[2])
            text = b"4\0002\0-1\000326\0id in use\0\0"
            server.send(struct.pack(">I", len(text)) + text)
            server.rest() if ids[1:] else server.close()
            server.close()
        self.assertEqual(program.wait(), 1)
        self.assertEqual(ids[0], b"926042")
        self.assertNotEqual(ids[0], ids[1])
        self.assertFalse(listener.dialled())

    def test_nobody_listens(self):
        status, layers, whole, text = self.ask(self.closed())
        self.assertEqual((status, layers["listener"]["result"]), (1, "broken"), text)
        self.assertIn(whole["mode"], ("gateway-down", "wrong-port-or-mode"))

    def test_a_gateway_that_listens_on_another_port(self):
        addr = self.closed()
        gateway, port = usual_port(self)
        if not gateway:
            skip("the usual ports are in use")
        _, layers, whole, text = self.ask(addr)
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("listener", "wrong-port-or-mode", "certain"), text)
        self.assertIn("port %d" % port, layers["listener"]["says"])
        self.assertEqual(whole["next"][:19], "twstap doctor %d" % port + " ")

    def test_login_pending(self):
        gateway = self.java("healthy")
        addr = self.closed()
        _, layers, whole, text = self.ask(addr)
        if whole["mode"] == "wrong-port-or-mode":
            skip("another test's stand-in has a usual port")
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("listener", "login-pending", "likely"), text)
        self.assertEqual(layers["process"]["result"], "works")
        self.assertIn(str(gateway.pid), layers["process"]["says"])

    def test_a_stopped_process(self):
        gateway = self.java("healthy")
        self.addCleanup(gateway.send_signal, signal.SIGCONT)
        stop(gateway)
        status, layers, whole, _ = self.ask(gateway.addr)
        self.assertEqual((status, whole["broken_at"]), (1, "process"))
        self.assertIn("SIGSTOP", layers["process"]["says"])
        self.assertEqual(whole["next"], "kill -CONT %d" % gateway.pid)
        self.assertEqual(connections_of(port_of(gateway)), [])

    def test_a_process_that_spins(self):
        java = os.path.join(self.dir, "java")
        os.symlink(sys.executable, java)
        script = os.path.join(self.dir, "spin.py")
        with open(script, "w", encoding="ascii") as file:
            file.write("import hashlib, socket, threading\nl = socket.create_server(('127.0.0.1', 0))\n"
                       "print('listening on 127.0.0.1:%d' % l.getsockname()[1], flush=True)\nload = bytes(1 << 24)\n"
                       "def spin():\n    while True:\n        hashlib.sha256(load)\n"
                       "for _ in range(4):\n    threading.Thread(target=spin).start()\n")
        spinning = self.started(Program([script, "ibgateway"], binary=java, prefix=("nice", "-n", "-19")))
        addr = spinning.find(LISTENING).group(1)

        def noticed():
            """What it got of the machine; a busy one does not give it a whole core."""
            layer = self.ask(addr, "--passive", "-v")[1]["process"]
            used = int(re.search(r"used (\d+) % of one core", json.dumps(layer)).group(1))
            self.assertEqual(layer["attention"], used >= 85)
            return used >= 20

        wait_for(noticed, "a process at work", 60)

    def test_a_gateway_without_a_link_to_ib(self):
        _, layers, whole, text = self.ask(self.java("accept-silent").addr, "--passive")
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("upstream", "session-not-authenticated", "likely"), text)

    def test_a_lost_link_by_the_gateways_own_word(self):
        listener = self.gateway()
        file = os.path.join(self.dir, "lost.jsonl")
        program = self.twstap("doctor", listener.addr, "--json", file)
        server = listener.accept()
        self.addCleanup(server.close)
        server.recv(len(hello(100, 226)))
        server.send(frame(fields(176, "20261125 10:00:00 EST")))
        server.recv_frame()
        server.send(frame(fields(4, 2, -1, 1100, "Connectivity has been lost", "")))
        server.send(frame(fields(15, 1, "U1234567,Smith_Family")) + frame(fields(9, 1, 1)))
        server.recv_frame()
        server.send(frame(fields(49, 1, int(time.time()))))
        server.rest()
        server.close()
        self.assertEqual(program.wait(), 1, program.text())
        with open(file, encoding="utf-8") as events:
            text = events.read()
        whole = json.loads(text.splitlines()[-1])
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("upstream", "upstream-lost", "certain"))
        for secret in ("U1234567", "Smith_Family"):
            self.assertNotIn(secret, text + program.text())

    def test_sockets_that_are_left_over(self):
        listener = self.gateway()
        client, server = self.connect(listener), listener.accept()
        self.addCleanup(server.close)
        client.close()
        wait_for(lambda: any("CLOSE-WAIT" in row for row in connections_of(port_of(listener))), "CLOSE-WAIT")
        status, layers, whole, text = self.ask(listener.addr, "--passive")
        self.assertEqual((status, layers["sockets"]["result"], layers["sockets"]["attention"]), (0, "works", True), text)
        self.assertIn("1 left-over socket", layers["sockets"]["says"])
        self.assertEqual(whole["measures"]["left_over"], 1)

    def test_bytes_that_stay_unread(self):
        listener = self.gateway()
        client, server = self.connect(listener), listener.accept()
        self.addCleanup(server.close)
        client.send(hello(100, 176))
        time.sleep(0.3)  # longer than what is allowed
        _, _, whole, text = self.ask(listener.addr, "--passive", "--handshake-timeout", "200ms")
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("sockets", "accepted-but-ignored", "likely"), text)
        self.assertIn("17 bytes that have not been read", text)

    def test_a_relay_is_called_one(self):
        proxy = self.proxy(self.serve("healthy"))
        status, layers, whole, text = self.ask(proxy.addr)
        self.assertEqual((status, layers["listener"]["attention"]), (0, True), text)
        self.assertIn("a relay (twstap proxy", layers["listener"]["says"])
        self.assertEqual(layers["process"]["result"], "cannot-tell")
        self.assertEqual(layers["handshake"]["result"], "works")

    def test_no_right_to_see_the_owner(self):
        if os.geteuid() != 0:
            skip("being somebody else takes root")
        gateway = self.java("healthy")
        os.chmod(self.dir, 0o777)
        _, layers, _, text = self.ask(gateway.addr, prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
        self.assertIn("takes root", layers["process"]["says"], text)
        self.assertEqual(layers["handshake"]["result"], "works", text)


class Files(Doctor):
    def test_what_can_be_read(self):
        user = os.path.join(self.dir, "aaaabbbbcccc")
        version = os.path.join(self.dir, "ibgateway", "1041")
        os.makedirs(user)
        os.makedirs(version)
        for path, text in (
            (os.path.join(self.dir, "jts.ini"), "[IBGateway]\r\nApiOnly=true\r\nLocalServerPort=4000\r\n[Logon]\r\nTimeZone=America/New_York\r\n"),
            (os.path.join(user, "ibg.xml"), '<x>\n<ApiSettings readOnlyApi="true" port="4001" allowOnlyLocalhost="true"/>\n</x>'),
            (os.path.join(version, "ibgateway.vmoptions"), "# memory\n-Xmx768m\n"),
            (os.path.join(user, "autorestart"), ""),
        ):
            with open(path, "w", encoding="ascii", newline="") as file:
                file.write(text)
        _, layers, _, text = self.ask(self.serve("healthy").addr, "--passive", "--settings", self.dir, "-v")
        self.assertEqual((layers["files"]["result"], layers["files"]["attention"]), ("works", True), text)
        said = json.dumps(layers["files"])
        for words in ("the saved API port is not", "API port 4001, Read-Only API true", "768m", "America/New_York", "1 autorestart file,"):
            self.assertIn(words, said)
        self.assertNotIn("aaaabbbbcccc", said + text)  # a user's name in disguise

    def test_a_folder_without_jts_ini(self):
        _, layers, _, _ = self.ask(self.serve("healthy").addr, "--passive", "--settings", self.dir)
        self.assertEqual(layers["files"]["result"], "cannot-tell")


    def test_the_folder_of_a_gateways_process(self):
        gateway = self.java("healthy", cwd=self.dir)
        with open(os.path.join(self.dir, "jts.ini"), "w", encoding="ascii") as file:
            file.write("[Logon]\nUseSSL=true\n")
        _, layers, _, text = self.ask(gateway.addr, "--passive", "-v")
        self.assertEqual(layers["files"]["result"], "works", text)
        self.assertIn("UseSSL=true", text)


class Outputs(Doctor):
    def nagios(self, *args):
        program = self.twstap("doctor", "--nagios", *args)
        status = program.wait()
        self.assertEqual(len(program.out), 1, program.text())
        return status, program.out[0]

    def test_nagios(self):
        status, line = self.nagios(self.serve("healthy").addr)
        self.assertEqual(status, 0)
        self.assertRegex(line, r"^TWS OK - 127\.0\.0\.1:\d+ handshake: [^|]+ \| queue=0 .*hello=[\d.e-]+ms")
        status, line = self.nagios(self.serve("accept-silent").addr, "--handshake-timeout", "300ms")
        self.assertEqual((status, line[:14]), (2, "TWS CRITICAL -"))
        status, line = self.nagios("192.0.2.1:4002", "--passive")
        self.assertEqual((status, line[:13]), (3, "TWS UNKNOWN -"))

    def test_quiet(self):
        program = self.twstap("doctor", "-q", self.serve("healthy").addr)
        self.assertEqual((program.wait(), len(program.out)), (0, 1))

    def test_json_alone(self):
        program = self.twstap("doctor", "--json", "-", self.serve("healthy").addr)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(len([json.loads(line) for line in program.out]), 9)

    def test_another_machine(self):
        status, layers, _, _ = self.ask("192.0.2.1:4002", "--passive")
        self.assertEqual(status, 3)
        for layer in ("process", "listener", "queue", "sockets"):
            self.assertIn("on another machine", layers[layer]["says"])

    def test_wrong_usage(self):
        for args in (("nowhere",), ("--watch", "soon"), ("--netns", "0"), ("--client-id", "x"), ("1", "2"), ("--settings", "")):
            with self.subTest(args=args):
                program = self.twstap("doctor", *args)
                self.assertEqual(program.wait(), 2, program.text())

    def test_watch_says_what_changes_and_nothing_else(self):
        gateway = self.serve("never-accept")
        file = os.path.join(self.dir, "watch.jsonl")
        program = self.twstap("doctor", gateway.addr, "--passive", "--watch", "100ms", "--json", file)
        program.find("Nothing is broken")
        lines = len(program.out)
        time.sleep(1)  # several looks in which nothing changes
        self.assertEqual(len(program.out), lines, program.text())
        self.connect(gateway).send(hello(100, 176))
        program.find(r"^\d\d:\d\d:\d\d  BROKEN  queue     the kernel accepts clients")
        self.assertEqual(program.stop(), 1)
        with open(file, encoding="utf-8") as events:
            last = [json.loads(line) for line in events][-1]
        self.assertEqual((last["event"], last["broken_at"]), ("diagnosis", "queue"))


class Container(Doctor):
    """--netns: the Gateway has a network of its own."""

    FAKE = (
        "import socket, sys, time\n"
        "l = socket.socket(); l.bind(('127.0.0.1', 4002)); l.listen(50)\n"
        "u = socket.create_connection((sys.argv[2], int(sys.argv[3])))\n"
        "print('listening', flush=True)\n"
        "time.sleep(600)\n"
    )

    def test_inside(self):
        need_capture()
        network = Network(self)
        ib = network.client.run(socket.create_server, (CLIENT, 0))
        self.addCleanup(ib.close)
        java = os.path.join(self.dir, "java")
        os.symlink(sys.executable, java)
        script = os.path.join(self.dir, "fake.py")
        with open(script, "w", encoding="ascii") as file:
            file.write(self.FAKE)
        args = [script, "ibgateway", CLIENT, str(ib.getsockname()[1])]
        outer = self.started(Program(args, prefix=network.gateway.prefix, binary=java))
        outer.find("listening")
        _, layers, _, text = self.ask("--netns", outer.pid, "--passive", "-v")
        for layer in ("process", "listener", "queue", "sockets", "upstream"):
            self.assertEqual(layers[layer]["result"], "works", text)
        self.assertIn("1 connection from the Gateway to IB", layers["upstream"]["says"])
        self.assertIn("room for 50", layers["queue"]["says"])
        _, layers, _, text = self.ask("--passive", self.closed())  # from outside
        self.assertIn("a Gateway runs in a container", layers["process"]["says"], text)
        self.assertIn("--netns %d" % outer.pid, layers["process"]["next"])

    def test_a_capture_looks_inside_too(self):
        need_capture()
        network = Network(self)
        gateway = self.serve("never-accept", listen="127.0.0.1:4002", prefix=network.gateway.prefix)
        events = os.path.join(self.dir, "inside.jsonl")
        capture = self.started(
            Capture([4002], "--netns", str(gateway.pid), "--handshake-timeout", "300ms", json_file=events)
        )
        sock = network.gateway.run(socket.create_connection, ("127.0.0.1", 4002))
        self.addCleanup(sock.close)
        sock.sendall(hello(100, 176))
        verdict = capture.event("verdict", final=False)
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("accept-queue-wedge", "certain"))
        program = self.twstap("capture", "--netns", "4194303")
        self.assertEqual((program.wait(), len(program.err)), (3, 1), program.text())
        self.assertRegex(program.err[0], "--netns 4194303: (there is no such process|that takes root)")

    def test_a_relay_looks_inside_too(self):
        need_capture()
        network = Network(self)
        gateway = self.serve("never-accept", listen=GATEWAY + ":4002", prefix=network.gateway.prefix)
        for options, mode in (((), None), (("--netns", str(gateway.pid)), "accept-queue-wedge")):
            events = os.path.join(self.dir, "relay-%d.jsonl" % len(options))
            relay = self.started(
                Observer(
                    ["proxy", "--upstream", GATEWAY + ":4002", "--listen", "127.0.0.1:0", "--handshake-timeout", "300ms", *options],
                    events, prefix=network.client.prefix,
                )
            )
            port = int(relay.find(LISTENING).group(1).rsplit(":", 1)[1])
            sock = network.client.run(socket.create_connection, ("127.0.0.1", port))
            self.addCleanup(sock.close)
            sock.sendall(hello(100, 176))
            verdict = relay.event("verdict", final=False)
            self.assertEqual((verdict["stage"], verdict["mode"]), ("hello-unanswered", mode))
        program = self.twstap("proxy", "--netns", "4194303")
        self.assertEqual((program.wait(), len(program.err)), (3, 1), program.text())
        self.assertRegex(program.err[0], "--netns 4194303: (there is no such process|that takes root)")

    def test_on_another_machine(self):
        """There is no table to ask, and the session is all there is."""
        need_capture()
        network = Network(self)
        self.serve("healthy", listen=GATEWAY + ":4002", prefix=network.gateway.prefix)
        status, layers, _, text = self.ask(GATEWAY + ":4002", prefix=network.client.prefix)
        self.assertEqual(status, 0, text)
        self.assertEqual({name for name in LAYERS if layers[name]["result"] == "works"}, {"upstream", "handshake", "settings"})
        for layer in ("process", "listener", "queue", "sockets"):
            self.assertIn("on another machine", layers[layer]["says"])
        _, _, whole, _ = self.ask(GATEWAY + ":4003", prefix=network.client.prefix)
        self.assertEqual((whole["broken_at"], whole["mode"], whole["certainty"]), ("handshake", "gateway-down", "likely"))

    def test_no_such_process_and_no_right(self):
        program = self.twstap("doctor", "--netns", "4194303")
        self.assertEqual((program.wait(), len(program.err)), (3, 1), program.text())
        self.assertRegex(program.err[0], "no such process|takes root")
        if os.geteuid() == 0:
            os.chmod(self.dir, 0o777)
            program = self.started(Program(["doctor", "--netns", "1"], prefix=("setpriv", "--reuid=65534", "--clear-groups", "--regid=65534")))
            self.assertEqual(program.wait(), 3, program.text())
            self.assertIn("takes root", program.err[0])


if __name__ == "__main__":
    main()
