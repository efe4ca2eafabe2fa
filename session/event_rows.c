/* The members of events and of what they point at, in the order in which they are packed. */
#include "event_rows.h"
#include "request.h"

#define OPAQUE_FIRST 16u /* bytes, see event.h */

/* clang-format off */
#define OF(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define EVENT(member)    OF(tws_event, u.member)
#define ROWS(of)         {of, sizeof of / sizeof of[0]}

#define NUM(member)      {EVENT(member), TWS_ROW_NUMBER, 0, 0}
#define ENUM(member, n)  {EVENT(member), TWS_ROW_CHOICE, 0, n}
#define YES_NO(member)   ENUM(member, 2)
#define PARTY(member)    ENUM(member, TWS_NETWORK + 1)
#define SENDER(member)   {EVENT(member), TWS_ROW_CHOICE, TWS_CLIENT, TWS_GATEWAY + 1}
#define ENDPOINT(member)                                                                           \
    ENUM(member.family, 7), NUM(member.port), {EVENT(member.addr), TWS_ROW_RAW, 0, 0},             \
    NUM(member.scope)
#define LAST(member) NUM(member.n), NUM(member.ts_ns), NUM(member.id), YES_NO(member.hello)
#define PROCESS(member)                                                                            \
    NUM(member.pid), ENUM(member.program, TWS_PROGRAM_RELAY + 1), NUM(member.state),               \
    {EVENT(member.name), TWS_ROW_NAME, 0, 0}

#define FARM(member)     {OF(tws_farm, member), TWS_ROW_NUMBER, 0, 0}
#define VERDICT(member)  {OF(tws_verdict, member), TWS_ROW_NUMBER, 0, 0}
#define REQUEST(member)  {OF(tws_request, member), TWS_ROW_NUMBER, 0, 0}
#define SUMMARY(member)  {OF(tws_summary, member), TWS_ROW_NUMBER, 0, 0}
#define CAPTURED(member) SUMMARY(captured.member)
/* clang-format on */

/* ---- the members of each kind ---- */

static const struct tws_member open_rows[] = {
    ENDPOINT(open.client),
    ENDPOINT(open.gateway),
    YES_NO(open.midstream),
};

static const struct tws_member frame_rows[] = {
    SENDER(frame.dir),
    NUM(frame.n),
    ENUM(frame.form, TWS_FORM_PROTOBUF + 1),
    YES_NO(frame.guessed),
};

static const struct tws_member opaque_rows[] = {
    SENDER(opaque.dir),
    ENUM(opaque.why, TWS_OPAQUE_NO_FRAMES + 1),
    ENUM(opaque.foreign, TWS_FOREIGN_OTHER + 1),
    NUM(opaque.length),
    {EVENT(opaque.first), TWS_ROW_SLICE, 0, OPAQUE_FIRST},
};

static const struct tws_member stage_rows[] = {
    ENUM(stage.stage, TWS_STAGES), NUM(stage.took_ns),        NUM(stage.hello_min),
    NUM(stage.hello_max),          NUM(stage.server_version), NUM(stage.client_id),
};

static const struct tws_member request_rows[] = {
    NUM(request.id),
    NUM(request.key),
    ENUM(request.key_kind, TWS_KEY_BY_RULE_ID + 1),
    NUM(request.asked_ns),
    NUM(request.first_ns),
    NUM(request.end_ns),
    NUM(request.answers),
    ENUM(request.status, TWS_REQ_LIVE + 1),
};

static const struct tws_member notice_rows[] = {
    NUM(notice.code),
    NUM(notice.req_id),
    {EVENT(notice.text), TWS_ROW_SLICE, 0, 0},
    ENUM(notice.class, TWS_CLASSES),
    ENUM(notice.link, TWS_LINK_EMPTY + 1),
};

static const struct tws_member pacing_rows[] = {
    ENUM(pacing.what, TWS_PACE_TWICE + 1),
    NUM(pacing.count),
    NUM(pacing.limit),
    NUM(pacing.window_ns),
};

static const struct tws_member silence_rows[] = {
    {EVENT(silence.stage), TWS_ROW_CHOICE, TWS_TROUBLE_NONE + 1, TWS_TROUBLES},
    PARTY(silence.owes),
    NUM(silence.since_ns),
    NUM(silence.waited_ns),
    LAST(silence.last_client),
    LAST(silence.last_gateway),
    YES_NO(silence.kernel.known),
    YES_NO(silence.kernel.upstream_known),
    NUM(silence.kernel.unacked),
    NUM(silence.kernel.retransmits),
    NUM(silence.kernel.total_retrans),
    NUM(silence.kernel.last_ack_ms),
    NUM(silence.kernel.last_data_ms),
    NUM(silence.kernel.unread),
    NUM(silence.kernel.unsent),
    NUM(silence.kernel.rtt_us),
    YES_NO(silence.kernel.peer_known),
    YES_NO(silence.kernel.peer_owned),
    NUM(silence.kernel.peer_unread),
    YES_NO(silence.kernel.queue_known),
    NUM(silence.kernel.queue),
    NUM(silence.kernel.backlog),
    NUM(silence.kernel.listener),
    NUM(silence.kernel.listener_uid),
    PROCESS(silence.kernel.owner),
    NUM(silence.kernel.sibling),
    YES_NO(silence.kernel.all_seen),
    PROCESS(silence.kernel.idle),
    NUM(silence.others.live_answering),
    NUM(silence.others.live_silent),
    NUM(silence.others.new_unanswered),
    NUM(silence.others.new_answered),
    NUM(silence.others.open),
};

static const struct tws_member gap_rows[] = {
    SENDER(gap.dir),
    NUM(gap.missing),
    NUM(gap.skipped),
    YES_NO(gap.found),
};

static const struct tws_member close_rows[] = {
    PARTY(close.by),
    ENUM(close.how, TWS_UNREACHABLE + 1),
    {EVENT(close.reason), TWS_ROW_TEXT, 0, 0},
    NUM(close.bytes_client),
    NUM(close.bytes_gateway),
    NUM(close.frames_client),
    NUM(close.frames_gateway),
    NUM(close.digest_client),
    NUM(close.digest_gateway),
    NUM(close.lasted_ns),
};

static const struct tws_member drops_rows[] = {
    NUM(drops.kernel),
    NUM(drops.interface),
    NUM(drops.received),
};

static const struct tws_member limit_rows[] = {
    ENUM(limit.what, TWS_LIMITS),
    NUM(limit.held),
    NUM(limit.limit),
    YES_NO(limit.over),
};

/* ---- the members of what events point at ---- */

static const struct tws_member farm_rows[] = {
    {OF(tws_farm, name), TWS_ROW_NAME, 0, 0},
    FARM(kind),
    {OF(tws_farm, state), TWS_ROW_CHOICE, 0, TWS_FARM_IDLE + 1},
    FARM(since_ns),
};

static const struct tws_member verdict_rows[] = {
    {OF(tws_verdict, final), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_verdict, asked), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_verdict, progress), TWS_ROW_CHOICE, 0, TWS_STAGES},
    {OF(tws_verdict, stage), TWS_ROW_CHOICE, 0, TWS_TROUBLES},
    {OF(tws_verdict, silent), TWS_ROW_CHOICE, 0, TWS_NETWORK + 1},
    VERDICT(since_ns),
    VERDICT(silence_ns),
    {OF(tws_verdict, certainty), TWS_ROW_CHOICE, 0, TWS_CERTAIN + 1},
    {OF(tws_verdict, says), TWS_ROW_SAYS, 0, 0},
    {OF(tws_verdict, next), TWS_ROW_TEXT, 0, 0},
};

static const struct tws_member evidence_rows[] = {
    {OF(tws_evidence, what), TWS_ROW_WORDS, 0, 0},
    {OF(tws_evidence, value), TWS_ROW_SAYS, 0, 0},
    {OF(tws_evidence, source), TWS_ROW_CHOICE, 0, TWS_FROM_PROCESS + 1},
};

static const struct tws_member cause_rows[] = {
    {OF(tws_cause, certainty), TWS_ROW_CHOICE, 0, TWS_CERTAIN + 1},
    {OF(tws_cause, why), TWS_ROW_WORDS, 0, 0},
};

static const struct tws_member table_rows[] = {
    {OF(tws_requests, n), TWS_ROW_NUMBER, 0, 0},
    {OF(tws_requests, untracked), TWS_ROW_NUMBER, 0, 0},
};

static const struct tws_member open_request_rows[] = {
    REQUEST(id),
    {OF(tws_request, key_kind), TWS_ROW_CHOICE, 0, TWS_KEY_BY_RULE_ID + 1},
    REQUEST(key),
    REQUEST(asked_ns),
    REQUEST(first_ns),
    REQUEST(last_ns),
    REQUEST(answers),
    REQUEST(gap_ns),
    {OF(tws_request, settled), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_request, reported), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_request, throttled), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_request, suspect), TWS_ROW_CHOICE, 0, 2},
    {OF(tws_request, excused), TWS_ROW_CHOICE, 0, 2},
};

static const struct tws_member summary_rows[] = {
    SUMMARY(connections),
    SUMMARY(healthy),
    SUMMARY(troubled),
    SUMMARY(probes),
    SUMMARY(refused),
    SUMMARY(frames_client),
    SUMMARY(frames_gateway),
    SUMMARY(bytes_client),
    SUMMARY(bytes_gateway),
    SUMMARY(silences),
    SUMMARY(recovered),
    SUMMARY(opaque),
    SUMMARY(odd_frames),
    SUMMARY(unknown_ids),
    SUMMARY(gaps),
    SUMMARY(missing),
    CAPTURED(packets),
    CAPTURED(segments),
    CAPTURED(dropped_kernel),
    CAPTURED(dropped_interface),
    CAPTURED(fragments),
    CAPTURED(unreadable),
    CAPTURED(snapped),
    CAPTURED(bad_checksums),
    CAPTURED(retransmitted),
    CAPTURED(out_of_order),
    CAPTURED(differing),
    CAPTURED(evicted),
    SUMMARY(events_lost),
    SUMMARY(blacked_out),
    SUMMARY(lasted_ns),
};

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
