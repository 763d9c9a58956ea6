#include "io/nbd/nbd_volume.h"

#include <algorithm>

#include "io/invariant.h"
#include "io/nbd/nbd_client.h"
#include "io/volume/block_cache.h"

namespace tintype {
namespace {

class NbdVolume final : public Volume {
 public:
  NbdVolume(std::unique_ptr<NbdClient> client, std::string name)
      : client_(std::move(client)),
        file_(File::remote(std::move(name),
                           {.size_bytes = client_->facts().size_bytes,
                            .sector_bytes = client_->facts().sector_bytes},
                           *client_)) {}

  const std::string& name() const noexcept override { return file_.path(); }
  std::uint64_t size_bytes() const noexcept override { return file_.geometry().size_bytes; }
  std::uint32_t sector_bytes() const noexcept override { return file_.geometry().sector_bytes; }

  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    invariant(range.offset <= size_bytes() && range.length <= size_bytes() - range.offset,
              "a range outside the volume was mapped");
    if (range.length > 0)
      piece({.file = &file_, .file_offset = range.offset, .length = range.length});
  }

  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    return cache_.read(offset, bytes);
  }

  Result<ExtentList> data_extents() const override { return client_->data_extents(); }

 private:
  const std::unique_ptr<NbdClient> client_;
  const File file_;
  mutable BlockCache cache_{file_};
};

}  // namespace

bool is_nbd_uri(std::string_view path) noexcept {
  constexpr std::string_view kSchemes[] = {"nbd://", "nbds://", "nbd+unix://", "nbds+unix://"};
  return std::ranges::any_of(kSchemes,
                             [&](std::string_view scheme) { return path.starts_with(scheme); });
}

Result<std::unique_ptr<Volume>> open_nbd_volume(const std::string& uri, const NbdLimits& limits) {
  return open_nbd_volume(dial_nbd_uri(uri), uri, limits);
}

Result<std::unique_ptr<Volume>> open_nbd_volume(const NbdDial& dial, std::string name,
                                                const NbdLimits& limits) {
  TINTYPE_TRY(auto client, NbdClient::connect(dial, name, limits));
  return std::make_unique<NbdVolume>(std::move(client), std::move(name));
}

}  // namespace tintype
