#include "flow.h"

#define SECOND_NS 1000000000ull

void flow_config_default(struct flow_config *c)
{
    *c = (struct flow_config){
        .any_port = true,
        .max_connections = 16384,
        .max_held = 8u * 1024u * 1024u,
        .idle_ns = 60 * SECOND_NS,
        .limits = {REASM_GRACE_NS, REASM_TIMEOUT_NS, REASM_STORE},
    };
}
