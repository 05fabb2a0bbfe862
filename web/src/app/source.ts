// SPDX-License-Identifier: AGPL-3.0-or-later
/** Where this instance offers its source code; the server knows the place. */
export const SOURCE_URL = '/source';
