/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Instants as text, without libc's time functions: no time zone, no locale, no lock. */
#include "base/value/instant.h"

#include "base/mem/arena.h"
#include "base/text/number.h"
#include "base/value/civil.h"

#define SECONDS_PER_DAY 86400

/* Three letters each, found by position. */
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";
/* What follows them in the long form (RFC 850). */
static const char *const day_endings[] = {"day", "day", "sday", "nesday", "rsday", "day", "urday"};

/* ---- formatting ---- */

static inline void put_2_digits(char *at, int value)
{
    number_put_pair(at, (unsigned)value);
}

static inline void put_4_digits(char *at, int value)
{
    put_2_digits(at, value / 100);
    put_2_digits(at + 2, value % 100);
}

static int64_t clamp(int64_t us)
{
    if (us < 0)
        return 0;
    return us > INSTANT_MAX.us ? INSTANT_MAX.us : us;
}

static struct civil civil_of(struct instant instant)
{
    int64_t us = clamp(instant.us);
    int second_of_day = (int)(us % US_PER_DAY / US_PER_SECOND);
    struct civil civil = {
        .hour = second_of_day / 3600,
        .minute = second_of_day / 60 % 60,
        .second = second_of_day % 60,
        .us = (int)(us % US_PER_SECOND),
    };
    civil_set_days(&civil, us / US_PER_DAY);
    return civil;
}

static void put_day(const struct civil *civil, char *at)
{
    put_4_digits(at, civil->year);
    at[4] = '-';
    put_2_digits(at + 5, civil->month);
    at[7] = '-';
    put_2_digits(at + 8, civil->day);
}

static void put_time(const struct civil *civil, char *at)
{
    put_2_digits(at, civil->hour);
    at[2] = ':';
    put_2_digits(at + 3, civil->minute);
    at[5] = ':';
    put_2_digits(at + 6, civil->second);
}

void instant_format(struct instant instant, char ret_text[INSTANT_CHARS])
{
    struct civil civil = civil_of(instant);
    put_day(&civil, ret_text);
    ret_text[10] = 'T';
    put_time(&civil, ret_text + 11);
    ret_text[19] = '.';
    put_2_digits(ret_text + 20, civil.us / 10000);
    put_4_digits(ret_text + 22, civil.us % 10000);
    ret_text[26] = 'Z';
}

struct str instant_str(struct arena *arena, struct instant instant)
{
    char text[INSTANT_CHARS];
    instant_format(instant, text);
    return arena_str(arena, str_from(text, sizeof(text)));
}

void instant_format_day(struct instant instant, char ret_text[INSTANT_DAY_CHARS])
{
    struct civil civil = civil_of(instant);
    put_day(&civil, ret_text);
}

/* 1970-01-01 was a Thursday. */
static size_t weekday_of(struct instant instant)
{
    return (size_t)((clamp(instant.us) / US_PER_DAY + 4) % 7);
}

void instant_format_http(struct instant instant, char ret_text[INSTANT_HTTP_CHARS])
{
    struct civil civil = civil_of(instant);
    memcpy(ret_text, "ddd, 00 mmm 0000 00:00:00 GMT", INSTANT_HTTP_CHARS);
    memcpy(ret_text, &day_names[weekday_of(instant) * 3], 3);
    put_2_digits(ret_text + 5, civil.day);
    memcpy(ret_text + 8, &month_names[(size_t)(civil.month - 1) * 3], 3);
    put_4_digits(ret_text + 12, civil.year);
    put_time(&civil, ret_text + 17);
}

/* ---- parsing ---- */

static bool scan_literal(struct str *rest, struct str literal)
{
    if (!str_starts_with(*rest, literal))
        return false;
    *rest = str_slice(*rest, literal.len, SIZE_MAX);
    return true;
}

static bool scan_digits(struct str *rest, size_t width, int *ret)
{
    int value = 0;
    if (rest->len < width)
        return false;
    for (size_t i = 0; i < width; i++) {
        int digit = rest->ptr[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *rest = str_slice(*rest, width, SIZE_MAX);
    *ret = value;
    return true;
}

/* A three-letter name; ret is its index. */
static bool scan_name(struct str *rest, const char *names, size_t count, int *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (scan_literal(rest, str_from(names + i * 3, 3))) {
            *ret = (int)i;
            return true;
        }
    }
    return false;
}

/* One or two digits in two places, as asctime writes days. */
static bool scan_padded(struct str *rest, int *ret)
{
    return scan_literal(rest, STR(" ")) ? scan_digits(rest, 1, ret) : scan_digits(rest, 2, ret);
}

static bool scan_month_name(struct str *rest, int *ret)
{
    int index = 0;
    if (!scan_name(rest, month_names, 12, &index))
        return false;
    *ret = index + 1;
    return true;
}

static bool scan_short_year(struct str *rest, int *ret)
{
    int year = 0;
    if (!scan_digits(rest, 2, &year))
        return false;
    *ret = year < 70 ? 2000 + year : 1900 + year;
    return true;
}

enum weekday_form { WEEKDAY_SHORT, WEEKDAY_LONG };

/* The name of a day, which the date need not agree with. */
static bool scan_weekday(struct str *rest, enum weekday_form form)
{
    int day = 0;
    if (!scan_name(rest, day_names, 7, &day))
        return false;
    return form == WEEKDAY_SHORT || scan_literal(rest, str_cstr(day_endings[day]));
}

/* One letter of a pattern: Y year, y year of two digits, m month, b its name, d day, e padded day,
 * H M S time, a A weekday (short, long), Z "GMT"; others stand for themselves. */
static bool scan_part(struct str *rest, char part, struct civil *civil)
{
    switch (part) {
    case 'Y':
        return scan_digits(rest, 4, &civil->year);
    case 'y':
        return scan_short_year(rest, &civil->year);
    case 'm':
        return scan_digits(rest, 2, &civil->month);
    case 'b':
        return scan_month_name(rest, &civil->month);
    case 'd':
        return scan_digits(rest, 2, &civil->day);
    case 'e':
        return scan_padded(rest, &civil->day);
    case 'H':
        return scan_digits(rest, 2, &civil->hour);
    case 'M':
        return scan_digits(rest, 2, &civil->minute);
    case 'S':
        return scan_digits(rest, 2, &civil->second);
    case 'Z':
        return scan_literal(rest, STR("GMT"));
    case 'a':
        return scan_weekday(rest, WEEKDAY_SHORT);
    case 'A':
        return scan_weekday(rest, WEEKDAY_LONG);
    default:
        return scan_literal(rest, str_from(&part, 1));
    }
}

static bool scan_pattern(struct str *rest, const char *pattern, struct civil *civil)
{
    for (; *pattern != '\0'; pattern++) {
        if (!scan_part(rest, *pattern, civil))
            return false;
    }
    return true;
}

static bool civil_is_valid(const struct civil *civil)
{
    return civil->year >= 1 && civil->month >= 1 && civil->month <= 12 && civil->day >= 1 &&
           civil->day <= civil_days_in_month(civil->year, civil->month) && civil->hour <= 23 &&
           civil->minute <= 59 && civil->second <= 60;
}

/* A leap second is the last of a UTC month; it counts as the first of the next. */
static bool leap_second_is_valid(int64_t seconds)
{
    if (seconds < 0 || seconds % SECONDS_PER_DAY != 0)
        return false;
    struct civil next = {0};
    civil_set_days(&next, seconds / SECONDS_PER_DAY);
    return next.day == 1;
}

static bool civil_to_instant(const struct civil *civil, int offset_minutes, struct instant *ret)
{
    if (!civil_is_valid(civil))
        return false;
    int minute_of_day = civil->hour * 60 + civil->minute - offset_minutes;
    int64_t seconds = civil_to_days(civil->year, civil->month, civil->day) * SECONDS_PER_DAY +
                      minute_of_day * 60 + civil->second;
    if (civil->second == 60 && !leap_second_is_valid(seconds))
        return false;
    int64_t us = seconds * US_PER_SECOND + civil->us;
    if (us < 0 || us > INSTANT_MAX.us)
        return false;
    *ret = (struct instant){us};
    return true;
}

/* ".123456789": digits below the microsecond are dropped. */
static bool scan_fraction(struct str *rest, int *ret_us)
{
    if (!scan_literal(rest, STR(".")))
        return true;
    int us = 0;
    int scale = 100000;
    int digit = 0;
    if (!scan_digits(rest, 1, &digit))
        return false;
    do {
        us += digit * scale;
        scale /= 10;
    } while (scan_digits(rest, 1, &digit));
    *ret_us = us;
    return true;
}

static bool scan_offset(struct str *rest, int *ret_minutes)
{
    if (scan_literal(rest, STR("Z")) || scan_literal(rest, STR("z"))) {
        *ret_minutes = 0;
        return true;
    }
    int sign = scan_literal(rest, STR("-")) ? -1 : 1;
    if (sign == 1 && !scan_literal(rest, STR("+")))
        return false;
    struct civil offset = {0};
    if (!scan_pattern(rest, "H:M", &offset) || offset.hour > 23 || offset.minute > 59)
        return false;
    *ret_minutes = sign * (offset.hour * 60 + offset.minute);
    return true;
}

bool instant_parse(struct str text, struct instant *ret)
{
    struct civil civil = {0};
    int offset_minutes = 0;
    if (!scan_pattern(&text, "Y-m-d", &civil) ||
        (!scan_literal(&text, STR("T")) && !scan_literal(&text, STR("t"))) ||
        !scan_pattern(&text, "H:M:S", &civil) || !scan_fraction(&text, &civil.us) ||
        !scan_offset(&text, &offset_minutes) || text.len != 0)
        return false;
    return civil_to_instant(&civil, offset_minutes, ret);
}

bool instant_parse_http(struct str text, struct instant *ret)
{
    static const char *const patterns[] = {
        "a, d b Y H:M:S Z", /* IMF-fixdate */
        "A, d-b-y H:M:S Z", /* RFC 850 */
        "a b e H:M:S Y",    /* asctime */
    };
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        struct str rest = text;
        struct civil civil = {0};
        if (scan_pattern(&rest, patterns[i], &civil) && rest.len == 0)
            return civil_to_instant(&civil, 0, ret);
    }
    return false;
}

struct instant instant_add_us(struct instant instant, int64_t us)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(instant.us, us, &sum))
        sum = us > 0 ? INT64_MAX : INT64_MIN;
    return (struct instant){sum};
}
