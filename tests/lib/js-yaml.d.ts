// SPDX-License-Identifier: AGPL-3.0-or-later
declare module 'js-yaml' {
  export function load(text: string): unknown;
}
