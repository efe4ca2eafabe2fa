"""A great many bytes both ways at once, read in random pieces with pauses: the digests agree."""

import hashlib
import multiprocessing
import os
import random
import socket
import struct
import threading
import time

from harness import E2E, frame, hello, main, sockaddr

SIZE = int(os.environ.get("TWSTAP_E2E_BYTES", 1 << 30))
BLOCK = 8 << 20


def random_source(seed, size):
    """Views of random bytes, `size` in all: random slices of a random block."""
    rng = random.Random(seed)
    block = memoryview(rng.randbytes(BLOCK))
    while size > 0:
        n = min(size, rng.randint(1, rng.choice((100, 5000, 400000))))
        at = rng.randrange(BLOCK - n)
        yield block[at : at + n]
        size -= n


def frame_source(seed, size):
    """Well-formed text frames, ticks mostly, after a handshake that the caller has made."""
    rng = random.Random(seed)
    batch = []
    for i in range(4000):
        batch.append(frame(b"1\x006\x00%d\x001\x00%d.%02d\x00100\x000\0" % (rng.randint(1, 99), i, rng.randint(0, 99))))
        if i % 50 == 0:
            batch.append(frame(b"5\0" + b"x\0" * rng.randint(1, 20000)))
    whole = b"".join(batch)
    while size > 0:
        yield memoryview(whole)
        size -= len(whole)


def send_all(sock, source, result):
    digest, total = hashlib.blake2b(), 0
    for piece in source:
        sock.sendall(piece)
        digest.update(piece)
        total += len(piece)
    sock.shutdown(socket.SHUT_WR)
    result["sent"] = (total, digest.hexdigest())


def receive_all(sock, seed, result):
    rng = random.Random(seed)
    digest, total = hashlib.blake2b(), 0
    buffer = memoryview(bytearray(1 << 20))
    until_pause = rng.randint(1 << 20, 32 << 20)
    while True:
        n = sock.recv_into(buffer, rng.randint(1, rng.choice((64, 4096, 65536, 1 << 20, 1 << 20))))
        if n == 0:
            break
        digest.update(buffer[:n])
        total += n
        until_pause -= n
        if until_pause < 0:  # long enough for the path to fill up and push back
            time.sleep(rng.uniform(0, 0.02))
            until_pause = rng.randint(1 << 20, 32 << 20)
    result["received"] = (total, digest.hexdigest())


def both_ways(sock, source, seed, pipe):
    """A process for each end, a thread for each direction."""
    result = {}
    sender = threading.Thread(target=send_all, args=(sock, source(seed, SIZE), result))
    sender.start()
    receive_all(sock, seed + 1, result)
    sender.join()
    pipe.send(result)
    pipe.close()


class Transparency(E2E):
    def push(self, proxy, client, server, source):
        results = []
        processes = []
        for sock, seed in ((client, 11), (server, 22)):
            near, far = multiprocessing.Pipe(False)
            process = multiprocessing.Process(target=both_ways, args=(sock.sock, source, seed, far), daemon=True)
            process.start()
            far.close()
            sock.close()
            processes.append(process)
            results.append(near)
        ends = []
        for pipe in results:
            self.assertTrue(pipe.poll(500), "the bytes do not arrive")
            ends.append(pipe.recv())
        for process in processes:
            process.join()
        self.assertEqual(ends[0]["sent"], ends[1]["received"])
        self.assertEqual(ends[1]["sent"], ends[0]["received"])
        close = proxy.event("close")
        proxy.stop()
        return close, ends

    def test_random_bytes(self):
        gateway = self.gateway()
        proxy = self.proxy(gateway)
        first = b"\xfe is no TWS"
        client, server = self.through(proxy, gateway, first)
        close, ends = self.push(proxy, client, server, random_source)
        self.assertEqual(close["bytes"]["client"], len(first) + ends[0]["sent"][0])
        self.assertEqual(close["bytes"]["gateway"], ends[1]["sent"][0])
        self.assertEqual(len(proxy.events("opaque")), 2)

    def test_frames_that_decode(self):
        """The same while every frame is decoded (JSON events of all that the reader can take)."""
        global SIZE
        whole, SIZE = SIZE, SIZE // 16
        try:
            gateway = self.gateway()
            proxy = self.proxy(gateway, json_file="/dev/null")
            version = frame(b"176\x0020260102 10:00:00 UTC\0")
            client, server = self.through(proxy, gateway, hello(100, 176))
            server.send(version)
            client.recv(len(version))
            results = {}
            sender = threading.Thread(target=send_all, args=(server.sock, frame_source(5, SIZE), results))
            sender.start()
            receive_all(client.sock, 6, results)
            sender.join()
            self.assertEqual(results["sent"], results["received"])
        finally:
            SIZE = whole


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
