// Makes the bitmaps and the group flags of an ext volume lie, with its checksums right or left
// wrong. Everything else stays as it is.
#pragma once

#include <cstdint>
#include <string>

namespace tintype::test {

class ExtEditor {
 public:
  explicit ExtEditor(const std::string& image);
  ~ExtEditor();  // writes what was changed
  ExtEditor(const ExtEditor&) = delete;
  ExtEditor& operator=(const ExtEditor&) = delete;

  [[nodiscard]] std::uint32_t groups() const;
  [[nodiscard]] std::uint32_t clusters_per_group() const;
  [[nodiscard]] std::uint32_t inodes_per_group() const;
  [[nodiscard]] bool has_group_flags() const;

  enum class Bitmap : std::uint8_t { blocks, inodes };
  void set_bits(Bitmap bitmap, std::uint32_t group, std::uint32_t first, std::uint32_t count,
                bool value, bool with_checksum);
  static constexpr std::uint16_t kInodeUninit = 1, kBlockUninit = 2;
  void set_flags(std::uint32_t group, std::uint16_t flags, bool with_checksum);
  void set_inodes_unused(std::uint32_t group, std::uint32_t count, bool with_checksum);

 private:
  void* fs_ = nullptr;  // the library's; its header stays out of this one
};

}  // namespace tintype::test
