#include "engine/extract/extract_names.h"

#include <fmt/format.h>

#include <string_view>

namespace tintype {
namespace {

constexpr const char* kDamagedSuffix = ".damaged";

std::string remark(std::string_view what, const Error& error) {
  return fmt::format("{}: {}", what, error.what);
}

}  // namespace

void ExtractNames::set_times() {
  for (std::size_t i = 0; i < plan_.items().size(); ++i) {
    const ExtractItem& item = plan_.items()[i];
    if (!plan_.is_written(i) || !item.entry.modified) continue;
    if (const auto set = tree_.set_modified(item.number, *item.entry.modified); !set)
      plan_.file(i).metadata = remark("its time could not be set", set.error());
  }
}

// Last of all: a mode may keep this run itself out.
void ExtractNames::set_modes() {
  for (std::size_t i = 0; i < plan_.items().size(); ++i) {
    if (!plan_.is_written(i)) continue;
    const ExtractItem& item = plan_.items()[i];
    if (const auto set = tree_.set_mode(item.number, item.entry.mode); !set)
      plan_.file(i).metadata = remark("its mode could not be set", set.error());
  }
}

Result<void> ExtractNames::give() {
  set_modes();
  name_files();
  // Behind the files, so that none comes to lie where a link or a folder's mode would have it.
  make_nodes();
  finish_folders();
  return tree_.sync();
}

void ExtractNames::name_files() {
  for (std::size_t i = 0; i < plan_.items().size(); ++i) {
    if (!plan_.is_written(i)) continue;
    ExtractedFile& file = plan_.file(i);
    const bool damaged = !file.losses.empty();
    if (damaged) file.target = output_path(file.target + kDamagedSuffix);
    if (auto named = tree_.name(plan_.items()[i].number, file.target, options_.overwrite); !named) {
      // One name that cannot be is no reason to drop the files that can have theirs.
      file.problem = named.error().what;
      outcome_.unnamed |= !concerns_one_file(named.error());
      continue;
    }
    file.state = damaged ? ExtractedFile::State::damaged : ExtractedFile::State::whole;
  }
}

Result<void> ExtractNames::make_node(const ExtractedNode& node) {
  if (!node.is_link()) return tree_.make_folder(node.target);
  const std::size_t number = numbers_++;
  TINTYPE_CHECK(tree_.link_to_text(number, node.node.text));
  if (node.node.modified) (void)tree_.set_modified(number, *node.node.modified);
  return tree_.name(number, node.target, options_.overwrite);
}

void ExtractNames::make_nodes() {
  for (ExtractedNode& node : outcome_.nodes) {
    if (!node.problem.empty() || node.node.kind == FileNode::Kind::special) continue;
    if (const auto made = make_node(node); !made) {
      node.problem = made.error().what;
      outcome_.unnamed |= !concerns_one_file(made.error());
      continue;
    }
    node.state = ExtractedFile::State::whole;
  }
}

// A folder stands before what is in it, and is finished behind it.
void ExtractNames::finish_folders() {
  for (auto node = outcome_.nodes.rbegin(); node != outcome_.nodes.rend(); ++node) {
    if (node->node.kind != FileNode::Kind::folder || !node->problem.empty()) continue;
    if (const auto set = tree_.finish_folder(node->target, node->node.mode, node->node.modified);
        !set)
      node->problem = remark("its time or mode could not be set", set.error());
  }
}

}  // namespace tintype
