// Sorting of lists that may be very long: the paths of a volume, the runs of its files. The order
// is that of std::stable_sort.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "io/process/usable_cores.h"
#include "io/tasks/task_pool.h"

namespace tintype {

// Below, one core is as fast: 100,000 entries gain nothing, a million is sorted in little more than
// half the time (docs/decisions/onetbb.md).
inline constexpr std::size_t kLongSortEntries = std::size_t{1} << 20;

// By (key, index), by all cores from `long_from` entries on.
template <class Entry>
void long_sort(std::span<Entry> list, std::size_t long_from = kLongSortEntries) {
  TaskPool(list.size() < long_from ? 0 : usable_cores() - 1).sort(list);
}

// By a text of each entry: std::ranges::stable_sort(list, {}, text). Entries are moved once, and
// meanwhile it takes 24 bytes for each.
template <class T, class Text>
void long_sort_by(std::vector<T>& list, Text text, std::size_t long_from = kLongSortEntries) {
  // Often they are: files made one after the other have inodes in that order.
  if (std::ranges::is_sorted(list, {}, text)) return;
  std::vector<TaskPool::Text> order;
  order.reserve(list.size());
  for (const T& item : list) order.push_back({std::invoke(text, item), order.size()});
  long_sort(std::span(order), long_from);

  // Each cycle of the order is one chain of moves, and none is walked twice.
  constexpr std::size_t kDone = std::numeric_limits<std::size_t>::max();
  for (std::size_t begin = 0; begin < order.size(); ++begin) {
    if (order[begin].index == kDone || order[begin].index == begin) continue;
    T first = std::move(list[begin]);
    std::size_t to = begin;
    for (std::size_t from = order[to].index; from != begin; from = order[to].index) {
      list[to] = std::move(list[from]);
      order[to].index = kDone;
      to = from;
    }
    list[to] = std::move(first);
    order[to].index = kDone;
  }
}

}  // namespace tintype
