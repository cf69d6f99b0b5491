"""Runs the tests that mean the same on every server of the SQS protocol against one of them.

    on_server.py SERVER [-v] [TEST...]     TEST as fifo.Stops; all without one

A test that the table of queue_servers.py excuses must fail: an excuse that is no longer needed ends
the run with an error.
"""

import os
import sys
import unittest

PREFLIGHT_OF_THE_QUEUE = (
    "a_good_set_up_passes_and_no_message_is_touched",
    "a_queue_that_is_not_there",
    "a_visibility_timeout_shorter_than_a_batch_may_take",
    "a_visibility_timeout_that_a_crash_makes_felt",
    "a_short_retention",
    "no_redrive_policy",
    "a_redrive_policy_that_restarts_use_up",
)
# What needs a control of our own server is skipped in them.
TESTS = ("conformance", "bad_input", "fifo", "poison", "stops") + tuple(
    f"preflight.Preflight.test_{each}" for each in PREFLIGHT_OF_THE_QUEUE
)


def tests_of(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from tests_of(each)
        else:
            yield each


def main():
    server, *rest = sys.argv[1:]
    os.environ["SLUICE_SQS_SERVER"] = server
    names = [each for each in rest if each != "-v"]

    import queue_servers  # only now: it and the tests read the environment

    for name, value in queue_servers.SERVERS[server].SIZES.items():
        os.environ.setdefault(name, str(value * int(os.environ.get("SLUICE_SERVER_SCALE", "1"))))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names or TESTS)
    excused = queue_servers.EXCUSES.get(server, {})
    met = set()
    for test in tests_of(suite):
        if test.id() in excused:
            test.__unittest_expecting_failure__ = True
            met.add(test.id())
    gone = set() if names else set(excused) - met
    assert not gone, f"the table excuses tests that do not exist: {sorted(gone)}"
    result = unittest.TextTestRunner(verbosity=2 if "-v" in rest else 1).run(suite)
    for test, _ in result.expectedFailures:
        print(f"excused on {server}: {test.id()}: {excused[test.id()]}")
    for test in result.unexpectedSuccesses:
        print(f"needs no excuse on {server} any more: {test.id()}")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
