// npm run picture: what a person sees of a run of the bin, as an SVG; npm run picture demo: of the demo.
// scripts/picture.js NAME FILE writes elsewhere.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { svg } from './picture/svg.js';
import { recorded } from './picture/terminal.js';

const repository = resolve(import.meta.dirname, '..');
const { bin } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
const [name] = Object.keys(bin);
const columns = 105;

const pictures = {
  async run() {
    const cwd = mkdtempSync(join(tmpdir(), 'picture-'));
    // As pickle begins.
    writeFileSync(join(cwd, 'iris.joblib'), '(dp0\n.');
    const steps = [
      ['Which library was the model trained with?', '\r'],
      ['Path of the model file', 'iris.joblib\r'],
      ['Which serving stack?', '\r'],
      ['Name of the project?', 'iris\r'],
      ['Which kind of instance?', '\r'],
      ['Which AWS region?', '\r'],
      ['ARN of the execution role', '\r'],
      ['Add tests?', '\r'],
    ];
    const program = [process.execPath, join(repository, bin[name])];
    const lines = await recorded(program, { shownAs: name, columns, rows: 60, cwd, steps });
    rmSync(cwd, { recursive: true });
    return svg(lines, { title: `A run of ${name} in a terminal`, columns });
  },
  async demo() {
    // The same with and without Docker on the machine.
    const program = [process.execPath, join(repository, 'scripts/demo.js'), '--process'];
    const shownAs = 'npm run demo -- --process';
    const lines = await recorded(program, { shownAs, columns, rows: 40, cwd: repository });
    return svg(lines, {
      title: 'A run of the demo in a terminal, its lines one after the other',
      columns,
      lasting: 15,
    });
  },
};

const [which = 'run', file = join(repository, `docs/${which}.svg`)] = process.argv.slice(2);
writeFileSync(file, await pictures[which]());
