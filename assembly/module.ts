// What every module tells its host.

export { call_block } from './call';

/** 1 where this is the relaxed build, which rounds as the machine likes (vectors/fused.ts). */
export const relaxed: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 0;

/** First byte that is free for the host. */
export const heap_base: usize = __heap_base;
