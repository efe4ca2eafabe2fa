"""twstap ends sessions as a direct connection does: see differential.py."""

import unittest

import differential
from harness import main, skip

SESSIONS = 300


def both_reset():
    return {side: differential.Outcome(8, True, "reset", None, None) for side in ("client", "gateway")}


class SameSessions(unittest.TestCase):
    def test_as_a_direct_connection(self):
        peers = differential.missing()
        if peers:
            skip("not installed: " + ", ".join(peers))
        differences = []
        run = differential.Differential(20261130, differential.PATHS, say=differences.append)
        run.run(range(SESSIONS), at_once=60)
        print("\n".join(run.table(SESSIONS)), flush=True)
        self.assertEqual(differences, [])
        self.assertEqual((run.wrong["twstap"], run.astray, run.faults), (0, 0, []))

    def test_a_difference_is_found(self):
        plan = differential.Plan(1, 0)
        plan.loose = {}
        reset = both_reset()
        for change in ({"end": "fin"}, {"received": 7}, {"after": "reset"}, {"intact": False}, {"stuck": "read"}):
            other = dict(reset, client=reset["client"]._replace(**change))
            self.assertEqual(len(differential.differences(plan, reset, other)), 1, change)
        self.assertEqual(differential.differences(plan, reset, reset), [])

    def test_a_class_permits_no_more_than_it_says(self):
        plan = differential.Plan(1, 0)
        plan.loose = {"client": "in-flight"}
        reset = both_reset()
        for change, found in (({"received": 7}, 0), ({"end": "fin"}, 1), ({"intact": False}, 1)):
            other = dict(reset, client=reset["client"]._replace(**change))
            self.assertEqual(len(differential.differences(plan, reset, other)), found, change)


if __name__ == "__main__":
    main()
