/* protobuf_c.h - the messages of the gateway as protobuf-c knows them (made by proto.py). */
#ifndef BENCH_PROTOBUF_C_H
#define BENCH_PROTOBUF_C_H
#include <protobuf-c/protobuf-c.h>

/* By the raw id of a frame; NULL: no such message. */
const ProtobufCMessageDescriptor *protobuf_c_of(uint32_t raw_id);
#endif
