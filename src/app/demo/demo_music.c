/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A very small synthesiser. See demo_music.h. */
#include "app/demo/demo_music.h"

#include <math.h>

#include "base/require/require.h"

enum { RATE = 44100, CHANNELS = 2, HEADER = 44, STEPS_PER_BAR = 16 };

struct mix {
    float *left, *right;
    size_t frames;
    uint32_t noise;
    const struct demo_piece *piece;
};

static float next_noise(struct mix *mix)
{
    mix->noise = mix->noise * 1664525U + 1013904223U;
    return (float)(int32_t)mix->noise / 2147483648.0F;
}

static float pitch(int semitones)
{
    return 110.0F * powf(2.0F, (float)semitones / 12.0F);
}

static void add(struct mix *mix, size_t frame, float value, float pan)
{
    if (frame >= mix->frames)
        return;
    mix->left[frame] += value * (1.0F - pan);
    mix->right[frame] += value * pan;
}

/* --- voices --- */

static void kick(struct mix *mix, size_t start, float level)
{
    float phase = 0;
    for (size_t i = 0; i < RATE / 4; i++) {
        float t = (float)i / RATE;
        phase += (45.0F + 110.0F * expf(-t * 38.0F)) / RATE;
        add(mix, start + i, level * sinf(6.2831853F * phase) * expf(-t * 11.0F), 0.5F);
    }
}

static void snare(struct mix *mix, size_t start, float level)
{
    for (size_t i = 0; i < RATE / 5; i++) {
        float t = (float)i / RATE;
        float body = sinf(6.2831853F * 190.0F * t) * expf(-t * 28.0F);
        add(mix, start + i, level * (0.6F * next_noise(mix) * expf(-t * 19.0F) + 0.5F * body), 0.52F);
    }
}

static void hat(struct mix *mix, size_t start, float level)
{
    float before = 0;
    for (size_t i = 0; i < RATE / 16; i++) {
        float noise = next_noise(mix);
        add(mix, start + i, level * (noise - before) * expf(-(float)i / RATE * 75.0F), 0.62F);
        before = noise;
    }
}

static float envelope(size_t i, size_t frames, float attack_s, float release_s)
{
    float t = (float)i / RATE;
    float left = (float)(frames - i) / RATE;
    float rise = t < attack_s ? t / attack_s : 1.0F;
    return left < release_s ? rise * left / release_s : rise;
}

static void bass(struct mix *mix, size_t start, size_t frames, int note, float level)
{
    float frequency = pitch(note - 12);
    for (size_t i = 0; i < frames; i++) {
        float phase = 6.2831853F * frequency * (float)i / RATE;
        float tone = sinf(phase) + 0.35F * sinf(2.0F * phase) + 0.12F * sinf(3.0F * phase);
        add(mix, start + i, level * tone * envelope(i, frames, 0.005F, 0.05F), 0.5F);
    }
}

static void pad(struct mix *mix, size_t start, size_t frames, int note, float level)
{
    for (int voice = 0; voice < 3; voice++) {
        float frequency = pitch(note + 12) * (1.0F + 0.003F * (float)(voice - 1));
        for (size_t i = 0; i < frames; i++) {
            float phase = frequency * (float)i / RATE;
            float saw = 2.0F * (phase - floorf(phase)) - 1.0F;
            float soft = saw * saw * saw * 0.5F + 0.3F * sinf(6.2831853F * phase);
            add(mix, start + i, level * soft * envelope(i, frames, 0.08F, 0.25F), 0.3F + 0.2F * (float)voice);
        }
    }
}

static void pluck(struct mix *mix, size_t start, int note, float level)
{
    float frequency = pitch(note + 24);
    for (size_t i = 0; i < RATE / 2; i++) {
        float t = (float)i / RATE;
        float phase = 6.2831853F * frequency * t;
        float tone = (sinf(phase) + 0.4F * sinf(2.01F * phase) * expf(-t * 9.0F)) * expf(-t * 6.0F);
        add(mix, start + i, level * tone, 0.35F);
        add(mix, start + i + (size_t)(RATE * 0.27F), level * 0.3F * tone, 0.75F);
    }
}

/* --- arrangement --- */

/* Degrees of the scale that the four chords of a loop stand on. */
static const int progressions[][4] = {{0, 5, 2, 6}, {0, 3, 4, 3}, {0, 4, 5, 3}, {5, 3, 0, 4}};
static const int scales[][7] = {[DEMO_MINOR] = {0, 2, 3, 5, 7, 8, 10}, [DEMO_MAJOR] = {0, 2, 4, 5, 7, 9, 11}};

static int scale_note(const struct demo_piece *piece, int degree)
{
    return piece->root + scales[piece->mode][degree % 7] + 12 * (degree / 7);
}

struct pattern {
    const char *kick, *snare, *hat; /* 16 steps; '.' is silence, 'x' a hit, 'o' a soft one */
};

/* clang-format off */
static const struct pattern patterns[] = {
    [DEMO_TRAP]    = {"x......o..x.....", "........x.......", "x.x.x.xxx.x.x.xo"},
    [DEMO_HOUSE]   = {"x...x...x...x...", "....x.......x...", "..x...x...x...x."},
    [DEMO_LOFI]    = {"x.....o...x..o..", "....x.......x..o", "x.o.x.o.x.o.x.o."},
    [DEMO_AMBIENT] = {"................", "................", "o.......o......."},
};
/* clang-format on */

static float hit_level(char step)
{
    return step == 'x' ? 1.0F : step == 'o' ? 0.5F : 0.0F;
}

static void play_drums(struct mix *mix, int bar, size_t step_frames)
{
    const struct pattern *pattern = &patterns[mix->piece->groove];
    for (int step = 0; step < STEPS_PER_BAR; step++) {
        size_t at = ((size_t)bar * STEPS_PER_BAR + (size_t)step) * step_frames;
        if (pattern->kick[step] != '.')
            kick(mix, at, 0.75F * hit_level(pattern->kick[step]));
        if (pattern->snare[step] != '.')
            snare(mix, at, 0.5F * hit_level(pattern->snare[step]));
        if (pattern->hat[step] != '.')
            hat(mix, at, 0.16F * hit_level(pattern->hat[step]));
    }
}

static void play_melody(struct mix *mix, int bar, int degree, size_t step_frames)
{
    for (int step = 0; step < STEPS_PER_BAR; step += 2) {
        bool is_played = next_noise(mix) > 0.1F;
        int jump = (int)((next_noise(mix) + 1.0F) * 2.5F);
        if (is_played)
            pluck(mix, ((size_t)bar * STEPS_PER_BAR + (size_t)step) * step_frames,
                  scale_note(mix->piece, degree + 2 * (jump % 3) + (jump > 3 ? 7 : 0)), 0.17F);
    }
}

static void play_bar(struct mix *mix, int bar, size_t step_frames)
{
    const struct demo_piece *piece = mix->piece;
    int degree = progressions[piece->seed % COUNT_OF(progressions)][bar % 4];
    size_t start = (size_t)bar * STEPS_PER_BAR * step_frames;
    size_t frames = STEPS_PER_BAR * step_frames;
    bool is_intro = bar < 2;
    bool is_break = bar % 8 == 7;
    for (int voice = 0; voice < 3; voice++)
        pad(mix, start, frames, scale_note(piece, degree + 2 * voice), 0.055F);
    if (!is_intro)
        bass(mix, start, frames * 3 / 4, scale_note(piece, degree), 0.27F);
    if (!is_intro && !is_break)
        play_drums(mix, bar, step_frames);
    if (bar >= 4 && !is_break)
        play_melody(mix, bar, degree, step_frames);
}

/* --- the file --- */

static void put_u32(char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (char)(value >> (8 * i));
}

static void put_u16(char *bytes, uint32_t value)
{
    bytes[0] = (char)value;
    bytes[1] = (char)(value >> 8);
}

static void put_header(char *bytes, uint32_t data_bytes)
{
    memcpy(bytes, "RIFF....WAVEfmt ", 16);
    put_u32(bytes + 4, 36 + data_bytes);
    put_u32(bytes + 16, 16);
    put_u16(bytes + 20, 1);
    put_u16(bytes + 22, CHANNELS);
    put_u32(bytes + 24, RATE);
    put_u32(bytes + 28, RATE * CHANNELS * 2);
    put_u16(bytes + 32, CHANNELS * 2);
    put_u16(bytes + 34, 16);
    memcpy(bytes + 36, "data", 4);
    put_u32(bytes + 40, data_bytes);
}

/* A soft limit, so that no mix clips hard. */
static int16_t to_sample(float value)
{
    return (int16_t)(32000.0F * tanhf(value * 0.9F));
}

struct str demo_music_wav(struct arena *arena, const struct demo_piece *piece)
{
    size_t step_frames = (size_t)RATE * 60 / (size_t)piece->bpm / 4;
    size_t frames = (size_t)piece->bars * STEPS_PER_BAR * step_frames + RATE;
    size_t data_bytes = frames * CHANNELS * 2;
    struct mix mix = {
        .left = ARENA_ARRAY(arena, float, frames),
        .right = ARENA_ARRAY(arena, float, frames),
        .frames = frames,
        .noise = piece->seed * 2654435761U + 1,
        .piece = piece,
    };
    for (int bar = 0; bar < piece->bars; bar++)
        play_bar(&mix, bar, step_frames);
    char *bytes = arena_alloc_raw(arena, HEADER + data_bytes);
    put_header(bytes, (uint32_t)data_bytes);
    for (size_t i = 0; i < frames; i++) {
        put_u16(bytes + HEADER + i * 4, (uint16_t)to_sample(mix.left[i]));
        put_u16(bytes + HEADER + i * 4 + 2, (uint16_t)to_sample(mix.right[i]));
    }
    return str_from(bytes, HEADER + data_bytes);
}
