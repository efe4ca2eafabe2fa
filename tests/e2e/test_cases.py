"""Sessions from the field whose right answer is known: the shared folder beside the project, in place.

Only what is stable is asserted: the exit status, and the phrases that an answer cannot do without."""

import glob
import json
import os
import re
import subprocess
import time
import unittest

from harness import BIN, E2E, ROOT, main

CASES = os.path.join(os.environ.get("TWSTAP_SHARED") or os.path.join(ROOT, "..", "shared"), "field", "cases")


class Cases(E2E):
    def read(self, number, *options):
        found = glob.glob(os.path.join(CASES, "%02d-*" % number, "input.*"))
        if not found:
            raise unittest.SkipTest("case %02d is not here" % number)  # also where everything else must run
        began = time.monotonic()
        done = subprocess.run([BIN, "read", *options, found[0]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        self.took = time.monotonic() - began
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def decode(self, number):
        """The lines of a pasted log, and what is said beside them."""
        found = glob.glob(os.path.join(CASES, "%02d-*" % number, "input.*"))
        if not found:
            raise unittest.SkipTest("case %02d is not here" % number)
        done = subprocess.run([BIN, "decode", "-q", found[0]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return [re.sub(r"^([<>]) +\d+ +", r"\1 ", line) for line in done.stdout.decode().splitlines()]

    def verdict(self, number):
        status, out, _ = self.read(number, "--json", "-", "-q")
        return status, [e for e in map(json.loads, out.splitlines()) if e["event"] == "verdict"][-1]

    def test_refused_without_its_id(self):
        status, verdict = self.verdict(3)
        self.assertEqual((status, verdict["stage"], verdict["certainty"]), (0, None, "likely"))
        for phrase in ("reqPnLSingle", "refused, probably this one: 321", "3.0 ms after it", "nothing else was open", "1 field too few"):
            self.assertIn(phrase, verdict["says"])
        self.assertNotIn("jvm-stall", self.read(3)[1])

    def test_snapshot_without_end(self):
        status, verdict = self.verdict(5)
        self.assertEqual((status, verdict["stage"], verdict["silent"]), (1, "live-request-unanswered", "gateway"))
        self.assertIn("reqMktData", verdict["says"])

    def test_stall_of_what_answers(self):
        _, verdict = self.verdict(2)
        self.assertEqual(verdict["stage"], "live-request-unanswered")
        self.assertNotIn("jvm-stall", [c["mode"] for c in verdict["causes"]])
        self.assertRegex(verdict["says"], r"Only this request hangs.*reqHistoricalData 5 .*other requests were answered")
        self.assertIn("farm-broken", [c["mode"] for c in verdict["causes"]])
        self.assertEqual({c["certainty"] for c in verdict["causes"]}, {"cannot tell"})
        self.assertNotIn("reqCurrentTime", verdict["next"])

    def test_subscription_ended_by_an_error(self):
        status, verdict = self.verdict(10)
        self.assertEqual((status, verdict["stage"]), (0, None))
        self.assertIn("ended reqRealTimeBars 11 with error 10225, and the client did not ask again", verdict["says"])
        out = self.read(10, "--color", "never")[1]
        self.assertRegex(out, r"request   reqRealTimeBars reqId 11: error after 5 min .*: 10225 Bust event")
        self.assertNotIn("nothing was owed", out)

    def test_asked_before_the_welcome(self):
        _, verdict = self.verdict(11)
        self.assertIn("asked before the welcome", verdict["says"])
        cause = verdict["causes"][0]
        self.assertEqual((cause["certainty"], "before the welcome" in cause["why"]), ("cannot tell", True))
        self.assertIn("Ask again now", verdict["next"])

    def test_newer_than_the_version(self):
        _, verdict = self.verdict(12)
        self.assertIn("reqHistoricalTicks needs server version 130", verdict["says"])
        self.assertEqual((verdict["mode"], verdict["certainty"]), ("version-range-miss", "certain"))
        _, out, _ = self.read(12, "-v", "--color", "never")
        self.assertRegex(out, r"reqHistoricalTicks .*! needs server version 130, this session has 110")

    def test_answered_without_its_end_marker(self):
        _, verdict = self.verdict(13)
        self.assertIn("answered reqOpenOrders without its end marker", verdict["says"])
        self.assertEqual([(c["mode"], c["certainty"]) for c in verdict["causes"][:2]],
                         [("sync-request-hang", "cannot tell"), ("jvm-stall", "cannot tell")])

    def test_trouble_at_the_end_only(self):
        status, verdict = self.verdict(6)
        self.assertEqual((status, verdict["stage"], verdict["silent"]), (0, None, "nobody"))
        self.assertIn("quiet for 4.0 s", verdict["says"])

    def test_tws_api_message_log(self):
        self.assertEqual([line[:60] for line in self.decode(7)],
                         ["< managedAccounts DUxxxxxx1", "< nextValidId 1",
                          "< error 16777221: 10225 Bust event occurred, current subscrip"[:60]])

    def test_list_of_text_fields(self):
        self.assertEqual(self.decode(8), ["< historicalTicksLast req 9, 0 ticks, done: true",
                                          "< error 5: 202 Order Canceled - reason:"])

    def test_rust_nul_and_digit(self):
        lines = self.decode(9)
        self.assertEqual([line.split(" req ")[0] for line in lines],
                         ["< marketDataType", "< tickReqParams", "< tickString", "< tickPrice"])
        self.assertEqual([" ".join(re.findall("9004|0[.]01|1744742860|252.5", line)) for line in lines],
                         ["9004", "9004 0.01", "9004 1744742860", "9004 252.5"])

    def test_frame_after_the_end(self):
        _, out, _ = self.read(1, "--json", "-", "-q", "--port", "17401")
        verdicts = [e for e in map(json.loads, out.splitlines()) if e["event"] == "verdict"]
        self.assertNotIn("malformed-request-close", out)
        self.assertRegex(verdicts[-1]["says"], "90[45] ms after the client's last bytes; the client did not notice for 4.0 s, and wrote")
        self.assertLess(verdicts[0]["ts"], "2026-11-30T12:37:11")  # not with the end of the capture

    def test_busy_client_and_a_restart(self):
        _, verdict = self.verdict(4)
        self.assertEqual((verdict["mode"], [c["mode"] for c in verdict["causes"]]), (None, ["scheduled-restart"]))

    def test_one_closed_others_go_on(self):
        _, out, _ = self.read(14, "--json", "-", "-q")
        verdicts = [e for e in map(json.loads, out.splitlines()) if e["event"] == "verdict" and e["conn"] == 1]
        self.assertNotIn("scheduled-restart", out)
        self.assertIn("the client has not noticed for 1.0 s", verdicts[0]["says"])
        self.assertEqual(verdicts[-1]["stage"], "closed-by-gateway")

    def test_undecodable_is_not_silence(self):
        _, verdict = self.verdict(15)
        self.assertEqual(verdict["silent"], "nobody")
        self.assertIn("did not decode", verdict["says"])
        self.assertNotIn("quiet", verdict["says"])

    def test_restart_of_two_sessions(self):
        _, out, _ = self.read(17, "--json", "-", "-q")
        verdicts = {e["conn"]: e for e in map(json.loads, out.splitlines()) if e["event"] == "verdict"}
        for conn in (1, 2, 3):
            self.assertIn("scheduled-restart", [c["mode"] for c in verdicts[conn]["causes"]], conn)
        self.assertEqual((verdicts[3]["stage"], verdicts[3]["causes"][1]["certainty"]), ("no-listener", "likely"))

    def test_time_near_the_end(self):
        status, out, err = self.read(19)
        self.assertIn(status, (0, 1, 3))
        self.assertIn("summary", out)
        self.assertLess(self.took, 10)
        self.assertRegex(err, r"packet \d+.*2262")


if __name__ == "__main__":
    main()
