/** Text that means yes or no, as a boolean; anything else as it is. */
export function yesNo(value: unknown): unknown {
  if (['yes', 'true', '1'].includes(String(value).toLowerCase())) return true;
  if (['no', 'false', '0'].includes(String(value).toLowerCase())) return false;
  return value;
}
