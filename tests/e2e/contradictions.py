"""What a verdict must not say beside its own evidence: a list of contradictions.

Each row is a function over the events of one connection and one of its verdicts; it returns a sentence where the
verdict contradicts what was printed of the connection, else None.  `of_run` does the same for a whole run."""

import calendar
import json
import re
import time

_seconds = {}


def ns(text):
    """"2026-01-05T08:00:51.476974462Z" to nanoseconds since 1970."""
    at = _seconds.get(text[:19])
    if at is None:
        at = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 10**9
        if len(_seconds) > 200000:
            _seconds.clear()
        _seconds[text[:19]] = at
    return at + int((text[20:-1] + "000000000")[:9])


class Conn:
    """The events of one connection, as far as the checks want them."""

    def __init__(self, open_event):
        self.open = open_event
        self.frames = {"client": [], "gateway": []}  # (ns, name, event)
        self.silences, self.recovered, self.verdicts = [], [], []
        self.told = []  # times of what is reported but frames and requests
        self.gaps, self.opaque, self.notices, self.requests, self.pacing = [], [], [], [], []
        self.close = None
        self.siblings = []  # the other connections of its port

    def add(self, event):
        kind = event["event"]
        if kind not in ("frame", "request", "stage"):
            self.told.append(ns(event["ts"]))
        if kind == "frame":
            self.frames[event["dir"]].append((ns(event["ts"]), event.get("name"), event))
        elif kind == "verdict":
            self.verdicts.append(event)
        elif kind == "silence":
            self.silences.append(event)
        elif kind == "recovered":
            self.recovered.append(event)
        elif kind == "request":
            self.requests.append(event)
        elif kind == "notice":
            self.notices.append(event)
        elif kind == "gap":
            self.gaps.append(event)
        elif kind == "opaque":
            self.opaque.append(event)
        elif kind == "pacing":
            self.pacing.append(event)
        elif kind == "close":
            self.close = event

    @property
    def final(self):
        """The last verdict of the end, or None."""
        for verdict in reversed(self.verdicts):
            if verdict["final"]:
                return verdict
        return None

    @property
    def gateway(self):
        return self.open["gateway"]

    def after(self, side, since, until, name=None):
        """The first frame of that side later than `since` and no later than `until`."""
        for at, called, _ in self.frames[side]:
            if since < at <= until and (name is None or called == name):
                return at, called
        return None

    def before(self, side, until):
        """The last frame of that side no later than `until`."""
        found = None
        for at, called, _ in self.frames[side]:
            if at > until:
                break
            found = at, called
        return found


def connections(lines):
    """The connections of a run by number, and its summary; `lines`: JSON Lines as text."""
    conns, summary = {}, None
    for line in lines:
        event = json.loads(line)
        if event["event"] == "open":
            conns[event["conn"]] = Conn(event)
        elif event["event"] == "summary":
            summary = event
        elif event.get("conn") in conns:
            conns[event["conn"]].add(event)
    ports = {}
    for conn in conns.values():
        ports.setdefault(conn.gateway, []).append(conn)
    for some in ports.values():
        for conn in some:
            conn.siblings = [other for other in some if other is not conn]
    return conns, summary


def causes(v):
    return [c["mode"] for c in v["causes"]]


def grade(v, mode):
    return next((c["certainty"] for c in v["causes"] if c["mode"] == mode), None)


def since_of(v):
    return ns(v["since"]) if v.get("since") else None


def evidence(v, what):
    return next((e["value"] for e in v["evidence"] if e["what"] == what), "")


def ended_ns(c, v):
    """When the first side ended, and how exactly that is known (ns); None: not known."""
    said = re.search(r", after ([\d.]+) (ms|s|min|h)$", evidence(v, "first to end"))
    if not said:
        return None
    scale = {"ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}[said.group(2)]
    digits = len(said.group(1).partition(".")[2])
    return ns(c.open["ts"]) + round(float(said.group(1)) * scale), scale // 10**digits


def of_one_request(v):
    """Only a part of what the gateway sends is missing, and the verdict says which."""
    return v["stage"] in ("live-request-unanswered", "partial-startup") or re.search(r"others are|sister", v["says"])


def sent_data(c, v, side, since):
    """What that side sent since; of subscriptions that are silent, notices do not count."""
    skip = "error" if "Subscriptions were served" in v["says"] or v["mode"] in ("subscriptions-lost", "upstream-lost") else None
    until = ns(v["ts"])
    return next((name for at, name, _ in c.frames[side] if since < at <= until and name != skip), None)


# ---- the list ----


def silent_side_sent(c, v):
    since = since_of(v)
    if v["silent"] not in ("client", "gateway") or since is None or of_one_request(v):
        return None
    sent = sent_data(c, v, v["silent"], since + 1000)
    return sent and "the %s is silent since %s and sent %s after that" % (v["silent"], v["since"], sent)


def nothing_came_and_bytes_did(c, v):
    """K34."""
    since = since_of(v)
    if since is None or not re.search(r"no(thing| data| reply| byte)[a-z ]* came|has sent nothing|said nothing|sent nothing back", v["says"]):
        return None
    sent = sent_data(c, v, v["silent"] if v["silent"] in c.frames else "gateway", since + 1000)
    return sent and "\"%s\", and %s came" % (v["says"][:60], sent)


def certain_with_bytes_lost(c, v):
    since = since_of(v)
    if v["certainty"] != "certain" or not v["stage"] or v["silent"] == "nobody" or since is None:
        return None
    if v["mode"] in ("slow-client", "half-open"):  # what TCP itself shows, no loss explains
        return None
    lost = [g for g in c.gaps if since <= ns(g["ts"]) <= ns(v["ts"]) and g["dir"] == v["silent"]]
    return lost and "certain, and %d bytes of the %s were lost since" % (lost[0]["bytes"], lost[0]["dir"]) or None


def stall_of_what_answers(c, v):
    since = since_of(v)
    if "jvm-stall" not in causes(v) or since is None:
        return None
    sent = c.after("gateway", since + 1000, ns(v["ts"]))
    return sent and "jvm-stall, and the gateway sent %s after the request" % sent[1]


def stall_while_others_are_served(c, v):
    served = re.search(r"live: (\d+) answered", evidence(v, "other sessions of the port"))
    if "jvm-stall" in causes(v) and served and served.group(1) != "0":
        return "jvm-stall, and %s other sessions are served" % served.group(1)
    return None


def quiet_but_healthy_with_a_request(c, v):
    if "quiet-but-healthy" not in causes(v):
        return None
    if re.search(r"has waited|has not answered|did not answer", v["says"]):
        return "quiet-but-healthy, and \"%s\"" % v["says"][-70:]
    return None


def restart_while_others_go_on(c, v):
    """K1: it ends every session of the port."""
    ended = ended_ns(c, v)
    if "scheduled-restart" not in causes(v) or not ended:
        return None
    for other in c.siblings:
        sent = other.after("gateway", ended[0] + ended[1] + 10**9, ns(v["ts"]))
        if sent and ns(other.open["ts"]) < ended[0]:
            return "scheduled-restart, and the gateway sent %s to %s after that" % (sent[1], other.open["client"])
    return None


def malformed_without_a_request(c, v):
    ended = ended_ns(c, v)
    if "malformed-request-close" not in causes(v) or not ended:
        return None
    last = c.before("client", ended[0] + ended[1])
    if last and last[0] < ended[0] - ended[1] - 110 * 10**6:
        return "malformed-request-close, and the client's last frame was %.1f s before the close" % ((ended[0] - last[0]) / 1e9)
    return None


def order_swallowed_too_soon(c, v):
    since = since_of(v)
    if grade(v, "order-swallowed") in ("certain", "likely") and since is not None and ns(v["ts"]) - since < 5 * 10**9:
        return "order-swallowed after %.1f s; 5 s are allowed" % ((ns(v["ts"]) - since) / 1e9)
    return None


def tls_beside_a_reply(c, v):
    if "tls-mismatch" in causes(v) and c.after("gateway", 0, ns(v["ts"]), "version"):
        return "tls-mismatch, and the gateway sent a version reply"
    return None


def path_dead_and_acknowledged(c, v):
    if grade(v, "half-open") in ("certain", "likely") and evidence(v, "bytes to the gateway").startswith("all acknowledged") \
            and not evidence(v, "gateway sent again"):
        return "half-open, and all bytes to the gateway are acknowledged"
    return None


def link_lost_and_back(c, v):
    if "upstream-lost" not in causes(v):
        return None
    state = None
    for n in c.notices:
        if n["code"] in (1100, 1101, 1102, 2110) and ns(n["ts"]) <= ns(v["ts"]):
            state = n["code"]
    return "upstream-lost, and %d came after it" % state if state in (1101, 1102) else None


def farm_broken_and_back(c, v):
    if grade(v, "farm-broken") not in ("certain", "likely"):
        return None
    farms = {}
    for n in c.notices:
        if n.get("farm") and ns(n["ts"]) <= ns(v["ts"]):
            farms[n["farm"]] = n.get("farm_state")
    return None if any(state in ("broken", "lost") for state in farms.values()) else "farm-broken, and no farm is broken"


def wedge_that_answered(c, v):
    sent = c.after("gateway", 0, ns(v["ts"]))
    for mode in ("accept-queue-wedge", "accepted-but-ignored", "blocking-modal", "accept-dialog"):
        if mode in causes(v) and sent:
            return "%s, and the gateway sent %s" % (mode, sent[1])
    return None


def next_asks_for_what_was_done(c, v):
    since = since_of(v)
    if not v.get("next") or "Send reqCurrentTime" not in v["next"] or since is None:
        return None
    done = c.after("client", since - 1, ns(v["ts"]), "reqCurrentTime")
    return done and "the next step is to send reqCurrentTime, and the client did"


def final_since_moves(c, v):
    since = since_of(v)
    if not v["final"] or since is None or not c.silences:
        return None
    last = c.silences[-1]
    ended = any(ns(r["ts"]) >= ns(last["ts"]) for r in c.recovered)
    if not ended and last["stage"] == v["stage"] and since > ns(last["since"]) + 10**6:
        return "the silence counts from %s, the final verdict from %s" % (last["since"], v["since"])
    return None


def cause_after_its_effect(c, v):
    """K1: what the client sent after the gateway's end."""
    got = re.search(r"the connection at stage \w+, ([\d.]+) ms after the client's last bytes", v["says"])
    ended = ended_ns(c, v)
    if not got or not ended:
        return None
    last = c.before("client", ended[0] + ended[1])
    if last and ended[0] - last[0] > float(got.group(1)) * 10**6 + 10 * ended[1] + 10**7:
        return "closed %s ms after the client's last bytes, and that frame came %.1f s before" % (
            got.group(1), (ended[0] - last[0]) / 1e9)
    return None


def nothing_open_and_something_is(c, v):
    if not re.search(r"no request (was|is) open|nothing was owed", v["says"]):
        return None
    left = [r for r in c.requests if r["status"] == "unanswered" and ns(r["ts"]) >= ns(v["ts"]) - 10**9]
    return left and "\"%s\", and %s was open" % (v["says"][-50:], left[0]["name"]) or None


def healthy_with_a_request_past_its_time(c, v):
    if not v["final"] or v["stage"] or c.gaps:
        return None
    for r in c.requests:
        if r["status"] != "unanswered":
            continue
        if r["name"] not in v["says"] and not any(r["name"] in e["value"] for e in v["evidence"]):
            return "healthy without a word, and %s was never answered" % r["name"]
    return None


def healthy_while_a_silence_stands(c, v):
    if not v["final"] or v["stage"] or not c.silences:
        return None
    last = c.silences[-1]
    if any(ns(r["ts"]) >= ns(last["ts"]) for r in c.recovered) or any(ns(g["ts"]) >= ns(last["since"]) for g in c.gaps):
        return None
    return "healthy, and the silence of %s never ended" % last["ts"]


def recovered_without_a_byte(c, _v):
    for r in c.recovered:
        if r["owes"] not in c.frames:
            continue
        began = next((s for s in reversed(c.silences) if ns(s["ts"]) <= ns(r["ts"])), None)
        lost = began and any(ns(began["since"]) <= ns(g["ts"]) <= ns(r["ts"]) + 1000 for g in c.gaps)
        if began and not lost and not c.opaque and not c.after(r["owes"], ns(began["ts"]) - 1, ns(r["ts"]) + 1000):
            return "recovered, and the %s sent nothing" % r["owes"]
    return None


def mode_is_not_the_first_cause(_c, v):
    if v["mode"] and (not v["causes"] or v["causes"][0]["mode"] != v["mode"] or v["causes"][0]["certainty"] != v["certainty"]):
        return "the mode is %s (%s), and the first cause is not" % (v["mode"], v["certainty"])
    return None


def grade_without_a_mode(_c, v):
    if v["stage"] and not v["mode"] and v["certainty"] != "cannot tell":
        return "no mode, and %s" % v["certainty"]
    grades = ["cannot tell", "likely", "certain"]
    order = [grades.index(c["certainty"]) for c in v["causes"]]
    return "causes are not in the order of their grades" if order != sorted(order, reverse=True) else None


def nobody_since(_c, v):
    if v["silent"] == "nobody" and v.get("since"):
        return "nobody is silent, since %s" % v["since"]
    if not v["stage"] and v["silent"] != "nobody":
        return "healthy, and the %s is silent" % v["silent"]
    return None


def silence_is_not_since(_c, v):
    since = since_of(v)
    if since is None or v.get("silence_s") is None:
        return None
    if since + v["silence_s"] * 10**9 > ns(v["ts"]) + 2 * 10**7:
        return "silent for %s s since %s, and it is only %s" % (v["silence_s"], v["since"], v["ts"])
    return None


def unanswered_hello_and_start_api(c, v):
    """K15."""
    if v["stage"] == "hello-unanswered" and c.after("client", 0, ns(v["ts"]), "startApi"):
        return "hello-unanswered, and the client sent startApi"
    return None


def version_outside_and_not_named(c, v):
    """K24."""
    hello = next((e["fields"] for _, name, e in c.frames["client"] if name == "hello"), None)
    reply = next((e["fields"] for _, name, e in c.frames["gateway"] if name == "version"), None)
    if not hello or not reply or not v["stage"] or "min" not in hello or reply.get("serverVersion", -1) < 0:
        return None
    if not hello["min"] <= reply["serverVersion"] <= hello["max"] and "version-range-miss" not in causes(v):
        return "version %d is outside %d to %d, and no cause" % (reply["serverVersion"], hello["min"], hello["max"])
    return None


def silent_while_undecodable(c, v):
    """K14."""
    if v["silent"] == "gateway" and v["stage"] and v["stage"].startswith("live") and "decode" not in v["says"] \
            and any(o["dir"] == "gateway" and ns(o["ts"]) <= ns(v["ts"]) for o in c.opaque):
        return "the gateway is silent, and its bytes do not decode"
    return None


def same_pacing_again(c, _v):
    """K13: once an episode."""
    run = 0
    for a, b in zip(c.pacing, c.pacing[1:]):
        run = run + 1 if a["what"] == b["what"] and ns(b["ts"]) - ns(a["ts"]) < 2 * 10**9 else 0
        if run >= 3:
            return "the same pacing event %d times in a row" % (run + 1)
    return None


def bytes_that_did_not_come(c, v):
    """Evidence of nobody's bytes beside a close that counted some."""
    if not c.close:
        return None
    got = re.search(r"^(\d+) from the client, (\d+) from the gateway", evidence(v, "bytes"))
    if got and v["final"] and (int(got.group(1)), int(got.group(2))) != (c.close["bytes"]["client"], c.close["bytes"]["gateway"]):
        return "%s, and the close counts %s" % (got.group(0), c.close["bytes"])
    return None


CHECKS = (
    silent_side_sent, nothing_came_and_bytes_did, certain_with_bytes_lost, stall_of_what_answers,
    stall_while_others_are_served, quiet_but_healthy_with_a_request, restart_while_others_go_on,
    malformed_without_a_request, order_swallowed_too_soon, tls_beside_a_reply, path_dead_and_acknowledged,
    link_lost_and_back, farm_broken_and_back, wedge_that_answered, next_asks_for_what_was_done, final_since_moves,
    cause_after_its_effect, nothing_open_and_something_is, healthy_with_a_request_past_its_time,
    healthy_while_a_silence_stands, recovered_without_a_byte, mode_is_not_the_first_cause, grade_without_a_mode,
    nobody_since, silence_is_not_since, unanswered_hello_and_start_api, version_outside_and_not_named,
    silent_while_undecodable, same_pacing_again, bytes_that_did_not_come,
)


def of_conn(conn):
    """(kind, sentence) for each contradiction in the verdicts of one connection; a kind once."""
    found = {}
    for verdict in conn.verdicts:
        for check in CHECKS:
            if check.__name__ not in found:
                said = check(conn, verdict)
                if said:
                    found[check.__name__] = said
    return list(found.items())


def of_run(conns, status):
    """The exit status against the final verdicts."""
    troubled = [c for c in conns.values() if c.final and c.final["stage"] and c.final["mode"] != "port-probe"]
    if status == 1 and not troubled and not any(c.silences for c in conns.values()):
        return [("status_of_the_healthy", "exit status 1, and every session is healthy")]
    if status == 0 and troubled:
        return [("status_of_the_troubled", "exit status 0, and %d sessions are in trouble" % len(troubled))]
    return []
