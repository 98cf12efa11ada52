import { client } from './client';
import type { Profile, ProfileBody } from './types';

export const profile = () => client.get<Profile>('/user/me');

export const saveProfile = (body: ProfileBody, ifMatch?: number) =>
  client.put<Profile>('/user/me', body, { ifMatch });
