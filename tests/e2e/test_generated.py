"""Sessions whose truth their generator decided (tests/generate), and what `twstap read` makes of them.

    test_generated.py                       a fixed seed and one of the day, as in CI
    test_generated.py --sessions 1000000    by hand; --seed N, --keep DIR, --show KIND

The numbers of tests/generated.tsv are a ratchet: verdicts of some behaviours are wrong today, and none of those numbers may
grow.  TWSTAP_UPDATE=1 writes the file anew; a fixed fault makes numbers smaller."""

import argparse
import collections
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import contradictions
from contradictions import ns
from harness import BIN, ROOT, SANITIZED, main

GENERATE = os.environ.get("TWSTAP_GENERATE") or os.path.join(os.path.dirname(BIN), "generate")
KEPT = os.path.join(ROOT, "tests", "generated.tsv")
FIXED_SEED, FIXED, DAILY = 13, 14000, 6000
GRADES = ("cannot tell", "likely", "certain")
SINCE_SLACK = 2 * 10**6  # ns
WORKERS = 2
PART = 20000
EXAMPLES = 3

# What can be wrong with a verdict; `named`: a look-alike is more than possible; `refuted`: it is among the causes, and the
# session itself refutes it; `grade`: above what the wire can carry; `alarm`: a silence event in a healthy session; `mention`: a
# word that the answer cannot do without is missing; `by`: who ended it; `late`: an end or a foreign protocol is
# not reported when it comes (K1, K30).
KINDS = ("missing", "stage", "side", "since", "mode", "named", "refuted", "grade", "alarm", "mention", "by", "late")
HEADER = ("behaviour", "of", "sessions", "right") + KINDS


def named(verdict):
    return [c["mode"] for c in verdict["causes"] if c["certainty"] != "cannot tell"]


def text_of(verdict):
    """All that a reader of the verdict sees."""
    parts = [verdict["says"], verdict.get("next") or ""]
    parts += ["%s %s" % (e["what"], e["value"]) for e in verdict["evidence"]]
    parts += ["%s %s" % (c["mode"], c["why"]) for c in verdict["causes"]]
    return "\n".join(parts)


def wrong(truth, conn):
    """The kinds in which the verdict on a connection is wrong."""
    verdict = conn.final if conn else None
    if not verdict:
        return ["missing"]
    kinds = []
    if truth["stage"] and verdict["stage"] not in truth["stage"]:
        kinds.append("stage")
    if truth["silent"] and verdict["silent"] not in truth["silent"]:
        kinds.append("side")
    low, high = truth["since"]
    if low and "stage" not in kinds and verdict["stage"]:
        since = ns(verdict["since"]) if verdict.get("since") else 0
        if not low - SINCE_SLACK <= since <= high + SINCE_SLACK:
            kinds.append("since")
    modes = [c["mode"] for c in verdict["causes"]]
    if truth["tell"] and truth["modes"] and verdict["mode"] not in truth["modes"] and not set(modes[:2]) & set(truth["modes"]):
        kinds.append("mode")
    if set(named(verdict)) & set(truth["nots"]):
        kinds.append("named")
    if set(modes) & set(truth["never"]):
        kinds.append("refuted")
    if verdict["mode"] and GRADES.index(verdict["certainty"]) > GRADES.index(truth["most"]):
        kinds.append("grade")
    if truth["alarms"] == "none" and conn.silences:
        kinds.append("alarm")
    text = text_of(verdict)
    if any(word not in text for word in truth["mention"]):
        kinds.append("mention")
    if truth["by"] and conn.close and conn.close["by"] != truth["by"]:
        kinds.append("by")
    if truth["ended"] and not any(truth["ended"] <= at <= truth["ended"] + 10**9 for at in conn.told):
        kinds.append("late")
    elif truth["judged"] and not any(0 <= ns(v["ts"]) - truth["judged"] <= 10**9 for v in conn.verdicts):
        kinds.append("late")
    return kinds


class Tally:
    """What came out; can be added up."""

    def __init__(self):
        self.rows = collections.defaultdict(collections.Counter)  # behaviour: sessions, right, kinds
        self.of = {}
        self.contradictions = collections.Counter()
        self.modes = collections.defaultdict(collections.Counter)
        self.tell = collections.Counter()
        self.cannot = collections.Counter()
        self.examples = collections.defaultdict(list)

    def add(self, other):
        for name, row in other.rows.items():
            self.rows[name] += row
        for name, row in other.modes.items():
            self.modes[name] += row
        self.of.update(other.of)
        self.contradictions += other.contradictions
        self.tell += other.tell
        self.cannot += other.cannot
        for kind, some in other.examples.items():
            self.examples[kind] = sorted(self.examples[kind] + some, key=len)[:EXAMPLES]

    def example(self, kind, text):
        some = self.examples[kind]
        some.append(text)
        some.sort(key=len)
        del some[EXAMPLES:]

    def judge(self, truth, conn, file):
        kinds = wrong(truth, conn)
        row = self.rows[truth["behaviour"]]
        row["sessions"] += 1
        row["right"] += not kinds
        row.update(kinds)
        self.of.setdefault(truth["behaviour"], truth["kinds"] if truth["seen"] != "one-way" else "")
        verdict = conn.final if conn else None
        where = "%s %s %s" % (file, truth["client"], truth["gateway"])
        says = verdict["says"] if verdict else ""
        for kind in kinds:
            self.example((truth["behaviour"], kind), "[%s, %s] %s: %s" % (truth["script"], truth["seen"], where, says))
        self.count_modes(truth, verdict)
        for kind, sentence in contradictions.of_conn(conn) if conn else ():
            self.contradictions[kind] += 1
            self.example(kind, "[%s, %s] %s: %s" % (truth["script"], truth["seen"], where, sentence))

    def count_modes(self, truth, verdict):
        if not verdict:
            return
        mode, healthy = verdict["mode"], truth["stage"] == [None]
        if mode and mode not in truth["also"] and (truth["tell"] or healthy or mode in truth["nots"] or mode in truth["never"]):
            self.modes[mode]["given"] += 1
            self.modes[mode]["given right"] += mode in truth["modes"]
        if healthy:
            return
        if not truth["tell"] or not truth["modes"]:
            self.cannot[truth["behaviour"]] += 1
            self.tell["cannot be told"] += 1
            return
        first = [c["mode"] for c in verdict["causes"][:2]]
        how = "named" if mode in truth["modes"] else "among two" if set(first) & set(truth["modes"]) else "not"
        self.tell[how] += 1
        self.modes[truth["modes"][0]]["told"] += 1
        self.modes[truth["modes"][0]]["told right"] += how != "not"


def status_of(truths):
    """The exit status that follows; None: either may be right."""
    if all(t["stage"] == [None] and t["alarms"] == "none" for t in truths):
        return 0
    if any(t["stage"] and None not in t["stage"] and t["behaviour"] not in ("probe", "health-check") for t in truths):
        return 1
    return None


def read(job):
    """One capture file against its truths."""
    folder, file, truths = job
    tally = Tally()
    done = subprocess.run(
        [BIN, "read", "--json", "-", "--port", "4002", os.path.join(folder, file)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
    )
    if done.returncode not in (0, 1) or done.stderr:
        raise AssertionError("%s: exit status %d\n%s" % (file, done.returncode, done.stderr.decode()))
    conns, _ = contradictions.connections(done.stdout.decode().splitlines())
    by_ends = {(c.open["client"], c.open["gateway"]): c for c in conns.values()}
    for truth in truths:
        tally.judge(truth, by_ends.get((truth["client"], truth["gateway"])), file)
    status = status_of(truths)
    if status is not None and status != done.returncode:
        tally.contradictions["status_of_the_truth"] += 1
        tally.example("status_of_the_truth", "%s: exit status %d: %s" % (file, done.returncode, truths[0]["script"]))
    for kind, sentence in contradictions.of_run(conns, done.returncode):
        tally.contradictions[kind] += 1
        tally.example(kind, "%s: %s" % (file, sentence))
    return tally


def run(seed, sessions, keep=None):
    """Generate, read and compare, part by part: a million sessions need 12 GB at once; the tally."""
    if sessions <= PART or keep:
        return run_part(seed, sessions, keep)
    tally = Tally()
    for part in range(0, sessions, PART):
        tally.add(run_part(seed * 1000003 + part, min(PART, sessions - part)))
        sys.stderr.write("%d of %d\n" % (min(part + PART, sessions), sessions))
    return tally


def run_part(seed, sessions, keep=None):
    folder = keep or tempfile.mkdtemp(prefix="twstap-generated-")
    try:
        subprocess.run([GENERATE, "--seed", str(seed), "--sessions", str(sessions), "--out", folder], check=True)
        jobs = collections.OrderedDict()
        with open(os.path.join(folder, "truth.jsonl"), encoding="ascii") as lines:
            for line in lines:
                row = json.loads(line)
                jobs.setdefault(row["file"], []).append(row["truth"])
        tally = Tally()
        big_first = sorted(jobs.items(), key=lambda job: -len(job[1]))
        with multiprocessing.Pool(WORKERS) as pool:
            for some in pool.imap_unordered(read, [(folder, file, truths) for file, truths in big_first]):
                tally.add(some)
        return tally
    finally:
        if not keep:
            shutil.rmtree(folder)


# ---- what is printed and kept ----


def table(tally):
    """The rows of tests/generated.tsv."""
    rows = [HEADER]
    for name in sorted(tally.rows):
        row = tally.rows[name]
        rows.append((name, tally.of.get(name) or "", row["sessions"], row["right"]) + tuple(row[kind] for kind in KINDS))
    rows += [("contradiction", kind, tally.contradictions[kind]) for kind in sorted(tally.contradictions)]
    return rows


def write(tally):
    with open(KEPT, "w", encoding="ascii") as out:
        out.writelines("\t".join(str(cell) for cell in row) + "\n" for row in table(tally))


def kept():
    """(behaviour: (sessions, {kind: count}), contradiction: count)."""
    with open(KEPT, encoding="ascii") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    assert tuple(rows[0]) == HEADER, rows[0]
    known = {r[1]: int(r[2]) for r in rows if r[0] == "contradiction"}
    return {r[0]: (int(r[2]), dict(zip(KINDS, map(int, r[4:])))) for r in rows[1:] if r[0] != "contradiction"}, known


def more_or_less(expected):
    """How many there may be among other sessions; those of a group are wrong together."""
    return expected + 3 + 8 * (expected + 1) ** 0.5 if expected else 2


def percent(part, whole):
    return "%.1f %%" % (100.0 * part / whole) if whole else "-"


def report(tally, out, show=()):
    """For people."""
    sessions = sum(row["sessions"] for row in tally.rows.values())
    right = sum(row["right"] for row in tally.rows.values())
    out.write("%d sessions, right in all: %d (%s)\n\n" % (sessions, right, percent(right, sessions)))
    out.write("| behaviour | of | sessions | right | wrong |\n| --- | --- | --- | --- | --- |\n")
    for name in sorted(tally.rows, key=lambda n: tally.rows[n]["right"] - tally.rows[n]["sessions"]):
        row = tally.rows[name]
        faults = ", ".join("%s %d" % (kind, row[kind]) for kind in KINDS if row[kind])
        out.write("| %s | %s | %d | %d | %s |\n" % (name, tally.of.get(name) or "", row["sessions"], row["right"], faults))
    out.write("\n| contradiction | sessions |\n| --- | --- |\n")
    for kind, count in tally.contradictions.most_common():
        out.write("| %s | %d |\n" % (kind.replace("_", " "), count))
    told = sum(tally.tell[how] for how in ("named", "among two", "not"))
    out.write("\nMode, where it can be told (%d): named %s, among the first two %s, not %s\n" % (
        told, percent(tally.tell["named"], told), percent(tally.tell["among two"], told), percent(tally.tell["not"], told)))
    faulty = told + tally.tell["cannot be told"]
    out.write("Cannot be told: %s of those in trouble: %s\n" % (
        percent(tally.tell["cannot be told"], faulty), ", ".join("%s %d" % pair for pair in tally.cannot.most_common())))
    out.write("\n| mode | told | recall | given | precision |\n| --- | --- | --- | --- | --- |\n")
    for mode in sorted(tally.modes):
        m = tally.modes[mode]
        out.write("| %s | %d | %s | %d | %s |\n" % (
            mode, m["told"], percent(m["told right"], m["told"]), m["given"], percent(m["given right"], m["given"])))
    for kind, some in sorted(tally.examples.items(), key=str):
        if "all" in show or set(kind if isinstance(kind, tuple) else (kind,)) & set(show):
            out.write("\n%s\n" % (" ".join(kind) if isinstance(kind, tuple) else kind))
            out.writelines("  %s\n" % text for text in some)


def symbols(path):
    """Functions and data that a program or an archive defines for others."""
    done = subprocess.run(["nm", path], stdout=subprocess.PIPE, check=True)
    rows = (line.split() for line in done.stdout.decode().splitlines())
    return {row[2] for row in rows if len(row) == 3 and row[1] in "TDRB" and row[2].startswith("tws_")}


class Generated(unittest.TestCase):
    maxDiff = None

    def test_no_verdict_is_wrong_in_a_new_way(self):
        """The fixed seed: no number grows."""
        tally = run(FIXED_SEED, FIXED)
        report(tally, sys.stdout)
        if os.environ.get("TWSTAP_UPDATE"):
            write(tally)
        rows, known = kept()
        worse, better = [], 0
        for name, row in sorted(tally.rows.items()):
            self.assertIn(name, rows, "TWSTAP_UPDATE=1 writes tests/generated.tsv anew")
            for kind in KINDS:
                if row[kind] > rows[name][1][kind]:
                    worse.append("%s: %s %d, was %d; %s" % (
                        name, kind, row[kind], rows[name][1][kind], tally.examples[(name, kind)][:1]))
                better += max(0, rows[name][1][kind] - row[kind])
        for kind, count in sorted(tally.contradictions.items()):
            if count > known.get(kind, 0):
                worse.append("contradiction %s: %d, was %d; %s" % (kind, count, known.get(kind, 0), tally.examples[kind][:1]))
            better += max(0, known.get(kind, 0) - count)
        left = sum(rows[name][1][kind] for name in rows for kind in KINDS) + sum(known.values())
        sys.stdout.write("\nratchet: %d faults are allowed by tests/generated.tsv, %d fewer were found\n" % (left, better))
        self.assertEqual(worse, [], "these grew")

    def test_other_sessions_than_those_of_the_ratchet(self):
        """A seed of the day: no behaviour that was right in all is wrong now."""
        seed = int(time.strftime("%Y%m%d", time.gmtime()))
        tally = run(seed, DAILY)
        rows, known = kept()
        worse = []
        for name, row in sorted(tally.rows.items()):
            sessions, kinds = rows.get(name, (0, {}))
            for kind in KINDS if sessions else ():
                if row[kind] > more_or_less(row["sessions"] * kinds[kind] / sessions):
                    worse.append("seed %d: %s: %s %d of %d; %s" % (
                        seed, name, kind, row[kind], row["sessions"], tally.examples[(name, kind)][:1]))
        for kind, count in sorted(tally.contradictions.items()):
            if count > more_or_less(known.get(kind, 0) * DAILY / FIXED):
                worse.append("seed %d: contradiction %s: %d; %s" % (seed, kind, count, tally.examples[kind][:1]))
        self.assertEqual(worse, [])

    def test_the_generator_does_not_know_what_it_tests(self):
        """It shares functions with decoder/, and none with the libraries that make events and verdicts of frames."""
        built = os.path.dirname(os.path.dirname(GENERATE))
        names = symbols(GENERATE)
        self.assertTrue(names & symbols(os.path.join(built, "libtwstap_decoder.a")))
        for library in ("session", "diagnosis"):
            path = os.path.join(built, "libtwstap_%s.a" % library)
            if os.path.exists(path):
                self.assertEqual(names & symbols(path), set(), library)

    def test_every_kind_of_the_report_is_a_behaviour(self):
        """K7 is of pasted logs, K13 of what is printed (contradictions.py), K29 of captures without a session."""
        done = subprocess.run([GENERATE, "--list"], stdout=subprocess.PIPE, check=True)
        kinds = {int(n) for n in re.findall(r"\bK(\d+)\b", done.stdout.decode())}
        self.assertEqual(sorted(set(range(1, 36)) - kinds), [7, 13, 29])

    def test_the_same_seed_gives_the_same_bytes(self):
        folders = [tempfile.mkdtemp(prefix="twstap-generated-") for _ in range(2)]
        try:
            for folder in folders:
                subprocess.run([GENERATE, "--seed", "5", "--sessions", "300", "--out", folder], check=True)
            names = sorted(os.listdir(folders[0]))
            self.assertEqual(names, sorted(os.listdir(folders[1])))
            for name in names:
                with open(os.path.join(folders[0], name), "rb") as a, open(os.path.join(folders[1], name), "rb") as b:
                    self.assertEqual(a.read(), b.read(), name)
        finally:
            for folder in folders:
                shutil.rmtree(folder)


def by_hand():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--seed", type=int, default=FIXED_SEED)
    parser.add_argument("--keep", help="an empty folder that stays")
    parser.add_argument("--show", action="append", default=[], help="examples of a behaviour, a kind or a contradiction; all")
    asked = parser.parse_args()
    report(run(asked.seed, asked.sessions, asked.keep), sys.stdout, asked.show)


if __name__ == "__main__":
    if any(arg.startswith("--sessions") for arg in sys.argv):
        by_hand()
    elif SANITIZED:
        sys.exit(77)
    else:
        main()
