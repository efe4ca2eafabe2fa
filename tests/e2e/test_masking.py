"""No account id leaves the program unless it is asked for."""

import json
import os
import subprocess
import unittest

import planted
import wire
from harness import ACCOUNT, BIN, E2E, ROOT, main

FIXTURES = os.path.join(ROOT, "fixtures")
TABLES = wire.Tables()

RANGES = ((100, 176), (100, 203), (100, 214))


class Masking(E2E):
    def said(self, versions, *options):
        """Everything that a healthy session made the proxy say."""
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "-v", "-v", "--hex", *options)
        client = self.api_client(proxy, versions)
        client.until(client.welcomed, "9 and 15")
        client.ask_time()
        client.until(lambda: 49 in client.received, "the time")
        client.close()
        proxy.verdict()
        proxy.stop()
        with open(proxy.json_file, encoding="utf-8") as lines:
            everything = lines.read()
        accounts = set(ACCOUNT.findall(b"\n".join(client.payloads).decode("latin-1")))
        self.assertTrue(accounts, "the stand-in has an account")
        return proxy.text() + everything, accounts

    def test_masked_in_text_json_and_hex(self):
        for versions in RANGES:
            with self.subTest(versions=versions):
                everything, accounts = self.said(versions)
                for account in accounts:
                    self.assertNotIn(account, everything)
                    self.assertNotIn(account.encode().hex(), everything.lower())

    def test_shown_when_asked_for(self):
        everything, accounts = self.said(RANGES[0], "--show-accounts")
        for account in accounts:
            self.assertIn(account, everything)


def said_by(*args, data=None):
    return subprocess.run([BIN, *args], input=data, stdout=subprocess.PIPE, timeout=120).stdout


class Fixtures(unittest.TestCase):
    """Every output of every fixture, for the ids that its bytes hold."""

    OUTPUTS = (("read", "-v"), ("read", "-vv", "--hex"), ("read", "-q", "--json", "-", "--hex"))

    def test_no_output_holds_an_id(self):
        ids = set()
        for name in sorted(n for n in os.listdir(FIXTURES) if n.endswith(".pcapng")):
            path = os.path.join(FIXTURES, name)
            with open(path, "rb") as f:
                inside = set(ACCOUNT.findall(f.read().decode("latin-1")))
            ids |= inside
            for output in self.OUTPUTS:
                said = said_by(*output, path).decode("utf-8").lower()
                for one in inside:
                    self.assertNotIn(one.lower(), said, f"{name}: {output}")
                    self.assertNotIn(one.encode().hex(), said, f"{name}: {output}")
        self.assertTrue(ids, "some fixture holds an id")


class ByMeaning(unittest.TestCase):
    """Each field that the fact tables call sensitive, with a value of no telling form."""

    SECRET = "Quillon7x"

    def frames(self, version):
        return planted.text_frames(version, lambda _field: self.SECRET)

    def test_in_text_and_json(self):
        for version in (150, 176, 199):
            cases = list(self.frames(version))
            self.assertGreater(len(cases), 20)
            lines = "".join(f"{'<' if d == 'in' else '>'} {p.hex()}\n" for _, d, _, p in cases)
            for output in (("--json", "-", "--hex"), ("--hex",), ("-q",)):
                said = said_by("decode", "--server-version", str(version), *output,
                               data=lines.encode()).decode().lower()
                self.assertIn(cases[0][0].lower(), said)
                for form in (self.SECRET, self.SECRET.encode().hex()):
                    for line in said.splitlines():
                        self.assertNotIn(form.lower(), line)
            shown = said_by("decode", "--server-version", str(version), "--json", "-",
                            "--show-accounts", data=lines.encode()).decode()
            self.assertIn(self.SECRET, shown)

    def test_in_protobuf(self):
        """The same in nested messages: an order's account, an allocation's, an execution's."""
        secret = self.SECRET.encode()
        order = wire.sized(12, secret) + wire.sized(34, secret) + wire.sized(137, secret)
        state = wire.sized(27, wire.sized(1, secret))
        bodies = {
            "<": [(5, wire.sized(3, order) + wire.sized(4, state)),
                  (11, wire.sized(3, wire.sized(4, secret))),
                  (6, wire.sized(1, b"AccountCode") + wire.sized(2, secret)),
                  (78, wire.sized(1, wire.sized(1, secret) + wire.sized(2, secret))),
                  (16, wire.sized(2, b"<String>" + secret + b"</String>"))],
            ">": [(3, wire.sized(3, order)), (92, wire.sized(2, secret)),
                  (65, wire.sized(1, secret))],
        }
        lines = "".join(f"{mark} {wire.protobuf_payload(i, body).hex()}\n"
                        for mark, some in bodies.items() for i, body in some).encode()
        for output in (("--json", "-", "--hex"), ("--hex",)):
            said = said_by("decode", "--server-version", "226", *output, data=lines).decode()
            self.assertNotIn(self.SECRET, said)
            self.assertNotIn(secret.hex(), said)

    def test_free_text_once_the_name_is_known(self):
        lines = ["< " + wire.text_payload(15, 176, ["1", self.SECRET]).hex(),
                 "< " + wire.text_payload(4, 176, ["2", "-1", "2100", f"about {self.SECRET}.",
                                                   ""]).hex()]
        for options in ((), ("--only", "error"), ("--not", "managedAccounts", "--json", "-")):
            said = said_by("decode", "--server-version", "176", *options, data="\n".join(lines).encode())
            self.assertNotIn(self.SECRET.encode(), said, options)
            self.assertIn(b"about ", said)


class Known(unittest.TestCase):
    """What was met as an account is masked wherever it stands, and nothing else is."""

    IDS = ("DU7654321", "jane-roe", "myAcct.9", "87654321")
    MET = wire.text_payload(15, 176, ["1", ",".join(IDS)])
    QUOTED = wire.text_payload(4, 176, [
        "2", "5", "201", "ref algo_DU7654321_7, acctDU7654321, du7654321, Jane-Roe myAcct.9 "
        "87654321", '{"acct_DU7654321":1}'])

    def said(self, *payloads, options=()):
        lines = "".join(f"< {p.hex()}\n" for p in payloads)
        return said_by("decode", "--server-version", "176", *options,
                       data=lines.encode()).decode()

    def test_in_any_company_and_case(self):
        for options in ((), ("-q",), ("--json", "-", "-q", "--hex")):
            said = self.said(self.MET, self.QUOTED, options=options).lower()
            self.assertIn("algo_du", said)
            for one in self.IDS:
                self.assertNotIn(one.lower(), said)
                self.assertNotIn(one.encode().hex(), said)
        shown = self.said(self.MET, self.QUOTED, options=("--show-accounts",))
        for one in self.IDS:
            self.assertIn(one, shown)

    def test_numbers_and_instruments_stay(self):
        """A number that is an account's too, and symbols with the form of an account."""
        tick = wire.text_payload(1, 176, ["6", "87654321", "1", "87654321", "1", "0"])
        position = wire.text_payload(61, 176, [
            "3", "jane-roe", "87654321", "A005930", "STK", "", "0", "", "", "KRX", "KRW",
            "A005930", "A005930", "10", "61000"])
        said = [json.loads(line)["fields"] for line in
                self.said(self.MET, tick, position,
                          options=("--json", "-", "-q")).splitlines()]
        self.assertEqual((said[1]["reqId"], said[1]["price"]), (87654321, 87654321))
        self.assertEqual(said[2]["conId"], 87654321)
        self.assertEqual([said[2][n] for n in ("symbol", "localSymbol", "tradingClass")],
                         ["A005930"] * 3)
        self.assertNotIn("jane", said[2]["account"])

    def test_scanner_parameters_are_no_advisors_document(self):
        xml = "<ScanParameterResponse><access>SMART</access><name>Top Gainers</name></Scan>"
        tick = wire.text_payload(10, 176, ["8", "9001", "SPY", "STK", "", "0", "", "SMART"])
        said = self.said(wire.text_payload(19, 176, ["1", xml]), tick)
        self.assertIn("Top Gainers", said)
        self.assertEqual(said.count("SMART"), 2)

    def test_advisors_documents(self):
        documents = ("<Account name='Secret Name'/>", "<ns:name>Secret Name</ns:name>",
                     "<ns:Account>Secret</ns:Account>", "<account><id>Secret</id></account>",
                     "<note>Secret&#32;Name</note>", '{"account":"Secret"}',
                     "<![CDATA[Secret]]>", "<Group name = \"Secret\">")
        for text in documents:
            for kind in ("1", "3"):
                said = self.said(wire.text_payload(16, 176, ["1", kind, text]),
                                 options=("--json", "-", "--hex"))
                self.assertIn("receiveFA", said)
                for form in ("Secret", "Secret".encode().hex(), "Name\"", "Name<"):
                    self.assertNotIn(form, said, text)

    def test_a_value_before_its_key(self):
        body = wire.sized(2, b"Quillon7x") + wire.sized(1, b"AccountCode")
        said = said_by("decode", "--from", "gateway", "--server-version", "226", "--json", "-",
                       data=wire.protobuf_payload(6, body).hex().encode()).decode()
        self.assertIn("AccountCode", said)
        self.assertNotIn("Quillon7x", said)


class Recordings(E2E):
    def test_hold_no_known_id_in_any_company(self):
        path = os.path.join(self.dir, "known.pcapng")
        session = wire.Session(176)
        session.send("in", wire.frame(Known.MET))
        session.send("in", wire.frame(Known.QUOTED))
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--record", path)
        client = self.connect(proxy)
        client.send(session.sent["out"])
        other = gateway.accept()
        other.send(session.sent["in"])
        self.assertEqual(len(client.recv(len(session.sent["in"]))), len(session.sent["in"]))
        client.close()
        other.close()
        proxy.verdict()
        proxy.stop()
        with open(path, "rb") as f:
            kept = f.read().lower()
        self.assertIn(b"algo_du", kept)
        for one in Known.IDS:
            self.assertNotIn(one.lower().encode(), kept)

    def test_hold_no_name_or_id(self):
        """Everything sensitive through a relay that records, in both directions and both forms."""
        secret, version = ByMeaning.SECRET, 203
        session = wire.Session(version)
        for _, direction, _, payload in ByMeaning().frames(version):
            session.send(direction, wire.frame(payload))
        order = wire.sized(3, wire.sized(12, secret.encode()))
        session.send("in", wire.frame(wire.protobuf_payload(5, order)))
        session.send("out", wire.frame(wire.protobuf_payload(3, order)))
        path = os.path.join(self.dir, "kept.pcapng")
        gateway = self.gateway()
        proxy = self.proxy(gateway, "--record", path)
        client = self.connect(proxy)
        client.send(session.sent["out"])
        other = gateway.accept()
        other.send(session.sent["in"])
        self.assertEqual(len(client.recv(len(session.sent["in"]))), len(session.sent["in"]))
        other.recv(len(session.sent["out"]))
        client.close()
        other.close()
        proxy.verdict()
        proxy.stop()
        with open(path, "rb") as f:
            kept = f.read()
        self.assertGreater(len(kept), len(session.sent["in"]))
        self.assertNotIn(secret.encode(), kept)
        names = set(TABLES.names["in"][i][0] for i in TABLES.names["in"])
        events = [json.loads(line) for line in
                  said_by("read", "-q", "--json", "-", "--show-accounts", path).splitlines()]
        frames = [e for e in events if e["event"] == "frame"]
        self.assertEqual(len(frames), session.frames)
        self.assertFalse([f for f in frames if "error" in f or "extra" in f or "missing" in f])
        self.assertTrue(names & {f["name"] for f in frames})


if __name__ == "__main__":
    main()
