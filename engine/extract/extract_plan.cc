#include "engine/extract/extract_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/extract/extract_request.h"
#include "io/file/output_tree.h"

namespace tintype {
namespace {

constexpr std::uint64_t kResidentBytesMax = 1 << 20;  // they lie inside a record of a few KiB

std::string why_not_extractable(const FileEntry& entry) {
  if (!entry.problem.empty()) return entry.problem;
  switch (entry.storage) {
    case FileStorage::compressed:
      return "compressed by the file system: its bytes do not lie on the volume as they are";
    case FileStorage::encrypted:
      return "encrypted by the file system";
    case FileStorage::resident:
      if (entry.size_bytes > kResidentBytesMax) return "its size makes no sense";
      [[fallthrough]];
    case FileStorage::runs:
      return entry.stands_for_another ? "a link, or a placeholder for what is stored elsewhere"
                                      : "";
  }
  return "";
}

}  // namespace

Result<void> ExtractPlan::make() {
  TINTYPE_CHECK(open_sources());
  TINTYPE_CHECK(options_.component.empty() ? find_files() : find_database());
  settle_targets();
  return {};
}

// Of several volumes those that can be opened, if all that is asked for are files.
Result<void> ExtractPlan::open_sources() {
  std::optional<Error> first_error;
  for (const ExtractOptions::Source& source : options_.sources) {
    auto opened = ExtractSource::open(source);
    if (!opened && (options_.sources.size() == 1 || !options_.component.empty()))
      return tl::unexpected(std::move(opened).error());
    if (!opened) {
      const bool damaged = opened.error().code == std::errc::bad_message ||
                           opened.error().code == std::errc::no_such_file_or_directory;
      (damaged ? outcome_.damage : outcome_.doubts)
          .push_back(fmt::format("nothing of {} can be extracted: {}", source.volume,
                                 opened.error().line()));
      if (!first_error) first_error = std::move(opened).error();
      continue;
    }
    outcome_.pass.volume_bytes += opened->image().geometry().volume_bytes;
    outcome_.pass.captured_bytes += total_bytes(opened->image().epilogue().captured);
    outcome_.pass.filesystem = std::string(opened->map().type());
    outcome_.pass.label = opened->map().label();
    sources_.push_back(*std::move(opened));
  }
  if (sources_.empty() && first_error) return tl::unexpected(*std::move(first_error));
  return {};
}

Result<void> ExtractPlan::find_files() {
  std::vector<ExtractRequest> requests;
  for (const std::string& path : options_.paths) requests.emplace_back(path);
  std::vector<bool> met(requests.size());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    std::vector<FileNode> nodes;
    TINTYPE_TRY(auto files, sources_[i].find(
                                [&](const std::string& path) {
                                  bool fits = false;
                                  for (std::size_t r = 0; r < requests.size(); ++r)
                                    if (requests[r].fits(path)) fits = met[r] = true;
                                  return fits;
                                },
                                &nodes));
    add_all(i, std::move(files), std::move(nodes));
  }
  const bool anything = std::ranges::find(met, true) != met.end();
  for (std::size_t r = 0; r < requests.size(); ++r) {
    if (met[r]) continue;
    const std::string text = fmt::format("no file fits {}", requests[r].path());
    // One that is mistyped is no reason to guess; one that is lost is none to drop the others.
    if (!anything || !may_lack_files())
      return plain_error(text, "`tintype extract … / --to DIR --dry-run` lists all");
    outcome_.doubts.push_back(text);
  }
  return {};
}

bool ExtractPlan::may_lack_files() const {
  return !outcome_.damage.empty() || !outcome_.doubts.empty() ||
         std::ranges::any_of(sources_, [](const ExtractSource& source) {
           return !source.damage().empty() || !source.doubt().empty();
         });
}

void ExtractPlan::add_all(std::size_t source, std::vector<FileEntry>&& files,
                          std::vector<FileNode>&& nodes) {
  const bool has_links = std::ranges::any_of(
      nodes, [](const FileNode& node) { return node.kind == FileNode::Kind::hard_link; });
  std::map<std::pair<std::uint64_t, std::string>, std::size_t> item_of;
  for (FileEntry& entry : files) {
    if (has_links) item_of[{entry.id, entry.path}] = items_.size();
    std::string target = target_of(source, entry.path);
    add({.source = source, .entry = std::move(entry)}, std::move(target));
  }
  for (FileNode& node : nodes) {
    if (node.kind == FileNode::Kind::hard_link)
      add_link(source, item_of.at({node.id, node.text}), node);
    else
      add_node(source, std::move(node));
  }
}

// A further name of a file.
void ExtractPlan::add_link(std::size_t source, std::size_t first, const FileNode& link) {
  ExtractItem item{.source = source, .entry = items_[first].entry, .same_as = first};
  item.entry.path = link.path;
  item.entry.runs.clear();
  add(std::move(item), target_of(source, link.path));
}

void ExtractPlan::add_node(std::size_t source, FileNode&& node) {
  ExtractedNode& added = outcome_.nodes.emplace_back();
  added.volume = sources_[source].volume_name();
  added.target = target_of(source, node.path);
  added.problem = node.problem;
  if (node.kind == FileNode::Kind::special) added.state = ExtractedFile::State::not_made;
  added.node = std::move(node);
}

std::string ExtractPlan::target_of(std::size_t source, const std::string& path) const {
  const std::string target = output_path(path);
  return options_.sources.size() > 1 ? sources_[source].volume_name() + "/" + target : target;
}

Result<void> ExtractPlan::find_database() {
  TINTYPE_TRY(component_,
              find_component(sources_, options_.component, options_.component_volume, monitor_));
  for (ComponentFile& file : component_.files)
    add({.source = file.source, .entry = std::move(file.entry), .kind = file.kind},
        std::move(file.target));
  return {};
}

void ExtractPlan::add(ExtractItem item, std::string target) {
  outcome_.files.push_back({.volume = sources_[item.source].volume_name(),
                            .path = item.entry.path,
                            .target = std::move(target),
                            .size_bytes = item.entry.size_bytes,
                            .problem = why_not_extractable(item.entry)});
  items_.push_back(std::move(item));
}

// Two files of a volume may come to the same path: orphans, names that were too long.
void ExtractPlan::settle_targets() {
  std::set<std::string> used;
  for (ExtractedFile& file : outcome_.files) {
    const std::string wanted = file.target;
    for (int twin = 2; !used.insert(file.target).second; ++twin)
      file.target = fmt::format("{}~{}", wanted, twin);
  }
  for (ExtractedNode& node : outcome_.nodes) {
    if (!node.is_link()) continue;
    const std::string wanted = node.target;
    for (int twin = 2; !used.insert(node.target).second; ++twin)
      node.target = fmt::format("{}~{}", wanted, twin);
  }
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].same_as) outcome_.files[i].link_to = outcome_.files[*items_[i].same_as].target;
}

}  // namespace tintype
