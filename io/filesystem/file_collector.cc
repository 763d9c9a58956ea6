#include "io/filesystem/file_collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/tasks/long_sort.h"

namespace tintype {

tl::unexpected<Error> FileCollector::too_many_files() {
  return plain_error(fmt::format("more than {} files fit", kFilesFoundMax),
                     "name fewer of them, folder by folder");
}

void FileCollector::add(FileEntry file) {
  overflowed_ = overflowed_ || files_.size() == limits_.files;
  if (overflowed_) return;
  if (file.runs.size() > limits_.runs - runs_) {
    file.runs.clear();
    file.problem = "the files asked for are in too many fragments";
  }
  runs_ += file.runs.size();
  files_.push_back(std::move(file));
}

void FileCollector::add(FileNode node) {
  if (beside_ == nullptr) return;
  overflowed_ = overflowed_ || beside_->nodes.size() == limits_.files;
  if (!overflowed_) beside_->nodes.push_back(std::move(node));
}

void FileCollector::expect(std::size_t more) {
  // Of one large folder the list is made once; of many small ones it grows as usual.
  const std::size_t all = std::min(files_.size() + more, limits_.files);
  if (all > files_.capacity()) files_.reserve(std::max(all, 2 * files_.capacity()));
}

Result<std::vector<FileEntry>> FileCollector::finish(Claims claims) && {
  if (overflowed_) return too_many_files();
  if (claims == Claims::compared) report_shared_bytes(files_);
  long_sort_by(files_, &FileEntry::path);
  if (beside_ != nullptr) long_sort_by(beside_->nodes, &FileNode::path);
  return std::move(files_);
}

}  // namespace tintype
