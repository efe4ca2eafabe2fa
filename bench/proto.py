"""The fact tables as tws.proto, and a table from ids to protobuf-c's descriptors.

usage: proto.py DIRECTORY
"""

import os
import re
import sys

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "protocol")


def rows(name):
    with open(os.path.join(TABLES, name), encoding="utf-8") as f:
        head = f.readline().lstrip("#").rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in f]


def declared(row):
    """Without `optional`, which protobuf-c 1.4 does not know; the bytes are the same."""
    return f"  {row['type'].replace('message ', '')} {row['field_name']} = {row['field_no']};"


def c_name(name):
    """protobuf-c's way to write a message's name in a function's."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def main(folder):
    messages = {}
    for row in rows("protobuf_fields.tsv"):
        messages.setdefault(row["proto_message"], []).append(row)
    ids = [r for r in rows("protobuf_messages.tsv") if r["direction"] == "in"]
    for row in ids:
        messages.setdefault(row["proto_message"], [])
    with open(os.path.join(folder, "tws.proto"), "w", encoding="utf-8") as f:
        f.write('syntax = "proto3";\npackage tws;\n')
        for name, fields in messages.items():
            f.write(f"message {name} {{\n" + "\n".join(map(declared, fields)) + "\n}\n")
    with open(os.path.join(folder, "protobuf_c_ids.c"), "w", encoding="utf-8") as f:
        f.write('#include "protobuf_c.h"\n#include "tws.pb-c.h"\n\n'
                "const ProtobufCMessageDescriptor *protobuf_c_of(uint32_t raw_id)\n{\n"
                "    switch (raw_id) {\n")
        for row in ids:
            f.write(f"    case {row['raw_id']}:\n        return "
                    f"&tws__{c_name(row['proto_message'])}__descriptor;\n")
        f.write("    default:\n        return NULL;\n    }\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
