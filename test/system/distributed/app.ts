/**
 * The app of the distributed stories, for KMODEL_APP: one model with every kind of index. The environment names it, so
 * that each story has a topic of its own.
 */
import { z } from 'zod';
import { defineModel, type Model } from '../../../src/index.ts';

/** What differs from story to story. */
export interface ThingShape {
  readonly name: string;
  /** From 2 on the model has one filter more, `place`: another fingerprint. */
  readonly version: number;
  readonly partitions: number;
  /** Default: the name. */
  readonly topic?: string;
  /** `other`: one filter more although the version is the same: another definition, as by mistake. */
  readonly variant?: string;
}

/** A thing's own fields. `mark` tells one write from every other. */
export interface ThingFields {
  readonly title: string;
  readonly note?: string;
  readonly company: string;
  readonly tags?: readonly string[];
  readonly rank?: number;
  readonly due?: string;
  readonly place?: string;
  readonly mark: string;
}

/** Filters on a text and on a list, sorts by a number and by a time, search in two fields. */
export function defineThing({ name, version, partitions, topic, variant }: ThingShape): Model {
  return defineModel({
    name,
    ...(topic === undefined ? {} : { topic }),
    version,
    partitions,
    schema: z.strictObject({
      title: z.string().min(1).max(200),
      note: z.string().max(2000).optional(),
      company: z.string().min(1).max(100),
      tags: z.array(z.string().min(1).max(50)).max(20).optional(),
      rank: z.number().optional(),
      due: z.iso.datetime().optional(),
      place: z.string().optional(),
      mark: z.string(),
    }),
    indexes: {
      company: { filter: 'company' },
      tag: { filter: 'tags' },
      rank: { sort: 'rank' },
      due: { sort: 'due' },
      ...(version >= 2 || variant === 'other' ? { place: { filter: 'place' as const } } : {}),
    },
    search: ['title', 'note'],
  });
}

/** The variables that tell a process of this app which model it has. */
export function thingVariables({ name, version, partitions }: ThingShape): Record<string, string> {
  return {
    KMODEL_TEST_MODEL: name,
    KMODEL_TEST_MODEL_VERSION: String(version),
    KMODEL_TEST_MODEL_PARTITIONS: String(partitions),
  };
}

const {
  KMODEL_TEST_MODEL: name = 'thing',
  KMODEL_TEST_MODEL_VERSION: version = '1',
  KMODEL_TEST_MODEL_PARTITIONS: partitions = '10',
  KMODEL_TEST_MODEL_TOPIC: topic = name,
  KMODEL_TEST_MODEL_VARIANT: variant = '',
} = process.env;

export const thing = defineThing({ name, topic, version: Number(version), partitions: Number(partitions), variant });
