// Run lists: where the clusters of an attribute lie, and the attribute put together from its
// pieces in several records.
#pragma once

#include <string>
#include <vector>

#include "io/filesystem/filesystem_map.h"
#include "io/filesystem/ntfs/ntfs_records.h"

namespace tintype {

struct NtfsRun {
  std::uint64_t vcn = 0;  // in the file, in clusters
  std::uint64_t lcn = 0;  // on the volume
  std::uint64_t clusters = 0;
  bool hole = false;  // sparse: no place on the volume
};
// Appends the runs of one piece. "" if they are sound and cover exactly the piece's range; else
// what is wrong, and the runs before that place are appended.
[[nodiscard]] const char* decode_ntfs_runs(const NtfsAttribute& piece, std::uint64_t total_clusters,
                                           std::vector<NtfsRun>& runs);

// A whole attribute.
struct NtfsContent {
  bool found = false;
  FileStorage storage = FileStorage::runs;
  std::uint64_t size_bytes = 0;
  std::uint64_t valid_bytes = 0;
  // Every allocated byte, past the size and the valid length too. With a problem: what is known.
  std::vector<FileRun> runs;
  std::vector<std::byte> resident;  // the value, if it is resident
  std::string problem;
};

class NtfsContentBuilder {
 public:
  explicit NtfsContentBuilder(const NtfsGeometry& geometry) : geometry_(geometry) {}
  // Pieces come in any order.
  void add(const NtfsAttribute& piece);
  void damage(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }
  [[nodiscard]] NtfsContent finish();

 private:
  struct Piece {
    std::uint64_t first_vcn, end_vcn;
    std::size_t first_run, end_run;  // in runs_
  };
  void lay_out(NtfsContent& content);

  NtfsGeometry geometry_;
  NtfsContent content_;
  std::vector<Piece> pieces_;
  std::vector<NtfsRun> runs_;
  std::string problem_;
};

}  // namespace tintype
