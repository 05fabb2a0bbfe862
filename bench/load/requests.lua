-- wrk: sends the requests of a file in turn, each thread from a place of its own.
--   wrk … -s requests.lua URL -- FILE [TOKEN]
-- A line is a path (GET), or a path, a tab and a body (POST with an Idempotency-Key of its own). Ends with one line of JSON.

local thread_count = 0

function setup(thread)
    thread:set("thread_number", thread_count)
    thread_count = thread_count + 1
end

local lines = {}
local position = 0
local headers = {}
local run_key = ""

function init(arguments)
    for line in io.lines(arguments[1]) do
        local path, body = line:match("^([^\t]*)\t(.*)$")
        if body then
            lines[#lines + 1] = {path, body}
        else
            lines[#lines + 1] = wrk.format("GET", line)
        end
    end
    if arguments[2] then
        headers["Authorization"] = "Bearer " .. arguments[2]
    end
    headers["Content-Type"] = "application/json"
    math.randomseed(os.time() * 16 + thread_number)
    position = math.floor(#lines * thread_number / 4)
    run_key = string.format("%08x-%04x", math.random(0, 2147483647), math.random(0, 65535))
end

local sent = 0

function request()
    position = position % #lines + 1
    local line = lines[position]
    if type(line) == "string" then
        return line
    end
    sent = sent + 1
    headers["Idempotency-Key"] = run_key .. "-" .. sent
    return wrk.format("POST", line[1], headers, line[2])
end

function done(summary, latency, requests)
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
