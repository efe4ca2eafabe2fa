-- The program of the dissector; `messages`, `records` and `names` stand before it.

local FRAME_MAX = 0xffffff      -- the longest payload that official clients accept
local RAW_ID_SINCE = 201        -- from this server version on ids are four bytes
local PROTOBUF = 200            -- raw id = id + 200 in the protobuf form
-- Assumed where the version reply was not seen: what most clients speak, and what raw ids begin with.
local COMMON_TEXT, NEWEST_TEXT = 178, 200
local DEPTH = 6                 -- of protobuf messages in messages
local PORTS = {4001, 4002, 7496, 7497}

local tws = Proto("tws", "TWS API")
local F = {}
F.frame_len = ProtoField.uint32("tws.frame.len", "Length")
F.msg_id = ProtoField.int32("tws.frame.id", "Message id")
F.message = ProtoField.string("tws.frame.name", "Message")
F.from = ProtoField.string("tws.frame.from", "From")
F.form = ProtoField.string("tws.frame.form", "Form")
F.server_version = ProtoField.uint32("tws.frame.server_version", "Server version")
F.hello = ProtoField.string("tws.frame.hello", "Client's versions")
F.extra = ProtoField.string("tws.frame.extra", "Beyond the schema")

-- A field for each name of the schema: tws.price, tws.tickType, ...
local function declare(fields)
  for _, f in ipairs(fields) do
    for _, name in ipairs({f[1], f.c}) do
      if not F["v_" .. name] then
        F["v_" .. name] = ProtoField.string("tws." .. name, name)
      end
    end
  end
end
for _, r in pairs(records) do declare(r) end
for _, side in pairs(messages) do
  for _, m in pairs(side) do declare(m.fields) end
end
tws.fields = F

local unknown_id = ProtoExpert.new("tws.unknown_id", "Unknown message id", expert.group.UNDECODED,
  expert.severity.WARN)
local malformed = ProtoExpert.new("tws.malformed", "Not valid protobuf", expert.group.MALFORMED,
  expert.severity.ERROR)
tws.experts = {unknown_id, malformed}

local tcp_stream = Field.new("tcp.stream")

-- ---- what is known of each connection ----

local conversations = {}

function tws.init()
  conversations = {}
end

local function conversation()
  local stream = tcp_stream()
  local key = stream and stream.value or 0
  conversations[key] = conversations[key] or {versions = {}}
  return conversations[key]
end

local is_port = {}
for _, port in ipairs(PORTS) do is_port[port] = true end

-- Who says hello is the client; else a known port tells, then what was said (see `vote`).
local function side_of(pinfo, c)
  if c.client_port then return pinfo.src_port == c.client_port and "client" or "gateway" end
  if is_port[pinfo.src_port] ~= is_port[pinfo.dst_port] then
    return is_port[pinfo.src_port] and "gateway" or "client"
  end
  if c.voted_port then return pinfo.src_port == c.voted_port and "client" or "gateway" end
  return pinfo.src_port < pinfo.dst_port and "gateway" or "client"
end

-- The version that was negotiated before or in this packet.
local function version_at(c, number)
  local version
  for _, v in ipairs(c.versions) do
    if v.number <= number then version = v.version end
  end
  return version
end

-- ---- values ----

local function readable(f, value)
  local n = f.v and names[f.v]
  if not n or value == "" then return nil end
  if not n.bits then return n[value] end
  local bits, number, words = 0, tonumber(value) or 0, {}
  while number >= 1 do
    if number % 2 == 1 then words[#words + 1] = n[tostring(bits)] or ("bit " .. bits) end
    number = math.floor(number / 2)
    bits = bits + 1
  end
  return #words > 0 and table.concat(words, ", ") or nil
end

local function add_value(tree, f, range, value)
  local item = tree:add(F["v_" .. f[1]], range, value)
  local words = readable(f, value)
  if words then item:append_text(" (" .. words .. ")") end
end

-- ---- text ----

local function split(tvb, offset)
  local fields = {}
  local bytes = tvb:bytes(offset):raw()
  local from = 1
  while from <= #bytes do
    local nul = bytes:find("\0", from, true) or #bytes + 1
    fields[#fields + 1] = {value = bytes:sub(from, nul - 1), at = offset + from - 1,
      len = nul - from}
    from = nul + 1
  end
  return fields
end

local function number_of(text)
  local n = tonumber(text)
  return n and n < 1.7e308 and n or nil
end

local function is_true(atom, w)
  local name, op, value = atom:match("^(%w+)([!=<>]=?)(.*)$")
  if not name then
    local list
    name, list = atom:match("^(%w+) in%((.*)%)$")
    local said = name == "version" and tostring(w.mv) or w.said[name]
    if not said then return false end
    for one in list:gmatch("[^,]+") do
      if said == one then return true end
    end
    return false
  end
  if name == "remaining" then return #w.fields - w.at + 1 >= tonumber(value) end
  local said = name == "version" and tostring(w.mv) or w.said[name]
  if not said then return false end
  if op == "==" then return said == value end
  if op == "!=" then return said ~= value end
  local a, b = number_of(said), tonumber(value)
  if not a then return false end
  if op == ">" then return a > b end
  if op == ">=" then return a >= b end
  return a < b
end

local function holds(expression, w)
  for alternative in (expression .. "|"):gmatch("([^|]*)|") do
    local all = true
    for atom in (alternative .. "&&"):gmatch("(.-)&&") do
      all = all and is_true(atom, w)
    end
    if all then return true end
  end
  return false
end

local function present(f, w)
  return f.i and w.version >= (f.s or 0) and w.version < (f.u or math.huge)
    and w.mv >= (f.m or 0) and (not f.w or holds(f.w, w))
end

local text_rows

-- The group that the row before `row` counts: its body `count` times.  The row behind the body.
local function text_group(w, tree, row, depth, name, count)
  local body_end = row
  while w.rows[body_end] and (w.rows[body_end].i or -1) >= depth do body_end = body_end + 1 end
  if count < 1 or w.at > #w.fields then return body_end end
  local list = tree:add(F["v_" .. name], w.tvb(w.fields[w.at].at, 0), tostring(count))
  local bare = body_end - row == 1
  for _ = 1, count do
    local before = w.at
    if w.at > #w.fields then break end
    local item = bare and list or list:add(tws, w.tvb(w.fields[w.at].at, 0), "item")
    text_rows(w, item, row, body_end, depth)
    if w.at == before then break end
  end
  return body_end
end

text_rows = function(w, tree, row, stop, depth)
  while row < stop and w.at <= #w.fields do
    local f = w.rows[row]
    row = row + 1
    if f.i == depth and present(f, w) then
      local field = w.fields[w.at]
      w.at = w.at + 1
      add_value(tree, f, w.tvb(field.at, field.len), field.value)
      if depth == 0 or f[1] == "conditionType" then w.said[f[1]] = field.value end
      if f[1] == "version" and depth == 0 then w.mv = tonumber(field.value) or math.huge end
      if f.c then
        row = text_group(w, tree, row, depth + 1, f.c, tonumber(field.value) or 0)
      end
    end
  end
  return row
end

local function dissect_text(tvb, offset, tree, rows, version)
  local w = {tvb = tvb, fields = split(tvb, offset), at = 1, rows = rows, version = version,
    mv = math.huge, said = {}}
  local row = text_rows(w, tree, 1, #rows + 1, 0)
  for i = w.at, #w.fields do
    tree:add(F.extra, tvb(w.fields[i].at, w.fields[i].len), w.fields[i].value)
  end
  return w, row
end

-- ---- protobuf ----

-- The number at `at` as its low and high 32 bits, and the place behind it; nil where there is none.
local function varint(tvb, at, stop)
  local low, high = 0, 0
  for i = 0, 9 do
    if at >= stop then return nil end
    local byte = tvb(at, 1):uint()
    local bits = byte % 128
    at = at + 1
    if i < 4 then
      low = low + bits * 2 ^ (7 * i)
    elseif i == 4 then
      low = low + (bits % 16) * 2 ^ 28
      high = high + math.floor(bits / 16)
    else
      high = high + (bits * 2 ^ (7 * i - 32)) % 2 ^ 32
    end
    if byte < 128 then return low, high, at end
  end
  return nil
end

local function signed(low, high)
  if high == 0 then return string.format("%.0f", low) end
  return tostring(Int64.new(low, high))
end

local function short_double(range)
  local d = range:le_float()
  for digits = 15, 17 do
    local text = string.format("%." .. digits .. "g", d)
    if tonumber(text) == d then return text end
  end
  return tostring(d)
end

local WIRE = {int = 0, int_max = 0, bool = 0, mask = 0, epoch_s = 0, epoch_ms = 0, double = 1,
  double_max = 1}

local function row_of(rows, tag)
  for _, f in ipairs(rows) do
    if f.t == tag then return f end
  end
end

local function value_text(f, wire, low, high)
  if f and (f.p or f[2]) == "bool" then return low == 0 and high == 0 and "0" or "1" end
  return signed(low, high)
end

local dissect_record

local function packed(tvb, at, stop, tree, f, want)
  while at < stop do
    local low, high, after
    if want == 1 then
      if at + 8 > stop then return end
      add_value(tree, f, tvb(at, 8), short_double(tvb(at, 8)))
      at = at + 8
    else
      low, high, after = varint(tvb, at, stop)
      if not low then return end
      add_value(tree, f, tvb(at, after - at), value_text(f, 0, low, high))
      at = after
    end
  end
end

local function bytes_field(tvb, at, len, tree, f, tag, depth)
  local range = tvb(at, len)
  local want = f and WIRE[f.p or f[2]] or 2
  if f and f.r and depth < DEPTH then
    local sub = tree:add(F["v_" .. f[1]], range, "")
    return dissect_record(tvb, at, at + len, sub, records[f.r], depth + 1)
  end
  if f and f.l and want ~= 2 then return packed(tvb, at, at + len, tree, f, want) end
  if f and want == 2 then
    add_value(tree, f, range, len > 0 and tvb:bytes(at, len):raw() or "")
  else
    tree:add(F.extra, range, tag .. ": " .. len .. " bytes")
  end
end

-- What is left where it is no protobuf any more.
local function put_rest(tvb, at, stop, tree)
  tree:add_proto_expert_info(malformed)
  tree:add(F.extra, tvb(at, stop - at), "0: " .. stop - at .. " bytes")
end

dissect_record = function(tvb, at, stop, tree, rows, depth)
  while at < stop do
    local begin, low, high, len = at
    low, high, at = varint(tvb, at, stop)
    if not low then return put_rest(tvb, begin, stop, tree) end
    local tag, wire = math.floor((low + high * 2 ^ 32) / 8), low % 8
    local f = row_of(rows, tag)
    local want = f and (WIRE[f.p or f[2]] or 2)
    if wire == 0 then
      low, high, at = varint(tvb, at, stop)
      if not low then return put_rest(tvb, begin, stop, tree) end
      if want == 0 then
        add_value(tree, f, tvb(begin, at - begin), value_text(f, 0, low, high))
      else
        tree:add(F.extra, tvb(begin, at - begin), tag .. ": " .. signed(low, high))
      end
    elseif wire == 1 or wire == 5 then
      len = wire == 1 and 8 or 4
      if at + len > stop then return put_rest(tvb, begin, stop, tree) end
      if wire == 1 and want == 1 then
        add_value(tree, f, tvb(at, 8), short_double(tvb(at, 8)))
      else
        tree:add(F.extra, tvb(at, len), tag .. ": " .. len .. " bytes")
      end
      at = at + len
    elseif wire == 2 then
      len, high, at = varint(tvb, at, stop)
      if not len or high > 0 or at + len > stop then
        return put_rest(tvb, begin, stop, tree)
      end
      bytes_field(tvb, at, len, tree, f, tag, depth)
      at = at + len
    else
      return put_rest(tvb, begin, stop, tree)
    end
  end
end

-- ---- frames ----

local function is_digit(byte)
  return byte >= 0x30 and byte <= 0x39
end

-- "176\0" .. time .. "\0", or "-1\0" .. another host .. "\0" (then 0); or nil.
local function version_reply(tvb)
  local text = tvb:bytes(4):raw()
  if text:match("^%-1%z[^%z]+%z$") then return 0 end
  local version, rest = text:match("^(%d+)%z([^%z]*)%z$")
  local n = version and tonumber(version)
  return n and n >= 100 and n < 1000 and rest:match("^%d%d%d%d%d%d%d%d") and n or nil
end

-- Only the gateway's first frame is one; later ones may look like it.
local function is_first_reply(c, pinfo, tvb)
  local known = c.versions[1]
  return not known or known.number == pinfo.number and known.len == tvb:len()
end

local function read_id(tvb, version)
  if tvb:len() < 5 then return nil end
  if is_digit(tvb(4, 1):uint()) then
    local digits = tvb:bytes(4, math.min(10, tvb:len() - 4)):raw():match("^(%d+)%z")
    return digits and tonumber(digits), digits and 4 + #digits + 1, false
  end
  if tvb:len() < 8 then return nil end
  return tvb(4, 4):int(), 8, true
end

-- ---- does it look like a message? ----

-- A tree that shows nothing and counts what does not fit.
local function new_blank()
  local blank = {odd = 0}
  function blank.add(_, field)
    if field == F.extra then blank.odd = blank.odd + 1 end
    return blank
  end
  function blank.add_proto_expert_info() blank.odd = blank.odd + 1 end
  function blank.append_text() end
  return blank
end

-- Rows that a text message should have had from `row` on.
local function missing(w, row)
  local n = 0
  for i = row, #w.rows do
    if w.rows[i].i == 0 and present(w.rows[i], w) then n = n + 1 end
  end
  return n
end

local function has_tags(rows)
  for _, f in ipairs(rows) do
    if f.t then return true end
  end
  return false
end

-- How well the frame (with its length) fits a message of `side`: nil no such message, or not in its
-- form; 1 with fields too few or too many; 2 as it should be.
local function fit(tvb, side, version)
  local raw_id, at, is_raw = read_id(tvb, version)
  local blank = new_blank()
  if not raw_id then return nil end
  local protobuf = is_raw and raw_id > PROTOBUF
  local m = messages[side][protobuf and raw_id - PROTOBUF or raw_id]
  if not m then return nil end
  if protobuf then
    if at == tvb:len() then return has_tags(m.fields) and 1 or 2 end
    dissect_record(tvb, at, tvb:len(), blank, m.fields, 1)
  else
    if tvb(tvb:len() - 1, 1):uint() ~= 0 then return nil end
    if at == tvb:len() then return #m.fields == 0 and 2 or 1 end
    local w, row = dissect_text(tvb, at, blank, m.fields,
      version or (is_raw and RAW_ID_SINCE or COMMON_TEXT))
    blank.odd = blank.odd + missing(w, row)
  end
  return blank.odd == 0 and 2 or 1
end

-- Without a hello, what the two sides say tells them apart: the first frame that fits one side
-- better than the other decides, also for what came before it when it is shown again.
local function vote(tvb, pinfo, c, version)
  if c.client_port or c.voted_port then return end
  local as_client, as_gateway = fit(tvb, "client", version) or 0, fit(tvb, "gateway", version) or 0
  if as_client ~= as_gateway then
    c.voted_port = as_client > as_gateway and pinfo.src_port or pinfo.dst_port
  end
end

-- Is the segment frames of known messages: one or more that fill it, or two and the beginning of
-- another?  Those that fill it must not be all odd.
local function is_frames(tvb)
  local at, whole, good = 0, 0, 0
  while at + 4 <= tvb:len() do
    local n = tvb(at, 4):uint()
    if n < 2 or n > FRAME_MAX then return false end
    if at + 4 + n > tvb:len() then break end
    local frame = tvb(at, 4 + n):tvb()
    local best = math.max(fit(frame, "client") or 0, fit(frame, "gateway") or 0)
    if best == 0 then return false end
    whole = whole + 1
    good = good + (best == 2 and 1 or 0)
    at = at + 4 + n
  end
  return good > 0 and (at == tvb:len() or whole >= 2)
end

-- Where the version reply was not seen: a gateway's protobuf is of the version that the message
-- changed over at, or later; an error with words for its third field is of 194 or later.
local function narrow(c, tvb, at, m, protobuf, is_raw)
  if protobuf then
    c.at_least = math.max(c.at_least or RAW_ID_SINCE, m.protobuf_since)
  elseif not is_raw and m.name == "error" then
    local third = tvb:bytes(at):raw():match("^[^%z]*%z[^%z]*%z([^%z]*)%z")
    c.text_version = third and not third:match("^%-?%d+$") and NEWEST_TEXT or nil
  end
end

local function dissect_message(tvb, tree, side, version, c)
  local raw_id, at, is_raw = read_id(tvb, version)
  if not raw_id then return "?" end
  local id = raw_id
  local protobuf = is_raw and raw_id > PROTOBUF
  if protobuf then id = raw_id - PROTOBUF end
  local m = messages[side][id]
  tree:add(F.msg_id, tvb(4, at - 4), id)
  tree:add(F.message, tvb(4, at - 4), m and m.name or "unknown")
  tree:add(F.form, tvb(4, at - 4), protobuf and "protobuf" or "text")
  if not m then
    tree:add_proto_expert_info(unknown_id)
    return "unknown " .. id
  end
  if not version and side == "gateway" and at < tvb:len() then
    narrow(c, tvb, at, m, protobuf, is_raw)
  end
  if protobuf then
    dissect_record(tvb, at, tvb:len(), tree, m.fields, 1)
  elseif at < tvb:len() then
    dissect_text(tvb, at, tree, m.fields,
      version or (is_raw and (c.at_least or RAW_ID_SINCE) or c.text_version or COMMON_TEXT))
  end
  return m.name
end

local function append_info(pinfo, said, word)
  pinfo.cols.info:append((said and ", " or "") .. word)
end

local API = 0x41504900  -- "API\0", in front of the hello's length
local HELLO_MAX = 1024  -- bytes of its text

local function dissect_hello(tvb, pinfo, root, c)
  local tree = root:add(tws, tvb())
  c.client_port = c.client_port or pinfo.src_port
  tree:add(F.frame_len, tvb(4, 4))
  tree:add(F.from, tvb(0, 0), "client")
  tree:add(F.hello, tvb(8), tvb:len() > 8 and tvb:bytes(8):raw() or "")
  tree:add(F.message, tvb(8), "hello")
  tree:set_text("TWS API: hello (client)")
  return "hello"
end

local function dissect_frame(tvb, pinfo, root, c)
  vote(tvb, pinfo, c, version_at(c, pinfo.number))
  local side = side_of(pinfo, c)
  local tree = root:add(tws, tvb())
  tree:add(F.frame_len, tvb(0, 4))
  tree:add(F.from, tvb(0, 0), side)
  local reply = side == "gateway" and is_first_reply(c, pinfo, tvb) and version_reply(tvb)
  local word
  if reply then
    if reply > 0 then
      c.versions[1] = {number = pinfo.number, version = reply, len = tvb:len()}
      tree:add(F.server_version, tvb(4), reply)
    end
    tree:add(F.message, tvb(4), "version")
    word = "version"
  else
    word = dissect_message(tvb, tree, side, version_at(c, pinfo.number), c)
  end
  tree:set_text("TWS API: " .. word .. " (" .. side .. ")")
  return word
end

local function dissect_pdu(tvb, pinfo, root)
  local c = conversation()
  local hello = tvb:len() >= 8 and tvb(0, 4):uint() == API
  local word = (hello and dissect_hello or dissect_frame)(tvb, pinfo, root, c)
  append_info(pinfo, c.said_in == pinfo.number, word)
  c.said_in = pinfo.number
  return tvb:len()
end

local function pdu_len(tvb, pinfo, offset)
  if tvb:len() - offset < 4 then return 4 end
  local n = tvb(offset, 4):uint()
  if n == API then
    n = tvb:len() - offset < 8 and 0 or tvb(offset + 4, 4):uint()
    return n > HELLO_MAX and 0 or 8 + n
  end
  if n > FRAME_MAX then return 0 end
  return n + 4
end

-- The hello's length is not where those of frames are: it is waited for here.
local function waits_for_hello(tvb, pinfo)
  local want = tvb:len() < 8 and 8 or 8 + tvb(4, 4):uint()
  if tvb:len() >= want or want > 8 + HELLO_MAX then return false end
  pinfo.desegment_offset = 0
  pinfo.desegment_len = want - tvb:len()
  return true
end

function tws.dissector(tvb, pinfo, tree)
  local n = tvb:len() >= 4 and tvb(0, 4):uint() or 0
  if n > FRAME_MAX and n ~= API then return 0 end
  if n == API and waits_for_hello(tvb, pinfo) then return tvb:len() end
  pinfo.cols.protocol = "TWS"
  pinfo.cols.info:clear()
  dissect_tcp_pdus(tvb, tree, 4, pdu_len, dissect_pdu)
  return tvb:len()
end

for _, port in ipairs(PORTS) do
  DissectorTable.get("tcp.port"):add(port, tws)
end

-- A client's "API\0", its length and "v100..", as far as they are there.
local function is_hello(tvb)
  if tvb:len() < 4 or tvb(0, 4):uint() ~= API then return false end
  if tvb:len() >= 8 and tvb(4, 4):uint() > HELLO_MAX then return false end
  return tvb:len() < 9 or tvb(8, 1):uint() == 0x76
end

-- On other ports: a client that says hello, or a session that is under way.
tws:register_heuristic("tcp", function(tvb, pinfo, tree)
  if not is_hello(tvb) and not is_frames(tvb) then return false end
  pinfo.conversation = tws
  tws.dissector(tvb, pinfo, tree)
  return true
end)
