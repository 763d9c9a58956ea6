#include "io/folder/folder_volume.h"

#include <fmt/format.h>

#include <set>

#include "io/folder/folder_format.h"
#include "io/folder/folder_reader.h"
#include "io/invariant.h"

namespace tintype {
namespace {

class LaidOutFolder final : public FolderVolume {
 public:
  explicit LaidOutFolder(FolderLayout layout)
      : layout_(std::move(layout)),
        reader_(layout_),
        file_(File::remote(layout_.tree.path(),
                           {.size_bytes = layout_.image_bytes, .sector_bytes = kTarBlockBytes},
                           reader_)) {}

  const std::string& name() const noexcept override { return layout_.tree.path(); }
  std::uint64_t size_bytes() const noexcept override { return layout_.image_bytes; }
  std::uint32_t sector_bytes() const noexcept override { return kTarBlockBytes; }

  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    invariant(range.offset <= size_bytes() && range.length <= size_bytes() - range.offset,
              "a range outside the volume was mapped");
    if (range.length > 0)
      piece({.file = &file_, .file_offset = range.offset, .length = range.length});
  }

  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    if (offset > size_bytes() || bytes.size() > size_bytes() - offset)
      return plain_error("cannot read behind the end of the image of " + name());
    if (const int error_number = reader_.read(offset, bytes); error_number != 0)
      return tl::unexpected(reader_.read_error(error_number, offset));
    return {};
  }

  Result<ExtentList> data_extents() const override { return normalized({{0, size_bytes()}}); }

  const FolderLayout& layout() const noexcept override { return layout_; }

  FolderProblems finish(const std::function<bool()>& go_on) const override {
    FolderProblems all = layout_.problems;
    const FolderProblems losses = reader_.losses();
    std::set<std::string> told;
    for (const FolderProblem& problem : all.kept) told.insert(problem.path);
    for (const FolderProblem& loss : losses.kept) {
      told.insert(loss.path);
      all.add(loss.path.substr(1), loss.what);
    }
    layout_.tree.find_changes(
        [&](const std::string& path, std::string what) {
          if (!told.contains("/" + path)) all.add(path, std::move(what));
        },
        go_on);
    return all;
  }

  ExtentList stand_ins(Extent within) const override { return reader_.stand_ins(within); }

 private:
  const FolderLayout layout_;
  mutable FolderReader reader_;
  const File file_;
};

}  // namespace

Result<std::unique_ptr<FolderVolume>> open_folder_volume(const std::string& path,
                                                         const FolderLayoutOptions& options) {
  TINTYPE_TRY(FolderLayout layout, lay_out_folder(path, options));
  return std::make_unique<LaidOutFolder>(std::move(layout));
}

}  // namespace tintype
