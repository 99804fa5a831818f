/** The few looks that text at a terminal has. */

/** Text as it is, or between ANSI escapes. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const between = (on: number, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const plain = (text: string) => text;

/** @param colour whether to use escapes at all */
export function style(colour: boolean): Style {
  if (!colour) return { bold: plain, dim: plain, yellow: plain, red: plain };
  return {
    bold: between(1, 22),
    dim: between(2, 22),
    yellow: between(33, 39),
    red: between(31, 39),
  };
}
