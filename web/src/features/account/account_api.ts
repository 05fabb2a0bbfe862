// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, take, type Schemas } from '../../api/client';
import type { OwnProfile, PublicProfile } from '../../api/types';

export const readOwnProfile = (): Promise<OwnProfile> => take(api.GET('/api/v1/me/profile'));
export const patchProfile = (body: Schemas['ProfilePatch']): Promise<OwnProfile> => take(api.PATCH('/api/v1/me', { body }));
export const putAvatar = (upload_id: string): Promise<OwnProfile> => take(api.PUT('/api/v1/me/avatar', { body: { upload_id } }));
export const readProfile = (user: string): Promise<PublicProfile> => take(api.GET('/api/v1/users/{user}', { params: { path: { user } } }));
export const listSessions = (): Promise<Schemas['SessionList']> => take(api.GET('/api/v1/me/sessions'));

export async function removeAvatar(): Promise<void> {
  await take(api.DELETE('/api/v1/me/avatar'));
}

export async function endSession(session_id: string): Promise<void> {
  await take(api.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id } } }));
}

export async function endOtherSessions(): Promise<void> {
  await take(api.DELETE('/api/v1/me/sessions'));
}

export async function changePassword(body: Schemas['PasswordChange']): Promise<void> {
  await take(api.POST('/api/v1/auth/change-password', { body }));
}

export const readSecondFactor = (): Promise<Schemas['SecondFactor']> => take(api.GET('/api/v1/me/second-factor'));
export const beginSecondFactor = (password: string): Promise<Schemas['SecondFactorSetup']> => take(api.POST('/api/v1/me/second-factor', { body: { password } }));
export const confirmSecondFactor = (code: string): Promise<Schemas['RecoveryCodes']> => take(api.POST('/api/v1/me/second-factor/confirm', { body: { code } }));
export const renewRecoveryCodes = (body: Schemas['SecondFactorProof']): Promise<Schemas['RecoveryCodes']> => take(api.POST('/api/v1/me/second-factor/recovery-codes', { body }));

export async function turnOffSecondFactor(body: Schemas['SecondFactorProof']): Promise<void> {
  await take(api.DELETE('/api/v1/me/second-factor', { body }));
}

export async function deleteAccount(password: string): Promise<void> {
  await take(api.DELETE('/api/v1/me', { body: { password } }));
}
