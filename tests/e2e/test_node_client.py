"""A real client that nobody here wrote: @stoqey/ib, through the proxy, against each scenario."""

import os
import shutil
import signal
import subprocess

from harness import E2E, HERE, PATIENCE, SANITIZED, main, skip

FOLDER = os.path.join(HERE, "node")
PATIENCE_MS = 3000 if SANITIZED else 1500

# scenario: (stage, silent, mode or None for any)
SILENT = {
    "accept-silent": ("hello-unanswered", "gateway", None),
    "never-accept": ("hello-unanswered", "gateway", None),
    "never-read": ("hello-unanswered", "gateway", None),
    "version-silent": ("startapi-unanswered", "gateway", None),
    "half-welcome": ("partial-startup", "gateway", "half-welcome"),
    "no-accounts": ("partial-startup", None, "empty-accounts"),
    "client-id-in-use": ("startapi-unanswered", "nobody", "client-id-in-use"),
    "close-after-hello": ("closed-by-gateway", "nobody", None),
    "reset-after-hello": ("reset", "nobody", None),
    "redirect": ("version-rejected", "nobody", "redirect"),
    "not-tws": (None, None, "foreign-protocol"),
}


class Stoqey(E2E):
    def setUp(self):
        super().setUp()
        if not shutil.which("node"):
            skip("no node here")
        if not os.path.isdir(os.path.join(FOLDER, "node_modules", "@stoqey", "ib")):
            skip("@stoqey/ib is not here: scripts/fetch-node-client")

    def play(self, scenario, patience_ms):
        gateway = self.serve(scenario)
        proxy = self.proxy(gateway, "--handshake-timeout", "500ms", "--request-timeout", "1s", "--linger", "1s")
        node = subprocess.Popen(
            ["node", "client.js", proxy.addr.rsplit(":", 1)[1], str(patience_ms)],
            cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, text=True,
        )
        try:
            said = node.communicate(timeout=PATIENCE + patience_ms / 1000)[0]
        finally:
            try:
                os.killpg(node.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        proxy.verdict(1)
        status = proxy.stop()
        return proxy, said, status

    def test_healthy(self):
        proxy, said, status = self.play("healthy", 20000)
        for what in ("connected", "nextValidId", "managedAccounts", "currentTime", "contractDetails", "tick"):
            self.assertIn(what, said.splitlines(), said)
        self.assertIn("leaves: done", said)
        verdict = proxy.verdict(1)
        self.assertEqual((verdict["progress"], verdict["stage"], verdict["silent"]), ("live", None, "nobody"))
        self.assertEqual(proxy.events("silence"), [])
        self.assertEqual(status, 0, proxy.text())
        names = {ev["name"] for ev in proxy.events("frame") if "name" in ev}
        for name in ("startApi", "managedAccounts", "nextValidId", "reqContractDetails", "reqMktData", "currentTime"):
            self.assertIn(name, names)
        self.assertEqual([ev for ev in proxy.events("frame") if "error" in ev], [])


def add(scenario, stage, silent, mode):
    def test(self):
        proxy, said, status = self.play(scenario, PATIENCE_MS)
        for verdict in proxy.events("verdict", final=True):
            if stage:
                self.assertEqual(verdict["stage"], stage, said)
            if silent:
                self.assertEqual(verdict["silent"], silent, said)
            if mode:
                self.assertEqual((verdict["mode"], verdict["certainty"]), (mode, "certain"), said)
        self.assertEqual(status, 1)

    setattr(Stoqey, "test_" + scenario.replace("-", "_"), test)


for a_scenario, wanted in SILENT.items():
    add(a_scenario, *wanted)


if __name__ == "__main__":
    main()
