// begun.json: what a set that is being written says of itself, from its first moment on: whose it
// is. Without it nobody could tell, when its writer is dead, whether the next backup of the same
// source may take its place. It goes when the set is committed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/image_store.h"
#include "io/permissions.h"
#include "io/result.h"

namespace tintype {

struct BegunRecord {
  static constexpr int kFormat = 1;
  std::string host;
  std::string machine;               // its id, "" if it has none: two hosts may have one name
  std::string boot;                  // of that machine, since it was started
  std::uint64_t process = 0;         // in that boot; the lock, not this, says whether it lives
  std::vector<std::string> sources;  // as the manifest will name them
  std::string started_utc;
  // Its owner had the finished set removed, and that was cut short: what is left is of no use.
  bool removed = false;
};

// With this host, machine, boot and process.
[[nodiscard]] BegunRecord begun_here();
[[nodiscard]] bool same_process(const BegunRecord& a, const BegunRecord& b) noexcept;

[[nodiscard]] std::string to_json(const BegunRecord& record);
// Only with its checksum right.
[[nodiscard]] Result<BegunRecord> parse_begun_record(std::string_view json, std::string_view path);
// Into an unfinished set, and out of it.
[[nodiscard]] Result<void> write_begun_record(const ImageStore& store, std::string_view key,
                                              const BegunRecord& record, Permissions permissions);
[[nodiscard]] Result<BegunRecord> read_begun_record(const ImageStore& store, std::string_view key);

}  // namespace tintype
