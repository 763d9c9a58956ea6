#!/usr/bin/env python3
"""Style is a test: what a machine can see about the tree, it checks.

  tests/tidy/tidy.py [ROOT]      prints one line a fault, exits 1 if there are any
  tests/tidy/tidy.py --fix       lets clang-format mend what it can

Layers (by #include lines; the link lines in CMake cannot see a header that is only included),
leftover markers, #pragma once, line length, file length, heavy headers kept out of headers, and
clang-format 14 where it is installed.
"""

import os
import re
import shutil
import subprocess
import sys

# Which folders a layer may include from, its own first. tests/ and bench/ may include anything.
LAYERS = {
    "hashing": {"hashing"},
    "io": {"io", "hashing"},
    "verify": {"verify", "hashing"},
    "engine": {"engine", "io", "verify", "hashing"},
    "tools": {"tools", "engine", "io", "verify", "hashing"},  # the last three for printing
}
LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 500
# Seconds of compile time each: one .cc a library, never a header.
HEAVY_HEADERS = re.compile(r'#include\s*<(CLI/|nlohmann/json\.hpp)')
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
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


def check_layer(name, number, line):
    match = INCLUDE.match(line)
    layer = name.split("/")[0]
    if not match or layer not in LAYERS:
        return None
    target = match.group(1)
    if "/" not in target:
        return f'{name}:{number}: include "{target}" by its path from the root'
    if target.split("/")[0] not in LAYERS[layer]:
        return f'{name}:{number}: {layer}/ may not include "{target}"'
    return None


def check_file(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    faults = []
    if lines[-1] != "":
        faults.append(f"{name}: the last line has no end")
    for number, line in enumerate(lines, 1):
        fault = check_layer(name, number, line) if name.endswith(CODE) else None
        if fault:
            faults.append(fault)
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
    faults += check_format(root, code)
    for fault in faults:
        print(fault)
    print(f"tidy: {len(names)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
