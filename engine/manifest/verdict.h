// What was found out about one image after its backup, and when: a small JSON file a verdict, in
// REPO/verdicts/ and never inside a set. It carries its own checksum.
#pragma once

#include <string>
#include <string_view>

#include "io/folder/folder_tree.h"
#include "io/result.h"

namespace tintype {

// How it was found out. Kinds that a reader does not know it passes over.
inline constexpr std::string_view kVerdictReadBack = "read back";  // by the backup itself
inline constexpr std::string_view kVerdictVerified = "verified";   // all stored bytes, afterwards

struct Verdict {
  static constexpr int kFormat = 1;
  std::string kind;
  std::string repository;  // its id
  std::string set, volume;
  std::string content_digest;  // of the image, as the manifest has it
  FileStamp image;             // its file when it was looked at
  std::string level;           // what was reached: "structure, stored bytes"
  bool sound = false;          // every byte looked at is what it was when it was written
  std::string found;           // one line, if not
  std::string pages;           // of the databases: "sound", "findings"; "" if not looked at
  std::string time_utc;        // when the looking began: "2026-11-22T18:15:00Z"
  std::string program, host;
};

[[nodiscard]] std::string to_json(const Verdict& verdict);
// Refuses what has no checksum, or a wrong one.
[[nodiscard]] Result<Verdict> parse_verdict(std::string_view json, std::string_view path);

}  // namespace tintype
