/** The public API: `import { defineModel, startKmodel } from 'kmodel'`. */
export { defineModel, type ModelDefinition } from './model/define.ts';
export type { IndexDefinition } from './model/indexes.ts';
export type { ModelSchema } from './model/json-schema.ts';
export type { StoredField, StoredForm } from './model/stored-form.ts';
export type { Model } from './model/model.ts';
export { startKmodel, type KmodelOptions } from './main.ts';
export type { Kmodel } from './opened.ts';
export { ERRORS, type ErrorCode, type ErrorEntry } from './error-table.ts';
export { KmodelError, type BrokenRule } from './errors.ts';
