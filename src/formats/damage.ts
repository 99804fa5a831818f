/** What is found in bytes that cannot be; whoever reads them knows the file. */

/** Something in the bytes that cannot be; whoever reads knows the file. */
export class Damage extends Error {
  constructor(
    readonly what: string,
    /** Byte of the buffer. */
    readonly at: number,
  ) {
    super(what);
  }
}
