"""No account id leaves the program unless it is asked for."""

from harness import ACCOUNT, E2E, main

RANGES = ((100, 176), (100, 203), (100, 214))


class Masking(E2E):
    def said(self, versions, *options):
        """Everything that a healthy session made the proxy say."""
        gateway = self.serve("healthy")
        proxy = self.proxy(gateway, "-v", "-v", "--hex", *options)
        client = self.api_client(proxy, versions)
        client.until(client.welcomed, "9 and 15")
        client.ask_time()
        client.until(lambda: 49 in client.received, "the time")
        client.close()
        proxy.verdict()
        proxy.stop()
        with open(proxy.json_file, encoding="utf-8") as lines:
            everything = lines.read()
        accounts = set(ACCOUNT.findall(b"\n".join(client.payloads).decode("latin-1")))
        self.assertTrue(accounts, "the stand-in has an account")
        return proxy.text() + everything, accounts

    def test_masked_in_text_json_and_hex(self):
        for versions in RANGES:
            with self.subTest(versions=versions):
                everything, accounts = self.said(versions)
                for account in accounts:
                    self.assertNotIn(account, everything)
                    self.assertNotIn(account.encode().hex(), everything.lower())

    def test_shown_when_asked_for(self):
        everything, accounts = self.said(RANGES[0], "--show-accounts")
        for account in accounts:
            self.assertIn(account, everything)


if __name__ == "__main__":
    main()
