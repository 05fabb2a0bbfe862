/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Tempo, key and waveform on sound that the test synthesises, so that the truth is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem/arena.h"

#include "media/analysis/key.h"
#include "media/analysis/tempo.h"
#include "media/analysis/waveform.h"

#ifdef LATHE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define RATE 44100

/* Memcheck is fifty times as slow and judges memory, not music: of many sounds of a kind it takes each n-th. */
static int stride(int n)
{
    return RUNNING_ON_VALGRIND ? n : 1;
}

static int make_arena(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    arena_free(*state);
    return 0;
}

struct sound {
    float *samples;
    size_t count;
    uint32_t seed;
};

static struct sound sound_new(struct arena *arena, double seconds)
{
    size_t count = (size_t)(seconds * RATE);
    return (struct sound){.samples = ARENA_ARRAY(arena, float, count), .count = count, .seed = 1};
}

static float noise(struct sound *sound)
{
    sound->seed = sound->seed * 1664525 + 1013904223;
    return (float)(int32_t)sound->seed / 2147483648.0F;
}

enum drum { KICK, SNARE, HAT };

static void add_hit(struct sound *sound, double at_seconds, enum drum drum)
{
    static const double decay[] = {[KICK] = 18, [SNARE] = 22, [HAT] = 70};
    static const float level[] = {[KICK] = 0.8F, [SNARE] = 0.4F, [HAT] = 0.12F};
    size_t from = (size_t)(at_seconds * RATE);
    for (size_t i = from; i < sound->count && i < from + RATE / 8; i++) {
        double since = (double)(i - from) / RATE;
        float body = drum == KICK ? (float)sin(2 * M_PI * 55 * since) : noise(sound);
        sound->samples[i] += level[drum] * body * (float)exp(-decay[drum] * since);
    }
}

/* Kick on one and three with a push, snare on two and four, hats on the eighths. */
static void add_drums(struct sound *sound, double bpm)
{
    double eighth = 30 / bpm;
    size_t steps = (size_t)((double)sound->count / RATE / eighth) + 1;
    for (size_t step = 0; step < steps; step++) {
        double at = (double)step * eighth;
        add_hit(sound, at, HAT);
        if (step % 8 == 0 || step % 8 == 3 || step % 8 == 4)
            add_hit(sound, at, KICK);
        if (step % 4 == 2)
            add_hit(sound, at, SNARE);
    }
}

static struct tempo_result find_tempo(struct arena *arena, const struct sound *sound)
{
    struct tempo *tempo = tempo_new(arena, RATE);
    tempo_add(tempo, sound->samples, sound->count);
    return tempo_finish(tempo);
}

static bool tempo_is_right(double found, double truth)
{
    for (int octave = -1; octave <= 1; octave++) {
        if (fabs(found / (truth * pow(2, octave)) - 1) < 0.02)
            return true;
    }
    return false;
}

static void tempo_of_a_track_is_found(void **state)
{
    for (int step = 0; step < 8; step += stride(8)) {
        double bpm = 63 + 16.1 * step;
        struct sound sound = sound_new(*state, 33.3);
        add_drums(&sound, bpm);
        struct tempo_result result = find_tempo(*state, &sound);
        if (!tempo_is_right(result.bpm, bpm))
            fail_msg("%.1f BPM found as %.1f", bpm, result.bpm);
        assert_true(result.confidence > 0.3);
        /* The octave apart, it is good to a twentieth of a per cent. */
        double octave = round(log2(result.bpm / bpm));
        assert_true(fabs(result.bpm / (bpm * pow(2, octave)) - 1) < 0.0005);
    }
}

static void tempo_of_a_two_bar_loop_is_found(void **state)
{
    for (int step = 0; step < 8; step += stride(8)) {
        double bpm = 63 + 16.1 * step;
        struct sound sound = sound_new(*state, 8 * 60 / bpm);
        add_drums(&sound, bpm);
        struct tempo_result result = find_tempo(*state, &sound);
        if (!tempo_is_right(result.bpm, bpm))
            fail_msg("%.1f BPM found as %.1f", bpm, result.bpm);
    }
}

/* Less than half a minute, but no loop: the length says nothing about the tempo. */
static void tempo_of_a_short_excerpt_is_not_taken_from_its_length(void **state)
{
    for (int step = 0; step < 8; step += stride(8)) {
        double bpm = 70 + 13.3 * step;
        struct sound sound = sound_new(*state, (21.37 * 60) / bpm);
        add_drums(&sound, bpm);
        struct tempo_result result = find_tempo(*state, &sound);
        if (!tempo_is_right(result.bpm, bpm))
            fail_msg("%.1f BPM found as %.1f", bpm, result.bpm);
    }
}

static void silence_and_a_steady_tone_have_no_tempo(void **state)
{
    struct sound sound = sound_new(*state, 20);
    assert_true(find_tempo(*state, &sound).bpm < 1);
    for (size_t i = 0; i < sound.count; i++)
        sound.samples[i] = 0.5F * (float)sin(2 * M_PI * 440 * (double)i / RATE);
    assert_true(find_tempo(*state, &sound).confidence < 0.3);
}

static void tempo_does_not_depend_on_the_block_size(void **state)
{
    struct sound sound = sound_new(*state, 12);
    add_drums(&sound, 97);
    struct tempo *tempo = tempo_new(*state, RATE);
    for (size_t at = 0; at < sound.count;) {
        size_t part = at % 977 + 1;
        part = part < sound.count - at ? part : sound.count - at;
        tempo_add(tempo, sound.samples + at, part);
        at += part;
    }
    double whole = find_tempo(*state, &sound).bpm;
    assert_true(fabs(tempo_finish(tempo).bpm - whole) < 1e-9);
}

static void add_tone(struct sound *sound, double from_seconds, double seconds, double hertz)
{
    size_t from = (size_t)(from_seconds * RATE);
    for (size_t i = from; i < sound->count && i < from + (size_t)(seconds * RATE); i++) {
        double since = (double)(i - from) / RATE;
        double value = 0;
        for (int partial = 1; partial <= 5; partial++)
            value += sin(2 * M_PI * hertz * partial * since) / partial;
        sound->samples[i] += (float)(0.05 * value * exp(-1.2 * since));
    }
}

static double pitch(int tonic, int semitones, double tuning)
{
    return tuning * 261.6256 * pow(2, (tonic + semitones) / 12.0);
}

/* The three chords of a full cadence; in minor with the raised leading note. */
static const int chords[2][4][3] = {
    {{0, 4, 7}, {5, 9, 12}, {7, 11, 14}, {0, 4, 7}},
    {{0, 3, 7}, {5, 8, 12}, {7, 11, 14}, {0, 3, 7}},
};

static struct key_result find_key_of_cadence(struct arena *arena, int mode, int tonic, double tuning)
{
    struct sound sound = sound_new(arena, 4);
    for (int chord = 0; chord < 4; chord++) {
        for (int note = 0; note < 3; note++)
            add_tone(&sound, chord, 1, pitch(tonic, chords[mode][chord][note], tuning));
        add_tone(&sound, chord, 1, pitch(tonic, chords[mode][chord][0] - 12, tuning));
    }
    struct key *key = key_new(arena, RATE);
    key_add(key, sound.samples, sound.count);
    return key_finish(key);
}

static void key_of_cadences_is_found(void **state)
{
    int right = 0, all = 0;
    for (int mode = 0; mode < 2; mode++) {
        for (int tonic = 0; tonic < 12; tonic += stride(6)) {
            struct key_result result = find_key_of_cadence(*state, mode, tonic, 1);
            right += (int)result.key == MEDIA_KEY_C_MAJOR + 12 * mode + tonic;
            all++;
        }
    }
    print_message("%d of %d cadences\n", right, all);
    assert_in_range(right, all * 5 / 6, all);
}

/* A guitar tuned a third of a semitone low plays in the same key. */
static void key_survives_another_tuning(void **state)
{
    int right = 0, all = 0;
    for (int tonic = 0; tonic < 12; tonic += 2 * stride(3)) {
        struct key_result result = find_key_of_cadence(*state, 0, tonic, pow(2, -0.3 / 12));
        right += (int)result.key == MEDIA_KEY_C_MAJOR + tonic;
        all++;
    }
    assert_in_range(right, all * 5 / 6, all);
}

static void silence_and_drums_have_no_key(void **state)
{
    struct sound sound = sound_new(*state, 10);
    struct key *key = key_new(*state, RATE);
    key_add(key, sound.samples, sound.count);
    assert_int_equal(key_finish(key).key, MEDIA_KEY_NONE);
    for (size_t i = 0; i < sound.count; i++)
        sound.samples[i] = 0.3F * noise(&sound);
    key = key_new(*state, RATE);
    key_add(key, sound.samples, sound.count);
    struct key_result result = key_finish(key);
    assert_true(result.key == MEDIA_KEY_NONE || result.confidence < 0.3);
}

static void waveform_shows_the_shape(void **state)
{
    struct waveform *waveform = ARENA_NEW(*state, struct waveform);
    struct sound sound = sound_new(*state, 60);
    int8_t points[2 * MEDIA_WAVEFORM_POINTS];
    int64_t bars[MEDIA_WAVEFORM_BARS];
    /* Silent first half, then a square wave of a half. */
    for (size_t i = sound.count / 2; i < sound.count; i++)
        sound.samples[i] = i / 50 % 2 == 0 ? 0.5F : -0.5F;
    const float *planes[] = {sound.samples};
    waveform_init(waveform);
    waveform_add(waveform, planes, 1, sound.count);
    waveform_draw(waveform, points, bars);
    assert_int_equal(points[0], 0);
    assert_int_equal(points[2 * 400 + 1], 0);
    assert_int_equal(points[2 * 700], -64);
    assert_int_equal(points[2 * 700 + 1], 64);
    assert_int_equal(bars[0], 8);
    assert_int_equal(bars[50], 100);
}

static void waveform_of_a_single_sample_is_whole(void **state)
{
    struct waveform *waveform = ARENA_NEW(*state, struct waveform);
    int8_t points[2 * MEDIA_WAVEFORM_POINTS];
    int64_t bars[MEDIA_WAVEFORM_BARS];
    const float sample = -1.5F;
    const float *planes[] = {&sample};
    waveform_init(waveform);
    waveform_add(waveform, planes, 1, 1);
    waveform_draw(waveform, points, bars);
    for (size_t i = 0; i < MEDIA_WAVEFORM_POINTS; i++)
        assert_int_equal(points[2 * i], -127);
    assert_int_equal(bars[0], 100);
    assert_int_equal(bars[MEDIA_WAVEFORM_BARS - 1], 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tempo_of_a_track_is_found),
        cmocka_unit_test(tempo_of_a_two_bar_loop_is_found),
        cmocka_unit_test(tempo_of_a_short_excerpt_is_not_taken_from_its_length),
        cmocka_unit_test(silence_and_a_steady_tone_have_no_tempo),
        cmocka_unit_test(tempo_does_not_depend_on_the_block_size),
        cmocka_unit_test(key_of_cadences_is_found),
        cmocka_unit_test(key_survives_another_tuning),
        cmocka_unit_test(silence_and_drums_have_no_key),
        cmocka_unit_test(waveform_shows_the_shape),
        cmocka_unit_test(waveform_of_a_single_sample_is_whole),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
