// SPDX-License-Identifier: AGPL-3.0-or-later
// Kinds of files that the studio takes. The server judges by content; these only help to choose.
export const MASTER_TYPES = '.wav,.wave,.aif,.aiff,.flac,.mp3,.ogg,.oga,.opus,.m4a,.aac,audio/*';
export const STEMS_TYPES = '.zip,application/zip';
export const IMAGE_TYPES = 'image/jpeg,image/png,image/webp';

/** A title out of a file's name: "03_night-train (final).wav" is "Night train (final)". */
export function titleOf(file_name: string): string {
  const bare = file_name.replace(/\.[^.]+$/, '').replace(/^\d+[\s._-]+/, '');
  const text = bare.replace(/[_-]+/g, ' ').replace(/\s+/g, ' ').trim();
  return (text.charAt(0).toUpperCase() + text.slice(1)).slice(0, 100);
}
