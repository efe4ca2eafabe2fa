"""The ways in which sessions fail, one script each, and healthy sessions that look like them.

Each script is played as a film (the packets of a capture) and, where both sides can do it with sockets, live
through the relay.  `Mode.wire`: how sure one can be from the wire alone; a mode that the wire does not show is
played all the same: its stage must be right, and nothing may be said with more certainty than there is.
"""

import struct

from film import AFAR, BRIDGE, LAN
from harness import fields, frame, hello, req_current_time, start_api

CERTAIN, LIKELY, CANNOT = "certain", "likely", "cannot tell"

VERSION = 176
HELLO = hello(100, VERSION)
REPLY = frame(fields(VERSION, "20251124 10:00:00 EST"))
START_API = start_api(VERSION, 7)
ACCOUNTS = frame(fields(15, 1, "DU1234567"))
NEXT_ID = frame(fields(9, 1, 1))
ASK_TIME = req_current_time(VERSION)
TIME = frame(fields(49, 1, 1764000000))
POSITIONS, POSITIONS_END = frame(fields(61, 1)), frame(fields(62, 1))
EXECUTIONS = frame(fields(7, 3, 11, 0, "", "", "", "", "", ""))
COMPLETED = frame(fields(99, 0))
SCANNER, SCANNER_XML = frame(fields(24, 1)), frame(fields(19, 1, "<xml/>"))
CONTRACT = (0, "AAPL", "STK", "", 0.0, "", "", "SMART", "", "USD", "", "")


def order(number):
    return frame(fields(3, number, *CONTRACT, "", "", "BUY", 100, "LMT", 184.25, "", "DAY"))


def subscribe(key):
    return frame(fields(1, 11, key, *CONTRACT, 0, "", 0, 0, ""))


def tick(key):
    return frame(fields(1, 6, key, 1, 184.25, 3, 0))


def history(key):
    return frame(fields(20, key, *CONTRACT, 0, "", "1 min", "1 D", 1, "TRADES", 1, 0, ""))


def bars(key):
    return frame(fields(17, key, "a", "b", 0))


def notice(code, text, key=-1):
    return frame(fields(4, 2, key, code, text, ""))


# ---- parts ----


def greet(s):
    s.c(HELLO)
    s.g(REPLY)
    return s


def begin(s):
    greet(s).c(START_API)
    return s


def live(s):
    begin(s).g(ACCOUNTS + NEXT_ID)
    s.c(POSITIONS)
    s.g(POSITIONS_END)
    return s


def hello_and_nothing(f, **how):
    s = f.session(**how)
    s.c(HELLO)
    f.overdue(s)
    s.fin("client")


def stream(f, s, key, seconds, every=0.25):
    for _ in range(round(seconds / every)):
        s.g(tick(key))
        f.wait(every)


# ---- modes ----


def gateway_down(f):
    f.session(opened=False).refused()


def syn_dropped(f):
    s = f.session(AFAR, opened=False)
    first = s.next["client"]
    for pause in (1, 2, 4, 8):
        s.put("client", 2, seq=first)
        f.wait(pause)


def backlog_full(f):
    s = f.session(opened=False)
    first = s.next["gateway"]
    s.put("client", 2)
    s.put("gateway", 18)
    s.put("client", 16)
    taken = s.next["client"]
    s.c(HELLO, acked=False)
    for pause in (1, 2, 4):
        f.wait(pause)
        s.put("gateway", 18, seq=first, ack=taken)
        s.again("client", HELLO)


def address_family_trap(f):
    live(f.session()).leave()
    f.wait(0.01)
    f.session("::1", opened=False).refused()


def relay_accept_then_close(f):
    for _ in range(3):
        s = f.session()
        s.c(HELLO)
        s.fin("gateway")
        f.wait(5)


def relay_upstream_hang(f):
    s = f.session()
    s.c(HELLO)
    f.wait(75)
    s.fin("gateway")


def localhost_only(f):
    s = f.session(LAN)
    s.c(HELLO)
    s.fin("gateway")


def container_port_bypass(f):
    hello_and_nothing(f, gateway=BRIDGE)


def port_probe(f):
    s = f.session()
    s.fin("client")


def mute_client(f):
    s = f.session()
    f.overdue(s)
    s.leave()


def truncated_hello(f):
    s = f.session()
    s.c(b"API\0")
    f.overdue(s)
    s.fin("client")


def foreign_protocol(f):
    s = f.session()
    s.c(b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n")
    f.wait(1)
    s.fin("client")


def legacy_hello(f):
    s = f.session()
    s.c(b"63\0")
    f.wait(12)
    s.fin("client")


def accept_dialog(f):
    hello_and_nothing(f, gateway=LAN)


def accept_queue_wedge(f):
    old = live(f.session())
    for _ in range(3):
        s = f.session()
        s.c(HELLO)
        f.wait(2)
        old.c(POSITIONS)
        old.g(POSITIONS_END)
        f.wait(2)
        s.fin("client")
    f.wait(1)
    old.leave()


def tls_mismatch(f):
    s = f.session()
    s.c(bytes.fromhex("16030100a5010000a10303") + bytes(158))
    f.wait(12)
    s.fin("client")


def warming_up(f):
    f.session(opened=False).refused()
    f.wait(3)
    s = f.session()
    s.c(HELLO)
    s.rst("gateway")


def version_range_miss(f):
    s = f.session()
    s.c(hello(203, 226))
    s.g(REPLY)
    s.fin("client")


def redirect(f):
    s = f.session()
    s.c(HELLO)
    s.g(frame(fields(-1, "10.0.0.5:4002")))
    s.fin("client")


def client_id_in_use(f):
    s = begin(f.session())
    s.g(notice(326, "Unable to connect as the client id is already in use."))
    s.fin("gateway")


def write_access_dialog(f):
    s = live(f.session())
    s.c(COMPLETED)
    f.overdue(s, 20)
    s.fin("gateway")


def framing_mismatch(f):
    s = f.session()
    s.c(hello(100, 203))
    s.g(frame(fields(203, "20251124 10:00:00 EST")))
    s.c(START_API)
    f.overdue(s)
    s.fin("client")


def client_limit(f):
    others = [live(f.session()) for _ in range(32)]
    s = greet(f.session())
    s.c(start_api(VERSION, 33))  # an id that none of them has
    s.fin("gateway")
    for other in others:
        other.leave()


def half_welcome(f):
    s = begin(f.session())
    s.g(ACCOUNTS)
    f.overdue(s)
    s.fin("client")


def empty_accounts(f):
    s = begin(f.session())
    s.g(frame(fields(15, 1, "")) + NEXT_ID)
    f.overdue(s)
    s.fin("client")


def sync_request_hang(f):
    s = begin(f.session())
    s.g(ACCOUNTS + NEXT_ID)
    s.c(EXECUTIONS)
    s.c(POSITIONS)
    s.g(POSITIONS_END)
    f.overdue(s)
    s.fin("client")


def impatient_client(f):
    s = f.session()
    s.c(HELLO)
    f.wait(2)
    s.fin("client")
    f.wait(0.15)
    s.g(REPLY, acked=False)
    s.rst("client")


def request_throttled(f):
    s = live(f.session())
    s.c(ASK_TIME)
    s.g(TIME)
    f.wait(0.3)
    s.c(ASK_TIME)
    f.overdue(s)
    s.fin("client")


def upstream_lost(f):
    s = live(f.session())
    s.g(notice(1100, "Connectivity between IBKR and TWS has been lost."))
    s.c(ASK_TIME)
    f.overdue(s)
    s.fin("client")


def farm_broken(f):
    s = live(f.session())
    s.g(notice(2103, "Market data farm connection is broken:usfarm"))
    s.c(subscribe(9001))
    f.overdue(s)
    s.fin("client")


def subscriptions_lost(f):
    s = live(f.session())
    s.c(subscribe(9001))
    stream(f, s, 9001, 10)
    s.g(notice(1100, "Connectivity between IBKR and TWS has been lost."))
    f.wait(20)
    s.g(notice(1101, "Connectivity between IBKR and TWS has been restored - data lost."))
    f.overdue(s)
    s.fin("client")


def competing_session(f):
    s = live(f.session())
    s.c(subscribe(9001))
    s.g(notice(10197, "No market data during competing live session", 9001))
    s.c(subscribe(9002))
    f.overdue(s)
    s.fin("client")


def order_swallowed(f):
    s = live(f.session())
    s.c(ASK_TIME)
    s.g(TIME)
    s.c(order(42))
    f.wait(0.01)
    s.c(POSITIONS)
    s.g(POSITIONS_END)
    f.overdue(s)
    s.fin("client")


def rate_limit(f):
    s = live(f.session())
    for number in range(60):
        s.c(frame(fields(8, 1, 1)))
        s.g(frame(fields(9, 1, number)))
    s.g(notice(100, "Max rate of messages per second has been exceeded"))
    s.fin("gateway")


def read_only_api(f):
    s = live(f.session())
    s.c(order(42))
    s.g(notice(321, "Error validating request: the API interface is currently in Read-Only mode.", 42))
    s.c(COMPLETED)
    f.overdue(s)
    s.fin("client")


def refused_without_id(f):
    s = live(f.session())
    s.c(POSITIONS)
    s.c(COMPLETED)
    s.g(notice(321, "Error validating request: cause - Invalid value"))
    f.overdue(s)
    s.fin("client")


def slow_client(f):
    s = live(f.session())
    s.c(subscribe(9001))
    s.g(tick(9001))
    s.window["client"] = 0
    s.put("client", 16)
    for _ in range(8):
        f.wait(2)
        s.put("gateway", 16, b"\0", seq=s.next["gateway"])  # a window probe
        s.put("client", 16)


def jvm_stall(f):
    sessions = [live(f.session()) for _ in range(3)]
    f.wait(2)
    for s in sessions:
        s.c(ASK_TIME)
    f.overdue()
    for s in sessions:
        s.fin("client")


def half_open(f):
    s = live(f.session(AFAR))
    f.wait(2)
    s.c(ASK_TIME, acked=False)
    for pause in (0.3, 0.6, 1.2, 2.4, 4.8, 9.6):
        f.wait(pause)
        s.again("client", ASK_TIME)


def scheduled_restart(f):
    sessions = [live(f.session()) for _ in range(3)]
    f.wait(60)
    for s in sessions:
        s.rst("gateway")


def port_change(f):
    s = live(f.session())
    s.g(notice(1300, "TWS socket port has been reset and this connection is being dropped."))
    s.fin("gateway")


def reconnect_storm(f):
    for _ in range(12):
        s = live(f.session())
        f.wait(1)
        s.leave()
        f.wait(4)


def malformed_request(f):
    other, s = live(f.session()), live(f.session())
    f.wait(2)
    s.c(frame(fields(62, 1, 9001, "All")))
    s.fin("gateway")
    f.wait(1)
    other.leave()


def quiet_but_healthy(f):
    s = live(f.session())
    f.wait(600)
    s.leave()


def client_split_version(f):
    s = f.session()
    s.c(HELLO)
    s.g(REPLY[:9])
    f.wait(0.35)
    s.g(REPLY[9:])
    f.overdue(s)
    s.fin("client")


def client_lost_4096(f):
    s = live(f.session())
    f.wait(2)
    s.c(SCANNER)
    s.g(struct.pack(">I", 4092) + b"19\0001\0" + b"x" * (4092 - 6) + b"\0")
    f.wait(3)
    s.c(SCANNER)
    s.g(SCANNER_XML)
    f.wait(1)
    s.leave()


class Mode:
    def __init__(self, number, name, play, stage, silent, wire, films_only=False, session=None, listed=False):
        self.number, self.name, self.play, self.stage, self.silent = number, name, play, stage, silent
        self.wire, self.films_only, self.session, self.listed = wire, films_only, session, listed


H, P, L, R = "hello-unanswered", "partial-startup", "live-request-unanswered", "closed-by-gateway"

# `wire`: what the catalogue of silences allows from the wire alone.  `session`: which one of the script is judged
# (1-based; without: the last).  `listed`: the wire cannot tell, and the mode must be among the causes that fit.
MODES = (
    Mode(1, "gateway-down", gateway_down, "no-listener", "gateway", CERTAIN, True),
    Mode(2, "login-pending", gateway_down, "no-listener", "gateway", CANNOT, True, listed=True),
    Mode(3, "wrong-port-or-mode", gateway_down, "no-listener", "gateway", CANNOT, True, listed=True),
    Mode(4, "desupported-build", gateway_down, "no-listener", "gateway", CANNOT, True, listed=True),
    Mode(5, "syn-dropped", syn_dropped, "tcp-connect", "network", CERTAIN, True),
    Mode(6, "backlog-full", backlog_full, H, "network", LIKELY, True),
    Mode(7, "address-family-trap", address_family_trap, "no-listener", "gateway", CERTAIN, True),
    Mode(8, "relay-accept-then-close", relay_accept_then_close, R, "nobody", LIKELY),
    Mode(9, "relay-upstream-hang", relay_upstream_hang, H, "gateway", LIKELY, True),
    Mode(10, "localhost-only-refusal", localhost_only, R, "nobody", LIKELY, True),
    Mode(11, "container-port-bypass", container_port_bypass, H, "gateway", LIKELY, True),
    Mode(12, "port-probe", port_probe, "client-never-speaks", "client", CERTAIN),
    Mode(13, "mute-client", mute_client, "client-never-speaks", "client", CERTAIN),
    Mode(14, "truncated-hello", truncated_hello, "client-never-speaks", "client", CERTAIN),
    Mode(15, "foreign-protocol", foreign_protocol, "client-never-speaks", "client", CERTAIN),
    Mode(16, "legacy-hello", legacy_hello, H, "gateway", CERTAIN),
    Mode(17, "accept-queue-wedge", accept_queue_wedge, H, "gateway", LIKELY, True, 4),
    Mode(18, "accepted-but-ignored", hello_and_nothing, H, "gateway", CANNOT, listed=True),
    Mode(19, "accept-dialog", accept_dialog, H, "gateway", CANNOT, True, listed=True),
    Mode(20, "api-disabled", hello_and_nothing, H, "gateway", CANNOT),
    Mode(21, "blocking-modal", hello_and_nothing, H, "gateway", CANNOT, listed=True),
    Mode(22, "session-not-authenticated", hello_and_nothing, H, "gateway", CANNOT),
    Mode(23, "tls-mismatch", tls_mismatch, "client-never-speaks", "client", CERTAIN),
    Mode(24, "warming-up", warming_up, "reset", "nobody", LIKELY, True),
    Mode(25, "version-range-miss", version_range_miss, "version-rejected", "nobody", CERTAIN),
    Mode(26, "redirect", redirect, "version-rejected", "nobody", CERTAIN),
    Mode(27, "client-id-in-use", client_id_in_use, "startapi-unanswered", "nobody", CERTAIN),
    Mode(28, "write-access-dialog", write_access_dialog, L, "gateway", LIKELY),
    Mode(29, "framing-mismatch", framing_mismatch, "startapi-unanswered", "gateway", CERTAIN),
    Mode(30, "client-limit", client_limit, R, "nobody", CANNOT, session=33, listed=True),
    Mode(31, "half-welcome", half_welcome, P, "gateway", CERTAIN),
    Mode(32, "empty-accounts", empty_accounts, P, "gateway", CERTAIN),
    Mode(33, "sync-request-hang", sync_request_hang, P, "gateway", CERTAIN),
    Mode(34, "impatient-client", impatient_client, "closed-by-client", "nobody", CERTAIN),
    Mode(35, "request-throttled-silently", request_throttled, L, "gateway", LIKELY),
    Mode(36, "upstream-lost", upstream_lost, L, "gateway", CERTAIN),
    Mode(37, "farm-broken", farm_broken, L, "gateway", CERTAIN),
    Mode(38, "subscriptions-lost", subscriptions_lost, "live-gateway-quiet", "gateway", CERTAIN),
    Mode(39, "competing-session", competing_session, L, "gateway", LIKELY),
    Mode(40, "order-swallowed", order_swallowed, L, "gateway", CERTAIN),
    Mode(41, "rate-limit", rate_limit, R, "nobody", CERTAIN),
    Mode(42, "read-only-api", read_only_api, L, "gateway", CERTAIN),
    Mode(43, "slow-client", slow_client, "live-client-not-reading", "client", CERTAIN, True),
    Mode(44, "jvm-stall", jvm_stall, L, "gateway", LIKELY, True),
    Mode(45, "half-open", half_open, "live-gateway-quiet", "network", CERTAIN, True),
    Mode(46, "scheduled-restart", scheduled_restart, "reset", "nobody", CERTAIN),
    Mode(47, "port-or-setting-change", port_change, R, "nobody", CERTAIN),
    Mode(48, "reconnect-storm", reconnect_storm, "closed-by-client", "nobody", CERTAIN, session=12),
    Mode(49, "stale-relay-namespace", relay_accept_then_close, R, "nobody", CANNOT),
    Mode(50, "host-suspend", None, None, None, CANNOT),  # a clock of the machine: unit/test_session_live
    Mode(51, "malformed-request-close", malformed_request, R, "nobody", LIKELY, session=2),
    Mode(52, "quiet-but-healthy", quiet_but_healthy, None, "nobody", CANNOT),
    Mode(53, "client-split-version", client_split_version, "startapi-missing", "client", CERTAIN),
    Mode(54, "client-lost-4096", client_lost_4096, "live-client-deaf", "client", CANNOT, listed=True),
    Mode(55, "refused-without-id", refused_without_id, L, "gateway", LIKELY),
)

# What the kernel's table of sockets and that of processes add, where the observer is on the gateway's machine: the
# catalogue's "with S".
WITH_MACHINE = {
    "gateway-down": CERTAIN,
    "login-pending": LIKELY,
    "wrong-port-or-mode": CERTAIN,
    "backlog-full": CERTAIN,
    "accept-queue-wedge": CERTAIN,
    "accepted-but-ignored": LIKELY,
    "host-suspend": LIKELY,
}

# What `twstap doctor` finds in the handshake, and a stand-in that fails so; more in stages.py.
DOCTOR = {
    "foreign-protocol": "not-tws",
    "accepted-but-ignored": "never-read",
    "redirect": "redirect",
    "client-id-in-use": "client-id-in-use",
    "half-welcome": "half-welcome",
    "empty-accounts": "no-accounts",
}


# ---- healthy sessions that look like them ----


def slow_welcome(f):
    s = f.session()
    s.c(HELLO)
    f.wait(2.5)
    s.g(REPLY)
    s.c(START_API)
    f.wait(2.5)
    s.g(ACCOUNTS + NEXT_ID)
    s.leave()


def quiet_night(f):
    s = live(f.session())
    s.c(subscribe(9001))
    for _ in range(100):
        s.g(tick(9001))
        f.wait(30)
    f.wait(3 * 3600)
    s.leave()


def closed_market(f):
    s = live(f.session())
    s.c(subscribe(9001))
    stream(f, s, 9001, 779)  # one second short of the quarter
    f.wait(3600)
    s.leave()


def halted_instrument(f):
    """One of two, with few ticks so far."""
    s = live(f.session())
    s.c(subscribe(9001))
    s.c(subscribe(9002))
    stream(f, s, 9001, 5)
    stream(f, s, 9002, 300)
    s.leave()


def throttled_time(f):
    s = live(f.session())
    s.c(ASK_TIME)
    s.g(TIME)
    f.wait(0.3)
    s.c(ASK_TIME)
    for _ in range(8):
        f.wait(3)
        s.c(ASK_TIME)
        s.g(TIME)
    s.leave()


def only_listens(f):
    s = live(f.session())
    s.c(subscribe(9001))
    stream(f, s, 9001, 200)
    s.leave()


def long_history(f):
    s = live(f.session())
    s.c(history(77))
    f.wait(60)
    s.g(bars(77))
    s.leave()


def rejected_requests(f):
    s = live(f.session())
    s.c(subscribe(9001))
    s.g(notice(354, "Requested market data is not subscribed.", 9001))
    s.c(order(42))
    s.g(notice(201, "Order rejected - reason: no permission", 42))
    f.wait(120)
    s.leave()


def cancelled_requests(f):
    s = live(f.session())
    s.c(history(77))
    f.wait(2)
    s.c(frame(fields(25, 1, 77)))
    s.c(subscribe(9001))
    stream(f, s, 9001, 20)
    s.c(frame(fields(2, 1, 9001)))
    f.wait(120)
    s.leave()


def busy_one_cancelled(f):
    """Of two subscriptions the one that gave the rhythm is cancelled; the other has a tick an hour."""
    s = live(f.session())
    s.c(subscribe(9002))
    s.g(tick(9002))
    s.c(subscribe(9001))
    stream(f, s, 9001, 60)
    s.c(frame(fields(2, 1, 9001)))
    f.wait(600)
    s.leave()


def link_restored(f):
    s = live(f.session())
    s.c(subscribe(9001))
    stream(f, s, 9001, 10)
    s.g(notice(1100, "Connectivity between IBKR and TWS has been lost."))
    f.wait(40)
    s.g(notice(1102, "Connectivity between IBKR and TWS has been restored - data maintained."))
    stream(f, s, 9001, 10)
    s.leave()


def idle_farms(f):
    s = live(f.session())
    s.g(notice(2107, "HMDS data farm connection is inactive but should be available upon demand.ushmds"))
    s.g(notice(2103, "Market data farm connection is broken:usfarm"))
    f.wait(5)
    s.g(notice(2104, "Market data farm connection is OK:usfarm"))
    f.wait(60)
    s.leave()


def many_programs(f):
    """Several at once, none of which comes and goes."""
    sessions = [live(f.session()) for _ in range(14)]
    f.wait(300)
    for s in sessions:
        s.leave()


def repeated_polls(f):
    """A program that asks the same again and again, in one session."""
    s = live(f.session())
    for _ in range(20):
        f.wait(5)
        s.c(SCANNER)
        s.g(SCANNER_XML)
    s.leave()


def lost_and_sent_again(f):
    s = live(f.session(AFAR))
    f.wait(2)
    s.c(ASK_TIME, acked=False)
    f.wait(0.3)
    s.again("client", ASK_TIME)
    s.put("gateway", 16)
    s.g(TIME)
    s.leave()


def late_night_idle(f):
    s = live(f.session())
    f.wait(7 * 3600)
    s.c(ASK_TIME)
    s.g(TIME)
    s.leave()


def full_window_for_a_moment(f):
    s = live(f.session())
    s.c(subscribe(9001))
    s.window["client"] = 0
    s.g(tick(9001))
    f.wait(0.5)
    s.window["client"] = 65535
    s.put("client", 16)
    stream(f, s, 9001, 5)
    s.leave()


HEALTHY = (
    slow_welcome, quiet_night, closed_market, halted_instrument, throttled_time, only_listens, long_history,
    rejected_requests, cancelled_requests, busy_one_cancelled, link_restored, idle_farms, many_programs, repeated_polls,
    lost_and_sent_again, late_night_idle, full_window_for_a_moment, quiet_but_healthy,
)
