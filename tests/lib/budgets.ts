// SPDX-License-Identifier: AGPL-3.0-or-later
// What an account may do in a while, switched off for tests that are not about it.

/** No budget of chat is spent. */
export const unlimitedChat: Record<string, string> = {
  LATHE_CHAT_MESSAGES_PER_MINUTE: '0',
  LATHE_CHAT_REACTIONS_PER_MINUTE: '0',
  LATHE_CHAT_JOINS_PER_HOUR: '0',
  LATHE_CHAT_CONVERSATIONS_PER_HOUR: '0',
  LATHE_CHAT_ROOMS_PER_HOUR: '0',
  LATHE_CHAT_REPORTS_PER_HOUR: '0',
};
