/** What the WebAssembly modules have in common. */

/** Works on `rows` rows from row `first` on of what the call's block names: see call.ts. */
export type RowKernel = (first: number, rows: number) => void;

/** What every module exports; every instance has a memory of its own. */
export interface ModuleExports extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  /** 1 for the relaxed build. */
  readonly relaxed: WebAssembly.Global;
  /** Where the block of a call lies: see call.ts. */
  readonly call_block: WebAssembly.Global;
  /** First byte of memory that is free for the host. */
  readonly heap_base: WebAssembly.Global;
}
