// SPDX-License-Identifier: AGPL-3.0-or-later
// Names for the parts of the contract that pages speak of.
export type Money = { amount: number; currency: string };

export type LicenseType = 'basic' | 'premium' | 'trackout' | 'unlimited' | 'exclusive';
export type FileType = 'mp3' | 'wav' | 'stems';

export type LicenseTerms = {
  max_streams: number;
  max_copies: number;
  max_videos: number;
  term_months: number;
  may_perform: boolean;
  may_broadcast: boolean;
  must_credit: boolean;
  is_exclusive: boolean;
};

export type LicenseOption = {
  id: string;
  type: LicenseType;
  name: string;
  price: Money;
  features: string[];
  file_types: FileType[];
  terms: LicenseTerms;
};

export type SpecCategory = 'beat' | 'sample';
export type SpecStatus = 'draft' | 'published' | 'sold' | 'taken_down' | 'deleted';

/** What lists show of a spec. */
export type SpecCard = {
  id: string;
  title: string;
  slug: string;
  short_code: string;
  category: SpecCategory;
  status: SpecStatus;
  bpm: number | null;
  key: string | null;
  duration_ms: number;
  waveform: number[];
  genres: string[];
  tags: string[];
  price: Money | null;
  cover_url: string | null;
  producer: { id: string; username: string; display_name: string };
  play_count: number;
  favorite_count: number;
  free_mp3_enabled: boolean;
};

export type Spec = SpecCard & {
  type: string;
  description: string;
  moods: string[];
  instruments: string[];
  licenses: LicenseOption[];
  has_master: boolean;
  has_stems: boolean;
  is_lossless: boolean;
  loudness_lufs: number | null;
  created_at: string;
  published_at: string | null;
  takedown_reason?: string | null;
};

export type Page<T> = { items: T[]; next_cursor: string | null; total?: number };

export type AssetSlot = 'master' | 'stems' | 'cover';
export type AssetStatus = 'queued' | 'running' | 'ready' | 'failed';
export type AssetStage = 'scan' | 'probe' | 'analyse' | 'encode' | 'publish';

export type AssetState = {
  slot: AssetSlot;
  asset_id: string;
  status: AssetStatus;
  stage: AssetStage;
  progress: number;
  file_name: string;
  size_bytes: number;
  problem: { code: string; detail: string } | null;
};

export type Processing = { status: AssetStatus; stage: AssetStage; progress: number; assets: AssetState[] };
