import { open } from 'node:fs/promises';

/** So much of a file tells how its numbers are written. */
const beginningBytes = 64 * 1024;

/** Whether a file is what Windows calls Unicode. */
export async function isUtf16(path: string): Promise<boolean> {
  const mark = (await beginningOf(path, 2)).toString('hex');
  return mark === 'fffe' || mark === 'feff';
}

/**
 * How pandas reads CSV with another separator so that its numbers stay numbers, and its codes texts: a decimal comma is
 * advised only where numbers have one.
 */
export async function separatorAdvice(path: string, separator: string): Promise<string> {
  const beginning = await beginningOf(path, beginningBytes);
  const lines = beginning
    .toString()
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  // The last of a long file is cut off.
  const whole = beginning.length < beginningBytes ? lines : lines.slice(0, -1);
  const [names = [], ...rows] = whole.map((line) =>
    line.split(separator).map((field) => field.replace(/^"(.*)"$/, '$1')),
  );
  const hasCommas = rows.flat().some((field) => /^[+-]?\d[\d.]*,\d+$/.test(field));
  const codes = names.filter((_, place) => rows.some((row) => /^0\d+$/.test(row[place] ?? '')));
  const options = [
    `sep=${JSON.stringify(separator)}`,
    ...(hasCommas ? ['decimal=","'] : []),
    ...(codes.length ? [`dtype={${codes.map((name) => `${JSON.stringify(name)}: "str"`).join(', ')}}`] : []),
  ];
  return `pandas.read_csv(FILE, ${options.join(', ')})`;
}

async function beginningOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
