"""Running one method once: a cold start, the time it takes, and whether its copy is right."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

MIB = 1 << 20


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def drop_caches(volume):
    """True if the whole page cache was dropped; else at least the volume's pages are."""
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")
        return True
    except OSError:
        with open(volume, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return False


def disk_bytes(path):
    """Bytes a file or folder takes on the disk, and bytes in its files."""
    used = size = 0
    paths = [path] if os.path.isfile(path) else [
        os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    for name in paths:
        status = os.stat(name)
        used += status.st_blocks * 512
        size += status.st_size
    return used, size


def gnu_time():
    """The program `time`. It is started between us and what we measure because the kernel counts
    as a process's peak memory also what its parent had when it was forked: this runner 20 MiB,
    `time` one."""
    return shutil.which("time")


def run_once(argv, log_path):
    """Wall and CPU seconds, peak memory in KiB and exit code of one command and its children."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii", errors="replace") as report, \
            open(log_path, "wb") as log:
        outer = [gnu_time(), "--quiet", "--format=%M", f"--output={report.name}", "--"] \
            if gnu_time() else []
        begin = time.monotonic()
        process = subprocess.Popen(outer + argv, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C or SIGTERM: what we started and all below it ends, too
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        wall = time.monotonic() - begin
        peak = report.read().strip()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall_s": wall, "user_s": usage.ru_utime, "sys_s": usage.ru_stime,
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "max_rss_kib": int(peak) if peak.isdigit() else usage.ru_maxrss,
            "exit_code": process.returncode}


def tail(path, lines=5):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:]).rstrip()


def same_content(volume, target, size):
    with open(volume, "rb") as left, open(target, "rb") as right:
        for offset in range(0, size, MIB):
            if left.read(MIB) != right.read(MIB):
                return f"differs from the volume in the MiB at offset {offset}"
    return ""


def without_folders(command, context):
    """The command as anybody can read it: names instead of this machine's folders."""
    paths = [(context.tintype, "tintype"), (context.target, "TARGET"), (context.volume, "VOLUME")]
    paths += [(path, name.upper()) for name, path in context.fixtures.items()]
    for path, name in sorted(paths, key=lambda pair: -len(pair[0])):
        command = command.replace(os.path.abspath(path), name).replace(path, name)
    return command


def run_method(method, context, limit, *, keep_cache, check):
    """One timed run of `method`, in the group `limit` if there is one. Returns its record, or a
    message that says why there is none."""
    remove(context.target)
    if method.makes_repository:
        subprocess.run([context.tintype, "init", context.target], check=True,
                       stdout=subprocess.DEVNULL)
    if not keep_cache:
        context.caches_dropped = drop_caches(context.volume)
    log_path = os.path.join(context.dir, "bench.log")
    argv = method.argv(context)
    record = run_once(limit.argv(argv) if limit else argv, log_path)
    if record["exit_code"] != 0:
        return None, f"ended with {record['exit_code']}: {tail(log_path)}"
    if method.own_seconds:
        record["process_wall_s"] = record["wall_s"]
        record["wall_s"] = method.own_seconds(log_path)
    if os.path.exists(context.target):
        record["target_disk_bytes"], record["target_bytes"] = disk_bytes(context.target)
    if check and method.makes_copy:
        fault = same_content(context.volume, context.target, context.volume_bytes)
        if fault:
            return None, fault
    record["command"] = without_folders(" ".join(argv), context)
    if method.write_limit:
        record["write_limit_bytes_per_s"] = method.write_limit
    return record, ""
