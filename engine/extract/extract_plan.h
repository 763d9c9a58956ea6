// What is extracted: the volumes that could be opened, the files, links and folders that were asked
// for, and where each goes. Nothing is written.
//
// It fills the outcome's files and nodes; a file that is there and cannot be extracted has a
// `problem`. An error means that there is nothing to extract.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/extract/extract_component.h"
#include "engine/extract/extract_job.h"
#include "engine/extract/extract_source.h"

namespace tintype {

// A file asked for, from where it lies to where it goes.
struct ExtractItem {
  std::size_t source = 0;
  FileEntry entry;
  EseFileKind kind = EseFileKind::none;  // of a component
  std::optional<std::size_t> same_as;    // another name of this item, which stands before it
  std::size_t number = 0;                // of the writer and the tree; if it is written
};

class ExtractPlan {
 public:
  // All outlive it.
  ExtractPlan(const ExtractOptions& options, ExtractOutcome& outcome, JobMonitor& monitor)
      : options_(options), outcome_(outcome), monitor_(monitor) {}

  // Once.
  [[nodiscard]] Result<void> make();

  // Those that were opened, whatever make() came to.
  [[nodiscard]] const std::vector<ExtractSource>& sources() const noexcept { return sources_; }
  [[nodiscard]] const Component& component() const noexcept { return component_; }

  // Beside the outcome's files.
  [[nodiscard]] std::vector<ExtractItem>& items() noexcept { return items_; }
  [[nodiscard]] ExtractedFile& file(std::size_t item) const { return outcome_.files[item]; }
  [[nodiscard]] bool is_written(std::size_t item) const { return file(item).problem.empty(); }
  // Has content of its own to write.
  [[nodiscard]] bool has_content(std::size_t item) const {
    return is_written(item) && !items_[item].same_as;
  }

 private:
  [[nodiscard]] Result<void> open_sources();
  [[nodiscard]] Result<void> find_files();
  [[nodiscard]] Result<void> find_database();
  [[nodiscard]] bool may_lack_files() const;
  void add_all(std::size_t source, std::vector<FileEntry>&& files, std::vector<FileNode>&& nodes);
  void add(ExtractItem item, std::string target);
  void add_link(std::size_t source, std::size_t first, const FileNode& link);
  void add_node(std::size_t source, FileNode&& node);
  [[nodiscard]] std::string target_of(std::size_t source, const std::string& path) const;
  void settle_targets();

  const ExtractOptions& options_;
  ExtractOutcome& outcome_;
  JobMonitor& monitor_;
  std::vector<ExtractSource> sources_;
  std::vector<ExtractItem> items_;
  Component component_;
};

}  // namespace tintype
