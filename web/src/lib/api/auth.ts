import { call } from './call';
import type { SignIn, SignUp } from './types';

export const registration = () => call('get', '/auth/registration', {});

export const signUp = (body: SignUp) => call('post', '/auth/sign-up', { body: { ...body, client: 'browser' } });

export const signIn = (body: SignIn) => call('post', '/auth/sign-in', { body: { ...body, client: 'browser' } });

export const signOut = () => call('post', '/auth/sign-out', {});

export const me = () => call('get', '/auth/me', {});

export const sessions = () => call('get', '/auth/sessions', {});

export const endSession = (session: string) => call('delete', '/auth/sessions/{session}', { path: { session } });

export const changePassword = (body: { current: string; new: string }) => call('post', '/auth/password', { body });
