"""What the parts of scripts/bench have in common: tables, and where they are kept."""

import datetime
import os
import platform
import shutil
import subprocess
import sys

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")


def said_by(argv):
    if not shutil.which(argv[0]):
        return ""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout


def first_line(argv, word):
    return next((line.strip() for line in said_by(argv).splitlines() if word in line), "?")


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return path


def cpu_model():
    with open("/proc/cpuinfo") as f:
        return next((x.split(":", 1)[1].strip() for x in f if x.startswith("model name")), "?")


def machine(said):
    """When and where: the line that begins a table's heading."""
    return (f"`{said}`, {datetime.date.today()}, {cpu_model()}, {os.cpu_count()} cores, "
            f"Linux {platform.release()}")


def command(part, *paths):
    """What the user typed, less the options in `paths`, which name files of one machine."""
    said = sys.argv[1:]
    for option in paths:
        if option in said:
            at = said.index(option)
            del said[at:at + 2]
    return " ".join([f"scripts/bench {part}"] + said)


def aligned(lines):
    """A table in Markdown; the first line is its head."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines = [lines[0], ["-" * w for w in widths]] + lines[1:]
    return "\n".join("| " + " | ".join(f"{x:<{w}}" for x, w in zip(line, widths)) + " |"
                     for line in lines)


def keep(name, text):
    """Put the text into RESULTS.md between the marks of that name; the notes around it stay."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    with open(RESULTS) as f:
        old = f.read()
    head, rest = old.split(begin, 1)
    _, tail = rest.split(end, 1)
    write(RESULTS, f"{head}{begin}\n{text}\n{end}{tail}")
