import { type Check, failed, failedIfAny, passed } from '../check.ts';
import { noUser } from '../containers/container.ts';
import { runsUnder } from '../observe.ts';
import { sources } from '../sources.ts';
import { lastWords } from '../start.ts';

export const files: readonly Check[] = [
  {
    id: 'model-read-only',
    level: 'must',
    sentence: 'writes nothing into the model directory',
    source: sources.hosting,
    consequence: 'the directory is read-only: the container fails when it starts or when it first writes',
    fix: 'write caches and lock files below /tmp',
    needs: ['inside'],
    async run(subject) {
      const { needed } = await subject.main();
      if (needed?.what === 'modelWritable')
        return failed(`it starts only if it can write there; ${lastWords(needed.log)}`);
      await subject.answered();
      const changes = await (await subject.inside()).modelChanges();
      return changes.length ? failed(`it changed ${some(changes)}`) : passed();
    },
  },
  {
    id: 'other-files',
    level: 'should',
    sentence: 'writes no files but below /tmp',
    source: sources.serverless,
    consequence: 'on serverless endpoints, and wherever it is not root, these writes fail',
    fix: 'point HOME, caches and log files to /tmp; in Python, PYTHONDONTWRITEBYTECODE=1',
    needs: ['inside'],
    async run(subject) {
      await subject.answered();
      const changes = await (await subject.inside()).otherChanges();
      return failedIfAny(changes.length ? [`it wrote ${some(changes)}`] : []);
    },
  },
  {
    id: 'root-read-only',
    level: 'should',
    sentence: 'runs on a read-only file system with /tmp',
    source: sources.serverless,
    consequence: 'on serverless endpoints, and wherever it is not root, it fails',
    fix: 'write below /tmp only',
    explainedBy: ['other-files'],
    needs: ['image'],
    run: (subject) => runsUnder(subject, { rootReadOnly: true }),
  },
  {
    id: 'any-user',
    level: 'should',
    sentence: 'runs as any user',
    source: sources.serverless,
    consequence: 'serverless endpoints run it as another user, and it fails there',
    fix: 'make its files readable to all (chmod -R a+rX), bind to a port above 1023, write below /tmp only',
    explainedBy: ['other-files', 'root-read-only'],
    needs: ['image'],
    run: (subject) => runsUnder(subject, { user: noUser }),
  },
];

export const some = (paths: readonly string[]) =>
  `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}`;
