/* The members of events and of what they point at, in the order in which they are packed. */
#include "event_rows.h"
#include "request.h"
#include "state.h"

#define OPAQUE_FIRST 16u /* bytes, see event.h */

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

#define SOCKET_NUMBER(name, old) NUMBER(tws_kernel, name),

static const struct tws_member kernel_members[] = {
    YES_NO(tws_kernel, known),
    YES_NO(tws_kernel, upstream_known),
    TWS_KERNEL_SOCKET(SOCKET_NUMBER) /* each with its comma */
    YES_NO(tws_kernel, peer_known),
    YES_NO(tws_kernel, peer_owned),
    NUMBER(tws_kernel, peer_unread),
    YES_NO(tws_kernel, queue_known),
    NUMBER(tws_kernel, queue),
    NUMBER(tws_kernel, backlog),
    NUMBER(tws_kernel, listener),
    NUMBER(tws_kernel, listener_uid),
    PART(tws_kernel, owner, process),
    NUMBER(tws_kernel, sibling),
    YES_NO(tws_kernel, all_seen),
    PART(tws_kernel, idle, process),
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

static const struct tws_member wire_side_members[] = {
    NUMBER(tws_wire_side, unacked),       NUMBER(tws_wire_side, unacked_ns),
    NUMBER(tws_wire_side, retransmits),   NUMBER(tws_wire_side, retransmits_now),
    NUMBER(tws_wire_side, window_probes), NUMBER(tws_wire_side, syns),
    NUMBER(tws_wire_side, zero_ns),       NUMBER(tws_wire_side, zero_total_ns),
};

static const struct tws_rows wire_side = ROWS(wire_side_members);

static const struct tws_member wire_members[] = {
    YES_NO(tws_wire, known),           YES_NO(tws_wire, established),
    YES_NO(tws_wire, late_reset),      YES_NO(tws_wire, other_family),
    PART(tws_wire, client, wire_side), PART(tws_wire, gateway, wire_side),
};

static const struct tws_rows kernel = ROWS(kernel_members), wire = ROWS(wire_members),
                             others = ROWS(others_members), captured = ROWS(captured_members);

static const struct tws_member farm_members[] = {
    ROW(tws_farm, name, TWS_ROW_NAME),
    NUMBER(tws_farm, kind),
    CHOICE(tws_farm, state, 0, TWS_FARM_IDLE + 1),
    NUMBER(tws_farm, since_ns),
};

static const struct tws_rows farm = ROWS(farm_members);

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
    NUMBER(tws_event, u.request.code),
    SLICE(tws_event, u.request.text, 0),
};

static const struct tws_member notice_rows[] = {
    NUMBER(tws_event, u.notice.code),
    NUMBER(tws_event, u.notice.req_id),
    SLICE(tws_event, u.notice.text, 0),
    CHOICE(tws_event, u.notice.class, 0, TWS_CLASSES),
    CHOICE(tws_event, u.notice.link, 0, TWS_LINK_EMPTY + 1),
    PART(tws_event, u.notice.farm, farm),
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

static const struct tws_member facts_event_rows[] = {
    PARTY(tws_event, u.facts.closed),
    PART(tws_event, u.facts.others, others),
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

static const struct tws_member facts_rows[] = {
    NUMBER(tws_facts, taken_ns),
    PART(tws_facts, kernel, kernel),
    PART(tws_facts, wire, wire),
};

const struct tws_rows tws_facts_rows = ROWS(facts_rows);

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

/* ---- a session as a value ---- */

static const struct tws_member open_request_members[] = {
    NUMBER(tws_open_request, key),
    NUMBER(tws_open_request, asked_ns),
    NUMBER(tws_open_request, last_ns),
    NUMBER(tws_open_request, answers),
    NUMBER(tws_open_request, id),
    CHOICE(tws_open_request, key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
    CHOICE(tws_open_request, class, 0, TWS_REQ_ORDER + 1),
    YES_NO(tws_open_request, settled),
    YES_NO(tws_open_request, reported),
};

static const struct tws_rows open_request = ROWS(open_request_members);

static const struct tws_member open_members[] = {
    NUMBER(tws_open, more),
    LIST(tws_open, request[0], n, TWS_OPEN_SHOWN, open_request),
};

const struct tws_rows tws_open_rows = ROWS(open_members);

static const struct tws_member owed_request_members[] = {
    NUMBER(tws_owed_request, key),
    NUMBER(tws_owed_request, since_ns),
    NUMBER(tws_owed_request, allowance_ns),
    NUMBER(tws_owed_request, gap_ns),
    NUMBER(tws_owed_request, id),
    CHOICE(tws_owed_request, key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
    CHOICE(tws_owed_request, class, 0, TWS_REQ_ORDER + 1),
    NUMBER(tws_owed_request, done_id),
    YES_NO(tws_owed_request, answering),
    YES_NO(tws_owed_request, early),
    YES_NO(tws_owed_request, unlinked),
    NUMBER(tws_owed_request, done),
};

static const struct tws_rows owed_request = ROWS(owed_request_members);

static const struct tws_member owed_members[] = {
    YES_NO(tws_owed, any),
    CHOICE(tws_owed, trouble, 0, TWS_TROUBLES),
    PARTY(tws_owed, owes),
    YES_NO(tws_owed, quiet),
    NUMBER(tws_owed, since_ns),
    NUMBER(tws_owed, due_ns),
    PART(tws_owed, request, owed_request),
};

static const struct tws_member case_members[] = {
    NUMBER(tws_case, conn),        NUMBER(tws_case, at_ns),       NUMBER(tws_case, client_id),
    PART(tws_case, last[0], last), PART(tws_case, last[1], last), PART(tws_case, client, endpoint),
};

static const struct tws_member refusal_members[] = {
    NUMBER(tws_refusal, code),
    YES_NO(tws_refusal, settled),
    NUMBER(tws_refusal, id),
    CHOICE(tws_refusal, key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
    CHOICE(tws_refusal, certainty, 0, TWS_CERTAIN + 1),
    YES_NO(tws_refusal, all),
    NUMBER(tws_refusal, missing),
    NUMBER(tws_refusal, extra),
    NUMBER(tws_refusal, open),
    NUMBER(tws_refusal, errors),
    NUMBER(tws_refusal, key),
    NUMBER(tws_refusal, at_ns),
    NUMBER(tws_refusal, asked_ns),
    ROW(tws_refusal, text, TWS_ROW_NAME),
};

static const struct tws_member part_members[] = {
    NUMBER(tws_part, have),
    NUMBER(tws_part, want),
};

static const struct tws_member range_members[] = {
    NUMBER(tws_version_range, min),
    NUMBER(tws_version_range, max),
    YES_NO(tws_version_range, odd),
};

static const struct tws_member upstream_members[] = {
    CHOICE(tws_upstream, link, 0, TWS_LINK_EMPTY + 1),
    NUMBER(tws_upstream, link_ns),
    LIST(tws_upstream, farm[0], n, TWS_FARMS_MAX, farm),
};

static const struct tws_rows owed = ROWS(owed_members), remembered = ROWS(case_members),
                             refusal = ROWS(refusal_members), part = ROWS(part_members),
                             range = ROWS(range_members), upstream = ROWS(upstream_members);

static const struct tws_member progress_members[] = {
    CHOICE(tws_progress, stage, 0, TWS_STAGES),
    CHOICE(tws_progress, at_close, 0, TWS_STAGES),
    NUMBER(tws_progress, stages),
    NUMBER(tws_progress, since_ns),
    NUMBER(tws_progress, took_us[TWS_STAGE_NONE]),
    NUMBER(tws_progress, took_us[TWS_TCP]),
    NUMBER(tws_progress, took_us[TWS_HELLO]),
    NUMBER(tws_progress, took_us[TWS_VERSION]),
    NUMBER(tws_progress, took_us[TWS_START]),
    NUMBER(tws_progress, took_us[TWS_READY]),
    NUMBER(tws_progress, took_us[TWS_LIVE]),
    NUMBER(tws_progress, hello_min),
    NUMBER(tws_progress, hello_max),
    NUMBER(tws_progress, server_version),
    PART(tws_progress, inferred, range),
    NUMBER(tws_progress, version_first_ns),
    NUMBER(tws_progress, version_last_ns),
    NUMBER(tws_progress, version_pieces),
    NUMBER(tws_progress, client_id),
    PART(tws_progress, hello, part),
};

static const struct tws_member side_members[] = {
    NUMBER(tws_side_state, bytes),
    NUMBER(tws_side_state, frames),
    NUMBER(tws_side_state, spoke_ns),
    PART(tws_side_state, last, last),
    CHOICE(tws_side_state, foreign, 0, TWS_FOREIGN_OTHER + 1),
    YES_NO(tws_side_state, opaque),
    PART(tws_side_state, part, part),
    NUMBER(tws_side_state, missing),
    NUMBER(tws_side_state, lost_ns),
    NUMBER(tws_side_state, unread_ns),
};

static const struct tws_member lapse_members[] = {
    NUMBER(tws_lapse, key),  NUMBER(tws_lapse, at_ns),
    NUMBER(tws_lapse, code), NUMBER(tws_lapse, what),
    NUMBER(tws_lapse, id),   CHOICE(tws_lapse, key_kind, 0, TWS_KEY_BY_RULE_ID + 1),
};

static const struct tws_rows lapse = ROWS(lapse_members);

static const struct tws_member demand_members[] = {
    NUMBER(tws_demand, owed),           YES_NO(tws_demand, order),
    YES_NO(tws_demand, time),           YES_NO(tws_demand, suspect),
    YES_NO(tws_demand, reads),          YES_NO(tws_demand, answered),
    YES_NO(tws_demand, early),          NUMBER(tws_demand, streams),
    NUMBER(tws_demand, streams_silent), PART(tws_demand, oldest, owed_request),
    NUMBER(tws_demand, lapses),         PART(tws_demand, lapse, lapse),
};

static const struct tws_member service_members[] = {
    NUMBER(tws_service, from_ns),
    NUMBER(tws_service, last_ns),
    NUMBER(tws_service, gap_ns),
    YES_NO(tws_service, rests),
};

static const struct tws_member port_members[] = {
    PART(tws_neighbours, others, others),     YES_NO(tws_neighbours, unanswered),
    NUMBER(tws_neighbours, unanswered_run),   YES_NO(tws_neighbours, answered_since),
    NUMBER(tws_neighbours, early_closes),     NUMBER(tws_neighbours, visits),
    YES_NO(tws_neighbours, closed_together),  NUMBER(tws_neighbours, refused_ns),
    YES_NO(tws_neighbours, lost_1100),        PART(tws_neighbours, served, remembered),
    PART(tws_neighbours, victim, remembered), NUMBER(tws_neighbours, ended_ns),
    NUMBER(tws_neighbours, holder),
};

static const struct tws_member parted_members[] = {
    NUMBER(tws_parted, second_ns),     NUMBER(tws_parted, client_bytes),
    NUMBER(tws_parted, client_ns),     NUMBER(tws_parted, paced),
    YES_NO(tws_parted, first_of_form), YES_NO(tws_parted, form_answered),
    NUMBER(tws_parted, stayed),        NUMBER(tws_parted, went_on_ns),
};

static const struct tws_rows parted = ROWS(parted_members);

static const struct tws_rows progress = ROWS(progress_members), side = ROWS(side_members),
                             demand = ROWS(demand_members), service = ROWS(service_members),
                             port = ROWS(port_members);

static const struct tws_member state_rows[] = {
    YES_NO(tws_state, final),
    YES_NO(tws_state, asked),
    NUMBER(tws_state, at_ns),
    NUMBER(tws_state, until_ns),
    NUMBER(tws_state, opened_ns),
    NUMBER(tws_state, handshake_ns),
    PART(tws_state, client, endpoint),
    PART(tws_state, gateway, endpoint),
    YES_NO(tws_state, midstream),
    YES_NO(tws_state, logged),
    NUMBER(tws_state, conn),
    NUMBER(tws_state, seen),
    NUMBER(tws_state, last_code),
    PART(tws_state, progress, progress),
    PART(tws_state, side[0], side),
    PART(tws_state, side[1], side),
    NUMBER(tws_state, gaps),
    YES_NO(tws_state, packets_lost),
    PARTY(tws_state, first_closed),
    CHOICE(tws_state, how_closed, 0, TWS_UNREACHABLE + 1),
    NUMBER(tws_state, late_ns),
    PART(tws_state, owed, owed),
    CHOICE(tws_state, silence, 0, TWS_TROUBLES),
    PARTY(tws_state, silent_owes),
    NUMBER(tws_state, silent_from_ns),
    NUMBER(tws_state, longest_ns),
    CHOICE(tws_state, stall, 0, TWS_STALL_PATH + 1),
    NUMBER(tws_state, stall_ns),
    PART(tws_state, demand, demand),
    PART(tws_state, service, service),
    NUMBER(tws_state, odd_missing),
    NUMBER(tws_state, odd_extra),
    NUMBER(tws_state, busiest),
    PART(tws_state, refusal, refusal),
    PART(tws_state, upstream, upstream),
    PART(tws_state, port, port),
    PART(tws_state, facts, tws_facts_rows),
    NUMBER(tws_state, slept_ns),
    PART(tws_state, open, tws_open_rows),
    PART(tws_state, parted, parted),
};

const struct tws_rows tws_state_rows = ROWS(state_rows);

const struct tws_rows tws_summary_rows = ROWS(summary_rows);

/* What facts, a state, a verdict and a summary are is not in the event itself. */
const struct tws_rows tws_event_rows[TWS_EVENTS] = {
    [TWS_EV_OPEN] = ROWS(open_rows),       [TWS_EV_FRAME] = ROWS(frame_rows),
    [TWS_EV_OPAQUE] = ROWS(opaque_rows),   [TWS_EV_STAGE] = ROWS(stage_rows),
    [TWS_EV_REQUEST] = ROWS(request_rows), [TWS_EV_NOTICE] = ROWS(notice_rows),
    [TWS_EV_SILENCE] = ROWS(silence_rows), [TWS_EV_RECOVERED] = ROWS(silence_rows),
    [TWS_EV_GAP] = ROWS(gap_rows),         [TWS_EV_CLOSE] = ROWS(close_rows),
    [TWS_EV_PACING] = ROWS(pacing_rows),   [TWS_EV_DROPS] = ROWS(drops_rows),
    [TWS_EV_LIMIT] = ROWS(limit_rows),     [TWS_EV_FACTS] = ROWS(facts_event_rows),
};
