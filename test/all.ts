/** For tests that `npm run test:all` makes, and `npm test` does not: docs/architecture.md says which. */
export const all = { tags: 'all' };
