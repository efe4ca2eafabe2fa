"""twstap read --log: whole logs through the session model, and what a log cannot show."""

import json
import os
import struct
import subprocess
import tempfile
import unittest

from harness import BIN, E2E, main


def payload(*fields):
    return b"".join(str(f).encode() + b"\0" for f in fields)


def framed(*fields):
    data = payload(*fields)
    return struct.pack(">I", len(data)) + data


class Log:
    """Lines with times; the formats are those that the libraries write."""

    def __init__(self, date="2026-11-24 ", first=13 * 3600 + 3 * 60 + 5):
        self.lines, self.date, self.at = [], date, float(first)

    def say(self, text, after=0.01):
        self.at += after
        s, ms = divmod(round(self.at * 1000), 1000)
        self.lines.append(f"{self.date}{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d},{ms:03d} {text}")
        return self

    def client(self, *fields, after=0.01):
        return self.say("ib_async.client DEBUG >>> " + ",".join(map(str, fields)), after)

    def gateway(self, *fields, after=0.01):
        return self.say("ib_async.client DEBUG <<< " + ",".join(map(str, fields)), after)

    def welcome(self):
        self.gateway(176, "20261124 13:03:05 EST").client(71, 2, 7, "")
        return self.gateway(15, 1, "DU1234567").gateway(9, 1, 42)


class ReadLog(E2E):
    def read(self, log, *options, status=0, standard=True):
        lines = log.lines if isinstance(log, Log) else log
        text = ("\n".join(lines) + "\n").encode()
        if standard:
            args, source = [BIN, "read", *options, "--log", "-"], text
        else:
            with tempfile.NamedTemporaryFile(suffix=".log", delete=False) as f:
                f.write(text)
            self.addCleanup(os.unlink, f.name)
            args, source = [BIN, "read", *options, "--log", f.name], b""
        done = subprocess.run(args, input=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr.decode() + done.stdout.decode())
        return done.stdout.decode(), done.stderr.decode()

    def events(self, log, *options, **more):
        out, err = self.read(log, "--json", "-", "-q", *options, **more)
        return [json.loads(line) for line in out.splitlines()], err

    def verdict(self, log, *options, **more):
        events, _ = self.events(log, *options, **more)
        return [e for e in events if e["event"] == "verdict"][-1]

    def test_a_healthy_session(self):
        log = Log().say("ib_async.client INFO Connecting to 127.0.0.1:7497 with clientId 7...").welcome()
        log.client(49, 1).gateway(49, 1, 1795525385).say("ib_async.client INFO Disconnecting", 2)
        for standard in (True, False):
            events, err = self.events(log, standard=standard)
            self.assertEqual([e["stage"] for e in events if e["event"] == "stage"], ["version", "start", "ready", "live"])
            verdict = [e for e in events if e["event"] == "verdict"][-1]
            self.assertEqual((verdict["stage"], verdict["silent"]), (None, "nobody"))
            self.assertRegex(verdict["ts"], "^2026-11-24T13:03:07")
            self.assertEqual(err, "twstap read: 2 lines without a payload were skipped\n")
            close = [e for e in events if e["event"] == "close"][-1]
            self.assertEqual(close["by"], "nobody", "the last line is no end by anybody")

    def test_a_request_without_an_answer(self):
        log = Log().welcome().client(49, 1).say("app ERROR TimeoutError", 30)
        verdict = self.verdict(log, status=1)
        self.assertEqual((verdict["stage"], verdict["silent"]), ("live-request-unanswered", "gateway"))
        self.assertIn("reqCurrentTime", verdict["says"])
        self.assertEqual({e["source"] for e in verdict["evidence"]}, {"log"})
        events, _ = self.events(log, "--request-timeout", "60s")
        self.assertFalse([e for e in events if e["event"] == "silence"])

    def test_a_log_without_any_answer_blames_nobody(self):
        log = Log().client(71, 2, 7, "").client(49, 1).say("app ERROR TimeoutError", 60)
        verdict = self.verdict(log)
        self.assertEqual((verdict["stage"], verdict["silent"], verdict["causes"]), (None, "nobody", []))
        self.assertIn("only what the client sent", verdict["says"])
        self.assertNotIn("ealthy", verdict["says"])
        log = Log().gateway(176, "20261124 13:03:05 EST").gateway(15, 1, "DU1234567").gateway(9, 1, 42)
        log.say("app WARN nothing", 60)
        verdict = self.verdict(log)
        self.assertEqual((verdict["stage"], verdict["silent"]), (None, "nobody"))
        self.assertIn("only what the gateway sent", verdict["says"])

    def test_the_log_of_ibapi_at_info_has_no_answers(self):
        """SENDING has the bytes, ANSWER has none."""
        log = Log()
        log.say(f"ibapi.client INFO SENDING startApi {framed(71, 2, 7, '')!r}")
        log.say("ibapi.wrapper INFO ANSWER nextValidId {'orderId': 42}")
        log.say(f"ibapi.client INFO SENDING reqCurrentTime {framed(49, 1)!r}").say("app INFO idle", 60)
        self.assertEqual(self.verdict(log)["silent"], "nobody")

    def test_frames_that_a_log_tells_three_times_count_once(self):
        log = Log()
        for fields in ((176, "20261124 13:03:05 EST"), (15, 1, "DU1234567"), (9, 1, 42)):
            data = payload(*fields)
            log.say(f"ibapi.connection DEBUG len {len(data) + 4} raw:{framed(*fields)!r}|")
            log.say(f"ibapi.reader DEBUG size:{len(data)} msg.size:{len(data)} msg:|{data!r}| buf:b''|")
            log.say(f"ibapi.client DEBUG fields {tuple(data.split(bytes(1))[:-1])!r}")
        events, _ = self.events(log)
        self.assertEqual([e["name"] for e in events if e["event"] == "frame"], ["version", "managedAccounts", "nextValidId"])

    def test_two_sessions(self):
        log = Log().welcome().client(49, 1).gateway(49, 1, 1795525385)
        log.say("ib_async.client INFO Disconnecting").say("app INFO waiting", 600).welcome()
        events, _ = self.events(log)
        self.assertEqual([e["stage"] for e in events if e["event"] == "verdict"], [None, None])
        self.assertEqual(sorted({e["conn"] for e in events if "conn" in e}), [1, 2])
        self.assertFalse([e for e in events if e["event"] == "silence"])

    def test_nothing_is_waited_for_behind_a_disconnect(self):
        log = Log().welcome().client(49, 1).say("ib_async.client INFO Disconnecting").say("app INFO idle", 3600)
        self.assertEqual(self.verdict(log)["silent"], "nobody")

    def test_the_log_of_tws(self):
        """A time of day and no date: no day is said."""
        lines = ["23:59:50:715 <- 71-2-7--", "23:59:50:716 -> ---\x0f15-1-DU1234567-", "23:59:50:717 -> 9-1-1-",
                 "23:59:51:716 <- 49-1-", "00:00:21:716 <- 62-1-"]
        out, _ = self.read(lines, "--color", "never", status=1)
        self.assertNotIn("1970", out)
        self.assertRegex(out, r"(?m)^00:00:01\.716 #1 +silence +live-request-unanswered")
        self.assertIn("DUxxxxxx", self.read(lines, "-v", "--color", "never", status=1)[0], "accounts are masked")

    def test_times_are_shown_as_in_the_log(self):
        environ = os.environ.get("TZ")
        os.environ["TZ"] = "America/New_York"
        try:
            out, _ = self.read(Log().welcome(), "--color", "never")
        finally:
            if environ is None:
                del os.environ["TZ"]
            else:
                os.environ["TZ"] = environ
        self.assertTrue(out.startswith("-- Tue 2026-11-24, times as in the log\n13:03:05.010 #1"), out)

    def test_a_log_without_times(self):
        lines = ["<<< 176,20261124 13:03:05 EST", ">>> 71,2,7,", "<<< 15,1,DU1234567", "<<< 9,1,42", ">>> 49,1"]
        events, _ = self.events(lines)
        self.assertEqual({e["ts"] for e in events}, {None})
        self.assertEqual([e for e in events if e["event"] == "verdict"][-1]["silent"], "nobody")

    def test_what_cannot_be_read_is_refused_and_nothing_is_claimed_over_it(self):
        log = Log().welcome().client(49, 1).say("received [ '49', '1'")
        log.say("app INFO idle", 60)
        _, err = self.read(log, status=3)
        self.assertRegex(err, r"standard input, line 6: byte \d+: the list has no end\n")
        events, _ = self.events(log, status=3)
        self.assertFalse([e for e in events if e["event"] == "silence"])
        _, err = self.read(["['9', '1', '42']", ">>> 49,1"], status=3)
        self.assertRegex(err, "line 1: byte 1: the line does not say who sent it")

    def test_wrong_usage_and_no_payload(self):
        for args in (("--log", "x", "y"), ("--port", "4001", "--log", "x")):
            done = subprocess.run([BIN, "read", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"--log reads one log", done.stderr)
        done = subprocess.run([BIN, "read", "--log", "/nonexistent"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"/nonexistent: No such file", done.stderr)
        out, err = self.read(["hello", "there"], status=3)
        self.assertEqual(out, "")
        self.assertIn("no line has a payload", err)


if __name__ == "__main__":
    main()
