/** Loads an app: a module that exports models, and maybe `web`, the folder of its web app's files. */
import { pathToFileURL } from 'node:url';
import { KmodelError } from './errors.ts';
import { isModel } from './model/define.ts';
import type { Model } from './model/model.ts';

export interface App {
  readonly models: readonly Model[];
  readonly web: URL | undefined;
}

const BUILT_IN = new URL(import.meta.url.endsWith('.ts') ? '../app/app.ts' : '../app/app.js', import.meta.url);

/** Imports the module at `path`, or the built-in app. Throws APP_INVALID, or MODEL_INVALID of a model in it. */
export async function loadApp(path: string | undefined): Promise<App> {
  const address = path === undefined ? BUILT_IN : pathToFileURL(path);
  const exported = await importModule(address, path);
  const models = Object.values(exported).filter(isModel);
  const { web } = exported;
  if (models.length === 0) {
    throw new KmodelError(
      'APP_INVALID',
      `the app ${path} exports no model: write export const note = defineModel({ … }) in it`,
    );
  }
  if (web !== undefined && !(web instanceof URL && web.protocol === 'file:')) {
    throw new KmodelError(
      'APP_INVALID',
      `the app ${path} exports a "web" that is no file URL: write export const web = new URL('./web/', import.meta.url)`,
    );
  }
  return { models, web };
}

async function importModule(address: URL, path: string | undefined): Promise<Record<string, unknown>> {
  try {
    return (await import(address.href)) as Record<string, unknown>;
  } catch (error) {
    // The app's own copy of this package may have thrown it: its code tells, not its class.
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code === 'MODEL_INVALID') throw new KmodelError(code, `${path ?? 'the built-in app'}: ${String(message)}`);
    const reason = String(message ?? error).split('\n', 1)[0];
    throw new KmodelError('APP_INVALID', `the app ${path} can't be loaded: ${reason}`, { cause: error });
  }
}
