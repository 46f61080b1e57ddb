import { describe, expect, test } from 'vitest';
import { addTags, draftOf, EMPTY_DRAFT, fieldsOf, forgetField, sortRules } from './draft.ts';

describe('what a form sends', () => {
  test('optional fields that were left empty are left out; the rest goes as it was typed', () => {
    const draft = { ...EMPTY_DRAFT, title: ' Cook ', company: 'Inn', description: 'Soup.\n', location: '  ' };
    expect(fieldsOf(draft)).toEqual({ title: ' Cook ', company: 'Inn', description: 'Soup.\n' });
  });

  test('a posting that is opened and sent back is the same', () => {
    const fields = {
      title: 'Cook',
      company: 'Inn',
      description: 'Soup.',
      url: 'https://inn.example/',
      tags: ['a', 'b'],
    };
    const job = { ...fields, id: '1', createdAt: '', updatedAt: '', version: '0-1' };
    expect(fieldsOf(draftOf(job))).toEqual(fields);
  });
});

describe('tags', () => {
  test('commas of several scripts and line breaks separate, each tag once, nothing empty', () => {
    expect(addTags(['a'], ' b , a,, c،d、e\nf ')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(addTags(['a'], '  ')).toEqual(['a']);
  });
});

describe('broken rules', () => {
  const draft = { ...EMPTY_DRAFT, tags: ['one', 'two'] };
  const rules = sortRules(
    [
      { pointer: '/title', message: 'is required' },
      { pointer: '/tags/1', message: 'is too long' },
      { pointer: '/tags', message: 'must be at most 20' },
      { pointer: '', message: 'salary is unknown' },
      { pointer: '/salary', message: 'is unknown' },
    ],
    draft,
  );

  test('go to the field of their pointer; others keep their pointer', () => {
    expect(rules.byField.get('title')).toEqual(['is required']);
    expect(rules.byField.get('tags')).toEqual(['“two”: is too long', 'must be at most 20']);
    expect(rules.others).toEqual(['salary is unknown', '/salary: is unknown']);
  });

  test('of a field are forgotten when it changes', () => {
    const left = forgetField(rules, 'title');
    expect([...left.byField.keys()]).toEqual(['tags']);
    expect(left.others).toHaveLength(2);
    expect(forgetField(left, 'company')).toBe(left);
  });
});
