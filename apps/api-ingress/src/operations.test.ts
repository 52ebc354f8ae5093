// The table against the models of the SDKs, which are generated from SES's own.
import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import { describe, expect, test } from 'vitest';
import type { Shape } from './input/members.ts';
import { queryNotServed, restNotServed } from './not-served.ts';
import { queryOperations, restOperations } from './operations.ts';

interface Modelled {
  readonly name: string;
  /** Of v2. */
  readonly route: string;
  readonly members: readonly string[];
  readonly required: readonly string[];
}

/** The SDKs' schemas are tuples: of an operation [9, namespace, name, traits, input], of an input [3, …, members, types, required]. */
function modelledOperations(sdk: object): readonly Modelled[] {
  return Object.entries(sdk)
    .filter(([name, value]) => name.endsWith('$') && Array.isArray(value) && value[0] === 9)
    .map(([, value]) => {
      const [, , name, traits, input] = value as [9, string, string, object, () => unknown[]];
      const http = Object.values(traits).find(Array.isArray) as [string, string] | undefined;
      const [, , , , members = [], , required = 0] = input() as [
        3,
        string,
        string,
        0,
        string[]?,
        unknown?,
        number?,
      ];
      return {
        name,
        route: http === undefined ? '' : `${http[0]} ${http[1].replace(/\?.*/, '').replace(/\+}/g, '}')}`,
        members,
        required: members.slice(0, required),
      };
    });
}

function requiredOf(input: Shape): readonly string[] {
  return Object.entries(input)
    .filter(([, { isRequired }]) => isRequired)
    .map(([name]) => name)
    .sort();
}

describe('v1', () => {
  const modelled = modelledOperations(v1);

  test('every operation of SES is known once', () => {
    const known = [...queryOperations.keys(), ...queryNotServed].sort();
    expect(known).toEqual(modelled.map(({ name }) => name).sort());
    expect(known).toHaveLength(71);
  });

  test.each(modelled.filter(({ name }) => queryOperations.has(name)))(
    '$name demands what SES demands, and takes nothing that SES has not',
    ({ name, members, required }) => {
      const { input = {} } = queryOperations.get(name) ?? {};
      expect(requiredOf(input)).toEqual([...required].sort());
      expect(members).toEqual(expect.arrayContaining(Object.keys(input)));
    },
  );
});

describe('v2', () => {
  const modelled = modelledOperations(v2);

  test('every operation of SES is known at its newest path', () => {
    const known = [...restOperations, ...restNotServed];
    const newest = known.map(({ name, routes }) => `${name} ${routes[0] ?? ''}`.replace(/\/$/, ''));
    const wanted = modelled.map(({ name, route }) => `${name} ${route}`.replace(/\/$/, ''));
    expect(newest.sort()).toEqual(expect.arrayContaining(wanted.sort()));
    expect(new Set(known.map(({ name }) => name)).size).toBe(known.length);
  });

  test.each(modelled.filter(({ name }) => restOperations.some((each) => each.name === name)))(
    '$name demands what SES demands, and takes nothing that SES has not',
    ({ name, members, required }) => {
      const { input = {} } = restOperations.find((each) => each.name === name) ?? {};
      expect(requiredOf(input)).toEqual([...required].sort());
      expect(members).toEqual(expect.arrayContaining(Object.keys(input)));
    },
  );
});
