#!/usr/bin/env python3
"""The targets of the whole-copy bench: names that exist, and met or missed on the right side."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "bench"))

from bench_groups import all_groups  # noqa: E402  (found by the line above)
from bench_targets import LIMITS, RATIOS, Ratio, limits_of, ratios_of  # noqa: E402


def row(**figures):
    return {"wall_s": 1.0, "cpu_s": 1.0, "cpu_s_per_gib": 0.1, "max_rss_mib": 40.0,
            "target_bytes": 100, **figures}


class BenchTargets(unittest.TestCase):
    def test_every_name_is_that_of_a_method(self):
        names = {method.name for filesystem in ("ntfs", "ext4")
                 for methods in all_groups(filesystem).values() for method in methods}
        for ratio in RATIOS:
            for name in (ratio.above, *ratio.below):
                self.assertIn(name, names)
        for _, name, _, _ in LIMITS:
            self.assertIn(name, names)

    def test_no_two_methods_have_one_name(self):
        names = [method.name for methods in all_groups("ntfs").values() for method in methods]
        self.assertEqual(len(names), len(set(names)))

    def test_no_two_ratios_have_one_title(self):
        titles = [ratio.title() for ratio in RATIOS]
        self.assertEqual(len(titles), len(set(titles)))

    def verdict(self, title, summary):
        return next(found for found in ratios_of(summary) if found["title"] == title)

    def test_a_ratio_that_equals_its_target_is_met(self):
        title = "tintype copy --no-read-back / dd direct"
        for wall, met in ((0.80, True), (0.81, False)):
            found = self.verdict(title, {"tintype copy --no-read-back": row(wall_s=wall),
                                         "dd direct": row()})
            self.assertEqual((found["ratio"], found["met"]), (wall, met))

    def test_auto_is_held_against_the_faster_of_both(self):
        found = ratios_of({"tintype backup none --no-read-back": row(wall_s=4.0),
                           "tintype backup lz4 --no-read-back": row(wall_s=2.0),
                           "tintype backup auto --no-read-back": row(wall_s=3.0)})
        self.assertEqual([(r["ratio"], r["met"]) for r in found], [(1.5, False)])

    def test_what_must_be_large_is_missed_when_it_is_small(self):
        name = "tintype backup, source 5 ms late, --iodepth "
        for wall, met in ((20.0, True), (19.9, False)):
            found = ratios_of({name + "1": row(wall_s=wall), name + "32": row()})
            self.assertEqual([r["met"] for r in found], [met])

    def test_a_method_that_did_not_run_has_no_ratio(self):
        self.assertEqual(ratios_of({"tintype copy --no-read-back": row()}), [])
        self.assertIsNone(Ratio("a", ("b",)).of({"a": row(), "b": row(wall_s=0)}))

    def test_the_highest_peak_counts_and_that_of_peers_and_deep_queues_does_not(self):
        found = limits_of({"tintype copy": row(max_rss_mib=50),
                           "tintype backup auto": row(max_rss_mib=97),
                           "fio copy": row(max_rss_mib=500),
                           "tintype copy --no-read-back --iodepth 64": row(max_rss_mib=113)})
        self.assertEqual([(r["value"], r["met"]) for r in found], [(97, False), (113, False)])
        self.assertIn("tintype backup auto", found[0]["title"])


if __name__ == "__main__":
    unittest.main()
