import { printable } from '../printable.ts';
import { type Answer, mediaType } from './http.ts';
import { holdsTrace } from './traces.ts';

/** What the body of an answer is coded in, such as gzip; empty where it is as it is. */
export function codingOf({ headers }: Answer): string {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  return coding === 'identity' ? '' : coding;
}

/** What is wrong with an answer that says to be JSON and is none; it reads on from "JSON that". */
export function wrongJson(answer: Answer): string | undefined {
  if (mediaType(answer.headers['content-type']) !== 'application/json' || codingOf(answer)) return undefined;
  const text = answer.body.toString('utf8');
  const problem = problemOf(text);
  if (problem === undefined) return undefined;
  // Python's own JSON writes them, and no other language reads them.
  if (problemOf(text.replace(/"(?:[^"\\]|\\.)*"|\bNaN\b|-?\bInfinity\b/g, asNull)) === undefined)
    return 'is none: it holds NaN or Infinity';
  const place = Number(/at position (\d+)/.exec(problem)?.[1] ?? 0);
  const isCut = /end of JSON|Unterminated/.test(problem) || place >= text.trimEnd().length;
  if (!isCut) return `is none: ${printable(problem).slice(0, 120)}`;
  // Whoever counts characters announces too few bytes, as soon as one has two.
  const counted = /[^\0-\x7f]/.test(text) ? '; does its Content-Length count characters, not bytes?' : '';
  return `ends in the middle: …${printable(text.slice(-40))}${counted}`;
}

const asNull = (part: string) => (part.startsWith('"') ? part : 'null');

function problemOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The error that an answer holds instead of a prediction, as far as its form tells. */
export function errorIn({ body }: Answer): string | undefined {
  const text = body.toString('utf8');
  const words = printable(text.replace(/\s+/g, ' ').trim());
  const short = words.length > 120 ? `${words.slice(0, 120)}…` : words;
  if (holdsTrace(text)) return short;
  if (!text.trimStart().startsWith('{') || problemOf(text) !== undefined) return undefined;
  const { statusCode, error, errors, errorMessage } = JSON.parse(text) as Record<string, unknown>;
  // A number may be what a model says of its own error, and an empty list that there is none.
  const isError = [error, errors, errorMessage].some(
    (value) =>
      (typeof value === 'string' && value !== '') ||
      (typeof value === 'object' && value !== null && Object.keys(value).length > 0),
  );
  return isError || (typeof statusCode === 'number' && statusCode >= 400) ? short : undefined;
}
