#!/usr/bin/env python3
"""Do two runs give the same events, but for new keys and new kinds of events?

    same_events.py OLD.jsonl NEW.jsonl
    same_events.py --programs OLD NEW [CAPTURE...]    `read --json -` of both; default: all fixtures

New is what tests/events.tsv does not have, and what it has but OLD shows in no event of all that is compared.
Where the keys are data (`fields{}`), and in arrays, nothing may be added.  Prints the first difference of each
pair.
Exit status: 0 none, 1 a difference, 2 wrong usage.
"""

import argparse
import decimal
import json
import os
import subprocess
import sys

import event_keys
import fixtures

FREE = None  # the shape of what no row describes: it is compared as it is


def events(text):
    """Numbers as they are written: 1 and 1.0 differ in type, 0.1 stays 0.1."""
    return [json.loads(line, parse_float=decimal.Decimal) for line in text.splitlines()]


def shown(some):
    """The rows of tests/events.tsv that these events show."""
    check = event_keys.Check()
    check.events(some, "")
    return {str(row) for row in check.seen}


def difference(shape, old, new, known, path=""):
    """What differs first, in words; None: nothing but keys whose rows are not `known`."""
    if event_keys.type_of(old) != event_keys.type_of(new):
        return "%s: %s became %s" % (path, json.dumps(old, default=str), json.dumps(new, default=str))
    if isinstance(old, list):
        return in_list(shape and shape.each, old, new, known, path)
    if isinstance(old, dict):
        return in_object(shape, old, new, known, path)
    return None if old == new else "%s: %s became %s" % (path, json.dumps(old, default=str), json.dumps(new, default=str))


def in_list(shape, old, new, known, path):
    for i, (a, b) in enumerate(zip(old, new)):
        found = difference(shape, a, b, known, "%s[%d]" % (path, i))
        if found:
            return found
    return None if len(old) == len(new) else "%s: %d elements became %d" % (path, len(old), len(new))


def in_object(shape, old, new, known, path):
    for key, value in old.items():
        where = "%s.%s" % (path, key) if path else key
        if key not in new:
            return "%s is gone" % where
        below = shape and (shape.each or shape.keys.get(key, FREE))
        found = difference(below, value, new[key], known, where)
        if found:
            return found
    more = [key for key in new if key not in old]
    if more and not (shape and shape.keys):
        return "%s: new in data: %s" % (path, ", ".join(more))
    # A key that was there in some events only is not new.
    more = [key for key in more if key in shape.keys and str(shape.keys[key].row) in known]
    return "%s: appeared: %s" % (path, ", ".join(more)) if more else None


def first_difference(old, new, known=None):
    """Of two lists of events, in words; None: none.  `known`: rows that are not new; default: those of `old`."""
    shapes, known = event_keys.shapes(), shown(old) if known is None else known
    kinds = {row.split()[0] for row in known}
    shapes = {kind: shape for kind, shape in shapes.items() if kind in kinds}
    old, new = ([e for e in some if e["event"] in shapes] for some in (old, new))
    for n, (a, b) in enumerate(zip(old, new), 1):
        found = difference(shapes[a["event"]], a, b, known)
        if found:
            return "event %d, %s at %s: %s" % (n, a["event"], a["ts"], found)
    if len(old) != len(new):
        longer = max(old, new, key=len)[min(len(old), len(new))]
        return "%d events became %d; the first without a partner: %s at %s" % (len(old), len(new), longer["event"], longer["ts"])
    return None


def read_by(program, path, options):
    done = subprocess.run([program, "read", "--json", "-", *options, path], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=600, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit("%s read %s: exit status %d" % (program, path, done.returncode))
    return events(done.stdout.decode("utf-8"))


def pairs(args):
    """(name, old events, new events)"""
    if not args.programs:
        texts = [open(path, encoding="utf-8").read() for path in args.files]
        yield args.files[1], events(texts[0]), events(texts[1])
        return
    old, new, *captures = args.files
    captures = [(path, []) for path in captures] or [(f.path, f.options.split()) for f in fixtures.manifest()]
    for path, options in captures:
        yield os.path.basename(path), read_by(old, path, options), read_by(new, path, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", action="store_true", help="compare two programs")
    parser.add_argument("files", nargs="+", metavar="FILE")
    args = parser.parse_args()
    if len(args.files) < 2 or (len(args.files) > 2 and not args.programs):
        parser.error("two files, or --programs and two programs")
    differ = compared = 0
    every = list(pairs(args))
    known = shown(event for _, old, _ in every for event in old)
    for name, old, new in every:
        found = first_difference(old, new, known)
        compared += 1
        if found:
            differ += 1
            print("%s: %s" % (name, found))
    print("%d compared, %d differ" % (compared, differ))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
