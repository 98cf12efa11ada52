import { goto } from '$app/navigation';
import { ApiError, auth, client, user, type Me, type Profile, type ProfileBody, type Theme } from '$lib/api';
import { keySettings } from '$lib/keys/index.svelte';
import { book } from './book.svelte';
import { reader } from './reader.svelte';

/** The person who is signed in, and what they prefer. */
class Session {
  profile = $state.raw<Profile>();
  me = $state.raw<Me>();

  #saving: Promise<void> = Promise.resolve();

  /** Takes a profile as the one that counts, here and in the page's look. */
  take(profile: Profile): void {
    this.profile = profile;
    reader.follow(profile);
    keySettings.single = profile.single_keys;
    showTheme(profile.theme);
  }

  /** Changes some preferences: at once here, then on the server, one save after the other. */
  prefer(patch: Partial<ProfileBody>): Promise<void> {
    if (this.profile) this.take({ ...this.profile, ...patch });
    this.#saving = this.#saving.catch(() => {}).then(() => this.#save(patch));
    return this.#saving;
  }

  async #save(patch: Partial<ProfileBody>): Promise<void> {
    if (!this.profile) return;
    try {
      this.take(await user.saveProfile({ ...bodyOf(this.profile), ...patch }, this.profile.version));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      // Another device saved meanwhile: its other preferences stay, these are put on top.
      const current = await user.profile();
      this.take(await user.saveProfile({ ...bodyOf(current), ...patch }, current.version));
    }
  }

  toggleAmounts(): void {
    const hide_amounts = !reader.amountsHidden;
    reader.amountsHidden = hide_amounts;
    void this.prefer({ hide_amounts }).catch(() => {});
  }

  toggleTheme(): void {
    const theme = isDark() ? 'light' : 'dark';
    void this.prefer({ theme }).catch(() => {});
  }

  async signOut(): Promise<void> {
    await auth.signOut();
    this.forget();
    await goto('/sign-in');
  }

  /** Leaves nothing of the person in this tab. */
  forget(): void {
    this.profile = undefined;
    this.me = undefined;
    book.close();
    sessionStorage.clear();
  }
}

function bodyOf({ id: _id, version: _version, ...body }: Profile): ProfileBody {
  return body;
}

/** Remembered in this browser too, so that the next page is painted right from the start. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('theme');
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('theme', theme);
  }
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

export const session = new Session();

client.onSignedOut = () => {
  session.forget();
  const here = location.pathname + location.search;
  if (!location.pathname.startsWith('/sign-')) void goto(`/sign-in?next=${encodeURIComponent(here)}`);
};
