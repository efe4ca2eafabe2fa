"""Seeds for the fuzz targets that take messages: frames made from the fact tables.

usage: seeds.py DIRECTORY

Writes DIRECTORY/TARGET/NAME; scripts/fuzz calls this.
"""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import wire  # noqa: E402 - found by the line above

VERSIONS = (100, 150, 176, 200, 203)


def payloads(tables):
    """(direction, version, name, payload): every message, both forms."""
    for direction, messages in tables.text.items():
        for msg_id, fields in messages.items():
            for version in VERSIONS:
                made = wire.TextFrame(fields, version, wire.seeded("seed", msg_id, version),
                                      msg_id % 2 == version % 2)
                yield (direction, version, f"text-{direction}-{msg_id}-{version}",
                       wire.text_payload(msg_id, version, made.texts))
    for direction, messages in tables.messages.items():
        for msg_id, name in messages.items():
            made = wire.Protobuf(tables, name, wire.seeded("seed", msg_id), 1)
            yield (direction, 226, f"protobuf-{direction}-{msg_id}",
                   wire.protobuf_payload(msg_id, made.body))


def seeds_of(direction, version, payload):
    """The input of each target; their sources say what it is made of."""
    gateway = direction == "in"
    yield "fuzz_message", bytes([gateway, version - 90]) + payload
    yield "fuzz_json", bytes([gateway]) + struct.pack(">H", version) + payload
    yield "fuzz_marks", bytes([not gateway, version - 100]) + payload


def main(folder):
    for direction, version, name, payload in payloads(wire.Tables()):
        for target, data in seeds_of(direction, version, payload):
            os.makedirs(os.path.join(folder, target), exist_ok=True)
            with open(os.path.join(folder, target, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
