/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A published message on its way: encoded once, counted by reference, shared by all loops. */
#ifndef PLATFORM_LIVE_PACKET_H
#define PLATFORM_LIVE_PACKET_H

#include "platform/live/live.h"
#include "platform/ws/frame.h"

struct ws_deflate;

enum { LIVE_TYPE_MAX = 32 /* bytes of a message's type */ };

struct packet {
    atomic_int refs;
    _Atomic(struct ws_frame *) deflated; /* made by the first loop that needs it; NULL: not yet */
    struct ws_frame *frame;              /* {"type", "room", "sequence", …} */
    int64_t sequence;
    bool is_latest_only;
    uint8_t room_len, type_len;
    char names[]; /* room, then type */
};

/* One reference, for the caller. Copies. REQUIREs that room, type and body keep to live.h. */
struct packet *packet_new(const struct live_message *message);
struct packet *packet_ref(struct packet *packet);
void packet_unref(struct packet *packet); /* accepts NULL */

static inline struct str packet_room(const struct packet *packet)
{
    return str_from(packet->names, packet->room_len);
}

static inline struct str packet_type(const struct packet *packet)
{
    return str_from(packet->names + packet->room_len, packet->type_len);
}

/* The JSON text. */
static inline struct str packet_text(const struct packet *packet)
{
    return ws_frame_payload(packet->frame);
}

/* A reference to the frame as a connection takes it: deflated where that was agreed on and it pays. codec may be NULL. */
struct ws_frame *packet_frame(struct packet *packet, struct ws_deflate *codec);

/* The same for a frame of one connection alone, which is taken. */
struct ws_frame *packet_pack(struct ws_frame *frame, struct ws_deflate *codec);

/* {"type":…,"room":…,"sequence":…} and the members of body, a JSON object or absent. sequence below 0, and room absent: left
 * out. */
struct str packet_json(struct arena *arena, struct str type, struct str room, int64_t sequence,
                       struct str body);

#endif
