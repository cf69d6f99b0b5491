"""Makes a table of what micro_benchmarks measured; started by bench/micro.sh.

usage: micro_table.py RESULTS      RESULTS: the JSON of Google Benchmark
"""

import collections
import json
import statistics
import sys


def rounds_by_name(results):
    """For each group ("seal two fields") and way ("ours"): the rounds, as (ns, allocations)."""
    groups = collections.defaultdict(lambda: collections.defaultdict(list))
    for each in results["benchmarks"]:
        if each["run_type"] != "iteration":
            continue
        group, way = each["name"].split("/")[:2]
        nanoseconds = 1e9 / each["items_per_second"]
        groups[group][way].append((nanoseconds, each["allocations"]))
    return groups


def is_ours(way):
    return way.startswith("ours")


def main():
    with open(sys.argv[1]) as file:
        groups = rounds_by_name(json.load(file))
    print(f"{'ns an item: median, least to most of the rounds':88}{'allocations':>12}{'times ours':>12}")
    for group, ways in sorted(groups.items()):
        print(f"\n{group}")
        ours = None
        for way, rounds in sorted(ways.items(), key=lambda each: (not is_ours(each[0]), each[0])):
            times = [nanoseconds for nanoseconds, _ in rounds]
            median = statistics.median(times)
            ours = ours or median  # the first of its group is our own way
            spread = f"{min(times):,.1f} to {max(times):,.1f}"
            allocations = statistics.median(count for _, count in rounds)
            print(f"  {way:56}{median:10,.1f}  {spread:18}{allocations:12.2f}{median / ours:12.2f}")


if __name__ == "__main__":
    main()
