import { call } from './call';
import type { ProfileBody } from './types';

export const profile = () => call('get', '/user/me', {});

export const saveProfile = (body: ProfileBody, ifMatch?: number) => call('put', '/user/me', { body, ifMatch });
