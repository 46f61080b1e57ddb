/** The built-in app: what `kmodel start` runs without `:app`. An app is a module that exports models, and maybe `web`. */
export { job } from './job.ts';

/** The built files of the web app: the same folder from a checkout and from the package. */
export const web = new URL(import.meta.url.endsWith('.ts') ? '../dist/web/' : '../web/', import.meta.url);
