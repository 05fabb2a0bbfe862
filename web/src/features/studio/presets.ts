// SPDX-License-Identifier: AGPL-3.0-or-later
// The licence types as one starts from them: what each usually gives, to be changed at will.
import type { FileType, LicenseInput, LicenseOption, LicenseTerms, LicenseType } from '../../api/types';
import { parsePrice, plainPrice } from '../../ui/format';

export type LicenseForm = {
  type: LicenseType;
  isOffered: boolean;
  name: string;
  price: string;
  features: string;
  file_types: FileType[];
  terms: LicenseTerms;
};

type Preset = { type: LicenseType; name: string; text: string; price: number; file_types: FileType[]; terms: LicenseTerms };

const none: LicenseTerms = { max_streams: 0, max_copies: 0, max_videos: 0, term_months: 0, may_perform: true, may_broadcast: true, must_credit: true, is_exclusive: false };

export const PRESETS: Preset[] = [
  { type: 'basic', name: 'Basic', text: 'An MP3 and a start', price: 2999, file_types: ['mp3'], terms: { ...none, max_streams: 50000, max_copies: 2000, max_videos: 1, term_months: 36, may_perform: false, may_broadcast: false } },
  { type: 'premium', name: 'Premium', text: 'WAV quality, more reach', price: 4999, file_types: ['mp3', 'wav'], terms: { ...none, max_streams: 250000, max_copies: 10000, max_videos: 2, term_months: 60, may_broadcast: false } },
  { type: 'trackout', name: 'Trackout', text: 'Stems to mix with', price: 9999, file_types: ['mp3', 'wav', 'stems'], terms: { ...none, max_streams: 500000, max_copies: 25000, max_videos: 3, term_months: 120 } },
  { type: 'unlimited', name: 'Unlimited', text: 'No limits, not exclusive', price: 14999, file_types: ['mp3', 'wav', 'stems'], terms: none },
  { type: 'exclusive', name: 'Exclusive', text: 'Sold once, then closed', price: 49999, file_types: ['mp3', 'wav', 'stems'], terms: { ...none, is_exclusive: true } },
];

export function formsOf(options: LicenseOption[], currency: string): LicenseForm[] {
  return PRESETS.map((preset) => {
    const option = options.find((one) => one.type === preset.type);
    return {
      type: preset.type,
      isOffered: option !== undefined,
      name: option?.name ?? preset.name,
      price: plainPrice(option?.price.amount ?? preset.price, option?.price.currency ?? currency),
      features: (option?.features ?? []).join('\n'),
      file_types: [...(option?.file_types ?? preset.file_types)],
      terms: { ...(option?.terms ?? preset.terms) },
    };
  });
}

/** What is offered, for the API; the pointer is of the first price that is none. */
export function inputsOf(forms: LicenseForm[], currency: string): { licenses: LicenseInput[]; wrongPrice?: LicenseType } {
  const licenses: LicenseInput[] = [];
  for (const form of forms.filter((one) => one.isOffered)) {
    const price = parsePrice(form.price, currency);
    if (price === undefined) return { licenses: [], wrongPrice: form.type };
    const features = form.features.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    licenses.push({ type: form.type, name: form.name.trim(), price, features, file_types: form.file_types, terms: form.terms });
  }
  return { licenses };
}
