/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Onset strength as spectral flux over bands, its autocorrelation, and the choice among candidates.
 *
 * A candidate tempo is scored by how strongly the onset curve repeats after one, two, four and eight of
 * its beats, under a mild preference for the tempi people write music in. Sound of less than half a
 * minute that does not die away is also tried as a loop: its length divided by whole numbers of beats
 * gives exact candidates, and the curve is compared with itself around the loop's seam. */
#include "media/analysis/tempo.h"

#include <math.h>

#include "base/data/vec.h"
#include "base/require/require.h"

#include "media/analysis/spectrum.h"

#define WINDOW             1024
#define HOP                256
#define BANDS              24
#define BAND_LOW_HZ        40.0
#define BAND_HIGH_HZ       14000.0
#define LOG_GAIN           1000.0F
#define LOOP_SECONDS_MAX   30.0
#define PREFERRED_BPM      115.0
#define PREFERENCE_OCTAVES 1.1 /* width of the preference */
#define CONFIDENT_SCORE    0.5
#define SCORE_MIN          0.04
#define SEARCH_STEP        1.0033
#define REFINE_STEP        0.0002
#define REFINE_STEPS       15 /* to either side: as far as the search's own steps */

struct tempo {
    struct arena *arena;
    struct spectrum *spectrum;
    int sample_rate;
    size_t samples;
    size_t band_ends[BANDS + 1];
    float before[BANDS];
    bool has_before;
    VEC(float) onsets;
};

/* Rising energy summed over bands, each on a logarithmic scale so that hats count beside kicks. */
static void take_spectrum(void *arg, const float *magnitudes)
{
    struct tempo *tempo = arg;
    float flux = 0;
    for (size_t band = 0; band < BANDS; band++) {
        float sum = 0;
        for (size_t bin = tempo->band_ends[band]; bin < tempo->band_ends[band + 1]; bin++)
            sum += magnitudes[bin];
        float level = logf(1 + LOG_GAIN * sum);
        if (tempo->has_before && level > tempo->before[band])
            flux += level - tempo->before[band];
        tempo->before[band] = level;
    }
    tempo->has_before = true;
    *VEC_PUSH(tempo->arena, &tempo->onsets) = flux;
}

struct tempo *tempo_new(struct arena *arena, int sample_rate)
{
    struct tempo *tempo = ARENA_NEW(arena, struct tempo);
    tempo->arena = arena;
    tempo->sample_rate = sample_rate;
    tempo->spectrum = spectrum_new(arena, WINDOW, HOP, take_spectrum, tempo);
    /* Silence goes before the first sample, so that a hit right at the start is a rise. */
    tempo->has_before = true;
    double top = fmin(BAND_HIGH_HZ, sample_rate / 2.0);
    for (size_t i = 0; i <= BANDS; i++) {
        double hertz = BAND_LOW_HZ * pow(top / BAND_LOW_HZ, (double)i / BANDS);
        size_t bin = (size_t)(hertz * WINDOW / sample_rate);
        bool is_narrow = i > 0 && bin <= tempo->band_ends[i - 1];
        tempo->band_ends[i] = is_narrow ? tempo->band_ends[i - 1] + 1 : bin;
    }
    return tempo;
}

void tempo_add(struct tempo *tempo, const float *mono, size_t count)
{
    tempo->samples += count;
    spectrum_add(tempo->spectrum, mono, count);
}

struct tempo_result tempo_finish(struct tempo *tempo)
{
    spectrum_finish(tempo->spectrum);
    /* A spectrum's middle lies half a window before its last sample. */
    size_t lead = WINDOW / 2 / HOP;
    size_t count = tempo->onsets.count > lead ? tempo->onsets.count - lead : 0;
    return tempo_from_onsets(tempo->arena, tempo->onsets.items + lead, count,
                             (double)tempo->sample_rate / HOP, (double)tempo->samples / tempo->sample_rate);
}

/* The curve without its slow course: what is above the mean of the second around it. */
struct curve {
    float *values;
    size_t count;
    double rate; /* values a second */
    double energy;
};

static struct curve flatten(struct arena *arena, const float *onsets, size_t count, double rate)
{
    struct curve curve = {.values = ARENA_ARRAY(arena, float, count + 1), .count = count, .rate = rate};
    size_t radius = (size_t)(rate / 2);
    double sum = 0;
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i < count; i++) {
        for (; to < count && to <= i + radius; to++)
            sum += (double)onsets[to];
        for (; from + radius < i; from++)
            sum -= (double)onsets[from];
        double above = (double)onsets[i] - sum / (double)(to - from);
        curve.values[i] = above > 0 ? (float)above : 0;
    }
    double mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += (double)curve.values[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        curve.values[i] -= (float)mean;
        curve.energy += (double)(curve.values[i] * curve.values[i]);
    }
    return curve;
}

enum edge { EDGE_OPEN, EDGE_LOOP };

/* How alike the curve is to itself `lag` values later, 1 being equal; around the seam for loops. */
static double likeness_at(const struct curve *curve, size_t lag, enum edge edge)
{
    double sum = 0;
    if (lag >= curve->count || curve->energy <= 0)
        return 0;
    size_t open = curve->count - lag;
    for (size_t i = 0; i < open; i++)
        sum += (double)(curve->values[i] * curve->values[i + lag]);
    if (edge == EDGE_OPEN)
        return sum / curve->energy;
    for (size_t i = 0; i < lag; i++)
        sum += (double)(curve->values[open + i] * curve->values[i]);
    return sum / curve->energy;
}

/* The same near a lag that falls between values, allowing for a beat that is played a little off. */
static double likeness(const struct curve *curve, double lag, enum edge edge)
{
    double best = -1;
    size_t middle = (size_t)lround(lag);
    for (size_t at = middle > 0 ? middle - 1 : 0; at <= middle + 1; at++)
        best = fmax(best, likeness_at(curve, at, edge));
    return best;
}

static double preference(double bpm)
{
    double octaves = log2(bpm / PREFERRED_BPM) / PREFERENCE_OCTAVES;
    return exp(-0.5 * octaves * octaves);
}

/* The lags at which a beat shows itself, in beats. Half a beat and the bar of four tell it from three
 * halves of another; the bar counts double. */
static const struct {
    double beats;
    double weight;
} lags[] = {{0.5, 0.5}, {1, 1}, {2, 1}, {4, 2}, {8, 1}};

/* In open sound a beat must come back three times to count as one, and sound compared with itself must
 * overlap well; a loop has no end. */
static bool is_in_reach(const struct curve *curve, double lag, double beats, enum edge edge)
{
    double count = (double)curve->count;
    if (edge == EDGE_LOOP)
        return lag < count * 0.75;
    return beats <= 1 ? lag / beats * 3 <= count : lag < count * 0.6;
}

/* Weighted mean of the likeness at those lags, as far as the sound reaches. */
static double score_tempo(const struct curve *curve, double bpm, enum edge edge)
{
    double beat = 60 / bpm * curve->rate;
    double sum = 0;
    double weights = 0;
    for (size_t i = 0; i < COUNT_OF(lags) && is_in_reach(curve, beat * lags[i].beats, lags[i].beats, edge);
         i++) {
        sum += lags[i].weight * likeness(curve, beat * lags[i].beats, edge);
        weights += lags[i].weight;
    }
    return weights >= 1 ? sum / weights * preference(bpm) : 0;
}

struct candidate {
    double bpm;
    double score;
};

static struct candidate search_open(const struct curve *curve)
{
    struct candidate best = {0};
    const int steps = (int)(log(TEMPO_BPM_MAX / TEMPO_BPM_MIN) / log(SEARCH_STEP));
    for (int step = 0; step <= steps; step++) {
        double bpm = TEMPO_BPM_MIN * pow(SEARCH_STEP, step);
        double score = score_tempo(curve, bpm, EDGE_OPEN);
        if (score > best.score)
            best = (struct candidate){.bpm = bpm, .score = score};
    }
    return best;
}

/* Likeness at a lag between values, by the line through its neighbours. */
static double likeness_between(const struct curve *curve, double lag)
{
    double low = floor(lag);
    double share = lag - low;
    return (1 - share) * likeness_at(curve, (size_t)low, EDGE_OPEN) +
           share * likeness_at(curve, (size_t)low + 1, EDGE_OPEN);
}

/* Over many beats a small error adds up to a large one: the longest lag in reach tells the tempo best. */
static double refine(const struct curve *curve, double bpm)
{
    int beats = 64;
    while (beats > 4 && 60 / bpm * curve->rate * beats > (double)curve->count / 2)
        beats /= 2;
    double best = 0;
    double best_bpm = bpm;
    for (int step = -REFINE_STEPS; step <= REFINE_STEPS; step++) {
        double tried = bpm * (1 + step * REFINE_STEP);
        double found = likeness_between(curve, 60 / tried * curve->rate * beats);
        if (found > best) {
            best = found;
            best_bpm = tried;
        }
    }
    return best_bpm;
}

/* Loops of 1, 2, 4, 8 … bars of four beats are the rule; three in a bar are the exception. */
static double loop_weight(int beats)
{
    int odd = beats;
    while (odd % 2 == 0)
        odd /= 2;
    return odd == 1 ? 1 : odd == 3 ? 0.7 : 0.4;
}

static struct candidate search_loop(const struct curve *curve, double seconds)
{
    struct candidate best = {0};
    for (int beats = 1; beats <= 128; beats++) {
        double bpm = 60 * beats / seconds;
        if (bpm < TEMPO_BPM_MIN || bpm > TEMPO_BPM_MAX)
            continue;
        double score = score_tempo(curve, bpm, EDGE_LOOP) * loop_weight(beats);
        if (score > best.score)
            best = (struct candidate){.bpm = bpm, .score = score};
    }
    return best;
}

struct tempo_result tempo_from_onsets(struct arena *arena, const float *onsets, size_t count,
                                      double frames_per_second, double seconds)
{
    struct curve curve = flatten(arena, onsets, count, frames_per_second);
    struct candidate open = search_open(&curve);
    open.bpm = open.score > 0 ? refine(&curve, open.bpm) : 0;
    struct candidate chosen = open;
    if (seconds <= LOOP_SECONDS_MAX) {
        struct candidate loop = search_loop(&curve, seconds);
        if (loop.score > open.score * 0.6)
            chosen = loop;
    }
    if (chosen.score < SCORE_MIN)
        return (struct tempo_result){0};
    return (struct tempo_result){.bpm = chosen.bpm, .confidence = fmin(1, chosen.score / CONFIDENT_SCORE)};
}
