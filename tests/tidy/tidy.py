#!/usr/bin/env python3
"""Style is a test: what a machine can see about the tree, it checks.

  tests/tidy/tidy.py [ROOT]      prints one line a fault, exits 1 if there are any
  tests/tidy/tidy.py --fix       lets clang-format mend what it can

The arrows between rooms (rooms.py: by #include lines, for link lines cannot see a header that is
only included, and the link lines too), how full a room is, headers of one system outside the files
of that system, oneTBB outside its one file, type names used twice, commands without a row, files
that a document names and that are not there, leftover markers, #pragma once, line length, file
length, heavy headers kept out of headers, and clang-format 14 where it is installed.
"""

import itertools
import os
import re
import shutil
import subprocess
import sys

from rooms import ROOMS

# A command's file, what it runs, and the row that makes it a command (docs/internals/commands.md).
COMMAND_FILE = re.compile(r"tools/commands/cmd_\w+\.cc$")
COMMAND_RUN = re.compile(r"^ExitCode run_command\(Session& \w+, const (\w+)&", re.M)
COMMAND_ROW = re.compile(r"\bbegin_command<(\w+)>")
REGISTRY = "tools/commands/registry.cc"
# tests/ and bench/ may include anything.
LAYERS = {room.split("/")[0] for room in ROOMS}
# A room with more files than this is two rooms.
ROOM_FILES_MAX = 28
LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 500
# Seconds of compile time each: one .cc a library, never a header.
HEAVY_HEADERS = re.compile(r'#include\s*<(CLI/|nlohmann/json\.hpp)')
# The thread sanitizer is told of oneTBB's hand-overs in one file.
TBB_HEADERS = re.compile(r'#\s*include\s*<(oneapi/)?tbb/')
TBB_FILE = "io/tasks/task_pool.cc"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
# What only one family of systems has. Files for one system end in its name: x_linux.cc.
SYSTEM_HEADERS = re.compile(
    r'#\s*include\s*<((?:sys|linux|arpa|net|netinet|blkid)/[^>]*|(?:unistd|fcntl|sched|pthread|'
    r'dlfcn|poll|signal|errno|dirent|termios|locale|langinfo|mntent|pwd|grp|spawn|ucontext|endian|'
    r'strings|time|liburing|fuse_lowlevel|fuse|windows|winioctl|io)\.h)>')
SYSTEM_FILE = re.compile(r"_(linux|windows)\.(cc|h)$")
TYPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:class|struct|union|enum(?: class)?)\s+"
                  r"(?:\[\[\w+\]\]\s+)?(\w+)\b(?!::)[^;]*(?:\{.*)?$")
LINK = re.compile(r"\]\(([^)#\s:]+)[^):]*\)")
NAMED_PATH = re.compile(r"`([\w./-]+)`")
# What can only be a file of this tree, even without its folder: sources, kept results.
SOURCE_NAME = re.compile(r"\w\.(h|cc|py|sh|cmake|md)$|^\d{4}-\d\d-\d\d-.*\.json$")
MARKER = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b")
CODE = (".h", ".cc")
TEXT = CODE + (".py", ".sh", ".cmake", ".txt", ".md", ".in", ".json")


def files_of(root):
    """The tracked files, or in an unpacked archive all but the build folders."""
    found = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                            "--exclude-standard"], capture_output=True, check=False) \
        if os.path.exists(os.path.join(root, ".git")) and shutil.which("git") else None
    if found and found.returncode == 0:
        names = found.stdout.decode().split("\0")
    else:
        names = []
        for folder, folders, entries in os.walk(root):
            folders[:] = [f for f in folders
                          if f not in ("build", ".git", ".cache", "node_modules")]
            names += [os.path.relpath(os.path.join(folder, e), root) for e in entries]
    return sorted(n for n in names if n.endswith(TEXT) and os.path.isfile(os.path.join(root, n)))


def check_arrow(name, number, line):
    match = INCLUDE.match(line)
    room = os.path.dirname(name)
    if not match or room.split("/")[0] not in LAYERS:
        return None
    target = match.group(1)
    if "/" not in target:
        return f'{name}:{number}: include "{target}" by its path from the root'
    used = os.path.dirname(target)
    if used != room and used not in ROOMS.get(room, "").split():
        return f'{name}:{number}: {room}/ may not include "{target}" (tests/tidy/rooms.py)'
    return None


def check_rooms(root, names):
    """Every folder of sources has a row, rows point up, and CMake links what the row says."""
    faults = []
    files = {}
    for name in names:
        if name.endswith(CODE) and name.split("/")[0] in LAYERS:
            files.setdefault(os.path.dirname(name), []).append(name)
    for room, inside in sorted(files.items()):
        if room not in ROOMS:
            faults.append(f"{room}/: a room without a row in tests/tidy/rooms.py")
        if len(inside) > ROOM_FILES_MAX:
            faults.append(f"{room}/: {len(inside)} files, at most {ROOM_FILES_MAX}: two rooms")
    above = set()
    for room, row in ROOMS.items():
        for used in row.split():
            if used not in above:
                faults.append(f"tests/tidy/rooms.py: {room} points at {used}, not above it")
        above.add(room)
        lists = os.path.join(root, room, "CMakeLists.txt")
        if not os.path.exists(lists):
            continue
        with open(lists, encoding="utf-8") as file:
            match = re.search(r"tintype_room\(([^)]*)\)", file.read())
        if not match:
            continue
        words = match.group(1).split()
        uses = words[words.index("USES") + 1:] if "USES" in words else []
        linked = [used for used in itertools.takewhile(lambda word: not word.isupper(), uses)
                  if "::" not in used]
        if sorted(linked) != sorted(row.split()):
            faults.append(f"{room}/CMakeLists.txt: USES is not the row of tests/tidy/rooms.py: "
                          f"{' '.join(sorted(set(linked) ^ set(row.split()))) or 'said twice'}")
    return faults


def check_types(root, names):
    """A name in namespace tintype means one type: the linker keeps one of two destructors."""
    places = {}
    for name in names:
        if not name.endswith(CODE) or name.split("/")[0] not in LAYERS:
            continue
        with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
            unnamed = False
            for number, line in enumerate(file, 1):
                if line.startswith("namespace {"):
                    unnamed = True
                elif line.startswith("}  // namespace\n"):
                    unnamed = False
                match = TYPE.match(line.rstrip())
                if match and not unnamed:
                    places.setdefault(match.group(1), []).append(f"{name}:{number}")
    return [f"{found[1]}: the type name {type_name} is used at {found[0]} already"
            for type_name, found in sorted(places.items()) if len(found) > 1]


def check_commands(root, names):
    """What a file of a command runs has its row: without one nobody could call it."""
    def read(name):
        with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    rows = set(COMMAND_ROW.findall(read(REGISTRY))) if REGISTRY in names else set()
    faults = []
    for name in filter(COMMAND_FILE.match, names):
        runs = COMMAND_RUN.findall(read(name))
        if not runs:
            faults.append(f"{name}: no run_command() of a command")
        faults += [f"{name}: {run} has no row in {REGISTRY}" for run in runs if run not in rows]
    return faults


def check_file(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    faults = []
    if lines[-1] != "":
        faults.append(f"{name}: the last line has no end")
    for number, line in enumerate(lines, 1):
        fault = check_arrow(name, number, line) if name.endswith(CODE) else None
        if fault:
            faults.append(fault)
        system = SYSTEM_HEADERS.search(line) if name.endswith(CODE) else None
        if system and name.split("/")[0] in LAYERS and not SYSTEM_FILE.search(name):
            faults.append(f"{name}:{number}: <{system.group(1)}> belongs into a file that ends in "
                          "_linux.cc")
        if TBB_HEADERS.search(line) and name.endswith(CODE) and name != TBB_FILE:
            faults.append(f"{name}:{number}: oneTBB is known to {TBB_FILE} alone")
        if MARKER.search(line):
            faults.append(f"{name}:{number}: leftover marker: {line.strip()}")
        if line != line.rstrip() and not name.endswith(".md"):
            faults.append(f"{name}:{number}: blanks at the end of the line")
        if name.endswith(CODE + (".py", ".sh")) and len(line) > LINE_COLUMNS_MAX:
            faults.append(f"{name}:{number}: {len(line)} columns, at most {LINE_COLUMNS_MAX}")
        if name.endswith(".h") and HEAVY_HEADERS.search(line):
            faults.append(f"{name}:{number}: keep this header in a .cc file: {line.strip()}")
    if name.endswith(CODE) and len(lines) - 1 > FILE_LINES_MAX:
        faults.append(f"{name}: {len(lines) - 1} lines, at most {FILE_LINES_MAX}: "
                      "look for the second idea in it")
    if name.endswith(".h") and "#pragma once" not in lines:
        faults.append(f"{name}: no #pragma once")
    return faults


def check_documents(root, names):
    """A link leads to a file, a file in backticks is there. (What a changelog tells is past.)"""
    tops = {name.split("/")[0] for name in names if "/" in name}
    ends = {"/".join(parts[at:]) for name in names for parts in [name.split("/")]
            for at in range(len(parts))}
    faults = []
    for name in names:
        if not name.endswith(".md"):
            continue
        with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        for number, line in enumerate(lines, 1):
            for link in LINK.findall(line):
                if not os.path.exists(os.path.join(root, os.path.dirname(name), link)):
                    faults.append(f"{name}:{number}: a link to a file that does not exist: {link}")
            for path in NAMED_PATH.findall(line) if name != "CHANGELOG.md" else []:
                is_ours = "/" in path and path.split("/")[0] in tops
                if (is_ours or SOURCE_NAME.search(path)) and path not in ends and \
                        not os.path.exists(os.path.join(root, path)):
                    faults.append(f"{name}:{number}: names a file that does not exist: {path}")
    return faults


def check_format(root, names):
    formatter = shutil.which("clang-format-14")
    if not formatter:
        print("tidy: clang-format-14 is not installed: the format is not checked")
        return []
    result = subprocess.run([formatter, "--dry-run", "--ferror-limit=1"] + names, cwd=root,
                            capture_output=True, text=True, check=False)
    bad = sorted({m.group(1) for m in re.finditer(r"^(\S+?):\d+:\d+: (?:warning|error)",
                                                  result.stderr, re.M)})
    return [f"{name}: not clean by clang-format-14 (clang-format-14 -i {name})" for name in bad]


def main():
    default_root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    fix = "--fix" in sys.argv[1:]
    roots = [argument for argument in sys.argv[1:] if argument != "--fix"]
    root = os.path.realpath(roots[0] if roots else default_root)
    names = files_of(root)
    if not any(name.endswith(CODE) for name in names):
        print(f"tidy: no source files under {root}")
        return 1
    code = [name for name in names if name.endswith(CODE)]
    if fix and shutil.which("clang-format-14"):
        subprocess.run(["clang-format-14", "-i"] + code, cwd=root, check=True)
    faults = [fault for name in names for fault in check_file(root, name)]
    faults += check_rooms(root, names)
    faults += check_types(root, names)
    faults += check_commands(root, names)
    faults += check_documents(root, names)
    faults += check_format(root, code)
    for fault in faults:
        print(fault)
    print(f"tidy: {len(names)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
