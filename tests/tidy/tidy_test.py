#!/usr/bin/env python3
"""tidy.py sees what it is there to see: every rule is shown one fault, in a tree of two files."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TIDY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy.py")
FORMAT = os.path.join(os.path.dirname(TIDY), "..", "..", ".clang-format")
HEADER = "#pragma once\n\nnamespace tintype {\n\n%s\n\n}  // namespace tintype\n"


def header(includes="", body="struct Thing {};"):
    text = HEADER % body
    return text.replace("once\n", "once\n\n" + includes, 1) if includes else text


class Tidy(unittest.TestCase):
    def check(self, files):
        """What tidy says of a tree of these files, and its exit code."""
        with tempfile.TemporaryDirectory() as root:
            shutil.copy(FORMAT, root)
            for name, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, TIDY, root], capture_output=True, text=True,
                                  check=False)
        return done.returncode, done.stdout

    def assert_clean(self, files):
        code, said = self.check(files)
        self.assertEqual(code, 0, said)

    def assert_fault(self, words, files):
        code, said = self.check(files)
        self.assertEqual(code, 1, said)
        self.assertIn(words, said)

    def test_a_tree_without_faults_is_clean(self):
        self.assert_clean({
            "io/result.h": header(),
            "io/file/file.h": header('#include "io/result.h"\n', "class File {};"),
            "io/file/CMakeLists.txt": "tintype_room(\n  HEADERS file.h\n  USES hashing io f::f\n"
                                      "  PRIVATE_USES PkgConfig::uring)\n",
        })

    def test_a_back_arrow_between_rooms_of_a_layer(self):
        self.assert_fault('io/file/ may not include "io/queue/async_queue.h"', {
            "io/file/file.h": header('#include "io/queue/async_queue.h"\n'),
        })

    def test_an_engine_room_included_by_a_lower_one(self):
        self.assert_fault('engine/pipeline/ may not include "engine/flow/backup_flow.h"', {
            "engine/pipeline/conductor.cc": '#include "engine/flow/backup_flow.h"\n',
        })

    def test_an_engine_room_included_by_a_lower_layer(self):
        self.assert_fault('verify/ese/ may not include "engine/job/pass.h"', {
            "verify/ese/ese_text.cc": '#include "engine/job/pass.h"\n',
        })

    def test_an_include_without_its_path(self):
        self.assert_fault('include "file.h" by its path', {
            "io/file/file_linux.cc": '#include "file.h"\n',
        })

    def test_a_folder_that_is_no_room(self):
        self.assert_fault("io/cellar/: a room without a row", {"io/cellar/cask.h": header()})

    def test_a_room_that_is_too_full(self):
        self.assert_fault("io/queue/: 29 files", {
            f"io/queue/thing_{i}.h": header(body=f"struct Thing{i} {{}};") for i in range(29)})

    def test_link_lines_that_are_not_the_row(self):
        self.assert_fault("io/queue/CMakeLists.txt: USES is not the row", {
            "io/queue/thing.h": header(),
            "io/queue/CMakeLists.txt": "tintype_room(HEADERS thing.h USES io io/file io/nbd)\n",
        })

    def test_a_header_of_posix_outside_the_files_of_linux(self):
        for name in ("unistd.h", "sys/stat.h", "sched.h", "poll.h", "liburing.h"):
            self.assert_fault(f"<{name}> belongs into a file", {
                "io/file/file.cc": f"#include <{name}>\n"})
            self.assert_clean({"io/file/file_linux.cc": f"#include <{name}>\n"})

    def test_onetbb_outside_its_one_file(self):
        lines = "#include <oneapi/tbb/parallel_for.h>\n"
        self.assert_fault("oneTBB is known to io/tasks/task_pool.cc alone",
                          {"io/file/file.cc": lines})
        self.assert_clean({"io/tasks/task_pool.cc": lines})

    def test_a_type_name_that_is_used_twice(self):
        for kind in ("class", "struct", "enum class"):
            self.assert_fault("the type name Thing is used at engine/serve/other.h:5", {
                "engine/serve/other.h": header(body=f"{kind} Thing {{\n}};"),
                "io/result.h": header(body="struct Thing final {};")})

    def test_type_names_of_unnamed_namespaces_are_their_own(self):
        one = "namespace {\n\nstruct Thing {};\n\n}  // namespace\n"
        self.assert_clean({"io/result.cc": one, "io/extent.cc": one})

    def test_a_forward_declaration_is_no_second_type(self):
        self.assert_clean({"io/result.h": header(),
                           "io/extent.h": header(body="struct Thing;")})

    def test_a_command_without_its_row(self):
        run = "ExitCode run_command(Session& session, const %s& command) {}\n"
        row = "CommandRow rows[] = {{begin_command<CopyCommand>}};\n"
        there = {"tools/commands/cmd_copy.cc": run % "CopyCommand",
                 "tools/commands/registry.cc": row}
        self.assert_clean(there)
        self.assert_fault("cmd_prune.cc: PruneCommand has no row in tools/commands/registry.cc",
                          {**there, "tools/commands/cmd_prune.cc": run % "PruneCommand"})
        self.assert_fault("cmd_prune.cc: no run_command()",
                          {**there, "tools/commands/cmd_prune.cc": "//\n"})

    def test_a_document_that_names_a_file_that_does_not_exist(self):
        there = {"io/result.h": header(), "docs/page.md": "# Page\n"}
        for line in ("[the page](docs/gone.md#part)", "[this](io)[and](result.h \"title\")",
                     "`io/gone/result.h`", "`io/gone`", "`gone.cc`", "`2026-11-28-gone.json`"):
            self.assert_fault("README.md:1: ", {**there, "README.md": line + "\n"})
        for line in ("[the page](docs/page.md#part), [this](io)", "`io/result.h` `result.h` `io/`",
                     "[theirs](https://example.org/gone.md)", "`set.json` `build/io` `.cc`"):
            self.assert_clean({**there, "README.md": line + "\n"})
        self.assert_clean({**there, "CHANGELOG.md": "`io/gone.h`\n"})

    def test_leftovers_lengths_and_guards(self):
        self.assert_fault("leftover marker", {"io/result.cc": "// TO" "DO\n"})
        self.assert_fault("101 columns", {"io/result.cc": "//" + "x" * 99 + "\n"})
        self.assert_fault("501 lines", {"io/result.cc": "//\n" * 501})
        self.assert_fault("no #pragma once", {"io/result.h": "//\n"})
        self.assert_fault("keep this header in a .cc", {
            "io/result.h": "#pragma once\n\n#include <nlohmann/json.hpp>\n"})


if __name__ == "__main__":
    unittest.main()
