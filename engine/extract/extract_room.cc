#include "engine/extract/extract_room.h"

#include <fmt/format.h>

#include "hashing/counted.h"

namespace tintype {
namespace {

// Why nothing can be put there, or "". An error: what stands there may not be replaced.
Result<std::string> in_the_way(const OutputTree& tree, const ExtractOptions& options,
                               const std::string& target) {
  const std::string shown = fmt::format("{}/{}", options.folder, target);
  const auto taken = tree.taken(target);
  if (!taken && concerns_one_file(taken.error())) return taken.error().what;
  if (!taken) return tl::unexpected(taken.error());
  if (*taken == OutputTree::Taken::by_other)
    return plain_error(
        fmt::format("{}: a folder, or something that is no folder, is in its way", shown),
        "extract to another folder");
  if (*taken == OutputTree::Taken::by_file && !options.overwrite)
    return plain_error(fmt::format("{} exists", shown),
                       "extract to another folder, or add --overwrite");
  return std::string();
}

}  // namespace

Result<void> check_extract_room(const ExtractOptions& options, const OutputTree& tree,
                                ExtractPlan& plan, ExtractOutcome& outcome) {
  constexpr std::uint64_t kUnit = 4096;
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < plan.items().size(); ++i) {
    if (!plan.is_written(i)) continue;
    TINTYPE_TRY(plan.file(i).problem, in_the_way(tree, options, plan.file(i).target));
    if (!plan.has_content(i)) continue;
    const FileEntry& entry = plan.items()[i].entry;
    if (entry.storage == FileStorage::resident)
      needed += (entry.size_bytes + kUnit - 1) / kUnit * kUnit;
    for (const FileRun& run : entry.runs) needed += (run.length + kUnit - 1) / kUnit * kUnit;
  }
  for (ExtractedNode& node : outcome.nodes)
    if (node.is_link() && node.problem.empty()) {
      TINTYPE_TRY(node.problem, in_the_way(tree, options, node.target));
    }
  TINTYPE_TRY(const std::uint64_t free, tree.free_bytes());
  if (needed > free)
    return plain_error(fmt::format("{} has room for {}, the files need {}", options.folder,
                                   counted(free, "byte"), needed),
                       "free some space there, or extract to another folder");
  return {};
}

}  // namespace tintype
