// Gives what was extracted its names, last of all: files under their own, or NAME.damaged; then
// links and folders, and what a volume tells of times and modes.
//
// What cannot be done to one file is that file's problem, or a remark if it is there.
#pragma once

#include "engine/extract/extract_plan.h"
#include "io/file/output_tree.h"

namespace tintype {

class ExtractNames {
 public:
  // `numbers`: those the writer has given out, from 0 on. All outlive it.
  ExtractNames(const ExtractOptions& options, const OutputTree& tree, ExtractPlan& plan,
               ExtractOutcome& outcome, std::size_t numbers)
      : options_(options), tree_(tree), plan_(plan), outcome_(outcome), numbers_(numbers) {}

  // Before all is synced and read back.
  void set_times();
  // Behind that.
  [[nodiscard]] Result<void> give();

 private:
  void set_modes();
  void name_files();
  void make_nodes();
  [[nodiscard]] Result<void> make_node(const ExtractedNode& node);
  void finish_folders();

  const ExtractOptions& options_;
  const OutputTree& tree_;
  ExtractPlan& plan_;
  ExtractOutcome& outcome_;
  std::size_t numbers_;
};

}  // namespace tintype
