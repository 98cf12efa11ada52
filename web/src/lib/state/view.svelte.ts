/** What is open over the page. */
class View {
  palette = $state(false);
  keyHelp = $state(false);
  /** The pad on the phone, or the entry row on a desk; the entries' own components show it. */
  adding = $state(false);
  /** What the new entry is called already, when it was typed elsewhere. */
  addingTitle = $state('');
}

export const view = new View();

/** Below this the phone layout is shown. */
export const PHONE = '(max-width: 699px)';

export const isPhone = (): boolean => matchMedia(PHONE).matches;
