// Twins: what all cores sort is what std::stable_sort sorts.
#include "io/tasks/long_sort.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace tintype {
namespace {

struct Item {
  std::string path;
  std::size_t place;  // where it was
  bool operator==(const Item&) const = default;
};

std::vector<Item> items_of(const std::vector<std::uint64_t>& keys) {
  std::vector<Item> items;
  for (const std::uint64_t key : keys)
    items.push_back({fmt::format("/a folder/{}/{:x}", key % 7, key), items.size()});
  return items;
}

std::vector<TaskPool::Number> numbers_of(const std::vector<std::uint64_t>& keys) {
  std::vector<TaskPool::Number> numbers;
  for (const std::uint64_t key : keys) numbers.push_back({key, numbers.size(), ~key});
  return numbers;
}

std::vector<std::array<std::uint64_t, 3>> values_of(const std::vector<TaskPool::Number>& numbers) {
  std::vector<std::array<std::uint64_t, 3>> values;
  for (const auto& [key, index, value] : numbers) values.push_back({key, index, value});
  return values;
}

void expect_twins(const std::vector<std::uint64_t>& keys, std::string_view shape) {
  for (const std::size_t long_from : {std::size_t{0}, kLongSortEntries}) {
    SCOPED_TRACE(fmt::format("{}, {} entries, long from {}", shape, keys.size(), long_from));
    std::vector<Item> items = items_of(keys), twin_items = items;
    long_sort_by(items, &Item::path, long_from);
    std::ranges::stable_sort(twin_items, {}, &Item::path);
    EXPECT_TRUE(items == twin_items);

    std::vector<TaskPool::Number> numbers = numbers_of(keys), twin_numbers = numbers;
    long_sort(std::span(numbers), long_from);
    std::ranges::stable_sort(twin_numbers, {}, &TaskPool::Number::key);
    EXPECT_TRUE(values_of(numbers) == values_of(twin_numbers));
  }
}

TEST(LongSort, IsStableSortOnEveryShapeOfList) {
  constexpr std::size_t kItems = 20'000;
  std::mt19937_64 random(18);
  std::vector<std::uint64_t> keys;
  expect_twins({}, "none");
  expect_twins({5}, "one");
  expect_twins({5, 3}, "two");
  expect_twins({5, 5}, "two equal ones");
  expect_twins(std::vector<std::uint64_t>(kItems, 7), "all equal");
  for (std::size_t i = 0; i < kItems; ++i) keys.push_back(i);
  expect_twins(keys, "sorted");
  std::ranges::rotate(keys, keys.begin() + 1);
  expect_twins(keys, "one cycle");
  std::ranges::reverse(keys);
  expect_twins(keys, "reversed");
  for (auto& key : keys) key = random();
  expect_twins(keys, "random");
  for (auto& key : keys) key = random() % 10;
  expect_twins(keys, "many equal");
  for (std::size_t i = 0; i < kItems; ++i) keys[i] = i < kItems / 2 ? i : kItems - i;
  expect_twins(keys, "up and down");
  for (auto& key : keys) key = random() % 2 == 0 ? 0 : ~std::uint64_t{0};
  expect_twins(keys, "the least and the greatest key");
}

TEST(LongSort, IsStableSortOnAListThatIsLong) {
  std::mt19937_64 random(19);
  std::vector<std::uint64_t> keys(kLongSortEntries + 1);
  for (auto& key : keys) key = random() % 100'000;
  std::vector<TaskPool::Number> numbers = numbers_of(keys), twin = numbers;
  long_sort(std::span(numbers));
  std::ranges::stable_sort(twin, {}, &TaskPool::Number::key);
  EXPECT_TRUE(values_of(numbers) == values_of(twin));
}

}  // namespace
}  // namespace tintype
