import { zero } from '$lib/money';
import { reader } from '$lib/state/reader.svelte';

/** `0.00`, as the reader writes nothing. */
export const zeroText = (currency: string): string => reader.money(zero(currency));
