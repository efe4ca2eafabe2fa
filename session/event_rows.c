/* The members of events and of what they point at, in the order in which they are packed. */
#include "event_rows.h"
#include "request.h"

#define OPAQUE_FIRST 16u /* bytes, see event.h */

/* clang-format off */
#define ROWS(of)         {(of), sizeof(of) / sizeof((of)[0])}
#define OF(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)

#define ROW(type, member, form)       {OF(type, member), form, 0, 0, NULL}
#define NUMBER(type, member)          ROW(type, member, TWS_ROW_NUMBER)
#define CHOICE(type, member, from, n) {OF(type, member), TWS_ROW_CHOICE, from, n, NULL}
#define YES_NO(type, member)          CHOICE(type, member, 0, 2)
#define PARTY(type, member)           CHOICE(type, member, TWS_NOBODY, TWS_NETWORK + 1)
#define SENDER(type, member)          CHOICE(type, member, TWS_CLIENT, TWS_GATEWAY + 1)
#define SLICE(type, member, max)      {OF(type, member), TWS_ROW_SLICE, 0, max, NULL}
#define PART(type, member, rows)      {OF(type, member), TWS_ROW_PART, 0, 0, &(rows)}
/* clang-format on */

/* ---- what events have in themselves ---- */

static const struct tws_member endpoint_members[] = {
    CHOICE(tws_endpoint, family, 0, 7),
    NUMBER(tws_endpoint, port),
    ROW(tws_endpoint, addr, TWS_ROW_RAW),
    NUMBER(tws_endpoint, scope),
};

static const struct tws_member last_members[] = {
    NUMBER(tws_last, n),
    NUMBER(tws_last, ts_ns),
    NUMBER(tws_last, id),
    YES_NO(tws_last, hello),
};

static const struct tws_member process_members[] = {
    NUMBER(tws_process, pid),
    CHOICE(tws_process, program, 0, TWS_PROGRAM_RELAY + 1),
    NUMBER(tws_process, state),
    ROW(tws_process, name, TWS_ROW_NAME),
};

static const struct tws_rows endpoint = ROWS(endpoint_members), last = ROWS(last_members),
                             process = ROWS(process_members);

static const struct tws_member kernel_members[] = {
    YES_NO(tws_kernel, known),         YES_NO(tws_kernel, upstream_known),
    NUMBER(tws_kernel, unacked),       NUMBER(tws_kernel, retransmits),
    NUMBER(tws_kernel, total_retrans), NUMBER(tws_kernel, last_ack_ms),
    NUMBER(tws_kernel, last_data_ms),  NUMBER(tws_kernel, unread),
    NUMBER(tws_kernel, unsent),        NUMBER(tws_kernel, rtt_us),
    YES_NO(tws_kernel, peer_known),    YES_NO(tws_kernel, peer_owned),
    NUMBER(tws_kernel, peer_unread),   YES_NO(tws_kernel, queue_known),
    NUMBER(tws_kernel, queue),         NUMBER(tws_kernel, backlog),
    NUMBER(tws_kernel, listener),      NUMBER(tws_kernel, listener_uid),
    PART(tws_kernel, owner, process),  NUMBER(tws_kernel, sibling),
    YES_NO(tws_kernel, all_seen),      PART(tws_kernel, idle, process),
};

static const struct tws_member others_members[] = {
    NUMBER(tws_others, live_answering), NUMBER(tws_others, live_silent),
    NUMBER(tws_others, new_unanswered), NUMBER(tws_others, new_answered),
    NUMBER(tws_others, open),
};

static const struct tws_member captured_members[] = {
    NUMBER(tws_captured, packets),        NUMBER(tws_captured, segments),
    NUMBER(tws_captured, dropped_kernel), NUMBER(tws_captured, dropped_interface),
    NUMBER(tws_captured, fragments),      NUMBER(tws_captured, unreadable),
    NUMBER(tws_captured, snapped),        NUMBER(tws_captured, bad_checksums),
    NUMBER(tws_captured, retransmitted),  NUMBER(tws_captured, out_of_order),
    NUMBER(tws_captured, differing),      NUMBER(tws_captured, evicted),
};

static const struct tws_rows kernel = ROWS(kernel_members), others = ROWS(others_members),
                             captured = ROWS(captured_members);

static const struct tws_member mark_members[] = {
    NUMBER(tws_mark, offset),
    NUMBER(tws_mark, length),
    CHOICE(tws_mark, kind, 0, TWS_MARK_KINDS),
    NUMBER(tws_mark, kept),
};

/* ---- the members of each kind ---- */

static const struct tws_member open_rows[] = {
    PART(tws_event, u.open.client, endpoint),
    PART(tws_event, u.open.gateway, endpoint),
    YES_NO(tws_event, u.open.midstream),
};

static const struct tws_member frame_rows[] = {
    SENDER(tws_event, u.frame.dir),
    NUMBER(tws_event, u.frame.n),
    CHOICE(tws_event, u.frame.form, 0, TWS_FORM_PROTOBUF + 1),
    YES_NO(tws_event, u.frame.guessed),
    NUMBER(tws_event, u.frame.offset),
    NUMBER(tws_event, u.frame.wire_len),
};

static const struct tws_member opaque_rows[] = {
    SENDER(tws_event, u.opaque.dir),
    CHOICE(tws_event, u.opaque.why, 0, TWS_OPAQUE_NO_FRAMES + 1),
    CHOICE(tws_event, u.opaque.foreign, 0, TWS_FOREIGN_OTHER + 1),
    NUMBER(tws_event, u.opaque.length),
    SLICE(tws_event, u.opaque.first, OPAQUE_FIRST),
};

static const struct tws_member stage_rows[] = {
    CHOICE(tws_event, u.stage.stage, 0, TWS_STAGES),
    NUMBER(tws_event, u.stage.took_ns),
    NUMBER(tws_event, u.stage.hello_min),
    NUMBER(tws_event, u.stage.hello_max),
    NUMBER(tws_event, u.stage.server_version),
    NUMBER(tws_event, u.stage.client_id),
};

static const struct tws_member request_rows[] = {
    NUMBER(tws_event, u.request.id),
    NUMBER(tws_event, u.request.key),
    CHOICE(tws_event, u.request.key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
    NUMBER(tws_event, u.request.asked_ns),
    NUMBER(tws_event, u.request.first_ns),
    NUMBER(tws_event, u.request.end_ns),
    NUMBER(tws_event, u.request.answers),
    CHOICE(tws_event, u.request.status, 0, TWS_REQ_LIVE + 1),
};

static const struct tws_member notice_rows[] = {
    NUMBER(tws_event, u.notice.code),
    NUMBER(tws_event, u.notice.req_id),
    SLICE(tws_event, u.notice.text, 0),
    CHOICE(tws_event, u.notice.class, 0, TWS_CLASSES),
    CHOICE(tws_event, u.notice.link, 0, TWS_LINK_EMPTY + 1),
};

static const struct tws_member pacing_rows[] = {
    CHOICE(tws_event, u.pacing.what, 0, TWS_PACE_TWICE + 1),
    NUMBER(tws_event, u.pacing.count),
    NUMBER(tws_event, u.pacing.limit),
    NUMBER(tws_event, u.pacing.window_ns),
};

static const struct tws_member silence_rows[] = {
    CHOICE(tws_event, u.silence.stage, TWS_TROUBLE_NONE + 1, TWS_TROUBLES),
    PARTY(tws_event, u.silence.owes),
    NUMBER(tws_event, u.silence.since_ns),
    NUMBER(tws_event, u.silence.waited_ns),
    PART(tws_event, u.silence.last_client, last),
    PART(tws_event, u.silence.last_gateway, last),
    PART(tws_event, u.silence.kernel, kernel),
    PART(tws_event, u.silence.others, others),
};

static const struct tws_member gap_rows[] = {
    SENDER(tws_event, u.gap.dir),
    NUMBER(tws_event, u.gap.missing),
    NUMBER(tws_event, u.gap.skipped),
    YES_NO(tws_event, u.gap.found),
};

static const struct tws_member close_rows[] = {
    PARTY(tws_event, u.close.by),
    CHOICE(tws_event, u.close.how, 0, TWS_UNREACHABLE + 1),
    ROW(tws_event, u.close.reason, TWS_ROW_TEXT),
    NUMBER(tws_event, u.close.bytes_client),
    NUMBER(tws_event, u.close.bytes_gateway),
    NUMBER(tws_event, u.close.frames_client),
    NUMBER(tws_event, u.close.frames_gateway),
    NUMBER(tws_event, u.close.digest_client),
    NUMBER(tws_event, u.close.digest_gateway),
    NUMBER(tws_event, u.close.lasted_ns),
};

static const struct tws_member drops_rows[] = {
    NUMBER(tws_event, u.drops.kernel),
    NUMBER(tws_event, u.drops.interface),
    NUMBER(tws_event, u.drops.received),
};

static const struct tws_member limit_rows[] = {
    CHOICE(tws_event, u.limit.what, 0, TWS_LIMITS),
    NUMBER(tws_event, u.limit.held),
    NUMBER(tws_event, u.limit.limit),
    YES_NO(tws_event, u.limit.over),
};

/* ---- the members of what events point at ---- */

static const struct tws_member farm_rows[] = {
    ROW(tws_farm, name, TWS_ROW_NAME),
    NUMBER(tws_farm, kind),
    CHOICE(tws_farm, state, 0, TWS_FARM_IDLE + 1),
    NUMBER(tws_farm, since_ns),
};

static const struct tws_member verdict_rows[] = {
    YES_NO(tws_verdict, final),
    YES_NO(tws_verdict, asked),
    CHOICE(tws_verdict, progress, 0, TWS_STAGES),
    CHOICE(tws_verdict, stage, 0, TWS_TROUBLES),
    PARTY(tws_verdict, silent),
    NUMBER(tws_verdict, since_ns),
    NUMBER(tws_verdict, silence_ns),
    CHOICE(tws_verdict, certainty, 0, TWS_CERTAIN + 1),
    ROW(tws_verdict, says, TWS_ROW_SAYS),
    ROW(tws_verdict, next, TWS_ROW_TEXT),
};

static const struct tws_member evidence_rows[] = {
    ROW(tws_evidence, what, TWS_ROW_WORDS),
    ROW(tws_evidence, value, TWS_ROW_SAYS),
    CHOICE(tws_evidence, source, 0, TWS_FROM_PROCESS + 1),
};

static const struct tws_member cause_rows[] = {
    CHOICE(tws_cause, certainty, 0, TWS_CERTAIN + 1),
    ROW(tws_cause, why, TWS_ROW_WORDS),
};

static const struct tws_member table_rows[] = {
    NUMBER(tws_requests, n),
    NUMBER(tws_requests, untracked),
};

static const struct tws_member open_request_rows[] = {
    NUMBER(tws_request, id),        CHOICE(tws_request, key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
    NUMBER(tws_request, key),       NUMBER(tws_request, asked_ns),
    NUMBER(tws_request, first_ns),  NUMBER(tws_request, last_ns),
    NUMBER(tws_request, answers),   NUMBER(tws_request, gap_ns),
    YES_NO(tws_request, settled),   YES_NO(tws_request, reported),
    YES_NO(tws_request, throttled), YES_NO(tws_request, suspect),
    YES_NO(tws_request, excused),
};

static const struct tws_member summary_rows[] = {
    NUMBER(tws_summary, connections),
    NUMBER(tws_summary, healthy),
    NUMBER(tws_summary, troubled),
    NUMBER(tws_summary, probes),
    NUMBER(tws_summary, refused),
    NUMBER(tws_summary, frames_client),
    NUMBER(tws_summary, frames_gateway),
    NUMBER(tws_summary, bytes_client),
    NUMBER(tws_summary, bytes_gateway),
    NUMBER(tws_summary, silences),
    NUMBER(tws_summary, recovered),
    NUMBER(tws_summary, opaque),
    NUMBER(tws_summary, odd_frames),
    NUMBER(tws_summary, unknown_ids),
    NUMBER(tws_summary, gaps),
    NUMBER(tws_summary, missing),
    PART(tws_summary, captured, captured),
    NUMBER(tws_summary, events_lost),
    NUMBER(tws_summary, blacked_out),
    NUMBER(tws_summary, lasted_ns),
};

const struct tws_rows tws_mark_rows = ROWS(mark_members);
const struct tws_rows tws_farm_rows = ROWS(farm_rows);
const struct tws_rows tws_verdict_rows = ROWS(verdict_rows);
const struct tws_rows tws_evidence_rows = ROWS(evidence_rows);
const struct tws_rows tws_cause_rows = ROWS(cause_rows);
const struct tws_rows tws_requests_rows = ROWS(table_rows);
const struct tws_rows tws_request_rows = ROWS(open_request_rows);
const struct tws_rows tws_summary_rows = ROWS(summary_rows);

/* What a verdict and a summary are is not in the event itself. */
const struct tws_rows tws_event_rows[TWS_EVENTS] = {
    [TWS_EV_OPEN] = ROWS(open_rows),       [TWS_EV_FRAME] = ROWS(frame_rows),
    [TWS_EV_OPAQUE] = ROWS(opaque_rows),   [TWS_EV_STAGE] = ROWS(stage_rows),
    [TWS_EV_REQUEST] = ROWS(request_rows), [TWS_EV_NOTICE] = ROWS(notice_rows),
    [TWS_EV_SILENCE] = ROWS(silence_rows), [TWS_EV_RECOVERED] = ROWS(silence_rows),
    [TWS_EV_GAP] = ROWS(gap_rows),         [TWS_EV_CLOSE] = ROWS(close_rows),
    [TWS_EV_PACING] = ROWS(pacing_rows),   [TWS_EV_DROPS] = ROWS(drops_rows),
    [TWS_EV_LIMIT] = ROWS(limit_rows),
};
