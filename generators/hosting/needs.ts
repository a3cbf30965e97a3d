import { invocation, patience } from './answers.ts';
import { open } from './framing.ts';
import type { Subject } from './subject.ts';

/** What a check needs beyond the server that answers; where it is not there, the check is skipped and says why. */
export type Need =
  /** Containers of its own, which a URL cannot give. */
  | 'start'
  /** A model that can be taken away. */
  | 'model'
  /** A look at the processes and sockets in the container. */
  | 'inside'
  /** An image, since a process has your files, your user and your network. */
  | 'image'
  /** The image's configuration, or a Dockerfile that says what it will be. */
  | 'declaration'
  /** Sample requests that are answered with 200, and the same each time. */
  | 'answers'
  /** Among these one whose rows can be taken apart. */
  | 'rows'
  /** Answers that end where they say, so that one who waits for the end gets it on a connection that stays open. */
  | 'framed';

/** Thrown where a check cannot be made after all: it is skipped, with this reason. */
export class NotChecked extends Error {}

/** Why a need cannot be met, or nothing. */
export async function missing(subject: Subject, need: Need): Promise<string | undefined> {
  switch (need) {
    case 'start':
      return subject.source.kind === 'url' ? 'a server that runs already cannot be started anew' : undefined;
    case 'model':
      return subject.source.hasModel
        ? undefined
        : 'it was given no model to do without; --model-dir gives one';
    case 'inside':
      return (await subject.server()).inside ? undefined : 'its processes cannot be seen from here';
    case 'image':
      return subject.source.kind === 'image' ? undefined : 'only an image shows it';
    case 'declaration':
      return subject.declaration ? undefined : 'there is no image and no Dockerfile';
    case 'answers':
      if (!subject.samples.length) return 'there is no sample request: give one with --payload';
      return (await subject.answered()).length ? undefined : 'no sample request is answered with 200';
    case 'framed':
      return (await waitsForTheEnd(subject))
        ? 'nothing tells where its answers end while a connection stays open: see framing'
        : undefined;
    case 'rows':
      return (await subject.withRows()) ? undefined : 'the rows of no sample request can be taken apart';
  }
}

/** Whether a client that keeps its connection, as SageMaker does, waits in vain: each request would take its minute. */
function waitsForTheEnd(subject: Subject): Promise<boolean> {
  return subject.once('the end of an answer', async () => {
    const answered = await subject.anyAnswered();
    const line = open((await subject.server()).address);
    line.send(invocation(answered.sample));
    const { framed } = await line.answer(patience(answered));
    const { closed } = line;
    line.end();
    return framed.state === 'part' && framed.untilClosed === true && !closed;
  });
}
