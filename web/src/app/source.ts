// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the source code of this build is offered: the archive that the program itself holds, or SOURCE_URL when the page was built.
declare const __SOURCE_URL__: string;

export const SOURCE_URL: string = __SOURCE_URL__;
