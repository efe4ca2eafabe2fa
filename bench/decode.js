/* How fast the decoder of @stoqey/ib takes a stream of text frames apart.
 *
 *   node decode.js FOLDER-OF-NODE_MODULES FILE
 *
 * FILE: whole frames with their lengths, server version 176. */
"use strict";
const fs = require("fs");
const path = require("path");
const { Decoder } = require(path.join(process.argv[2], "node_modules/@stoqey/ib/dist/core/io/decoder"));

const bytes = fs.readFileSync(process.argv[3]);
let events = 0;
const callback = { serverVersion: 176, emitEvent() { events++; }, emitError() {}, emitInfo() {} };
const decoder = new Decoder(callback);

function once() {
    let frames = 0;
    for (let at = 0; at + 4 <= bytes.length; frames++) {
        const len = bytes.readUInt32BE(at);
        const tokens = bytes.toString("utf8", at + 4, at + 4 + len).split("\0");
        tokens.pop();
        decoder.enqueueMessage(tokens);
        decoder.process();
        at += 4 + len;
    }
    return frames;
}

once();
let frames = 0, rounds = 0, took;
const began = process.hrtime.bigint();
do {
    frames += once();
    rounds++;
    took = Number(process.hrtime.bigint() - began) / 1e9;
} while (took < 1);
console.log(JSON.stringify({ bytes: rounds * bytes.length, frames, s: took, values: 0, events }));
