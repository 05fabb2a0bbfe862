-- SPDX-License-Identifier: AGPL-3.0-or-later
-- wrk: bids that rise from request to request, by many bidders in turn, over many lots in turn.
--   wrk -t1 … -s bids.lua URL -- LOTS TOKENS      two files, an id or a token a line
-- A bid that is judged after two higher ones of the same lot is refused, as it should be; those that were taken are counted apart.

local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end

local requests = {}
local sent = 0
local base = 0
accepted = 0
refused = 0

local function lines_of(path)
    local lines = {}
    for line in io.lines(path) do
        lines[#lines + 1] = line
    end
    return lines
end

function init(arguments)
    local lots, tokens = lines_of(arguments[1]), lines_of(arguments[2])
    local count = math.max(#lots, #tokens)
    while count % #lots ~= 0 or count % #tokens ~= 0 do
        count = count + 1
    end
    for i = 0, count - 1 do
        requests[i] = {"/api/v1/auctions/" .. lots[i % #lots + 1] .. "/bids",
                       {["Authorization"] = "Bearer " .. tokens[i % #tokens + 1], ["Content-Type"] = "application/json"}}
    end
    requests.count = count
    base = (os.time() % 1000000) * 100000000 -- above all bids of earlier runs
end

function request()
    sent = sent + 1
    local one = requests[sent % requests.count]
    return wrk.format("POST", one[1], one[2], string.format('{"amount":%.0f}', base + sent * 100))
end

function response(status)
    if status == 201 then
        accepted = accepted + 1
    elseif status == 409 then
        refused = refused + 1
    end
end

function done(summary, latency)
    local taken, late = 0, 0
    for _, thread in ipairs(threads) do
        taken = taken + thread:get("accepted")
        late = late + thread:get("refused")
    end
    io.write(string.format(
        '\n{"requests": %d, "accepted": %d, "refused": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "broken": %d}\n',
        summary.requests, taken, late, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
