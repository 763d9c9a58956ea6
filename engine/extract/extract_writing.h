// Writes what was planned into the folder: files out of chunks that are checked first, their
// further names; reads back what it wrote, and has it named last.
//
// What goes wrong with one file is that file's, and the others go on. An error is the whole job's:
// a full or failing medium, a stop; then nothing has a name.
#pragma once

#include <string>
#include <vector>

#include "engine/extract/extract_plan.h"
#include "engine/flow/file_writer.h"
#include "engine/survey/stream_survey.h"

namespace tintype {

class ExtractWriting {
 public:
  // Everything outlives it.
  ExtractWriting(const ExtractOptions& options, ExtractPlan& plan, ExtractOutcome& outcome,
                 JobMonitor& monitor)
      : options_(options),
        plan_(plan),
        sources_(plan.sources()),
        items_(plan.items()),
        outcome_(outcome),
        monitor_(monitor) {}

  [[nodiscard]] Result<void> run();

 private:
  [[nodiscard]] std::string shown(const std::string& target) const;
  [[nodiscard]] Result<void> prepare(FileWriter& writer);
  [[nodiscard]] Result<void> write_resident(FileWriter& writer);
  [[nodiscard]] Result<void> write_streamed(std::size_t source, FileWriter& writer);
  [[nodiscard]] Result<void> make_the_rest(FileWriter& writer);
  [[nodiscard]] Result<void> make_links(const OutputTree& tree, FileWriter& writer);
  [[nodiscard]] Result<void> read_back(FileWriter& writer);
  void add_check(std::size_t i, InlineChecks& checks);
  void judge();

  const ExtractOptions& options_;
  ExtractPlan& plan_;
  const std::vector<ExtractSource>& sources_;
  std::vector<ExtractItem>& items_;
  ExtractOutcome& outcome_;
  JobMonitor& monitor_;
  StreamSurvey streams_;
  std::size_t numbers_ = 0;  // given out by the writer
};

}  // namespace tintype
