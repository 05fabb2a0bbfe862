/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Encodes messages, once as they are and at most once deflated. */
#include "platform/live/packet.h"

#include "base/json/json_write.h"
#include "base/mem/alloc.h"
#include "base/require/require.h"

#include "platform/ws/deflate.h"

/* Below it the frame and its compressed form weigh about the same, and a packet of the network holds either. */
enum { DEFLATE_MIN_BYTES = 1024 };

struct str packet_json(struct arena *arena, struct str type, struct str room, int64_t sequence,
                       struct str body)
{
    struct strbuf out;
    struct json_writer writer;
    strbuf_init(&out, arena, body.len + (size_t)LIVE_ROOM_MAX * 6 + LIVE_TYPE_MAX + 128);
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_name(&writer, STR("type"));
    json_put_text(&writer, type);
    if (room.ptr != NULL) {
        json_name(&writer, STR("room"));
        json_put_text(&writer, room);
    }
    if (sequence >= 0) {
        json_name(&writer, STR("sequence"));
        json_put_i64(&writer, sequence);
    }
    json_end_object(&writer);
    struct str members = body.len > 2 ? str_slice(body, 1, body.len - 2) : STR_NONE;
    if (!str_is_empty(str_trim(members))) {
        out.len--; /* the brace comes after them */
        strbuf_append_char(&out, ',');
        strbuf_append(&out, members);
        strbuf_append_char(&out, '}');
    }
    REQUIRE(!out.overflow);
    return strbuf_str(&out);
}

static void require_sound(const struct live_message *message)
{
    REQUIRE(message->room.len != 0 && message->room.len <= LIVE_ROOM_MAX);
    REQUIRE(message->type.len != 0 && message->type.len <= LIVE_TYPE_MAX);
    REQUIRE(message->sequence >= 0);
    struct str body = message->body;
    REQUIRE(body.len == 0 || (body.len >= 2 && body.ptr[0] == '{' && body.ptr[body.len - 1] == '}'));
}

struct packet *packet_new(const struct live_message *message)
{
    require_sound(message);
    struct arena *arena = arena_new(0);
    struct str text = packet_json(arena, message->type, message->room,
                                  message->sequence != 0 ? message->sequence : -1, message->body);
    struct packet *packet = mem_alloc(sizeof(*packet) + message->room.len + message->type.len);
    atomic_init(&packet->refs, 1);
    packet->frame = ws_frame_new(WS_TEXT, text, WS_PLAIN);
    packet->sequence = message->sequence;
    packet->is_latest_only = message->is_latest_only;
    packet->room_len = (uint8_t)message->room.len;
    packet->type_len = (uint8_t)message->type.len;
    memcpy(packet->names, message->room.ptr, message->room.len);
    memcpy(packet->names + message->room.len, message->type.ptr, message->type.len);
    arena_free(arena);
    return packet;
}

struct packet *packet_ref(struct packet *packet)
{
    atomic_fetch_add_explicit(&packet->refs, 1, memory_order_relaxed);
    return packet;
}

void packet_unref(struct packet *packet)
{
    if (packet == NULL || atomic_fetch_sub_explicit(&packet->refs, 1, memory_order_acq_rel) != 1)
        return;
    ws_frame_unref(packet->frame);
    ws_frame_unref(atomic_load(&packet->deflated));
    mem_free(packet);
}

struct ws_frame *packet_pack(struct ws_frame *frame, struct ws_deflate *codec)
{
    struct str text = ws_frame_payload(frame);
    struct strbuf packed;
    if (codec == NULL || text.len < DEFLATE_MIN_BYTES)
        return frame;
    strbuf_init(&packed, NULL, text.len + 1);
    if (ws_deflate_pack(codec, text, &packed)) {
        ws_frame_unref(frame);
        frame = ws_frame_new(WS_TEXT, strbuf_str(&packed), WS_DEFLATED);
    }
    strbuf_fini(&packed);
    return frame;
}

struct ws_frame *packet_frame(struct packet *packet, struct ws_deflate *codec)
{
    if (codec == NULL || packet_text(packet).len < DEFLATE_MIN_BYTES)
        return ws_frame_ref(packet->frame);
    struct ws_frame *deflated = atomic_load(&packet->deflated);
    if (deflated == NULL) {
        struct ws_frame *made = packet_pack(ws_frame_ref(packet->frame), codec);
        if (atomic_compare_exchange_strong(&packet->deflated, &deflated, made))
            deflated = made;
        else
            ws_frame_unref(made); /* another loop was quicker */
    }
    return ws_frame_ref(deflated);
}
