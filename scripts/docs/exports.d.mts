/** What the package exports, read from its entries. */
export function exportsOf(src: string): {
  readonly name: string;
  readonly isType: boolean;
  /** File that it comes from, relative to src/. */
  readonly from: string;
}[];
