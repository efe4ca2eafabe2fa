"""Messages with something secret in every field that the fact tables call sensitive."""

import wire

TABLES = wire.Tables()


def is_key(name, sensitive):
    """Does this field name the one behind it?"""
    return name == "key" or (name == "tag" and {"value", "val"} & sensitive)


def value(name, text, sensitive, secret):
    if is_key(name, sensitive):
        return "AccountCode"
    if name == "cxml":
        return f"<a><String>{secret(name)}</String><name>{secret(name)}</name></a>"
    return secret(name) if name in sensitive else text.replace("DU1234567", "x")


def text_frames(version, secret):
    """(name, direction, sensitive fields, payload) of each such message; `secret` gives the text for a field."""
    for direction, name in (("in", "incoming"), ("out", "outgoing")):
        sensitive = {}
        for row in wire.rows(name + "_fields.tsv"):
            if row["sensitive"] == "1":
                sensitive.setdefault(int(row["msg_id"]), set()).add(row["field"])
        for msg_id, names in sensitive.items():
            made = wire.TextFrame(TABLES.text[direction][msg_id], version, wire.seeded("mask", msg_id), True)
            texts = [value(n, t, names, secret) for n, t in made.leaves]
            yield TABLES.names[direction][msg_id][0], direction, names, wire.text_payload(msg_id, version, texts)


def protobuf_frames(secret):
    """(direction, payload): the same in protobuf, in nested messages too."""
    account, name, model, group = (secret(n).encode() for n in ("account", "name", "modelCode", "faGroup"))
    document = b"<Group><name>" + group + b"</name><String>" + account + b"</String></Group>"
    order = wire.sized(12, account) + wire.sized(34, group) + wire.sized(103, model) + wire.sized(137, account)
    state = wire.sized(27, wire.sized(1, account))
    for direction, msg_id, body in (
        ("in", 15, wire.sized(1, account)),
        ("in", 5, wire.sized(3, order) + wire.sized(4, state)),
        ("in", 11, wire.sized(3, wire.sized(4, account))),
        ("in", 6, wire.sized(1, b"AccountCode") + wire.sized(2, account)),
        ("in", 78, wire.sized(1, wire.sized(1, group) + wire.sized(2, account))),
        ("in", 16, wire.sized(2, document)),
        ("out", 3, wire.sized(3, order)),
        ("out", 92, wire.sized(2, account) + wire.sized(3, model)),
        ("out", 65, wire.sized(1, name)),
    ):
        yield direction, wire.protobuf_payload(msg_id, body)
