// SPDX-License-Identifier: AGPL-3.0-or-later
// The build of hls.js without subtitles, alternative audio and DRM has the same types.
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
