"""Every command that help, README, man pages and docs show runs as it is shown."""

import collections
import json
import os
import sys

import documented
from harness import E2E, MAY_CAPTURE, PATIENCE, main, skip

WORKERS = 3


class Documented(E2E):
    """Needs root: network, PID and mount namespaces are made."""

    def test_each_command_runs_as_it_is_shown(self):
        if not MAY_CAPTURE:
            skip("namespaces take root")
        shown = list(documented.everything())
        self.assertGreater(len(shown), 60, "the extraction finds too little")
        commands = list(dict.fromkeys(command for _, command in shown))
        left = {command: documented.why_not_run(command) for command in commands}
        results = self.run_all([command for command in commands if not left[command]])
        for where, command in shown:
            with self.subTest(where=where, command=command):
                if not left[command]:
                    self.assertIsNone(results[command][0])
        self.tell(shown, results, left)

    def run_all(self, commands):
        """Those that use the source tree share one worker: two builds at once would collide."""
        shares = [[] for _ in range(WORKERS)]
        for i, command in enumerate(commands):
            shares[0 if "scripts/" in command else 1 + i % (WORKERS - 1)].append(command)
        workers = [documented.outside(share) for share in shares]
        results = {}
        for worker in workers:
            self.addCleanup(worker.kill)
        for worker in workers:
            out, _ = worker.communicate(timeout=20 * PATIENCE)
            self.assertEqual(worker.returncode, 0)
            results.update(json.loads(out))
        return results

    @staticmethod
    def tell(shown, results, left):
        by_place = collections.Counter(where for where, _ in shown)
        for where, count in by_place.items():
            print("  %3d  %s" % (count, where), file=sys.stderr)
        for command in sorted(c for c in left if left[c]):
            print("       not run: %s: %s" % (command, left[command]), file=sys.stderr)
        print("documentation: %d commands shown, %d different ones run" % (len(shown), len(results)), file=sys.stderr)
        if os.environ.get("TWSTAP_TIMES"):
            for command, (_, seconds) in sorted(results.items(), key=lambda item: -item[1][1])[:20]:
                print("  %6.2f s  %s" % (seconds, command), file=sys.stderr)


if __name__ == "__main__":
    main()
