/** Tables of text whose columns line up. */

/** How a column stands. */
export type Align = 'left' | 'right';

/** Characters a terminal spends on the text, near enough: wide East Asian and emoji count two, marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

/**
 * Lines of a table, cells two spaces apart, without trailing blanks.
 * @param rows all with as many cells as `aligns`
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  aligns: readonly Align[],
): string[] {
  const widths = aligns.map((_, i) => Math.max(0, ...rows.map((row) => displayWidth(row[i]))));
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const blank = ' '.repeat(widths[i] - displayWidth(cell));
        return aligns[i] === 'right' ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd(),
  );
}
