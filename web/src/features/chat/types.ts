// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Schemas } from '../../api/client';

export type ChatRoom = Schemas['ChatRoom'];
export type ChatMessage = Schemas['ChatMessage'];
export type ChatReport = Schemas['ChatReport'];
export type Sanction = Schemas['ChatSanction'];
export type Verdict = Schemas['ChatVerdict'];
