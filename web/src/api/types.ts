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

export type OrderStatus = 'pending' | 'processing' | 'paid' | 'shipped' | 'delivered' | 'completed' | 'failed' | 'cancelled' | 'refunded';

export type OrderItem = {
  id: string;
  status: OrderStatus;
  spec_id: string;
  license_option_id: string;
  title: string;
  license_type: LicenseType;
  option_name: string;
  file_types: string[];
  price: Money;
  seller_id: string;
  seller_name: string;
  license_id: string | null;
  refunded_at: string | null;
};

export type OrderPayment = {
  provider: 'test' | 'stripe' | 'free';
  status: string;
  amount: Money;
  refunded: Money;
  payment_intent_id?: string;
  client_secret?: string;
  publishable_key?: string;
  script_url?: string;
};

export type Order = {
  id: string;
  status: OrderStatus;
  items: OrderItem[];
  total: Money;
  payment: OrderPayment;
  buyer_id: string;
  buyer_name: string;
  failure: { code: string; detail: string } | null;
  created_at: string;
  expires_at: string;
  paid_at: string | null;
};

export type License = {
  id: string;
  key: string;
  order_id: string;
  spec_id: string;
  spec_title: string;
  seller_name: string;
  buyer_name: string;
  type: LicenseType;
  option_name: string;
  features: string[];
  file_types: FileType[];
  terms: LicenseTerms;
  price: Money;
  issued_at: string;
  is_active: boolean;
  withdrawn_at: string | null;
  withdrawn_reason: string;
};

export type LicenseDownloads = {
  files: { kind: string; file_name: string; size_bytes: number; sha256: string; url: string; expires_at: string; downloads: number }[];
  contract_url: string;
};

export type Sale = {
  id: string;
  order_id: string;
  spec_id: string;
  title: string;
  license_type: LicenseType;
  option_name: string;
  status: OrderStatus;
  price: Money;
  fee: Money;
  net: Money;
  buyer_name: string;
  license_id: string | null;
  paid_at: string | null;
  refunded_at: string | null;
};

export type Balance = { balance: Money; sales: Money; fees: Money; refunds: Money };
export type LedgerLine = { id: string; what: string; amount: Money; order_id: string; at: string };
