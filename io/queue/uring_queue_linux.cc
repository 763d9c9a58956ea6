#include "io/queue/uring_queue.h"

#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>
#include <vector>

#include "io/in_flight.h"
#include "io/invariant.h"
#include "io/queue/thread_queue.h"

namespace tintype {
namespace {

constexpr std::size_t kPieceBytesMax = std::size_t{1} << 30;  // the kernel's limit per fixed buffer
constexpr std::uint64_t kWakeData = std::uint64_t{1} << 32;   // user_data of the poll: no slot
constexpr unsigned kRetriesMax = 100;

class UringQueue final : public AsyncQueue {
 public:
  explicit UringQueue(unsigned in_flight_max) : slots_(in_flight_max) {
    invariant(in_flight_max > 0, "a queue of depth 0 was asked for");
    free_slots_.reserve(in_flight_max);
    for (unsigned i = in_flight_max; i-- > 0;) free_slots_.push_back(i);
  }

  // 0 or an errno.
  int open() {
    wake_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_event_ < 0) return errno;
    // Completions are posted only while the owner waits (DEFER_TASKRUN): no interrupted worker, no
    // locking. That ties the ring to one thread, and a queue is often opened on another thread than
    // the one that will use it; so the ring stays disabled until its first use. Each line is for
    // older kernels than the one before.
    static constexpr std::array<unsigned, 3> kFlags = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN |
            IORING_SETUP_R_DISABLED,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_R_DISABLED,
        0,
    };
    int outcome = -EINVAL;
    for (const unsigned flags : kFlags) {
      io_uring_params params{};
      params.flags = flags;
      // One more entry than requests, for the poll; the completion ring is twice that, so it
      // cannot overflow.
      outcome = io_uring_queue_init_params(in_flight_max() + 1, &ring_, &params);
      if (outcome == -EINVAL) continue;
      if (outcome < 0) return -outcome;
      ring_is_open_ = true;
      enabled_ = (flags & IORING_SETUP_R_DISABLED) == 0;
      // IORING_OP_READ came with Linux 5.6, as did this feature.
      if ((params.features & IORING_FEAT_RW_CUR_POS) == 0) return ENOSYS;
      return try_out(flags);
    }
    return -outcome;
  }

  // A sandbox may allow a ring to be made and then refuse what it is for. That must be seen here,
  // where threads can still do the work instead; but not on the ring itself, which belongs to the
  // thread that will use it.
  static int try_out(unsigned flags) {
    io_uring ring{};
    io_uring_params params{};
    params.flags = flags & IORING_SETUP_R_DISABLED;
    int outcome = io_uring_queue_init_params(1, &ring, &params);
    if (outcome < 0) return -outcome;
    if (params.flags != 0) outcome = enable(ring);
    if (outcome >= 0) {
      io_uring_prep_nop(io_uring_get_sqe(&ring));
      for (unsigned retries = 0;; ++retries) {
        outcome = io_uring_submit_and_wait(&ring, 1);
        if (!passes(outcome) || retries == kRetriesMax) break;
        pause();
      }
    }
    io_uring_queue_exit(&ring);
    return outcome < 0 ? -outcome : 0;
  }

  ~UringQueue() override {
    if (ring_is_open_) {
      std::array<IoCompletion, 16> ignored;
      while (in_flight() > 0) static_cast<void>(wait(ignored));
      // In this order, and explicitly: a ring that only dies with its process holds on to files
      // for some 30 ms more, in which their file system cannot be unmounted.
      if (!slab_.empty()) io_uring_unregister_buffers(&ring_);
      io_uring_queue_exit(&ring_);
    }
    if (wake_event_ >= 0) ::close(wake_event_);
  }

  void submit(const IoRequest& request) override {
    invariant(!free_slots_.empty(), "more requests in flight than the queue allows");
    invariant(is_sound(request), "a request without a file, too large, or of kind wake");
    const unsigned slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot].request = request;
    slots_[slot].retries = 0;
    slots_[slot].mark = InFlightMark(request.kind == IoKind::read ? "read" : "write",
                                     request.file->path(), request.offset);
    prepare(slot);
  }

  std::size_t wait_until(std::span<IoCompletion> completions, Deadline deadline) override {
    invariant(!completions.empty(), "a wait without room for a completion");
    enable();
    for (;;) {
      arm_wake();
      enter(deadline);
      if (const std::size_t count = reap(completions); count > 0) return count;
      if (deadline != kNoDeadline && std::chrono::steady_clock::now() >= deadline) return 0;
    }
  }

  void wake() noexcept override {
    // The eventfd is written only by the first of several wakes.
    if (woken_.exchange(true)) return;
    const std::uint64_t one = 1;
    invariant(::write(wake_event_, &one, sizeof one) == sizeof one, "an eventfd refused a wake");
  }

  unsigned in_flight_max() const noexcept override { return static_cast<unsigned>(slots_.size()); }
  std::string_view name() const noexcept override { return "io_uring"; }

  bool register_memory(std::span<std::byte> slab) override {
    // Older kernels wait for all that is in flight before they register, the poll included; a
    // ring not yet in use has nothing to wait for.
    if (slab.empty() || !slab_.empty() || poll_armed_ || in_flight() > 0) return false;
    std::vector<iovec> pieces;
    for (std::size_t at = 0; at < slab.size(); at += kPieceBytesMax)
      pieces.push_back(
          {.iov_base = slab.data() + at, .iov_len = std::min(kPieceBytesMax, slab.size() - at)});
    if (io_uring_register_buffers(&ring_, pieces.data(), static_cast<unsigned>(pieces.size())) != 0)
      return false;  // ENOMEM: RLIMIT_MEMLOCK
    slab_ = slab;
    return true;
  }

 private:
  struct Slot {
    IoRequest request;
    unsigned retries = 0;
    InFlightMark mark;
  };

  std::size_t in_flight() const noexcept { return slots_.size() - free_slots_.size(); }

  // A refusal of io_uring_enter that says nothing of the next try: a signal, or the kernel is short
  // of memory or of room for completions. What was not taken stays in the ring.
  static bool passes(int outcome) {
    return outcome == -EINTR || outcome == -EAGAIN || outcome == -EBUSY || outcome == -ENOMEM;
  }

  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

  // 0 or -errno. Not io_uring_enable_rings(): liburing 2.3 declares it and forgot to export it.
  static int enable(const io_uring& ring) {
    return ::syscall(SYS_io_uring_register, ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr,
                     0) == 0
               ? 0
               : -errno;
  }

  void enable() {
    if (enabled_) return;
    invariant(enable(ring_) == 0, "the kernel refused to enable a ring");
    enabled_ = true;
  }

  // Never null: submissions not yet taken by the kernel are in flight, and the ring has room for
  // all of these and the poll.
  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    invariant(entry != nullptr, "the submission ring is full");
    return entry;
  }

  void arm_wake() {
    if (poll_armed_) return;
    io_uring_sqe* entry = next_entry();
    io_uring_prep_poll_add(entry, wake_event_, POLLIN);
    io_uring_sqe_set_data64(entry, kWakeData);
    poll_armed_ = true;
  }

  void prepare(unsigned slot) {
    const IoRequest& request = slots_[slot].request;
    const int handle = request.file->handle();
    std::byte* data = request.bytes.data();
    const auto length = static_cast<unsigned>(request.bytes.size());
    const int piece = fixed_piece(request.bytes);
    io_uring_sqe* entry = next_entry();
    if (request.kind == IoKind::read && piece >= 0)
      io_uring_prep_read_fixed(entry, handle, data, length, request.offset, piece);
    else if (request.kind == IoKind::read)
      io_uring_prep_read(entry, handle, data, length, request.offset);
    else if (piece >= 0)
      io_uring_prep_write_fixed(entry, handle, data, length, request.offset, piece);
    else
      io_uring_prep_write(entry, handle, data, length, request.offset);
    io_uring_sqe_set_data64(entry, slot);
  }

  // Which registered piece holds all of `bytes`, or -1.
  int fixed_piece(std::span<const std::byte> bytes) const noexcept {
    const auto base = reinterpret_cast<std::uintptr_t>(slab_.data());
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    if (bytes.empty() || begin < base || begin - base >= slab_.size()) return -1;
    const std::size_t first = begin - base;
    if (bytes.size() > slab_.size() - first) return -1;
    const std::size_t last = first + bytes.size() - 1;
    return first / kPieceBytesMax == last / kPieceBytesMax
               ? static_cast<int>(first / kPieceBytesMax)
               : -1;
  }

  // Hands over what was submitted, and blocks if no completion is there yet. May return early.
  void enter(Deadline deadline) {
    const bool block = io_uring_cq_ready(&ring_) == 0;
    if (!block && io_uring_sq_ready(&ring_) == 0) return;
    const int outcome = block && deadline != kNoDeadline
                            ? submit_and_wait(deadline)
                            : io_uring_submit_and_wait(&ring_, block ? 1 : 0);
    if (outcome >= 0 || outcome == -EINTR || outcome == -ETIME) return;
    invariant(outcome != -EEXIST, "a queue was used by another thread than its owner");
    // True until something completes, and with DEFER_TASKRUN nothing completes unless asked for.
    invariant(passes(outcome), "the kernel refused io_uring_enter");
    io_uring_get_events(&ring_);
    if (io_uring_cq_ready(&ring_) == 0) pause();
  }

  int submit_and_wait(Deadline deadline) {
    using namespace std::chrono;
    const auto left = std::max(deadline - steady_clock::now(), steady_clock::duration::zero());
    const auto whole = floor<seconds>(left);
    __kernel_timespec patience{.tv_sec = whole.count(),
                               .tv_nsec = nanoseconds(left - whole).count()};
    io_uring_cqe* first = nullptr;
    return io_uring_submit_and_wait_timeout(&ring_, &first, 1, &patience, nullptr);
  }

  std::size_t reap(std::span<IoCompletion> completions) {
    std::size_t count = 0;
    io_uring_cqe* entry = nullptr;
    while (count < completions.size() && io_uring_cq_ready(&ring_) > 0 &&
           io_uring_peek_cqe(&ring_, &entry) == 0) {
      const std::uint64_t data = entry->user_data;
      std::int32_t result = entry->res;
      io_uring_cqe_seen(&ring_, entry);
      if (data == kWakeData) {
        poll_armed_ = false;
        if (take_wake()) completions[count++] = {};
        continue;
      }
      const auto index = static_cast<unsigned>(data);
      Slot& slot = slots_[index];
      if ((result == -EINTR || result == -EAGAIN) && slot.retries < kRetriesMax) {
        ++slot.retries;
        prepare(index);
        continue;
      }
      // Nobody cancels anything here: the kernel wanted a thread of its own for this request, and a
      // limit forbade it.
      if (result == -ECANCELED) result = carry_out(slot.request);
      completions[count++] = {.kind = slot.request.kind, .result = result, .tag = slot.request.tag};
      slot.mark = InFlightMark();
      free_slots_.push_back(index);
    }
    return count;
  }

  // The eventfd is emptied before the flag falls: a wake() in between sees the flag and writes
  // nothing, and what it announces is announced by the completion now returned.
  bool take_wake() {
    std::uint64_t ignored = 0;
    if (::read(wake_event_, &ignored, sizeof ignored) < 0) return false;
    return woken_.exchange(false);
  }

  io_uring ring_{};
  bool ring_is_open_ = false;
  bool enabled_ = false;
  bool poll_armed_ = false;
  int wake_event_ = -1;
  std::atomic<bool> woken_ = false;
  std::vector<Slot> slots_;  // user_data is the index
  std::vector<unsigned> free_slots_;
  std::span<std::byte> slab_;  // registered, cut every kPieceBytesMax
};

}  // namespace

Result<std::unique_ptr<AsyncQueue>> open_uring_queue(unsigned in_flight_max) {
  auto queue = std::make_unique<UringQueue>(in_flight_max);
  if (const int error_number = queue->open(); error_number != 0)
    return system_error(error_number, "open", "an io_uring");
  return queue;
}

}  // namespace tintype
