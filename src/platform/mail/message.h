/* SPDX-License-Identifier: AGPL-3.0-or-later
 * A message as bytes (RFC 5322, MIME). Pure. */
#ifndef PLATFORM_MAIL_MESSAGE_H
#define PLATFORM_MAIL_MESSAGE_H

#include "base/mem/arena.h"
#include "base/value/instant.h"

#include "platform/mail/mail.h"

/* from is "Name <address>" or an address; host makes the Message-ID. Lines end with CR LF. Header texts lose control characters,
 * so nothing can be smuggled into the head. */
struct str message_compose(struct arena *arena, const struct mail_message *message, struct str from,
                           struct str host, struct instant now);

/* The address inside "Name <address>", or the whole. */
struct str message_address(struct str from);

#endif
