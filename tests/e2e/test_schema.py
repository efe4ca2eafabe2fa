"""twstap schema: what it prints is whole, and what the documentation shows of it is current."""

import csv
import json
import os
import subprocess
import unittest

import wire
from harness import BIN, ROOT, main

TABLES = wire.Tables()


def schema(*args, status=0):
    done = subprocess.run([BIN, "schema", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    if done.returncode != status:
        raise AssertionError(done.stderr.decode())
    return done.stdout.decode()


class Schema(unittest.TestCase):
    def test_the_documentation_shows_it(self):
        with open(os.path.join(ROOT, "docs", "protocol.md"), encoding="utf-8") as f:
            self.assertIn(schema("--format", "md"), f.read(),
                          "docs/protocol.md: the table is not that of `twstap schema --format md`")

    def test_tsv_has_every_text_field_of_the_fact_tables(self):
        rows = list(csv.DictReader(schema().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        for direction, side in (("in", "gateway"), ("out", "client")):
            for msg_id, fields in TABLES.text[direction].items():
                got = [r for r in rows if r["from"] == side and r["id"] == str(msg_id) and
                       r["type"]]
                self.assertEqual([r["field"] for r in got], [f.name for f in fields])
                for row, field in zip(got, fields):
                    place = f"{row['message']}.{field.name}"
                    self.assertEqual(int(row["since"] or 0), field.since, place)
                    self.assertEqual(int(row["until"] or 0), field.until, place)
                    self.assertEqual(int(row["mv"] or 0), field.mv, place)
                    self.assertEqual(int(row["in"] or 0), len(field.path), place)
                    self.assertEqual(row["counts"], field.counts or "", place)
                    self.assertEqual(row["when"], field.condition, place)

    def test_tsv_has_every_protobuf_field_of_the_fact_tables(self):
        rows = list(csv.DictReader(schema().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        messages = {proto: TABLES.names[d][i][0] for d in TABLES.messages
                    for i, proto in TABLES.messages[d].items()}
        for proto, fields in TABLES.protobuf.items():
            name = messages.get(proto, proto)
            tags = {r["tag"] for r in rows if r["message"] == name and r["tag"]}
            self.assertEqual(tags, {f["field_no"] for f in fields}, proto)

    # Types of the fact tables and of ours.
    TYPES = {"long": "int", "int32": "int", "int64": "int"}
    # Where protobuf's type says less than ours: decimals are texts, times and bit sets numbers.
    CLOSER = {("string", "decimal"), ("int", "epoch_s"), ("int", "epoch_ms"), ("int", "int_max"),
              ("int", "mask")}
    # What a value is, by the fact tables and by ours.  Ours is closer in places: what is masked,
    # what names an instrument, what is a price or a time.
    MEANINGS = {"free_text": {"free text", "secret", "advisor document", "advisor group"},
                "accounts_list": {"accounts"}, "money": {"money", "price", "account value"},
                "orderId": {"orderId", "reqId"}, "errorMsg": {"errorMsg", "secret"},
                "": {"", "secret", "free text", "account", "account key", "symbol", "timestamp",
                     "advisor document", "advisor group"}}

    def same_type(self, ours, facts, place):
        facts = self.TYPES.get(facts, facts)
        self.assertTrue(ours == facts or (facts, ours) in self.CLOSER, f"{place}: {ours} {facts}")

    def same_meaning(self, row, fact, place):
        self.assertIn(row["means"], self.MEANINGS.get(fact["semantic"], {fact["semantic"]}), place)
        if fact["sensitive"] == "1":
            self.assertEqual(row["sensitive"], "1", place)
        elif row["sensitive"] == "1":
            self.assertIn(row["field"], ("modelCode", "errorText", "apiVersion", "value",
                                         "whiteBrandingId", "mifid2DecisionAlgo",
                                         "mifid2ExecutionAlgo"), place)

    def test_types_meanings_and_what_is_masked(self):
        rows = list(csv.DictReader(schema().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        compared = 0
        for name, side in (("incoming", "gateway"), ("outgoing", "client")):
            facts = {}
            for fact in wire.rows(name + "_fields.tsv"):
                if fact["ordinal"] != "0":
                    facts.setdefault(fact["msg_id"], []).append(fact)
            for msg_id, fields in facts.items():
                got = [r for r in rows if r["from"] == side and r["id"] == msg_id and r["type"]]
                self.assertEqual(len(got), len(fields))
                for row, fact in zip(got, fields):
                    place = f"{row['message']}.{row['field']}"
                    self.same_type(row["type"], fact["type"], place)
                    self.same_meaning(row, fact, place)
                    compared += 1
        messages = {proto: TABLES.names[d][i][0] for d in TABLES.messages
                    for i, proto in TABLES.messages[d].items()}
        for proto, fields in TABLES.protobuf.items():
            for fact in fields:
                row = next(r for r in rows if r["message"] == messages.get(proto, proto) and
                           r["tag"] == fact["field_no"])
                place = f"{proto}.{fact['field_name']}"
                words = fact["type"].split()
                self.assertEqual(row["repeated"] == "repeated",
                                 words[0] == "repeated" or words[0].startswith("map"), place)
                if "message" in words or words[0].startswith("map"):
                    self.assertTrue(row["proto_type"][0].isupper(), place)
                else:
                    self.same_type(row["proto_type"], words[-1], place)
                    self.same_meaning(row, fact, place)
                compared += 1
        self.assertGreater(compared, 2400)

    def test_messages_and_their_first_versions(self):
        lines = [json.loads(line) for line in schema("--format", "json").splitlines()]
        ours = {(x["from"], x["id"]): x for x in lines if "message" in x}
        for name, side in (("incoming", "gateway"), ("outgoing", "client")):
            for fact in wire.rows(name + ".tsv"):
                row = ours.pop((side, int(fact["id"])))
                self.assertEqual(row["message"], fact["wire_name"])
                self.assertEqual(row.get("since", 0), int(fact["min_server_version"] or 0), row)
                self.assertEqual(row.get("protobufSince", 0), int(fact["protobuf_since"] or 0), row)
                self.assertEqual(row["text"], fact["text_form"] != "proto_only", row)
        self.assertFalse(ours)

    def test_one_version(self):
        """The messages it has, in the form they have then, with the fields of that form."""
        for version in (100, 103, 144, 176, 200, 201, 206, 213, 219, 226):
            rows = list(csv.DictReader(schema("--server-version", str(version)).splitlines(),
                                       delimiter="\t", quoting=csv.QUOTE_NONE))
            seen = {(r["from"], r["id"]): [] for r in rows if r["id"]}
            for row in rows:
                if row["id"]:
                    seen[row["from"], row["id"]].append(row)
            for name, side in (("incoming", "gateway"), ("outgoing", "client")):
                direction = "in" if side == "gateway" else "out"
                for fact in wire.rows(name + ".tsv"):
                    got = seen.pop((side, fact["id"]), [])
                    place = f"{fact['wire_name']} at {version}"
                    proto = int(fact["protobuf_since"] or 999)
                    if version >= proto:
                        self.assertTrue(all(r["tag"] for r in got), place)
                        self.assertEqual(
                            {r["tag"] for r in got},
                            {f["field_no"] for f in
                             TABLES.protobuf.get(TABLES.messages[direction][int(fact["id"])], [])})
                    elif version < int(fact["min_server_version"] or 0) or \
                            fact["text_form"] == "proto_only":
                        self.assertFalse(got, place)
                    else:
                        fields = TABLES.text[direction].get(int(fact["id"]), [])
                        self.assertEqual([r["field"] for r in got],
                                         [f.name for f in fields if version >= f.since and
                                          (not f.until or version < f.until)], place)
            self.assertFalse(seen)
            records = [r for r in rows if not r["id"]]
            self.assertEqual(bool(records), version >= wire.RAW_ID_SINCE, version)
        schema("updateConfig", "--server-version", "200", status=2)
        schema("reqConfig", "--server-version", "226")

    def test_names_of_values_and_bits(self):
        rows = list(csv.DictReader(schema("tickPrice").splitlines(), delimiter="\t",
                                   quoting=csv.QUOTE_NONE))
        names = {r["field"]: r["names"] for r in rows}
        self.assertIn("|1=BID|2=ASK|", names["tickType"])
        self.assertEqual(names["attrMask"], "bits:0=canAutoExecute|1=pastLimit|2=preOpen")
        fields = {f["name"]: f for f in json.loads(schema("tickPrice", "--format", "json"))["fields"]}
        self.assertEqual(fields["tickType"]["names"]["1"], "BID")
        self.assertEqual(fields["attrMask"]["bits"]["1"], "pastLimit")
        text = schema("reqHistoricalData", "--format", "md")
        self.assertIn("- `formatDate`: 1 text, 2 epoch seconds", text)
        self.assertIn("- `tickAttrib`: 0 return based, 1 price based",
                      schema("tickOptionComputation", "--format", "md"))

    def test_the_dissector_is_always_whole(self):
        schema("tickPrice", "--format", "lua", status=2)
        schema("--server-version", "176", "--format", "lua", status=2)

    def test_what_the_tables_call_sensitive_is_masked(self):
        rows = list(csv.DictReader(schema().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        masked = {(r["from"], r["id"], r["field"]) for r in rows if r["sensitive"] == "1"}
        for name, side in (("incoming", "gateway"), ("outgoing", "client")):
            for row in wire.rows(name + "_fields.tsv"):
                if row["sensitive"] == "1":
                    self.assertIn((side, row["msg_id"], row["field"]), masked)

    def test_json_and_one_message(self):
        lines = [json.loads(line) for line in schema("--format", "json").splitlines()]
        self.assertEqual(len([x for x in lines if "message" in x]), 171)
        for one in ("tickPrice", "placeOrder"):
            self.assertIn(f"## {one} (", schema(one, "--format", "md"))
        self.assertIn("### ComboLeg", schema("placeOrder", "--format", "md"))
        self.assertNotIn("### ComboLeg", schema("tickPrice", "--format", "md"))
        self.assertIn("hasGaps", schema("historicalData", "--server-version", "123"))
        self.assertNotIn("hasGaps", schema("historicalData", "--server-version", "124"))

    def test_wrong_usage(self):
        schema("--format", "xml", status=2)
        schema("nosuch", status=2)
        schema("--server-version", "99", status=2)


if __name__ == "__main__":
    main()
