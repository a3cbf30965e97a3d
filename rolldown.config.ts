import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';
import { viteImportGlobPlugin } from 'rolldown/experimental';
import { compiledTemplates } from './scripts/compiled-templates.js';

/** The licences of what is bundled, which ask to go with every copy. */
const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const folders = [...this.getModuleIds()].map((id) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id)?.[0]);
    const texts = [...new Set(folders)].flatMap((folder) => {
      if (!folder) return [];
      const { name, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file
        ? readFileSync(join(folder, file), 'utf8')
        : `${license}, by ${author.name ?? author}`;
      return `${name}\n\n${text.trim()}\n`;
    });
    this.emitFile({
      type: 'asset',
      fileName: 'LICENSES.txt',
      source: texts.sort().join(`\n${'-'.repeat(80)}\n\n`),
    });
  },
};

/** Files that are imported as text, as vitest does it: `?raw`. */
const texts: Plugin = {
  name: 'texts',
  resolveId(source, importer) {
    const [path = '', query] = source.split('?');
    return query === 'raw' && importer ? join(dirname(importer), path) : undefined;
  },
};

const commands = readdirSync('generators').filter((name) => existsSync(`generators/${name}/index.ts`));

const shared = {
  platform: 'node',
  // `yo` must get the same copies of these as we do.
  external: /^(@?yeoman|mem-fs|inquirer)/,
  moduleTypes: { '.py': 'text' },
  plugins: [viteImportGlobPlugin(), compiledTemplates, texts, licences],
} satisfies RolldownOptions;

export default defineConfig([
  {
    ...shared,
    input: { cli: 'generators/cli.ts' },
    output: {
      dir: 'dist.new/generators',
      // Half as much to parse, which is a tenth of what a run adds to starting node.
      minify: true,
      // Node starts what is CommonJS without its loader of ES modules, which takes a tenth of a run.
      format: 'cjs',
      sourcemap: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: 'bin/[name].cjs',
      // One file for all that every run needs; the rest is loaded by those that need it.
      codeSplitting: { groups: [{ name: 'main', test: /generators\/main\.ts$/ }] },
    },
  },
  {
    ...shared,
    // Where `yo` looks for commands: their base class is an ES module.
    input: Object.fromEntries(commands.map((name) => [`${name}/index`, `generators/${name}/index.ts`])),
    output: {
      dir: 'dist.new/generators',
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'yo/[name].js',
    },
  },
]);
