import { invalid } from '../api/errors.ts';

/** What the list calls of all resources take. */
export interface ListInput {
  readonly SortBy?: string;
  readonly SortOrder?: 'Ascending' | 'Descending';
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly NameContains?: string;
  readonly CreationTimeBefore?: number;
  readonly CreationTimeAfter?: number;
  readonly LastModifiedTimeBefore?: number;
  readonly LastModifiedTimeAfter?: number;
  readonly StatusEquals?: string;
}

export interface Listed {
  readonly name: string;
  readonly created: number;
  readonly modified?: number;
  readonly status?: string;
}

const pageSize = 10;

/** Those that a list call asks for, in its order, one page of them; and the token for the next one. */
export function page<T extends Listed>(
  all: readonly T[],
  input: ListInput,
): { items: T[]; NextToken?: string } {
  // AWS takes what was created at the time itself, too.
  const within = (time: number | undefined, after: number | undefined, before: number | undefined) =>
    (after === undefined || (time ?? 0) >= after) && (before === undefined || (time ?? 0) < before);
  const wanted = all.filter(
    ({ name, created, modified, status }) =>
      name.toLowerCase().includes((input.NameContains ?? '').toLowerCase()) &&
      within(created, input.CreationTimeAfter, input.CreationTimeBefore) &&
      within(modified, input.LastModifiedTimeAfter, input.LastModifiedTimeBefore) &&
      (input.StatusEquals === undefined || status === input.StatusEquals),
  );
  const key = ({ name, created, status }: T) =>
    ({ Name: name, Status: status ?? '' })[input.SortBy ?? ''] ?? created;
  const order = input.SortOrder === 'Ascending' ? 1 : -1;
  const sorted = wanted.toSorted(
    (one, other) => order * (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0),
  );
  const start = startOf(input.NextToken);
  const end = start + (input.MaxResults ?? pageSize);
  return {
    items: sorted.slice(start, end),
    ...(end < sorted.length && { NextToken: Buffer.from(String(end)).toString('base64') }),
  };
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const text = Buffer.from(token, 'base64').toString();
  if (!/^\d{1,9}$/.test(text)) throw invalid(`The pagination token ${token} is not valid.`);
  return Number(text);
}
