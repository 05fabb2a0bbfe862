/* SPDX-License-Identifier: AGPL-3.0-or-later
 * Decoding, scaling and encoding of pictures by FFmpeg, without any of its demuxers. */
#include "media/image/picture.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <unistd.h>

#include "base/mem/cleanup.h"

#include "media/audio/media_error.h"
#include "media/image/geometry.h"
#include "media/process/channel.h"

static const char *const decoders[IMAGE_CONTAINER_COUNT] = {
    [IMAGE_JPEG] = "mjpeg", [IMAGE_PNG] = "png", [IMAGE_WEBP] = "webp"};

/* FFmpeg objects of one picture, freed together. */
struct picture {
    struct arena *arena;
    const struct image_facts *facts;
    AVCodecContext *decoder;
    AVCodecContext *encoder;
    AVPacket *packet;
    AVFrame *stored;  /* as decoded */
    AVFrame *cut;     /* the part of it that is wanted */
    AVFrame *pixels;  /* RGBA, scaled, as stored */
    AVFrame *upright; /* RGBA */
    AVFrame *coded;   /* in the encoder's colours */
    struct SwsContext *scaler;
};

static void free_picture(void *arg)
{
    struct picture *picture = arg;
    avcodec_free_context(&picture->decoder);
    avcodec_free_context(&picture->encoder);
    av_packet_free(&picture->packet);
    av_frame_free(&picture->stored);
    av_frame_free(&picture->cut);
    av_frame_free(&picture->pixels);
    av_frame_free(&picture->upright);
    av_frame_free(&picture->coded);
    sws_freeContext(picture->scaler);
}

static struct error *picture_init(struct picture *picture, struct arena *arena,
                                  const struct image_facts *facts)
{
    *picture = (struct picture){.arena = arena, .facts = facts};
    arena_defer(arena, free_picture, picture);
    AVFrame **frames[] = {&picture->stored, &picture->cut, &picture->pixels, &picture->upright,
                          &picture->coded};
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        *frames[i] = av_frame_alloc();
        if (*frames[i] == NULL)
            return ERROR_IN(arena, media_job_internal, "no memory for a picture");
    }
    picture->packet = av_packet_alloc();
    return picture->packet != NULL ? NULL : ERROR_IN(arena, media_job_internal, "no memory for a picture");
}

/* The decoders read a little past the end of their input, so the bytes are copied behind zeros. */
static struct error *fill_packet(struct picture *picture, struct str bytes)
{
    REQUIRE(bytes.len <= IMAGE_BYTES_MAX);
    TRY_LIBAV(picture->arena, av_new_packet(picture->packet, (int)bytes.len));
    memcpy(picture->packet->data, bytes.ptr, bytes.len);
    return NULL;
}

static struct error *decode(struct picture *picture, struct str bytes)
{
    const AVCodec *codec = avcodec_find_decoder_by_name(decoders[picture->facts->container]);
    picture->decoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    if (picture->decoder == NULL)
        return ERROR_IN(picture->arena, media_job_internal, "no decoder");
    picture->decoder->thread_count = 1;
    picture->decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    picture->decoder->max_pixels = IMAGE_PIXELS_MAX + 16 * 2 * IMAGE_SIDE_MAX; /* codecs pad to blocks */
    TRY_LIBAV(picture->arena, avcodec_open2(picture->decoder, codec, NULL));
    TRY(fill_packet(picture, bytes));
    int code = avcodec_send_packet(picture->decoder, picture->packet);
    av_packet_unref(picture->packet);
    if (code >= 0)
        code = avcodec_send_packet(picture->decoder, NULL);
    if (code >= 0)
        code = avcodec_receive_frame(picture->decoder, picture->stored);
    if (code < 0)
        return LIBAV_ERROR(picture->arena, media_job_decode_error, code, "the image is damaged");
    if (picture->stored->width != picture->facts->width || picture->stored->height != picture->facts->height)
        return ERROR_IN(picture->arena, media_job_bad_header,
                        "the image has another size than its header states");
    avcodec_free_context(&picture->decoder);
    return NULL;
}

static struct error *convert(struct picture *picture, const AVFrame *from, AVFrame *to)
{
    sws_freeContext(picture->scaler);
    picture->scaler =
        sws_getContext(from->width, from->height, (enum AVPixelFormat)from->format, to->width, to->height,
                       (enum AVPixelFormat)to->format, SWS_AREA | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (picture->scaler == NULL)
        return ERROR_IN(picture->arena, media_job_unsupported, "pixels of the form %s",
                        av_get_pix_fmt_name((enum AVPixelFormat)from->format));
    TRY_LIBAV(picture->arena, av_frame_get_buffer(to, 0));
    TRY_LIBAV(picture->arena, sws_scale(picture->scaler, (const uint8_t *const *)from->data, from->linesize,
                                        0, from->height, to->data, to->linesize));
    return NULL;
}

static struct error *shape_frame(AVFrame *frame, enum AVPixelFormat format, int64_t width, int64_t height)
{
    av_frame_unref(frame);
    frame->format = format;
    frame->width = (int)width;
    frame->height = (int)height;
    return NULL;
}

/* Palettes and packed bits cannot be cut by moving a pointer: they become RGBA first. */
static struct error *unpack_pixels(struct picture *picture)
{
    const AVPixFmtDescriptor *form = av_pix_fmt_desc_get((enum AVPixelFormat)picture->stored->format);
    if (form == NULL)
        return ERROR_IN(picture->arena, media_job_unsupported, "an unknown form of pixels");
    if ((form->flags & (AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)) == 0)
        return NULL;
    TRY(shape_frame(picture->pixels, AV_PIX_FMT_RGBA, picture->stored->width, picture->stored->height));
    TRY(convert(picture, picture->stored, picture->pixels));
    av_frame_unref(picture->stored);
    av_frame_move_ref(picture->stored, picture->pixels);
    return NULL;
}

static struct error *cut_and_scale(struct picture *picture, const struct geometry *geometry)
{
    AVFrame *cut = picture->cut;
    av_frame_unref(cut);
    TRY_LIBAV(picture->arena, av_frame_ref(cut, picture->stored));
    cut->crop_left = (size_t)geometry->left;
    cut->crop_top = (size_t)geometry->top;
    cut->crop_right = (size_t)(cut->width - geometry->left - geometry->width);
    cut->crop_bottom = (size_t)(cut->height - geometry->top - geometry->height);
    TRY_LIBAV(picture->arena, av_frame_apply_cropping(cut, AV_FRAME_CROP_UNALIGNED));
    TRY(shape_frame(picture->pixels, AV_PIX_FMT_RGBA, geometry->out_width, geometry->out_height));
    return convert(picture, cut, picture->pixels);
}

static uint8_t over_white(uint8_t colour, uint8_t alpha)
{
    return (uint8_t)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void lay_on_white(AVFrame *frame)
{
    for (int y = 0; y < frame->height; y++) {
        uint8_t *pixel = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < frame->width; x++, pixel += 4) {
            for (int colour = 0; colour < 3; colour++)
                pixel[colour] = over_white(pixel[colour], pixel[3]);
            pixel[3] = 255;
        }
    }
}

/* Through packed arrays, since frames have padded lines. */
static struct error *turn_upright(struct picture *picture)
{
    const AVFrame *from = picture->pixels;
    AVFrame *to = picture->upright;
    size_t count = (size_t)from->width * (size_t)from->height;
    bool is_sideways = orientation_is_sideways(picture->facts->orientation);
    uint32_t *packed = av_malloc_array(2 * count, sizeof(uint32_t));
    if (packed == NULL)
        return ERROR_IN(picture->arena, media_job_internal, "no memory for a picture");
    av_image_copy_plane((uint8_t *)packed, from->width * 4, from->data[0], from->linesize[0], from->width * 4,
                        from->height);
    orientation_apply(picture->facts->orientation, packed, from->width, from->height, packed + count);
    TRY(shape_frame(to, AV_PIX_FMT_RGBA, is_sideways ? from->height : from->width,
                    is_sideways ? from->width : from->height));
    int code = av_frame_get_buffer(to, 0);
    if (code >= 0)
        av_image_copy_plane(to->data[0], to->linesize[0], (const uint8_t *)(packed + count), to->width * 4,
                            to->width * 4, to->height);
    av_free(packed);
    TRY_LIBAV(picture->arena, code);
    return NULL;
}

/* FFmpeg's JPEG scale runs from 1 (best) upwards; 5 looks like 80 of the usual hundred. */
static void set_quality(AVCodecContext *encoder, const struct media_job_output *output)
{
    int64_t quality = output->quality > 0 ? output->quality : 80;
    if (output->format == MEDIA_FORMAT_WEBP) {
        av_opt_set_double(encoder->priv_data, "quality", (double)quality, 0);
        return;
    }
    encoder->flags |= AV_CODEC_FLAG_QSCALE;
    encoder->qmin = 1;
    encoder->global_quality = (int)(1 + (100 - quality) / 5) * FF_QP2LAMBDA;
}

static struct error *encode(struct picture *picture, const struct media_job_output *output)
{
    bool is_webp = output->format == MEDIA_FORMAT_WEBP;
    const AVCodec *codec = avcodec_find_encoder_by_name(is_webp ? "libwebp" : "mjpeg");
    avcodec_free_context(&picture->encoder);
    picture->encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    if (picture->encoder == NULL)
        return ERROR_IN(picture->arena, media_job_internal, "no encoder for the image");
    TRY(shape_frame(picture->coded, is_webp ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_YUVJ420P,
                    picture->upright->width, picture->upright->height));
    TRY(convert(picture, picture->upright, picture->coded));
    AVCodecContext *encoder = picture->encoder;
    encoder->width = picture->coded->width;
    encoder->height = picture->coded->height;
    encoder->pix_fmt = (enum AVPixelFormat)picture->coded->format;
    encoder->time_base = (AVRational){1, 25};
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    set_quality(encoder, output);
    picture->coded->quality = encoder->global_quality;
    TRY_LIBAV(picture->arena, avcodec_open2(encoder, codec, NULL));
    TRY_LIBAV(picture->arena, avcodec_send_frame(encoder, picture->coded));
    TRY_LIBAV(picture->arena, avcodec_receive_packet(encoder, picture->packet));
    return NULL;
}

static struct error *write_all(struct arena *arena, int fd, const uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t count = pwrite(fd, bytes + done, len - done, (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return ERROR_IN(arena, media_job_output_refused, "a result cannot be written");
        done += (size_t)count;
    }
    return NULL;
}

static struct error *make_output(struct job *job, struct picture *picture,
                                 const struct media_job_output *output)
{
    struct geometry geometry =
        geometry_fit(picture->facts->width, picture->facts->height, picture->facts->orientation, output);
    TRY(cut_and_scale(picture, &geometry));
    lay_on_white(picture->pixels);
    TRY(turn_upright(picture));
    TRY(encode(picture, output));
    AUTO_FD fd = -1;
    TRY(channel_ask_output(job->arena, job->socket, output->name, &fd));
    TRY(write_all(job->arena, fd, picture->packet->data, (size_t)picture->packet->size));
    struct media_job_event event = {
        .type = MEDIA_EVENT_RENDITION,
        .rendition = {.name = output->name,
                      .format = output->format,
                      .size_bytes = picture->packet->size,
                      .width = picture->upright->width,
                      .height = picture->upright->height},
    };
    av_packet_unref(picture->packet);
    return channel_send_event(job->arena, job->socket, &event);
}

struct error *picture_make_outputs(struct job *job, struct str bytes, const struct image_facts *facts)
{
    struct picture *picture = ARENA_NEW(job->arena, struct picture);
    TRY(picture_init(picture, job->arena, facts));
    TRY(decode(picture, bytes));
    TRY(unpack_pixels(picture));
    for (size_t i = 0; i < job->request.outputs.count; i++) {
        const struct media_job_output *output =
            ARRAY_AT(const struct media_job_output, job->request.outputs, i);
        if (output->format == MEDIA_FORMAT_JPEG || output->format == MEDIA_FORMAT_WEBP)
            TRY(make_output(job, picture, output));
    }
    return NULL;
}
