import type { HandleClientError } from '@sveltejs/kit';

/** Keeps the error itself, so that the page can say what happened in its words. */
export const handleError: HandleClientError = ({ error, message }) => ({ message, cause: error });
