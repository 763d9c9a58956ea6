// A run list is pairs of variable-length integers: a count of clusters, and the distance of the
// run's first cluster from the one before it; a pair without a distance is a hole.
#include "io/filesystem/ntfs/ntfs_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/filesystem/file_runs.h"

namespace tintype {
namespace {

constexpr std::uint64_t kSizeMax = std::numeric_limits<std::int64_t>::max();

// A signed little-endian integer of 1 to 8 bytes.
std::int64_t signed_integer(std::span<const std::byte> bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<std::uint64_t>(bytes[i]);
  const unsigned unused_bits = static_cast<unsigned>(64 - 8 * bytes.size());
  return static_cast<std::int64_t>(value << unused_bits) >> unused_bits;
}

// Wraps to 0 for an attribute without clusters, whose last cluster is -1.
bool sensible_range(const NtfsAttribute& piece) noexcept {
  return piece.last_vcn + 1 >= piece.first_vcn && piece.last_vcn + 1 <= kSizeMax;
}

}  // namespace

const char* decode_ntfs_runs(const NtfsAttribute& piece, std::uint64_t total_clusters,
                             std::vector<NtfsRun>& runs) {
  if (!sensible_range(piece)) return "its run list has an impossible range";
  std::uint64_t vcn = piece.first_vcn;
  const std::uint64_t end_vcn = piece.last_vcn + 1;
  std::int64_t lcn = 0;
  for (std::size_t at = 0; at < piece.mapping.size();) {
    const auto lengths = static_cast<unsigned>(piece.mapping[at++]);
    if (lengths == 0) break;
    const std::size_t count_bytes = lengths & 0xF, distance_bytes = lengths >> 4;
    if (count_bytes == 0 || count_bytes > 8 || distance_bytes > 8 ||
        count_bytes + distance_bytes > piece.mapping.size() - at)
      return "its run list is damaged";
    const std::int64_t count = signed_integer(piece.mapping.subspan(at, count_bytes));
    at += count_bytes;
    if (count <= 0 || static_cast<std::uint64_t>(count) > end_vcn - vcn)
      return "its run list is longer than it says";
    NtfsRun run{.vcn = vcn, .clusters = static_cast<std::uint64_t>(count)};
    run.hole = distance_bytes == 0;
    if (!run.hole) {
      const std::int64_t distance = signed_integer(piece.mapping.subspan(at, distance_bytes));
      at += distance_bytes;
      if (__builtin_add_overflow(lcn, distance, &lcn) || lcn < 0 ||
          static_cast<std::uint64_t>(lcn) >= total_clusters ||
          run.clusters > total_clusters - static_cast<std::uint64_t>(lcn))
        return "one of its runs lies outside the volume";
      run.lcn = static_cast<std::uint64_t>(lcn);
    }
    if (runs.size() >= kFileRunsMax) return "it is in too many fragments";
    runs.push_back(run);
    vcn += run.clusters;
  }
  return vcn == end_vcn ? "" : "its run list is shorter than it says";
}

void NtfsContentBuilder::add(const NtfsAttribute& piece) {
  if (piece.resident) {
    if (content_.found || !pieces_.empty()) return damage("it has two contents");
    content_.found = true;
    content_.storage = FileStorage::resident;
    content_.size_bytes = content_.valid_bytes = piece.value.size();
    content_.resident.assign(piece.value.begin(), piece.value.end());
    if (piece.encrypted) content_.storage = FileStorage::encrypted;
    if (piece.compressed) content_.storage = FileStorage::compressed;
    return;
  }
  if (content_.storage == FileStorage::resident) return damage("it has two contents");
  if (piece.first_vcn == 0) {
    if (content_.found) return damage("its run list begins twice");
    content_.found = true;
    content_.size_bytes = piece.data_bytes;
    content_.valid_bytes = piece.initialized_bytes;
    if (piece.compressed) content_.storage = FileStorage::compressed;
    if (piece.encrypted) content_.storage = FileStorage::encrypted;
  }
  if (!sensible_range(piece)) return damage("its run list has an impossible range");
  const std::size_t first_run = runs_.size();
  if (const char* wrong = decode_ntfs_runs(piece, geometry_.total_clusters, runs_); *wrong != 0)
    damage(wrong);
  pieces_.push_back({piece.first_vcn, piece.last_vcn + 1, first_run, runs_.size()});
}

void NtfsContentBuilder::lay_out(NtfsContent& content) {
  const std::uint64_t cluster = geometry_.cluster_bytes;
  std::sort(pieces_.begin(), pieces_.end(),
            [](const Piece& a, const Piece& b) { return a.first_vcn < b.first_vcn; });
  std::uint64_t expected_vcn = 0;
  for (const Piece& piece : pieces_) {
    if (piece.first_vcn < expected_vcn) return damage("pieces of its run list overlap");
    if (piece.first_vcn > expected_vcn)
      return damage(fmt::format("its run list has a gap at offset {}", expected_vcn * cluster));
    expected_vcn = piece.end_vcn;
    if (expected_vcn > kSizeMax / cluster) return damage("its run list has an impossible range");
    for (std::size_t i = piece.first_run; i < piece.end_run; ++i) {
      const NtfsRun& run = runs_[i];
      if (!run.hole)
        append_run(content.runs, {run.vcn * cluster, run.lcn * cluster, run.clusters * cluster});
    }
  }
  if (content.size_bytes > expected_vcn * cluster)
    return damage(fmt::format("its run list ends at offset {} of {}", expected_vcn * cluster,
                              content.size_bytes));
  if (content.valid_bytes > content.size_bytes)
    return damage("its valid-data length is greater than its size");
}

NtfsContent NtfsContentBuilder::finish() {
  NtfsContent content = std::move(content_);
  if (content.found && !pieces_.empty()) lay_out(content);
  if (!content.found && !pieces_.empty()) damage("the first piece of its run list is missing");
  content.problem = std::move(problem_);
  return content;
}

}  // namespace tintype
