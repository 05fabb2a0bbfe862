/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Rows and cross-field checks of the core settings. */
#include "platform/config/core_settings.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "base/text/number.h"

#include "platform/config/local_host.h"

enum { TEXT_MAX_BYTES = 1024 };

static const char *const environment_words[] = {
    [CORE_DEVELOPMENT] = "development", [CORE_PRODUCTION] = "production"};
static const struct enum_table environments = ENUM_TABLE("environment", environment_words);

/* In the order of enum log_level and enum log_format, which config, standing below log, cannot include;
 * log's own test compares them. */
static const char *const level_words[] = {"debug", "info", "warn", "error"};
static const struct enum_table levels = ENUM_TABLE("log_level", level_words);
static const char *const format_words[] = {"json", "human"};
static const struct enum_table formats = ENUM_TABLE("log_format", format_words);

/* clang-format off */
static const struct setting rows[] = {
    SETTING_WORD(struct core_settings, environment, "ENV", &environments, .fallback = "development",
                 .help = "Production refuses settings that are only fit for a try-out."),
    SETTING_STR(struct core_settings, listen, "LISTEN", .fallback = "127.0.0.1:8080", .min = 1, .max = 300,
                .help = "Address and port to listen on: HOST:PORT, or [IPv6]:PORT."),
    SETTING_STR(struct core_settings, data_dir, "DATA_DIR", .fallback = "var", .min = 1, .max = 1024,
                .help = "Directory of the files, the SQLite database and the instance's secret."),
    SETTING_STR(struct core_settings, database_url, "DATABASE_URL", .fallback = "sqlite:lathe.db", .min = 1, .max = 1024,
                .is_secret = true,
                .help = "The database: sqlite:FILE, under the data directory unless absolute, or postgresql://…"),
    SETTING_STR(struct core_settings, public_url, "PUBLIC_URL", .fallback = "",
                .help = "Scheme, host and port under which people reach this instance; empty: http:// and LATHE_LISTEN."),
    SETTING_STR(struct core_settings, trusted_proxies, "TRUSTED_PROXIES", .fallback = "",
                .help = "Addresses or networks, separated by commas, whose X-Forwarded-For is believed."),
    SETTING_STR(struct core_settings, ca_file, "CA_FILE", .fallback = "",
                .help = "File of PEM certificates of the authorities that outgoing HTTPS and mail trust; empty: the system's."),
    SETTING_STR(struct core_settings, user, "USER", .fallback = "", .max = 64,
                .help = "User to become when started by root; empty: stay who started it."),
    SETTING_INT(struct core_settings, loops, "LOOPS", .fallback = "0", .min = 0, .max = 256,
                .help = "Event loops; 0: one per core."),
    SETTING_BOOL(struct core_settings, auto_migrate, "AUTO_MIGRATE", .fallback = "true",
                 .help = "Bring the database to this program's schema at start; otherwise run `lathe migrate`"),
    SETTING_WORD(struct core_settings, log_level, "LOG_LEVEL", &levels, .fallback = "info",
                 .help = "Least level of log lines that are written."),
    SETTING_WORD(struct core_settings, log_format, "LOG_FORMAT", &formats, .fallback = "human",
                 .help = "One JSON object per line, or lines for people."),
};
/* clang-format on */

/* Splits "HOST:PORT" and "[IPv6]:PORT"; the brackets go. */
static bool split_address(struct str address, struct str *ret_host, struct str *ret_port)
{
    size_t colon = address.len;
    while (colon > 0 && address.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2)
        return false;
    struct str host = str_slice(address, 0, colon - 1);
    bool is_bracketed = host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    if (!is_bracketed && str_find_byte(host, ':', 0) >= 0)
        return false;
    *ret_host = is_bracketed ? str_slice(host, 1, host.len - 2) : host;
    *ret_port = str_slice(address, colon, address.len);
    return ret_host->len > 0;
}

static bool is_address(struct str address)
{
    struct str host;
    struct str port;
    uint64_t number = 0;
    return split_address(address, &host, &port) && number_parse_u64(port, UINT16_MAX, &number);
}

/* ADDRESS or ADDRESS/BITS. */
static bool is_network(struct str text)
{
    ptrdiff_t slash = str_find_byte(text, '/', 0);
    struct str address = slash < 0 ? text : str_slice(text, 0, (size_t)slash);
    struct in6_addr parsed;
    uint64_t width = host_parse_address(address, AF_INET, &parsed)    ? 32
                     : host_parse_address(address, AF_INET6, &parsed) ? 128
                                                                      : 0;
    uint64_t bits = 0;
    if (width == 0)
        return false;
    return slash < 0 || number_parse_u64(str_slice(text, (size_t)slash + 1, text.len), width, &bits);
}

static void check_proxies(struct str list, struct strbuf *problems)
{
    struct str rest = list.len > 0 ? list : STR_NONE;
    struct str part;
    while (str_split(&rest, ',', &part)) {
        struct str network = str_trim(part);
        if (!is_network(network))
            strbuf_printf(problems, "LATHE_TRUSTED_PROXIES: \"%" STR_FMT "\" is no address and no network\n",
                          STR_ARG(network));
    }
}

/* What follows the first of the starts that fits; absent when none does. */
static struct str after_start(struct str text, const char *const *starts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str start = str_cstr(starts[i]);
        if (str_starts_with(text, start))
            return str_slice(text, start.len, text.len);
    }
    return STR_NONE;
}

static bool is_public_url(struct str url)
{
    static const char *const starts[] = {"http://", "https://"};
    struct str host = after_start(url, starts, COUNT_OF(starts));
    if (str_ends_with(host, STR("/")))
        host.len--;
    for (size_t i = 0; host.ptr != NULL && i < host.len; i++) {
        if (memchr("/?#@ \\", host.ptr[i], 6) != NULL)
            return false;
    }
    return host.len > 0;
}

static bool is_database_url(struct str url)
{
    static const char *const starts[] = {"sqlite:", "postgresql://", "postgres://"};
    return after_start(url, starts, COUNT_OF(starts)).len > 0;
}

static bool can_be_read(struct str path)
{
    char text[TEXT_MAX_BYTES + 1];
    if (path.len >= sizeof(text))
        return false;
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    return access(text, R_OK) == 0;
}

/* People are to reach a production by TLS, which a proxy ends: nobody from elsewhere may come past it unnoticed. */
static void check_production(const struct core_settings *core, struct strbuf *problems)
{
    struct str host;
    struct str port;
    if (core->public_url.len == 0)
        strbuf_append_cstr(problems,
                           "LATHE_PUBLIC_URL: must be set in production; mails and contracts link to it\n");
    else if (!str_starts_with(core->public_url, STR("https://")))
        strbuf_append_cstr(problems, "LATHE_PUBLIC_URL: must be https:// in production\n");
    if (core->trusted_proxies.len == 0 && split_address(core->listen, &host, &port) && !local_host_is(host))
        strbuf_append_cstr(problems,
                           "LATHE_LISTEN: beyond this machine, production wants a proxy that ends TLS "
                           "and is named in LATHE_TRUSTED_PROXIES\n");
}

static void check(const void *settings, bool is_production, struct strbuf *problems)
{
    const struct core_settings *core = settings;
    if (!is_address(core->listen))
        strbuf_append_cstr(problems,
                           "LATHE_LISTEN: must be HOST:PORT or [IPv6]:PORT, with a port from 0 to 65535\n");
    if (!is_database_url(core->database_url))
        strbuf_append_cstr(problems, "LATHE_DATABASE_URL: must be sqlite:FILE or postgresql://…\n");
    if (core->public_url.len > 0 && !is_public_url(core->public_url))
        strbuf_append_cstr(problems,
                           "LATHE_PUBLIC_URL: must be http:// or https:// with a host, and no path\n");
    check_proxies(core->trusted_proxies, problems);
    if (core->ca_file.len > 0 && !can_be_read(core->ca_file))
        strbuf_append_cstr(problems, "LATHE_CA_FILE: cannot be read\n");
    if (is_production)
        check_production(core, problems);
}

const struct setting_group core_settings_group = SETTING_GROUP("core", struct core_settings, rows, check);

/* Nobody can visit "any address". */
static struct str visitable(struct arena *arena, struct str listen)
{
    struct str host;
    struct str port;
    if (!split_address(listen, &host, &port) ||
        !(str_equal(host, STR("0.0.0.0")) || str_equal(host, STR("::"))))
        return listen;
    return arena_printf(arena, "localhost:%" STR_FMT, STR_ARG(port));
}

void core_settings_derive(struct arena *arena, struct core_settings *settings)
{
    struct str url = settings->public_url;
    if (url.len == 0) {
        struct str host = visitable(arena, settings->listen);
        url = arena_printf(arena, "http://%" STR_FMT, STR_ARG(host));
    }
    if (str_ends_with(url, STR("/")))
        url.len--;
    settings->public_url = url;
}
