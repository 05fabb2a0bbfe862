// SPDX-License-Identifier: AGPL-3.0-or-later
// What licence terms mean, in words.
import type { FileType, LicenseTerms } from '../../api/types';

const FILES: Record<FileType, string> = { mp3: 'MP3', wav: 'WAV', stems: 'Stems' };

const number = new Intl.NumberFormat('en');

function limit(value: number): string {
  return value > 0 ? number.format(value) : 'Unlimited';
}

export function fileNames(files: FileType[]): string {
  return files.map((file) => FILES[file]).join(' + ');
}

export function term(months: number): string {
  if (months <= 0) return 'For ever';
  if (months % 12 !== 0) return months === 1 ? '1 month' : `${months} months`;
  return months === 12 ? '1 year' : `${months / 12} years`;
}

/** The rows of a licence's terms: what is named, what is said. */
export function termRows(terms: LicenseTerms): [string, string][] {
  return [
    ['Streams', limit(terms.max_streams)],
    ['Copies sold', limit(terms.max_copies)],
    ['Music videos', limit(terms.max_videos)],
    ['Live performance', terms.may_perform ? 'Yes' : 'No'],
    ['Radio and TV', terms.may_broadcast ? 'Yes' : 'No'],
    ['Credit the producer', terms.must_credit ? 'Required' : 'Not required'],
    ['Lasts', term(terms.term_months)],
  ];
}
