/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Random bytes that a test can repeat. The program itself never includes this. */
#ifndef PLATFORM_CRYPTO_RANDOM_H
#define PLATFORM_CRYPTO_RANDOM_H

#include <stdint.h>

/* From now on crypto_random gives the bytes that belong to the seed, on the calling thread. 0: random again. */
void crypto_random_seed(uint64_t seed);

#endif
