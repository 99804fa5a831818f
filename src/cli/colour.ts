/** Whether to use colours: NO_COLOR and FORCE_COLOR first, then whether people are reading. */

/** https://no-color.org, https://force-color.org: set and not empty. */
export function useColour(stream: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return stream.isTTY === true && TERM !== 'dumb';
}
