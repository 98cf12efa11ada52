/** How many payees a report shows: more each time one asks, up to what the server gives at once. */
const STEPS = [30, 100, 500];

export const payeesShown = (text: string | null): number => STEPS.find((step) => String(step) === text) ?? STEPS[0]!;

export const morePayees = (shown: number): number | undefined => STEPS.find((step) => step > shown);
