"""Recordings of the relay: what other tools make of them, and what they hold."""

import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess

from harness import ACCOUNT, BIN, E2E, connect, frame, hello, main, skip, start_api, wait_for

VERSION = frame(b"176\x0020260102 10:00:00 UTC\0")
WELCOME = frame(b"15\x001\x00DU7654321,Household,\0") + frame(b"9\x001\x001\0")
QUOTES = frame(b"4\x002\x00-1\x002104\x00for DU7654321 and Household: OK\0")
ENDPOINTS = {4: (12, 4), 6: (8, 16)}


# ---------------------------------------------------------------------------------------------
# A reader of its own: blocks, packets, streams


def blocks(data):
    """(type, body) of each whole block; fails where there is anything else."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0 and at + length <= len(data), "a block is cut at %d" % at
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        yield kind, data[at + 8 : at + length - 4]
        at += length


def options(data):
    found = {}
    at = 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
    return found


class Packet:
    def __init__(self, body):
        _, high, low, captured, wire = struct.unpack_from("<IIIII", body)
        assert captured == wire
        self.ns = high << 32 | low
        self.bytes = body[20 : 20 + captured]
        self.comment = options(body[20 + (captured + 3) // 4 * 4 :]).get(1, b"").decode()
        version = self.bytes[0] >> 4
        at, size = ENDPOINTS[version]
        tcp = self.bytes[20 if version == 4 else 40 :]
        ports = struct.unpack_from(">HH", tcp)
        self.src = (self.bytes[at : at + size], ports[0])
        self.dst = (self.bytes[at + size : at + 2 * size], ports[1])
        self.flags = tcp[13]
        self.payload = tcp[tcp[12] >> 4 << 2 :]


def read(path):
    """(section options, packets)"""
    with open(path, "rb") as file:
        found = list(blocks(file.read()))
    kinds = [kind for kind, _ in found]
    assert kinds[:2] == [0x0A0D0D0A, 1] and set(kinds[2:]) <= {6}, kinds
    return options(found[0][1][16:]), [Packet(body) for kind, body in found[2:]]


def streams(packets):
    """Payload by sender, of all packets together."""
    found = {}
    for packet in packets:
        found[packet.src] = found.get(packet.src, b"") + packet.payload
    return found


def tool(*args):
    if not shutil.which(args[0]):
        skip(args[0] + " is not here")
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    complaint = b"\n".join(line for line in done.stderr.splitlines() if b"root" not in line and b"reading from" not in line)
    assert done.returncode == 0 and not complaint, (args, done.returncode, complaint)
    return done.stdout.decode("utf-8", "replace")


def without_complaint(path):
    """capinfos, tcpdump and tshark read it, and tshark's experts find nothing but resets."""
    tool("capinfos", path)
    tool("tcpdump", "-n", "-r", path)
    checks = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    said = tool("tshark", "-n", "-r", path, *checks, "-q", "-z", "expert,warn")
    odd = [line for line in said.splitlines() if re.match(r"\s+\d+\s", line) and "(RST)" not in line]
    assert not odd, said
    assert "Errors" not in said, said


def followed(path, number=0):
    """Both directions of a stream as tshark puts them together, client first."""
    said = tool("tshark", "-n", "-r", path, "-q", "-z", "follow,tcp,raw,%d" % number)
    sides = [b"", b""]
    for line in said.splitlines():
        if re.fullmatch(r"\t?(?:[0-9a-f]{2})+", line):
            sides[line.startswith("\t")] += bytes.fromhex(line.strip())
    return sides


class Record(E2E):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.dir, "rec.pcapng")

    def recording(self, upstream, *more, **kept):
        return self.proxy(upstream, "--record", self.file, *more, **kept)

    def session(self, gateway, proxy, welcome=WELCOME):
        """A handshake; the bytes of client and gateway."""
        first, start = hello(100, 176), start_api(176, 7)
        client, server = self.through(proxy, gateway, first)
        server.send(VERSION)
        client.recv(len(VERSION))
        client.send(start)
        server.recv(len(start))
        server.send(welcome)
        client.recv(len(welcome))
        return client, server, first + start, VERSION + welcome

    def flushed(self, count):
        """Packets, once so many are in the file."""

        def look():
            try:
                packets = read(self.file)[1]
            except (AssertionError, OSError):
                return None
            return len(packets) >= count and packets

        return wait_for(look, "%d packets in the file" % count)

    def test_other_tools_read_it_and_find_the_relayed_bytes(self):
        gateway = self.gateway()
        proxy = self.recording(gateway, "--show-accounts")
        client, server, sent, answered = self.session(gateway, proxy)
        long = os.urandom(300000)
        server.send(frame(long))
        client.recv(4 + len(long))
        client.close()
        self.assertEqual(server.rest(), (b"", "fin"))
        server.close()
        proxy.verdict()
        self.assertEqual(proxy.stop(), 0, proxy.text())
        without_complaint(self.file)
        self.assertEqual(followed(self.file), [sent, answered + frame(long)])
        about, packets = read(self.file)
        self.assertRegex(about[1].decode(), r"^twstap recording of a relay; accounts shown; version \S+; upstream 127")
        self.assertEqual([p.flags for p in packets[:3]], [2, 18, 16])
        self.assertEqual(packets[-1].comment, "end")
        opened, closed = proxy.events("open")[0], proxy.events("close")[0]
        self.assertEqual("%d.%d.%d.%d:%d" % (*packets[0].src[0], packets[0].src[1]), opened["client"])
        self.assertEqual("%d.%d.%d.%d:%d" % (*packets[0].dst[0], packets[0].dst[1]), opened["gateway"])
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        frames = proxy.events("frame")
        for event in (opened, closed, *frames):
            self.assertIn(event["ts"][-10:], [("%09dZ" % (p.ns % 10**9)) for p in packets], event)

    def test_masked_by_default_and_still_decodable(self):
        gateway = self.gateway()
        proxy = self.recording(gateway)
        client, server, sent, answered = self.session(gateway, proxy)
        for cut in range(1, len(QUOTES)):
            server.send(QUOTES[:cut])
            client.recv(cut)
            server.send(QUOTES[cut:])
            client.recv(len(QUOTES) - cut)
        client.close()
        server.rest()
        server.close()
        proxy.verdict()
        proxy.stop()
        with open(self.file, "rb") as file:
            everything = file.read()
        self.assertNotIn(b"7654321", everything)
        self.assertNotIn(b"Household", everything)
        without_complaint(self.file)
        masked = streams(read(self.file)[1])
        got = max(masked.values(), key=len)
        self.assertEqual(len(got), len(answered) + len(QUOTES) * (len(QUOTES) - 1))
        self.assertEqual(min(masked.values(), key=len), sent)
        account = re.search(rb"15\x001\x00(DU\d{7}),(H[a-z]{8}),\0", got)
        self.assertTrue(account, got[:200])
        again = QUOTES.replace(b"DU7654321", account.group(1)).replace(b"Household", account.group(2))
        self.assertEqual(got.count(again), len(QUOTES) - 1, "one account looks the same everywhere")

    def test_every_form_of_the_protocol_is_masked(self):
        gateway = self.serve("healthy")
        proxy = self.recording(gateway)
        accounts = set()
        for versions in ((100, 176), (100, 203), (100, 214)):
            client = self.api_client(proxy, versions)
            client.until(client.welcomed, "9 and 15")
            accounts |= set(ACCOUNT.findall(b"\n".join(client.payloads).decode("latin-1")))
            client.close()
        wait_for(lambda: len(proxy.events("close")) == 3, "three ends")
        proxy.stop()
        self.assertTrue(accounts)
        with open(self.file, "rb") as file:
            everything = file.read()
        for account in accounts:
            self.assertNotIn(account.encode(), everything)
        without_complaint(self.file)

    def test_a_killed_program_leaves_a_readable_file(self):
        gateway = self.gateway()
        proxy = self.recording(gateway)
        self.session(gateway, proxy)
        self.flushed(7)  # within about a second, without another event
        proxy.process.send_signal(signal.SIGKILL)
        proxy.process.wait()
        without_complaint(self.file)

    def test_a_silence_is_on_file_at_once(self):
        gateway = self.gateway()
        proxy = self.recording(gateway, "--handshake-timeout", "300ms")
        client, server = self.through(proxy, gateway)
        silence = proxy.event("silence")
        packets = self.flushed(5)
        self.assertRegex(
            packets[-1].comment,
            r"^silence: hello-unanswered; gateway owes since 0\.[3-9]\d\d s; kernel (unknown|known=1 upstream=1 unacked=)",
        )
        self.assertEqual(packets[-1].src, packets[0].src, "by the side that does not owe")
        self.assertEqual(silence["ts"][-10:], "%09dZ" % (packets[-1].ns % 10**9))
        server.reset()
        self.assertEqual(client.rest(), (b"", "rst"))
        proxy.verdict()
        proxy.stop()
        packets = read(self.file)[1]
        self.assertEqual([p.flags for p in packets[-2:]], [20, 20])
        self.assertRegex(packets[-2].comment, r"^(|close: rst; host owner=%d/[RS]/other/\S+ idle=\S+ sibling=0 seen=0)$" % os.getpid())
        self.assertEqual(packets[-1].comment, "end")
        self.assertEqual([p.src for p in packets[-2:]], [packets[0].dst, packets[0].src])

    def test_a_refused_dial_and_its_reason(self):
        gateway = self.gateway()
        gateway.close()
        proxy = self.recording(gateway)
        client = self.connect(proxy)
        client.send(hello(100, 176))
        self.assertEqual(client.rest()[1], "rst")
        proxy.verdict()
        proxy.stop()
        packets = read(self.file)[1]
        self.assertEqual([p.comment for p in packets[3:5] + packets[6:]], ["", "dialing", "end"])
        self.assertRegex(packets[5].comment, "^close: refused: connection refused(; host owner=.* idle=.* sibling=[0-9]+ seen=[01])?$")
        without_complaint(self.file)
        again = self.twstap("read", "--json", "-", self.file)
        self.assertEqual(again.wait(), 1)
        said = [json.loads(line) for line in again.out]
        live, read_back = ([e for e in events if e["event"] == "verdict"][-1] for events in (proxy.events(), said))
        for verdict in (live, read_back):
            verdict.pop("ts")
        self.assertEqual(live, read_back)

    def test_what_a_side_said_before_its_reset_comes_before_it(self):
        gateway = self.gateway()
        proxy = self.recording(gateway)
        client, server, _, answered = self.session(gateway, proxy)
        server.send(QUOTES)
        server.reset()
        try:
            client.send(frame(b"49\x001\0"))
        except OSError:
            pass
        client.rest()
        proxy.verdict()
        proxy.stop()
        packets = read(self.file)[1]
        resets = [i for i, p in enumerate(packets) if p.flags & 4]
        self.assertFalse([p for p in packets[resets[0] :] if p.payload])
        self.assertEqual(proxy.events("close")[0]["how"], "rst")

    def test_the_ring_writes_trouble_only(self):
        gateway = self.gateway()
        proxy = self.recording(gateway, "--ring", "1M", "--handshake-timeout", "1s")
        client, server, *_ = self.session(gateway, proxy)
        client.close()
        server.rest()
        server.close()
        proxy.verdict(1)
        client, server = self.through(proxy, gateway)
        proxy.event("silence")
        packets = self.flushed(5)
        self.assertEqual([p.payload for p in packets if p.payload], [hello(100, 176)])
        server.send(VERSION)
        client.recv(len(VERSION))
        proxy.event("recovered")
        client.send(start_api(176, 7))
        server.recv(len(start_api(176, 7)))
        server.send(WELCOME)
        client.recv(len(WELCOME))
        client.close()
        server.rest()
        server.close()
        proxy.verdict(2)
        proxy.stop()
        packets = read(self.file)[1]
        self.assertEqual(packets[5].payload, VERSION, "until the silence is over")
        self.assertEqual([(p.flags, p.comment) for p in packets[6:]], [], "the rest was healthy")

    def test_the_ring_writes_a_bad_end(self):
        gateway = self.gateway()
        gateway.close()
        proxy = self.recording(gateway, "--ring", "1M")
        client = self.connect(proxy)
        client.send(hello(100, 176))
        client.rest()
        proxy.verdict()
        proxy.stop()
        self.assertEqual(len(read(self.file)[1]), 7)

    def test_files_rotate_and_each_is_whole(self):
        gateway = self.gateway()
        proxy = self.recording(gateway, "--rotate", "64K", "--keep", "3", "--show-accounts")
        client, server, *_ = self.session(gateway, proxy)
        piece = frame(b"X" * 30000)
        for _ in range(20):
            server.send(piece)
            client.recv(len(piece))
        client.close()
        server.rest()
        server.close()
        proxy.verdict()
        proxy.stop()
        names = sorted(name for name in os.listdir(self.dir) if name.endswith(".pcapng"))
        self.assertEqual(names, ["rec.1.pcapng", "rec.2.pcapng", "rec.pcapng"])
        times = []
        for name in ("rec.2.pcapng", "rec.1.pcapng", "rec.pcapng"):
            path = os.path.join(self.dir, name)
            self.assertLessEqual(os.stat(path).st_size, 65536)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            times += [p.ns for p in read(path)[1]]
            tool("capinfos", path)
        self.assertEqual(times, sorted(times))

    def test_sighup_goes_on_in_a_new_file(self):
        gateway = self.gateway()
        proxy = self.recording(gateway)
        client, server, *_ = self.session(gateway, proxy)
        os.rename(self.file, self.file + ".old")
        proxy.send_signal(signal.SIGHUP)
        wait_for(lambda: os.path.exists(self.file), "the new file")
        server.send(QUOTES)
        client.recv(len(QUOTES))
        proxy.stop(signal.SIGINT)
        self.assertEqual(len(read(self.file + ".old")[1]), 3 + 4)
        self.assertEqual([len(p.payload) for p in read(self.file)[1]], [len(QUOTES)])

    def test_a_full_disk_stops_the_recording_and_nothing_else(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--record", "/dev/full")
        client, server, *_ = self.session(gateway, proxy)
        proxy.find(r"cannot record to /dev/full: No space left on device; recording has stopped")
        server.send(QUOTES)
        self.assertEqual(client.recv(len(QUOTES)), QUOTES)
        self.assertEqual(len(proxy.events("limit", what="recording")), 1)
        self.assertEqual(proxy.stop(signal.SIGINT), 3, "an output that was asked for is missing")
        self.assertEqual(proxy.text().count("recording has stopped"), 1)

    def test_a_file_that_may_not_grow_ends_at_a_block(self):
        gateway = self.gateway()
        proxy = self.recording(gateway, "--show-accounts")
        resource.prlimit(proxy.pid, resource.RLIMIT_FSIZE, (200000, 200000))
        client, server, *_ = self.session(gateway, proxy)
        piece = frame(b"X" * 50000)
        for _ in range(12):
            server.send(piece)
            self.assertEqual(client.recv(len(piece)), piece)
        proxy.find(r"cannot record to \S+: File too large; recording has stopped")
        proxy.stop(signal.SIGINT)
        read(self.file)  # whole blocks and nothing else
        self.assertGreater(os.stat(self.file).st_size, 100000)

    def test_standard_output(self):
        gateway = self.gateway()
        with open(self.file, "wb") as out:
            process = subprocess.Popen(
                [BIN, "proxy", "--record", "-", "--upstream", gateway.addr, "--listen", "127.0.0.1:0"],
                stdout=out,
                stderr=subprocess.PIPE,
            )
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stderr.readline().decode()
        addr = re.search(r"listening on (\S+:\d+)", line).group(1)
        client = connect(addr)
        client.send(hello(100, 176))
        server = gateway.accept()
        server.recv(len(hello(100, 176)))
        process.send_signal(signal.SIGINT)
        process.wait(20)
        client.close()
        server.close()
        self.assertEqual([p.payload for p in read(self.file)[1] if p.payload], [hello(100, 176)])

    def test_a_reader_of_a_pipe_that_stops_costs_packets_only(self):
        gateway = self.gateway()
        os.mkfifo(self.file)
        reader = os.open(self.file, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        proxy = self.recording(gateway, "--show-accounts")
        client, server, *_ = self.session(gateway, proxy)
        piece = frame(b"X" * 60000)
        for _ in range(120):  # more than the pipe and the buffer hold
            server.send(piece)
            self.assertEqual(client.recv(len(piece)), piece)
        proxy.find("the reader of the recording does not keep up")

    def test_wrong_usage(self):
        for args, why in (
            (("--rotate", "1M"), "--rotate needs --record FILE"),
            (("--ring", "1M"), "--ring needs --record FILE"),
            (("--record", "x", "--keep", "3"), "--keep needs --rotate"),
            (("--record", "x", "--rotate", "1K"), "at least 64K"),
            (("--record", "x", "--ring", "1K"), "at least 128K"),
            (("--record", "-", "--json", "-"), "cannot both have standard output"),
            (("--record", "-", "--rotate", "1M"), "--rotate needs --record FILE"),
        ):
            program = self.twstap("proxy", *args)
            self.assertEqual(program.wait(), 2)
            self.assertIn(why, program.text())

    def test_what_cannot_be_recorded_to(self):
        os.mkfifo(self.file)
        for path, why in (
            (self.dir, "Is a directory"),
            (os.path.join(self.dir, "no", "x"), "No such file"),
            (self.file, "a named pipe that nobody reads"),
        ):
            program = self.twstap("proxy", "--listen", "127.0.0.1:0", "--record", path)
            self.assertEqual(program.wait(), 3, program.text())
            self.assertIn("cannot record to %s: %s" % (path, why), program.text())

    def test_a_run_that_cannot_begin_replaces_nothing(self):
        with open(self.file, "wb") as file:
            file.write(b"precious")
        taken = self.gateway()
        program = self.twstap("proxy", "--listen", taken.addr, "--record", self.file)
        self.assertEqual(program.wait(), 3, program.text())
        with open(self.file, "rb") as file:
            self.assertEqual(file.read(), b"precious")


if __name__ == "__main__":
    main()
