"""tests/events.tsv: the keys that events have had since they were first written down, and their JSON types.

A row is a kind of event, the path of a key in it, the types that its value may have, whether the key is in
every object of its place or in some, and where it is seen: over the fixtures, in the runs of
test_event_keys.py, or only elsewhere.  In a path `a.b` is a key of an object, `a[]` an element of an array,
and `a{}` a value of an object whose keys are data.  Below a path without further rows anything may stand.  `always`
means: whenever the object that the key belongs to is there.  A number may also be an integer.
"""

import collections
import json
import os

from harness import ROOT

TABLE = os.path.join(ROOT, "tests", "events.tsv")
HEADER = ("event", "path", "types", "presence", "seen")
TYPES = ("string", "integer", "number", "boolean", "null", "object", "array")
PRESENCE = ("always", "sometimes")
SEEN = ("fixtures", "runs", "elsewhere")
COMMON = ("v", "event", "ts")


class Row:
    def __init__(self, event, path, types, presence, seen):
        self.event, self.path, self.presence, self.seen = event, path, presence, seen
        self.types = types.split(" ")
        assert set(self.types) <= set(TYPES) and presence in PRESENCE and seen in SEEN, vars(self)

    def __str__(self):
        return "%s %s" % (self.event, self.path)


def rows():
    with open(TABLE, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    assert tuple(lines[0]) == HEADER, lines[0]
    return [Row(*line) for line in lines[1:]]


def type_of(value):
    """The narrowest of TYPES."""
    if value is None:
        return "null"
    for name, kinds in (
        ("boolean", bool), ("integer", int), ("string", str), ("object", dict), ("array", list),
    ):
        if isinstance(value, kinds):
            return name
    return "number"


def allowed(value, types):
    kind = type_of(value)
    return kind in types or (kind == "integer" and "number" in types)


class Shape:
    """The rows at one place and below it."""

    def __init__(self):
        self.row, self.keys, self.each = None, {}, None

    def at(self, path):
        """The shape at a path, made if there is none yet."""
        where = self
        for part in path.split("."):
            name = part.rstrip("[]{}")
            where = where.keys.setdefault(name, Shape())
            for _ in range((len(part) - len(name)) // 2):
                where.each = where.each or Shape()
                where = where.each
        return where


def shapes(table=None):
    """{kind of event: its Shape}"""
    found = collections.defaultdict(Shape)
    for row in table or rows():
        found[row.event].at(row.path).row = row
    return dict(found)


class Check:
    """Events against the table: what is wrong, what is new, and which rows were seen."""

    def __init__(self):
        self.table = rows()
        self.shapes = shapes(self.table)
        self.wrong, self.new, self.seen = [], collections.Counter(), set()

    def events(self, some, where):
        for event in some:
            self.event(event, where)

    def event(self, event, where):
        kind = event.get("event")
        if tuple(event)[: len(COMMON)] != COMMON or event["v"] != 1:
            self.say(where, "not v, event and ts first, with v 1", event)
        elif kind not in self.shapes:
            self.new["event " + kind] += 1
        else:
            self.object(self.shapes[kind], event, kind, where, event)

    def object(self, shape, value, path, where, event):
        for key, below in shape.keys.items():
            if key in value:
                self.value(below, value[key], where, event)
            elif below.row.presence == "always":
                self.say(where, "%s is missing" % below.row, event)
        for key in value:
            if key not in shape.keys:
                self.new["%s %s" % (path, key)] += 1

    def value(self, shape, value, where, event):
        row = shape.row
        self.seen.add(row)
        if not allowed(value, row.types):
            self.say(where, "%s is a %s" % (row, type_of(value)), event)
        if shape.each and isinstance(value, (list, dict)):
            for item in value if isinstance(value, list) else value.values():
                self.value(shape.each, item, where, event)
        elif shape.keys and isinstance(value, dict):
            self.object(shape, value, str(row), where, event)

    def say(self, where, what, event):
        if len(self.wrong) < 20:
            self.wrong.append("%s: %s: %s" % (where, what, json.dumps(event, default=str)[:300]))

    def unseen(self, *places):
        """Rows that say they are seen at these places, and were not."""
        return [str(row) for row in self.table if row.seen in places and row not in self.seen]
