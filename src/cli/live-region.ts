/** Lines of a terminal that are drawn again and again in one place. */

export class LiveRegion {
  readonly #stream: NodeJS.WriteStream;
  /** Lines that stand there. */
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Characters that lines and their number may have; a line is left for the cursor. */
  get size(): { readonly columns: number; readonly rows: number } {
    const { columns = 80, rows = 24 } = this.#stream;
    return { columns: Math.max(20, columns), rows: Math.max(4, rows) - 1 };
  }

  /** @param lines none longer than the screen is wide, and no more of them than it is high */
  draw(lines: readonly string[]): void {
    // Lines are written over those that stand there, and the terminal is asked to show all at once: nothing flickers.
    const text = lines.map((line) => `${line}\x1b[K\n`).join('');
    this.#stream.write(`\x1b[?2026h${this.#home()}${text}\x1b[J\x1b[?2026l`);
    this.#drawn = lines.length;
  }

  /** Takes away what was drawn. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(`${this.#home()}\x1b[J`);
    this.#drawn = 0;
  }

  #home(): string {
    return this.#drawn === 0 ? '' : `\r\x1b[${this.#drawn}A`;
  }
}
