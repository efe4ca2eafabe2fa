"""Which folder and which file uses which, and that none of them uses itself through others.

Folders depend on folders by what their files include; CMakeLists.txt says which may (KNOWS).  Files
depend on files by what the linker resolves: a symbol that one object leaves undefined and another
defines.  An include alone would miss two files that call each other through one shared header.

A cycle, a dependency that CMakeLists.txt does not allow, and a source file of more than 900 lines
that is no table fail, unless LEFT lists them by name.  What is listed and no longer so fails too.
So does a part of a session that a file other than its own writes, a file of the tracker that names
verdicts, and one beside decoder/conversation that takes frames from a stream, opens messages, or tells
a version reply.
"""

import collections
import glob
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TWSTAP_BUILD") or os.path.join(ROOT, "build", "dev")
LINES_MAX = 900

# Rows of tables, which grow with the protocol and not with what the code does.
TABLES = {"decoder/messages_in.c", "decoder/messages_out.c", "decoder/records.c", "diagnosis/modes.c"}

# What is still to be done: cycles of files, each with its members, and long files.
LEFT_CYCLES = [
    ["output/schema_lua.c", "output/schema_print.c"],
    ["proxy/conn.c", "proxy/listener.c", "proxy/pipe.c", "proxy/proxy.c"],
]
LEFT_LONG = {"output/textlog.c"}

# The parts of struct tws_session, and the one file, with its header, that writes each.
WRITERS = {
    "handshake": "handshake",
    "rhythm": "rhythm",
    "loss": "loss",
    "silent": "silence",
    "standing": "standing",
    "told": "edge_facts",
    "checks": "client_checks",
    "ending": "ending",
}

# What opens a connection's messages; elsewhere decoder/conversation.h is for that.
OPENING = r"\btws_(?:stream_(?:next|feed)|message_open|version_reply_read|shape_version|version_narrow)\w*\("
# Files outside decoder/ that may do so, and why.
OPENS = {
    "session/event_unpack.c": "a frame event is rebuilt from its own bytes, by the version that stands in them",
    "bench/decode.c": "measures the opening of messages alone",
}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def allowed():
    """{folder: folders it may use}, with those that these may use: KNOWS of CMakeLists.txt."""
    text = read("CMakeLists.txt")
    knows = {}
    for name, rest in re.findall(r"^twstap_library\((\w+)([^)]*)\)", text, re.M):
        knows[name] = {word[len("twstap_") :] for word in rest.split() if word.startswith("twstap_")} - {"ev"}
    def reach(name, seen):
        for other in knows.get(name, ()):
            if other not in seen:
                seen.add(other)
                reach(other, seen)
        return seen

    closed = {name: reach(name, set()) for name in knows}
    closed["cli"] = set(knows)
    return closed


def sources(folder):
    found = glob.glob(os.path.join(ROOT, folder, "**", "*.[ch]"), recursive=True)
    return sorted(os.path.relpath(path, ROOT) for path in found)


def folder_of(path, folders):
    """The library a file belongs to: the folder of the tree's top."""
    top = path.split(os.sep)[0]
    return top if top in folders else None


def includes(folders):
    """{folder: {other folder: a file that includes from it}}"""
    homes = {}
    for folder in folders:
        for path in sources(folder):
            if path.endswith(".h"):
                homes.setdefault(os.path.basename(path), []).append(path)
    graph = {folder: {} for folder in folders}
    for folder in folders:
        for path in sources(folder):
            for name in re.findall(r'^#\s*include "(?:[^"]*/)?([^"/]+)"', read(path), re.M):
                own = [home for home in homes.get(name, []) if folder_of(home, folders) == folder]
                for home in own or homes.get(name, []):
                    if folder_of(home, folders) != folder:
                        graph[folder].setdefault(folder_of(home, folders), path)
    return graph


def objects():
    """{source file: object} of the libraries and the program."""
    found = {}
    for path in glob.glob(os.path.join(BUILD, "CMakeFiles", "twstap*.dir", "**", "*.o"), recursive=True):
        source = path.split(".dir" + os.sep, 1)[1].removesuffix(".o")
        if os.path.exists(os.path.join(ROOT, source)):
            found[source] = path
    return found


def symbols(path):
    """(defined, undefined) names of an object, without those that only this file sees."""
    out = subprocess.run(["nm", path], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    defined, undefined = set(), set()
    for line in out.splitlines():
        kind, name = line.split()[-2:]
        if kind == "U":
            undefined.add(name)
        elif kind in "TDBRCVW":
            defined.add(name)
    return defined, undefined


def links():
    """{source file: set of the source files that it needs}"""
    tables = {source: symbols(path) for source, path in objects().items()}
    home = {name: source for source, (defined, _) in tables.items() for name in defined}
    return {
        source: {home[name] for name in undefined if home.get(name, source) != source}
        for source, (_, undefined) in tables.items()
    }


def cycles(graph):
    """Strongly connected components of more than one node (Tarjan, without recursion)."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in graph:
                    continue
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on.add(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in on:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    if len(component) > 1:
                        found.append(sorted(component))
    return sorted(found)


def code(text):
    """A C source without its comments."""
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def written(text):
    """The parts of a session that this source text assigns to, or counts up; not what they point to."""
    member = r"(?:\+\+|--)?\bs->(%s)(?:\.\w+|\[[^]]*\])*" % "|".join(WRITERS)
    after = r"\s*(?:=(?!=)|[-+|&^]=|<<=|>>=|\+\+|--)"
    before = r"(?:\+\+|--)\bs->(%s)\b" % "|".join(WRITERS)
    return set(re.findall(member + after, text)) | set(re.findall(before, text))


class Structure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.allowed = allowed()
        cls.folders = includes(list(cls.allowed))
        for folder, uses in cls.folders.items():
            print("  %-10s uses %s" % (folder, ", ".join(sorted(uses)) or "none of the others"), file=sys.stderr)

    def test_a_folder_uses_only_what_cmake_allows(self):
        for folder, uses in self.folders.items():
            for other, path in uses.items():
                self.assertIn(other, self.allowed[folder], "%s includes from %s/" % (path, other))

    def test_no_folder_uses_itself_through_others(self):
        self.assertEqual(cycles({folder: set(uses) for folder, uses in self.folders.items()}), [])

    def test_no_file_uses_itself_through_others(self):
        graph = links()
        self.assertGreater(len(graph), 80, "the objects of %s were not found" % BUILD)
        self.assertEqual(cycles(graph), sorted(LEFT_CYCLES))

    def test_what_tracks_a_session_knows_no_verdicts(self):
        named = {path for path in sources("session") if re.search(r"\btws_verdict\b|\bu\.verdict\b", code(read(path)))}
        self.assertEqual(named, {"session/event.h"}, "the vocabulary alone may name what a verdict is")

    def test_verdicts_are_made_in_one_place(self):
        graph = links()
        users = {name: {source for source, needs in graph.items() if "diagnosis/%s.c" % name in needs} for name in ("judge", "sentence", "evidence")}
        self.assertEqual(users, {name: {"diagnosis/diagnose.c"} for name in users})

    def test_no_source_file_is_too_long(self):
        lines = {path: read(path).count("\n") for folder in self.folders for path in sources(folder)}
        long = {path for path, count in lines.items() if count > LINES_MAX}
        self.assertEqual(long - TABLES, LEFT_LONG)

    def test_one_file_writes_each_part_of_a_session(self):
        writers = {part: set() for part in WRITERS}
        for path in sources("session"):
            for part in written(read(path)):
                writers[part].add(os.path.basename(path).rsplit(".", 1)[0])
        self.assertEqual(writers, {part: {name} for part, name in WRITERS.items()})

    def test_only_the_conversation_opens_messages(self):
        folders = sorted(self.allowed) + ["bench"]
        paths = [path for folder in folders if folder != "decoder" for path in sources(folder)]
        openers = {path for path in paths if re.search(OPENING, read(path))}
        self.assertEqual(openers, {path for path in OPENS if os.path.exists(os.path.join(ROOT, path))})

    def test_the_search_for_openers_finds_them(self):
        for text in ("tws_stream_next(&s, &item)", "tws_message_open(dir, 0, c, &m);", "tws_version_reply_read(c, &v)"):
            self.assertRegex(text, OPENING)
        for text in ("tws_conversation_next(&c, side, &item)", "tws_stream_partial(s, &p, &n)", "tws_message_opened"):
            self.assertNotRegex(text, OPENING)

    def test_the_search_for_writers_finds_them(self):
        for text in ("s->loss.gaps++;", "++s->loss.gaps;", "s->loss.missing[i] += 1;", "s->loss.last_ns[i] = now;"):
            self.assertEqual(written(text), {"loss"}, text)
        for text in ("if (s->loss.gaps == 1)", "x = s->loss.gaps;", "s->loss.gaps >= 1", "w->s->loss.gaps != 2"):
            self.assertEqual(written(text), set(), text)

    def test_the_search_for_cycles_finds_them(self):
        graph = collections.defaultdict(set, a={"b"}, b={"c"}, c={"a", "d"}, d={"e"}, e=set(), f={"f"})
        self.assertEqual(cycles(graph), [["a", "b", "c"]])
        self.assertEqual(cycles({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c", "a"}}), [["a", "b"], ["c", "d"]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
