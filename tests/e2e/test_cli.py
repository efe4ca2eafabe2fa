"""The words a user types, and what the exit status says."""

import os
import re
import time

from harness import E2E, ROOT, SANITIZED, main

COMMANDS = ("capture", "decode", "demo", "doctor", "play", "proxy", "read", "schema", "serve")


class Help(E2E):
    def test_the_program(self):
        program = self.twstap("--help")
        self.assertEqual(program.wait(), 0)
        for command in COMMANDS:
            self.assertIn(command, "\n".join(program.out))

    def test_each_command_shows_examples(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                program = self.twstap(command, "--help")
                self.assertEqual(program.wait(), 0)
                text = "\n".join(program.out)
                self.assertRegex(text, r"(?i)example")
                self.assertRegex(text, r"(?m)^\s+twstap %s" % command)
                self.assertEqual(program.err, [])

    def test_version(self):
        program = self.twstap("--version")
        self.assertEqual(program.wait(), 0)
        self.assertRegex(program.out[0], r"^twstap \d+\.\d+\.\d+")

    def test_serve_list(self):
        program = self.twstap("serve", "--list")
        self.assertEqual(program.wait(), 0)
        self.assertIn("stand-in", program.text().lower())


class Wrong(E2E):
    def test_wrong_usage_is_2_and_says_what_was_wrong(self):
        for args in (
            (),
            ("frobnicate",),
            ("--frobnicate",),
            ("proxy", "--frobnicate"),
            ("proxy", "--listen"),
            ("proxy", "--listen", "nowhere"),
            ("proxy", "--listen", "127.0.0.1:99999"),
            ("proxy", "--upstream", "127.0.0.1"),
            ("proxy", "--upstream", "127.0.0.1:0"),
            ("proxy", "--upstream", "0"),
            ("proxy", "--dial", "sometimes"),
            ("proxy", "--linger", "soon"),
            ("proxy", "--linger", "-1s"),
            ("proxy", "--max-connections", "0"),
            ("proxy", "--max-connections", "many"),
            ("proxy", "--allow", "127.0.0.0/33"),
            ("proxy", "--color", "blue"),
            ("proxy", "surplus"),
            ("serve", "frobnicate"),
            ("serve", "healthy", "--server-version", "99"),
            ("serve", "healthy", "--server-version", "227"),
            ("demo", "surplus"),
        ):
            with self.subTest(args=args):
                program = self.twstap(*args)
                self.assertEqual(program.wait(5), 2, program.text())
                self.assertEqual(program.out, [])
                if args:
                    self.assertLessEqual(len(program.err), 2, program.err)
                    self.assertRegex(program.err[0], "^twstap")
                    self.assertRegex(program.text(), r"see twstap .*--help$")

    def test_a_port_in_use_is_3(self):
        taken = self.gateway()
        for args in (
            ("proxy", "--listen", taken.addr, "--upstream", "127.0.0.1:1"),
            ("serve", "healthy", "--listen", taken.addr),
        ):
            with self.subTest(args=args):
                program = self.twstap(*args)
                self.assertEqual(program.wait(5), 3, program.text())
                self.assertEqual(len(program.err), 1, program.err)
                self.assertIn(taken.addr, program.err[0])

    def test_a_json_file_that_cannot_be_written_is_3(self):
        program = self.twstap("proxy", "--listen", "127.0.0.1:0", "--json", os.path.join(self.dir, "no", "such"))
        self.assertEqual(program.wait(5), 3, program.text())


class Output(E2E):
    def test_json_on_standard_output_is_nothing_but_json(self):
        import json

        gateway = self.serve("healthy")
        proxy = self.twstap("proxy", "--listen", "127.0.0.1:0", "--upstream", gateway.addr, "--json", "-")
        addr = proxy.find(r"listening on (\S+:\d+)").group(1)
        client = self.api_client(addr)
        client.until(client.welcomed, "9 and 15")
        client.close()
        self.assertEqual(proxy.stop(), 0)
        events = [json.loads(line) for line in proxy.out]
        self.assertEqual(events[-1]["event"], "summary")

    def test_text_is_a_line_an_event_and_has_no_colour_in_a_pipe(self):
        gateway = self.serve("accept-silent")
        proxy = self.proxy(gateway, "--handshake-timeout", "300ms")
        client = self.api_client(proxy)
        proxy.event("silence")
        client.close()
        proxy.stop()
        self.assertNotIn("\x1b", proxy.text())
        self.assertIn("hello-unanswered", proxy.text())
        for line in proxy.out:
            self.assertLessEqual(len(line), 200, line)

    def test_quiet_says_verdicts_only(self):
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "-q")
        client = self.api_client(proxy)
        client.until(client.welcomed, "9 and 15")
        client.close()
        proxy.stop()
        self.assertLess(len(proxy.out), 12, proxy.text())

    def test_colour_when_asked_for(self):
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "--color", "always")
        client = self.api_client(proxy)
        client.until(client.welcomed, "9 and 15")
        client.close()
        proxy.stop()
        self.assertIn("\x1b[", proxy.text())


class Demo(E2E):
    def test_under_15_seconds_and_all_is_said(self):
        began = time.monotonic()
        program = self.twstap("demo")
        self.assertEqual(program.wait(60), 0, program.text())
        self.assertLess(time.monotonic() - began, 30 if SANITIZED else 15)
        text = program.text()
        self.assertIn("stand-in", text)
        for stage in ("hello-unanswered", "startapi-unanswered", "partial-startup"):
            self.assertIn(stage, text)


# Every command that README.md shows is tried here or named as one that cannot be.
TRIED = (
    r"\./scripts/run$",          # deps, build and demo: .ci and Demo above
    r"\./scripts/test$",
    r"\./scripts/run ",          # the program's own commands again
    r"\./scripts/bench",         # its own results are in bench/
    r"twstap demo$",
    r"twstap proxy\b.*",
    r"twstap capture\b.*",        # test_capture.py; needs root
    r"twstap read\b.*",           # test_fixtures.py
    r"twstap decode\b.*",         # test_decode.py
    r"twstap schema\b.*",         # test_dissector.py, test_schema.py
    r"twstap play\b.*",           # test_replay.py
    r"twstap serve\b.*",
    r"twstap doctor\b.*",         # test_doctor.py
)


class Readme(E2E):
    def shown(self):
        """The lines of README.md's code blocks that begin with a command of ours."""
        path = os.path.join(ROOT, "README.md")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as readme:
            blocks = re.findall(r"```(?:sh|shell|bash|console)?\n(.*?)```", readme.read(), re.S)
        lines = [line.strip().removeprefix("$ ").split("  #")[0].strip() for b in blocks for line in b.splitlines()]
        return [line for line in lines if re.match(r"(twstap|\./scripts/\S+)( |$)", line)]

    def test_every_command_is_known(self):
        for line in self.shown():
            self.assertTrue(any(re.match(tried, line) for tried in TRIED), line)

    def test_every_option_exists(self):
        """Options in README.md are those of --help."""
        for line in self.shown():
            match = re.match(r"(?:\./scripts/run|twstap) (\w+)(.*)", line)
            if not match:
                continue
            program = self.twstap(match.group(1), "--help")
            self.assertEqual(program.wait(), 0, line)
            for option in re.findall(r"--[a-z][a-z-]+", match.group(2)):
                self.assertIn(option, program.text(), line)


if __name__ == "__main__":
    main()
