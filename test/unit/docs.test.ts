import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contractReference } from '../../generators/hosting/reports/reference.ts';
import { control, runtime } from '../../generators/local/api/model.ts';
import { unserved } from '../../generators/local/api/unserved.ts';
import { local } from '../../generators/local/flags.ts';
import { descriptions, keys } from '../../generators/settings/descriptions.ts';
import { configJsonSchema } from '../../generators/settings/json-schema.ts';
import { settingSection, settingsTable } from '../../generators/settings/reference.ts';
import { repository } from '../harness.ts';
import { boundsTables } from './bounds.ts';

// `npm run docs` writes these files anew.
const isUpToDate = (file: string, text: string) => expect(text).toMatchFileSnapshot(join(repository, file));

/** A document whose part between two comments is replaced. */
const withPart = (file: string, name: string, part: string) =>
  replaced(readFileSync(join(repository, file), 'utf8'), name, part);

function replaced(document: string, name: string, part: string): string {
  const marks = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`);
  expect(document).toMatch(marks);
  return document.replace(marks, (_, start, end) => `${start}\n${part}\n\n${end}`);
}

test('the settings in the README are those of the schema', () =>
  isUpToDate('README.md', withPart('README.md', 'settings', settingsTable())));

test('the settings reference says what the schema says', () =>
  isUpToDate(
    'docs/settings.md',
    withPart('docs/settings.md', 'settings', keys.map(settingSection).join('\n\n')),
  ));

test('the JSON schema of config files allows what the settings allow', () =>
  isUpToDate('docs/ml-container.config.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`));

test('the page on verify has every check', () =>
  isUpToDate('docs/verify.md', withPart('docs/verify.md', 'checks', contractReference())));

test('the threat model names the limits that there are', () =>
  isUpToDate('docs/threat-model.md', withPart('docs/threat-model.md', 'bounds', boundsTables())));

test('the page on local lists the calls that are answered and what is refused, and says what each flag is for', () => {
  const calls = [control, runtime].flatMap(({ operations }) => Object.keys(operations).sort());
  const list = `Answered are ${calls.map((name) => `\`${name}\``).join(', ')}.`;
  const refused = Object.values(unserved).map((what) => `- ${what}`);
  const page = readFileSync(join(repository, 'docs/local.md'), 'utf8');
  const listed = replaced(page, 'operations', list.replace(/(.{80,115}?) /g, '$1\n'));
  const text = replaced(listed, 'refused', refused.join('\n'));
  for (const flag of Object.keys(local.flags)) if (flag !== 'help') expect(text).toContain(`--${flag}`);
  return isUpToDate('docs/local.md', text);
});

test('every flag of ours that the page on other containers names is one', () => {
  const text = readFileSync(join(repository, 'docs/coming-from.md'), 'utf8');
  const named = new Set([...text.matchAll(/(?<![-\w])--([a-z][a-z-]*)/g)].map(([, flag]) => flag ?? ''));
  expect(named.size).toBeGreaterThan(5);
  const flags = [...keys.map((key) => descriptions[key].flag), 'skip-prompts'];
  expect([...named].filter((flag) => !flags.includes(flag))).toEqual([]);
});

test('every place that the architecture names is there', () => {
  const text = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`((?:generators|templates|python|scripts|test)\/[^`<\s]+)`/g)];
  expect(named.length).toBeGreaterThan(40);
  for (const [, pattern = ''] of named) {
    const [, before = '', names, after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [
      undefined,
      pattern,
    ];
    const paths = names === undefined ? [pattern] : names.split(',').map((name) => before + name + after);
    // Of patterns, the folder.
    for (const path of paths)
      expect(existsSync(join(repository, path.replace(/[^/]*\*.*$/, ''))), path).toBe(true);
  }
});
