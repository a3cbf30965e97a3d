// The types of the numbers in files of weights.

/** Bits of a number, by safetensors' names for types. */
export const bits: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32, I64: 64, U64: 64, F64: 64, C64: 64 },
};

/** The sums of bytes, by type. */
export function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const types of all)
    for (const [type, bytes] of Object.entries(types)) sums[type] = (sums[type] ?? 0) + bytes;
  return sums;
}

/** Of numbers, by type; as the Hub tells them. */
export function bytesByType(numbers: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).flatMap(([type, count]) =>
      Object.hasOwn(bits, type) && Number.isSafeInteger(count) && (count as number) > 0
        ? [[type, ((count as number) * (bits[type] ?? 0)) / 8]]
        : [],
    ),
  );
}

/** Types in which weights lie that are quantised. */
const packed = /^(F[468]_?\w*|[UI](8|32))$/;

/** Of these, several make one number: taken as they lie, they are none of the model's. */
export const severalInOne = /^[UI](8|32)$/;

/** The packed type of which a good part of the weights is; undefined where they are plain numbers. */
export function packedIn(types: Readonly<Record<string, number>>): string | undefined {
  const all = Object.values(types).reduce((sum, bytes) => sum + bytes, 0);
  const [type, bytes = 0] =
    Object.entries(types)
      .filter(([name]) => packed.test(name))
      .sort(([, a], [, b]) => b - a)[0] ?? [];
  return bytes > all / 4 ? type : undefined;
}
