#include "tools/cli/options/limit_command.h"

namespace tintype {

const std::string_view kLimit =
    R"(tintype limit - how fast running jobs may go, changed while they run

Usage: tintype limit                          lists your running jobs
       tintype limit JOB                      shows one
       tintype limit JOB RATE                 limits its reading and writing
       tintype limit JOB --read RATE --write RATE

JOB is the process number of a running backup, copy, verify, restore, extract or
check, or the name of the set that a backup is writing. RATE is a size a second
with its unit, like 50MiB/s; 0 or none lifts the limit. It takes effect within a
tenth of a second and lasts until the job ends.

What is limited is reading the source and writing the target. Reading back what
was written follows the writes and is not limited by itself.

      --read RATE        this for reading alone
      --write RATE       this for writing alone

Jobs are found in a folder that only you may enter: TINTYPE_JOB_FOLDER, or
/run/tintype (root), or $XDG_RUNTIME_DIR/tintype. Root sees root's jobs.

)";

const std::string_view kLimitEnd = R"(Examples:
  tintype limit
  tintype limit 4711 50MiB/s
  tintype limit 20261122T181500Z-mail1-full --read none

)";

const std::string_view kBench =
    R"(tintype bench - how fast are kernels, devices and copies here?

Usage: tintype bench kernels [FLAGS]
       tintype bench device [PATH] [FLAGS]
       tintype bench copy VOLUME --to DIR [FLAGS]
       tintype bench compare A B

Everything is run in rounds, in an order that changes from round to round, and
told as medians with their spread: (slowest - fastest) / median. Runs that are
far from the others, or vary by more than 20 %, are warned of.

  kernels   what a copied byte goes through (hash, zero test, page code, LZ4),
            on one core, beside memcpy: out of the L2 cache, and out of memory
  device    reads, writes and copies through the queue of a backup, with
            nothing computed. PATH is a folder (default: this one), in which
            scratch files without a name are used; or a device or file, which
            is only read. MiB/s, requests a second, and how long they took
  copy      the jobs themselves, in every mode. What they write goes to a new
            folder in DIR and is removed
  compare   two files that --output, or bench/copy_bench.py, wrote: for each
            method the ratio of times B/A and its 95 % confidence interval.
            (Which knows nothing of a machine that was slower that day)

      --runs N           rounds, 1 to 1000 (default 5)
      --output FILE      write every run to a new file, as JSON
      --report FILE      write a page with tables and charts to a new file, to
                         look at in a browser. It needs nothing else. If it
                         cannot be written, the exit code is 1
      --bs LIST          device: sizes of requests, powers of two from 4KiB to
                         16MiB (default 64KiB,1MiB)
      --iodepth LIST     device: requests in flight (default 1,16); copy: one
      --ioengine NAME    auto (default), io_uring, threads
      --rw LIST          device: of read, randread, write, copy (default: all
                         in a folder; read,randread of a device)
      --size SIZE        device: bytes of each run (default 256MiB)
      --direct N         device: 1 (default) passes the page cache by, 0 uses it
      --to DIR           copy: where it may write
      --only TEXT        copy: the modes with TEXT in their name
      --allow-source-in-use
                         copy: read a volume although it is in use
      --allow-folder DIR copy: what a disk image is based on may lie in DIR, too
  -y, --yes              device: overwrite PATH, a block device, without asking.
                         ALL THAT IS ON IT IS LOST; only with --rw write

)";

const std::string_view kBenchEnd = R"(Examples:
  tintype bench kernels
  tintype bench device /backup --bs 64KiB,1MiB --iodepth 1,16 --runs 7
  tintype bench device /dev/vg0/mail-snap --rw read,randread
  tintype bench copy /dev/vg0/mail-snap --to /backup --output new.json
  tintype bench compare old.json new.json

)";

}  // namespace tintype
