/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Facade of streaming: playlists, segments, previews. Owns no table: it asks media for files and licensing for rights. */
#ifndef MODULES_STREAMING_STREAMING_H
#define MODULES_STREAMING_STREAMING_H

#include "platform/ctx/ctx.h"

extern const struct module streaming_module;

#endif
