/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Synthesises small pieces for the demo shop: drums, bass, chords and a melody from a seed. Pure; no samples of anybody's. */
#ifndef APP_DEMO_MUSIC_H
#define APP_DEMO_MUSIC_H

#include "base/mem/arena.h"

enum demo_mode { DEMO_MINOR, DEMO_MAJOR };
enum demo_groove { DEMO_TRAP, DEMO_HOUSE, DEMO_LOFI, DEMO_AMBIENT };

struct demo_piece {
    int bpm;
    int root; /* semitones above A */
    enum demo_mode mode;
    enum demo_groove groove;
    int bars;
    uint32_t seed;
};

/* A stereo WAV file of 16 bits at 44.1 kHz. */
struct str demo_music_wav(struct arena *arena, const struct demo_piece *piece);

#endif
