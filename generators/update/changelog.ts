/** The sections of a changelog that are newer than one version and not newer than another, newest first. */
export function changelogBetween(text: string, from: string, to: string): string[] {
  return text
    .split(/^(?=## )/m)
    .filter((section) => {
      const version = /^## (\d+\.\d+\.\d+)/.exec(section)?.[1];
      return version !== undefined && isNewer(version, from) && !isNewer(version, to);
    })
    .map((section) => section.trim());
}

/** Whether one version comes after another. */
export function isNewer(version: string, other: string): boolean {
  const [a, b] = [numbers(version), numbers(other)];
  const differing = a.findIndex((number, index) => number !== b[index]);
  return differing !== -1 && (a[differing] ?? 0) > (b[differing] ?? 0);
}

function numbers(version: string): number[] {
  return version.split(/[-+]/, 1)[0]?.split('.').map(Number) ?? [];
}
