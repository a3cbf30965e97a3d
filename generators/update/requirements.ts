/**
 * Merges requirement files line by line, each under the name of its package: a line that somebody has added stands
 * beside a pin of ours that has changed, and is no conflict with it, as it would be in other texts. Undefined where both
 * have changed the line of one package, and where one has two lines.
 */
export function mergeRequirements(theirs: string, base: string, ours: string): string | undefined {
  const [mine, before, after] = [linesOf(theirs), linesOf(base), linesOf(ours)];
  if (!mine || !before || !after) return undefined;
  const merged: string[] = [];
  for (const [key, line] of mine) {
    const [old, fresh] = [before.get(key), after.get(key)];
    if (line === old) merged.push(...(fresh === undefined ? [] : [fresh]));
    else if (fresh === old || fresh === line || (fresh === undefined && old === undefined)) merged.push(line);
    else return undefined;
  }
  // What is new comes after the last line of ours, so that a section of the user's own stays in one piece.
  const added = [...after].filter(([key]) => !before.has(key) && !mine.has(key)).map(([, line]) => line);
  const last = merged.findLastIndex((line) => [...after.values()].includes(line));
  merged.splice(last + 1, 0, ...added);
  return merged.join('\n') + (theirs.endsWith('\n') || added.length ? '\n' : '');
}

/**
 * Lines by the name of their package as pip compares names, or by their text where they name none; undefined where two
 * have the same.
 */
function linesOf(text: string): Map<string, string> | undefined {
  const lines = new Map<string, string>();
  let empty = 0;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const name = /^\s*([a-z\d][\w.-]*)/i
      .exec(line)?.[1]
      ?.toLowerCase()
      .replace(/[-_.]+/g, '-');
    const key = name ?? (line.trim() === '' ? `empty line ${empty++}` : `# ${line}`);
    if (lines.has(key)) return undefined;
    lines.set(key, line);
  }
  return lines;
}
