// Puts what was found into the folder: files out of chunks that are checked first, their further
// names, links, folders; reads back what it wrote, and gives each its name last.
//
// What goes wrong with one file is that file's, and the others go on. An error is the whole job's:
// a full or failing medium, a stop; then nothing has a name.
#pragma once

#include <optional>
#include <vector>

#include "engine/extract/extract_component.h"
#include "engine/extract/extract_source.h"
#include "engine/flow/file_writer.h"
#include "engine/survey/stream_survey.h"

namespace tintype {

// A file asked for, from where it lies to where it goes.
struct ExtractItem {
  std::size_t source = 0;
  FileEntry entry;
  EseFileKind kind = EseFileKind::none;  // of a component
  std::optional<std::size_t> same_as;    // another name of this item, which stands before it
  std::size_t number = 0;                // of the writer and the tree; if it is written
};

class ExtractWriting {
 public:
  // Items stand beside the outcome's files. Everything outlives it.
  ExtractWriting(const ExtractOptions& options, const std::vector<ExtractSource>& sources,
                 const Component& component, std::vector<ExtractItem>& items,
                 ExtractOutcome& outcome, JobMonitor& monitor)
      : options_(options),
        sources_(sources),
        component_(component),
        items_(items),
        outcome_(outcome),
        monitor_(monitor) {}

  [[nodiscard]] Result<void> run();

 private:
  [[nodiscard]] bool is_written(std::size_t i) const { return outcome_.files[i].problem.empty(); }
  // Has content of its own to write.
  [[nodiscard]] bool has_content(std::size_t i) const {
    return is_written(i) && !items_[i].same_as;
  }
  [[nodiscard]] std::string shown(const std::string& target) const;
  [[nodiscard]] Result<void> check_room(const OutputTree& tree);
  // Why nothing can be put there, or "". An error: what stands there may not be replaced.
  [[nodiscard]] Result<std::string> in_the_way(const OutputTree& tree,
                                               const std::string& target) const;
  [[nodiscard]] Result<void> prepare(FileWriter& writer);
  [[nodiscard]] Result<void> write_resident(FileWriter& writer);
  [[nodiscard]] Result<void> write_streamed(std::size_t source, FileWriter& writer);
  [[nodiscard]] Result<void> make_the_rest(FileWriter& writer);
  [[nodiscard]] Result<void> make_links(const OutputTree& tree, FileWriter& writer);
  [[nodiscard]] Result<void> read_back(FileWriter& writer);
  [[nodiscard]] Result<void> name_all(const OutputTree& tree);
  void add_check(std::size_t i, InlineChecks& checks);
  void set_times(const OutputTree& tree);
  void set_modes(const OutputTree& tree);
  void name_files(const OutputTree& tree);
  void make_nodes(const OutputTree& tree);
  void finish_folders(const OutputTree& tree);
  void judge();

  const ExtractOptions& options_;
  const std::vector<ExtractSource>& sources_;
  const Component& component_;
  std::vector<ExtractItem>& items_;
  ExtractOutcome& outcome_;
  JobMonitor& monitor_;
  StreamSurvey streams_;
  std::size_t numbers_ = 0;  // given out by the writer
};

}  // namespace tintype
