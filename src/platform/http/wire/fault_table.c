/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The rows of the fault table as arrays. */
#include "platform/http/wire/fault_table.h"

#include "base/require/require.h"

#define FAULT_STATUS(symbol, status, name, text) [HTTP_FAULT_##symbol] = (status),
#define FAULT_NAME(symbol, status, name, text)   [HTTP_FAULT_##symbol] = (name),
#define FAULT_TEXT(symbol, status, name, text)   [HTTP_FAULT_##symbol] = (text),

static const int statuses[] = {HTTP_FAULTS(FAULT_STATUS)};
const char *const http_fault_names[] = {HTTP_FAULTS(FAULT_NAME)};
static const char *const texts[] = {HTTP_FAULTS(FAULT_TEXT)};

int http_fault_status(enum http_fault fault)
{
    REQUIRE(fault < HTTP_FAULT_COUNT);
    return statuses[fault];
}

const char *http_fault_name(enum http_fault fault)
{
    REQUIRE(fault < HTTP_FAULT_COUNT);
    return http_fault_names[fault];
}

const char *http_fault_text(enum http_fault fault)
{
    REQUIRE(fault < HTTP_FAULT_COUNT);
    return texts[fault];
}
