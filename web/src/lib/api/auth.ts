import { client } from './client';
import type { Devices, Me, NewPassword, Registration, Session } from './types';

export const registration = () => client.get<Registration>('/auth/registration');

export const signUp = (body: { person: string; email: string; password: string; setup_token?: string }) =>
  client.post<Session>('/auth/sign-up', { ...body, client: 'browser' });

export const signIn = (body: { email: string; password: string }) =>
  client.post<Session>('/auth/sign-in', { ...body, client: 'browser' });

export const signOut = () => client.post<void>('/auth/sign-out', {});

export const me = () => client.get<Me>('/auth/me');

export const sessions = () => client.get<Devices>('/auth/sessions');

export const endSession = (id: string) => client.delete<void>(`/auth/sessions/${id}`);

export const changePassword = (body: NewPassword) =>
  client.post<void>('/auth/password', body);
