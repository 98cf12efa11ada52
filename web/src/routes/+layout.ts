// The client is static files; everything is rendered in the browser.
export const ssr = false;
export const prerender = false;
