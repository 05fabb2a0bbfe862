// SPDX-License-Identifier: AGPL-3.0-or-later
// Short names for the parts of the contract that pages speak of.
import type { components, paths } from './schema';

type Schemas = components['schemas'];

export type Money = Schemas['Money'];
export type SpecCard = Schemas['SpecCard'];
export type Spec = Schemas['Spec'];
export type Genre = Schemas['Genre'];
export type LicenseOption = Schemas['LicenseOption'];
export type LicenseTerms = Schemas['LicenseTerms'];
export type LicenseType = LicenseOption['type'];
export type FileType = LicenseOption['file_types'][number];
export type SpecQuery = NonNullable<paths['/api/v1/specs']['get']['parameters']['query']>;
export type SpecPatch = Schemas['SpecPatch'];
export type LicenseInput = Schemas['LicenseOptionInput'];

export type Processing = Schemas['Processing'];
export type AssetState = Schemas['SpecAsset'];
export type AssetSlot = AssetState['slot'];
export type AssetStage = AssetState['stage'];

export type Order = Schemas['Order'];
export type Sale = Schemas['Sale'];
export type Balance = Schemas['Balance'];
export type LedgerLine = Schemas['LedgerLine'];
export type License = Schemas['License'];
export type LicenseDownloads = Schemas['LicenseDownloads'];
export type LicenseCheck = Schemas['LicenseCheck'];

export type PublicProfile = Schemas['PublicProfile'];
export type OwnProfile = Schemas['OwnProfile'];

/** A list, as pages use it. */
export type Page<T> = { items: T[]; next_cursor: string | null; total?: unknown };
