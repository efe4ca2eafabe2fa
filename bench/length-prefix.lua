-- length-prefix.lua - the least that a Wireshark dissector of the TWS API has to do: reassemble,
-- and cut the stream into frames of a 4-byte big-endian length and that many bytes.
-- `scripts/bench capture` sets twstap beside tshark with it; the port comes as `-X lua_script1:PORT`.

local PREFIX = 4
local LONGEST = 16777215 -- bytes of a frame: above it the framing is taken for lost

local tws = Proto("twsframe", "TWS API frame")
local length = ProtoField.uint32("twsframe.length", "Length")
local id = ProtoField.string("twsframe.id", "Id")
tws.fields = {length, id}

local function frame_length(buffer, _, offset)
    return PREFIX + math.min(buffer(offset, PREFIX):uint(), LONGEST)
end

local function frame(buffer, _, tree)
    local item = tree:add(tws, buffer())
    item:add(length, buffer(0, PREFIX))
    if buffer:len() > PREFIX then
        item:add(id, buffer(PREFIX, math.min(3, buffer:len() - PREFIX)))
    end
    return buffer:len()
end

-- The hello begins with an unframed "API\0".
local HELLO = 0x41504900

function tws.dissector(buffer, info, tree)
    if buffer:len() >= PREFIX and buffer(0, PREFIX):uint() == HELLO then
        buffer = buffer(PREFIX):tvb()
    end
    dissect_tcp_pdus(buffer, tree, PREFIX, frame_length, frame)
    return buffer:len()
end

DissectorTable.get("tcp.port"):add(tonumber((...)), tws)
