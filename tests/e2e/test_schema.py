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
