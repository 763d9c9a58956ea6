#include "io/storage/storage_footprint.h"

#include <algorithm>

namespace tintype {
namespace {

template <class Counts>
StorageMeeting first_meeting(const StorageFootprint& a, const StorageFootprint& b,
                             Counts counts) noexcept {
  for (const StorageShare& one : a)
    for (const StorageShare& other : b)
      if (one.place == other.place && one.begin < other.end && other.begin < one.end &&
          counts(one, other))
        return {&one, &other};
  return {};
}

}  // namespace

StorageMeeting meeting_place(const StorageFootprint& a, const StorageFootprint& b) noexcept {
  return first_meeting(a, b, [](const StorageShare& one, const StorageShare& other) {
    return one.exact || other.exact;
  });
}

bool uses(const StorageFootprint& user, const StorageFootprint& owned) noexcept {
  return first_meeting(owned, user, [](const StorageShare& one, const StorageShare&) {
           return one.exact;
         }).a != nullptr;
}

bool holds(const StorageFootprint& footprint, const StoragePlace& place) noexcept {
  return std::ranges::find(footprint, place, &StorageShare::place) != footprint.end();
}

}  // namespace tintype
