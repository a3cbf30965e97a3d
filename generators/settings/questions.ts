import type { DistinctQuestion } from 'inquirer';
import { descriptions, keys } from './descriptions.ts';
import { applies } from './possible.ts';
import { shown } from './problems.ts';
import { type Draft, fallback, learn, parseValue } from './resolve.ts';
import { brokenRules } from './rules.ts';
import { isYesNo, type Key, type Values } from './schema.ts';

/** Asks one question and returns the answer under the question's name: Yeoman's and inquirer's `prompt`. */
export type Prompt = (question: DistinctQuestion) => Promise<Record<string, unknown>>;

/** Asks for what was not given, one question at a time, since an answer decides what is asked next. */
export async function ask(draft: Draft, prompt: Prompt): Promise<Draft> {
  const { cwd } = draft;
  let { facts } = draft;
  const values: Values = { ...draft.values };
  const given = { ...draft.given };
  const leftEmpty = [...draft.leftEmpty];
  for (const key of keys) {
    const { question, asked } = descriptions[key];
    if (key === 'task') ({ facts } = await learn({ ...draft, values, given }));
    if (values[key] !== undefined || leftEmpty.includes(key)) continue;
    if (!question || !applies(key, values)) continue;
    if (asked?.(values, { cwd, facts }) === false) {
      // Known without asking: what is suggested next may depend on it.
      const { value } = fallback(key, values, { ...draft, facts });
      if (value !== undefined) Object.assign(values, { [key]: value });
      continue;
    }
    const answers = await prompt(questionFor(key, question, values, { ...draft, facts }));
    const answer = typeof answers[key] === 'string' ? answers[key].trim() : answers[key];
    // Nothing typed means: not given, and not to be asked for again.
    if (answer === '' || answer === undefined) {
      leftEmpty.push(key);
      continue;
    }
    Object.assign(values, { [key]: answer });
    given[key] = { value: answer, origin: 'your answer' };
  }
  return { ...draft, values, given, leftEmpty, facts };
}

function questionFor(key: Key, message: string, values: Values, draft: Draft): DistinctQuestion {
  const { cwd } = draft;
  const { choices, suggestion, required } = descriptions[key];
  const suggested = suggestion ? suggestion(values) : fallback(key, values, draft).value;
  const common = { name: key, message };
  if (isYesNo(key)) return { ...common, type: 'confirm', default: suggested === true };
  if (choices) {
    const list = choices(values).map(({ value, description }) => ({
      value,
      name: description ? `${value}  (${description})` : value,
    }));
    return { ...common, type: 'select', choices: list, default: suggested };
  }
  return {
    ...common,
    type: 'input',
    ...(typeof suggested === 'string' && { default: suggested }),
    validate: async (typed: string) => {
      const answer = typed.trim();
      if (answer === '' && !required?.(values)) return true;
      const { problem } = parseValue(key, { value: answer, origin: 'answer' });
      const rule = brokenRules({ ...values, [key]: answer }, cwd).find((broken) => broken.key === key);
      if (problem || rule) return problem ?? `${shown(answer)}: ${rule?.message}`;
      // A model that cannot be used is asked for again.
      return learn({ ...draft, values: { ...values, [key]: answer } }).then(
        () => true,
        (error: Error) => error.message,
      );
    },
  };
}
