// Pages as runs of neighbours, whatever the order they come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace tintype {

class PageRuns {
 public:
  // A run costs about 50 bytes. When there are more, those at the end of the file go.
  static constexpr std::size_t kRunsMax = 64 * 1024;

  void add(std::uint64_t first_page, std::uint64_t pages) {
    if (pages == 0) return;
    auto next = runs_.lower_bound(first_page);
    if (next != runs_.end() && next->first == first_page + pages) {
      pages += next->second;
      next = runs_.erase(next);
    }
    if (next != runs_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == first_page) {
        before->second += pages;
        return;
      }
    }
    runs_.emplace_hint(next, first_page, pages);
    if (runs_.size() > kRunsMax) {
      runs_.erase(std::prev(runs_.end()));
      ++runs_dropped_;
    }
  }

  [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& runs() const noexcept {
    return runs_;  // first page → pages
  }
  [[nodiscard]] std::uint64_t runs_dropped() const noexcept { return runs_dropped_; }

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;
  std::uint64_t runs_dropped_ = 0;
};

}  // namespace tintype
