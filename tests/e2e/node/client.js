// client.js - a session of @stoqey/ib through the proxy, told on standard output, an event a line.
//
//   node client.js PORT PATIENCE_MS
//
// It connects, and when it is welcomed asks for the time, a contract and ticks; it leaves when all
// of them have come or its patience is over.
"use strict";
const { IBApi, EventName, SecType } = require("@stoqey/ib");

const port = Number(process.argv[2]);
const patience = Number(process.argv[3]);
const wanted = new Set(["connected", "nextValidId", "managedAccounts", "currentTime", "contractDetails", "tick"]);
const api = new IBApi({ host: "127.0.0.1", port, clientId: 7 });

function say(what) {
    process.stdout.write(what + "\n");
    wanted.delete(what);
    if (wanted.size === 0)
        leave("done");
}

function leave(why) {
    process.stdout.write("leaves: " + why + "\n");
    api.disconnect();
    setTimeout(() => process.exit(0), 100);
}

let asked = false;
let welcomes = 0;
function welcomed() {
    welcomes++;
    if (welcomes < 2 || asked)
        return;
    asked = true;
    const stock = { symbol: "AAPL", secType: SecType.STK, exchange: "SMART", currency: "USD" };
    api.reqCurrentTime();
    api.reqContractDetails(1001, stock);
    api.reqMktData(1002, stock, "", false, false);
}

api.on(EventName.connected, () => say("connected"));
api.once(EventName.nextValidId, () => { say("nextValidId"); welcomed(); });
api.once(EventName.managedAccounts, () => { say("managedAccounts"); welcomed(); });
api.once(EventName.currentTime, () => say("currentTime"));
api.once(EventName.contractDetails, () => say("contractDetails"));
api.once(EventName.tickPrice, () => say("tick"));
api.on(EventName.error, (error, code) => process.stdout.write("error " + code + " " + error.message + "\n"));
api.on(EventName.disconnected, () => process.stdout.write("disconnected\n"));
setTimeout(() => leave("out of patience"), patience);
api.connect();
