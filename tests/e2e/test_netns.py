"""Captures of real TCP between two network namespaces: what goes wrong below the API."""

import json
import os
import random
import socket
import struct
import subprocess
import threading
import time

from harness import E2E, SANITIZED, ApiClient, Closed, Gateway, connect, frame, hello, main, need_capture, wait_for
from network import ACK, CLIENT, GATEWAY, GATEWAY6, SYN, Network

VERSION = frame(b"176\x0020260102 10:00:00 UTC\0")
WELCOME = frame(b"15\x001\x00DU7654321,\0") + frame(b"9\x001\x001\0")
TIMEOUTS = ("--handshake-timeout", "1s", "--request-timeout", "1s")


class Netns(E2E):
    def setUp(self):
        super().setUp()
        need_capture()
        self.net = Network(self)
        self.wire = self.net.wire

    # ---- both sides ----

    def listener(self, host=GATEWAY, backlog=64):
        gateway = self.net.gateway.run(Gateway, host, backlog)
        self.addCleanup(gateway.close)
        return gateway

    def dial(self, gateway, what=connect, **more):
        client = self.net.client.run(what, getattr(gateway, "addr", gateway), **more)
        self.addCleanup(client.close)
        return client

    def watch(self, gateway, *options):
        addrs = gateway if isinstance(gateway, (list, tuple)) else [gateway]
        return self.capture(addrs, "-i", self.net.device, *TIMEOUTS, *options, prefix=self.net.client.prefix)

    def welcomed(self, gateway):
        """A client that is live, and the gateway's end."""
        client = self.dial(gateway)
        client.send(hello(100, 176))
        server = gateway.accept()
        self.addCleanup(server.close)
        server.recv(len(hello(100, 176)))
        server.send(VERSION)
        client.recv(len(VERSION))
        client.send(frame(b"71\x002\x007\x00\0"))
        server.recv_frame()
        server.send(WELCOME)
        client.recv(len(WELCOME))
        self.ask(client)
        server.recv_frame()
        server.send(frame(b"49\x001\x001767348000\0"))
        client.recv_frame()
        return client, server

    @staticmethod
    def ask(client):
        client.send(frame(b"49\x001\0"))

    # ---- what is said ----

    def show(self, verdict):
        return json.dumps(verdict, indent=1)

    def says(self, verdict, **want):
        for key, value in want.items():
            allowed = value if isinstance(value, tuple) else (value,)
            self.assertIn(verdict[key], allowed, "%s of\n%s" % (key, self.show(verdict)))

    def at_silence(self, capture, conn=1, patience=None, **want):
        """The verdict that comes with a silence."""
        self.says(capture.event("verdict", patience, conn=conn, final=False), **want)

    def at_end(self, capture, conn=1, **want):
        capture.stop()
        verdict = capture.verdict(conn)
        self.says(verdict, **want)
        return verdict

    def causes(self, verdict):
        return {cause["mode"]: cause["certainty"] for cause in verdict["causes"]}
