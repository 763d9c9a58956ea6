// oneTBB, 2021.8 and later: LongTasks and TaskPool. Not instrumented by the thread sanitizer, as
// oneTBB is not: what one thread hands to another through it is told here, and only here. No
// suppression could: every task has a frame of oneTBB's below it, and would be suppressed with its
// races.
#include "io/tasks/task_pool.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_sort.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "io/invariant.h"
#include "io/tasks/long_tasks.h"
#include "io/tasks/worker_threads.h"

// There with the sanitizer only.
extern "C" {
void __tsan_acquire(void* place) __attribute__((weak));
void __tsan_release(void* place) __attribute__((weak));
}

namespace tintype {
namespace {

namespace tbb = oneapi::tbb;

void hand_over(void* place) {
  if (__tsan_release != nullptr) __tsan_release(place);
}
void take_over(void* place) {
  if (__tsan_acquire != nullptr) __tsan_acquire(place);
}

// At the end of a scope, though something was thrown.
struct AtEnd {
  AtEnd(void (*tell)(void*), void* place) : tell_(tell), place_(place) {}
  ~AtEnd() { tell_(place_); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  void (*tell_)(void*);
  void* place_;
};

// The threads of the process, for whoever wants some. There is one limit for all, because of
// several oneTBB takes the least; it only grows, because a thread stays in its arena for a while
// after its task, and would leave the next one none. Never destroyed: threads may run until the
// process ends.
//
// A long task has an arena of its own, out of those that were made before. In an arena of several,
// oneTBB wakes all workers for the first task, takes their demand back when one of them finds
// nothing, and counts on the return of those that sleep in their tasks: others would wait for them.
// A thread that still is in an arena takes the next task of it at once.
class Threads {
 public:
  static Threads& all() {
    static Threads& threads = *new Threads;
    return threads;
  }

  // As many of `wanted` as there are.
  std::vector<tbb::task_arena*> take_for_long_tasks(unsigned wanted) {
    const std::lock_guard lock(mutex_);
    const auto made = static_cast<unsigned>(arenas_.size());
    std::vector<tbb::task_arena*> taken(
        grant(wanted, std::max(made, long_taken_ + wanted) + shared_most_));
    long_taken_ += static_cast<unsigned>(taken.size());
    for (tbb::task_arena*& arena : taken) {
      if (free_.empty()) free_.push_back(&arenas_.emplace_back(1, 0));
      arena = free_.back();
      free_.pop_back();
    }
    return taken;
  }
  void give_back(const std::vector<tbb::task_arena*>& taken) {
    const std::lock_guard lock(mutex_);
    free_.insert(free_.end(), taken.begin(), taken.end());
    long_taken_ -= static_cast<unsigned>(taken.size());
  }

  unsigned take_for_shared_work(unsigned wanted) {
    const std::lock_guard lock(mutex_);
    const auto made = static_cast<unsigned>(arenas_.size());
    const unsigned taken = grant(wanted, made + std::max(shared_most_, shared_taken_ + wanted));
    shared_taken_ += taken;
    shared_most_ = std::max(shared_most_, shared_taken_);
    return taken;
  }
  void give_back(unsigned taken) {
    const std::lock_guard lock(mutex_);
    shared_taken_ -= taken;
  }

 private:
  using Limit = tbb::global_control;

  // With so many threads in all nobody waits for those that are on their way out of an arena; if
  // the system gives fewer, somebody may, for a moment.
  unsigned grant(unsigned wanted, unsigned in_all) {
    invariant(process_ == process_number(), "tasks after a fork: the threads did not follow");
    if (const unsigned more = in_all > known_ ? startable_threads(in_all - known_) : 0; more != 0) {
      known_ += more;
      // The new limit before the old one goes: never is there none. One more, for the caller.
      auto limit = std::make_unique<Limit>(Limit::max_allowed_parallelism, known_ + 1);
      limit_ = std::move(limit);
    }
    return std::min(wanted, known_ - long_taken_ - shared_taken_);
  }

  const std::uint64_t process_ = process_number();
  const tbb::task_scheduler_handle keeps_threads_{tbb::attach{}};
  std::mutex mutex_;
  unsigned known_ = 0;  // threads that the system gave: oneTBB's for ever
  unsigned long_taken_ = 0, shared_taken_ = 0, shared_most_ = 0;
  std::unique_ptr<Limit> limit_;
  std::deque<tbb::task_arena> arenas_;  // of long tasks, as many as there were at once
  std::vector<tbb::task_arena*> free_;  // the last that was given back is taken first
};

template <class Entry>
bool is_before(const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key < b.key : a.index < b.index;
}

}  // namespace

struct LongTasks::State {
  std::vector<tbb::task_arena*> arenas;
};

LongTasks::LongTasks(unsigned workers)
    : state_(new State{Threads::all().take_for_long_tasks(workers)}),
      workers_(static_cast<unsigned>(state_->arenas.size())) {}

LongTasks::~LongTasks() {
  Threads::all().give_back(state_->arenas);
}

void LongTasks::start(unsigned number, Entry entry, void* whose) {
  hand_over(whose);
  state_->arenas[number]->enqueue([=] {
    take_over(whose);
    entry(whose, number);
  });
}

struct TaskPool::State {
  explicit State(unsigned taken) : workers(taken), arena(static_cast<int>(taken) + 1, 1) {}
  unsigned workers;
  tbb::task_arena arena;  // the caller has a place in it
};

TaskPool::TaskPool(unsigned workers) {
  if (workers == 0) return;
  if (const unsigned taken = Threads::all().take_for_shared_work(workers); taken != 0)
    state_ = std::make_unique<State>(taken);
}

TaskPool::~TaskPool() {
  if (state_ != nullptr) Threads::all().give_back(state_->workers);
}

void TaskPool::run_each(std::size_t count, void (*body)(const void* of, std::size_t i),
                        const void* of) {
  if (state_ == nullptr || count < 2) {
    for (std::size_t i = 0; i < count; ++i) body(of, i);
    return;
  }
  char begun = 0, ended = 0;
  hand_over(&begun);
  const AtEnd all_ended(take_over, &ended);
  state_->arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) {
      take_over(&begun);
      const AtEnd one_ended(hand_over, &ended);
      body(of, i);
    });
  });
}

template <class Entry>
void TaskPool::sort_by_key(std::span<Entry> list) {
  // The sanitizer sees memcmp and memcpy in here, and not oneTBB's hand-overs between them. None of
  // what others write runs in these tasks, so nothing is lost if the caller sorts alone then.
  const bool is_watched = __tsan_acquire != nullptr;
  if (state_ == nullptr || is_watched) return std::sort(list.begin(), list.end(), is_before<Entry>);
  state_->arena.execute([&] { tbb::parallel_sort(list.begin(), list.end(), is_before<Entry>); });
}

void TaskPool::sort(std::span<Number> list) {
  sort_by_key(list);
}

void TaskPool::sort(std::span<Text> list) {
  sort_by_key(list);
}

}  // namespace tintype
