// Integers as they lie on disk.
//
// Le<T> is a byte array with the value of a T in little-endian order: it has alignment 1, so a
// struct of them has no padding and its layout is the file's layout on every machine. Big-endian
// formats (NTFS is little; network headers are not) use Be<T>.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace tintype {

template <class T>
[[nodiscard]] constexpr T byte_swapped(T value) noexcept {
  static_assert(std::is_integral_v<T>);
  using U = std::make_unsigned_t<T>;
  U in = static_cast<U>(value);
  U out = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out = static_cast<U>(static_cast<U>(out << 8) | static_cast<U>(in & 0xFF));
    in = static_cast<U>(in >> 8);
  }
  return static_cast<T>(out);
}

template <>
[[nodiscard]] constexpr std::uint8_t byte_swapped(std::uint8_t value) noexcept {
  return value;
}

template <class T, std::endian kOrder>
class DiskInteger {
 public:
  DiskInteger() = default;
  DiskInteger(T value) noexcept { *this = value; }  // NOLINT: conversion is the point
  DiskInteger& operator=(T value) noexcept {
    if constexpr (std::endian::native != kOrder) value = byte_swapped(value);
    std::memcpy(bytes_, &value, sizeof value);
    return *this;
  }
  operator T() const noexcept {  // NOLINT
    T value;
    std::memcpy(&value, bytes_, sizeof value);
    if constexpr (std::endian::native != kOrder) value = byte_swapped(value);
    return value;
  }
  [[nodiscard]] T value() const noexcept { return *this; }

 private:
  std::byte bytes_[sizeof(T)];
};

template <class T>
using Le = DiskInteger<T, std::endian::little>;
template <class T>
using Be = DiskInteger<T, std::endian::big>;

using le16 = Le<std::uint16_t>;
using le32 = Le<std::uint32_t>;
using le64 = Le<std::uint64_t>;

// Reads a little-endian T at `offset`. The caller has checked that it lies inside `bytes`.
template <class T>
[[nodiscard]] T load_le(std::span<const std::byte> bytes, std::size_t offset) noexcept {
  Le<T> on_disk;
  std::memcpy(&on_disk, bytes.data() + offset, sizeof on_disk);
  return on_disk;
}

template <class T>
void store_le(std::span<std::byte> bytes, std::size_t offset, T value) noexcept {
  const Le<T> on_disk(value);
  std::memcpy(bytes.data() + offset, &on_disk, sizeof on_disk);
}

}  // namespace tintype
