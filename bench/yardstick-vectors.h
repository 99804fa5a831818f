// The vectors of yardstick.c: 128 bits (SSE4.1, with fused multiply-add where
// the compiler is told that there is one) or 512 bits (AVX-512).

#include <immintrin.h>
#include <stdint.h>

#ifdef __AVX512F__

#define WIDTH 16
typedef __m512 vec;
typedef __m512i counts;

static inline vec v_set(float x) { return _mm512_set1_ps(x); }
static inline vec v_load(const float *p) { return _mm512_loadu_ps(p); }
static inline vec v_load_tail(const float *p, size_t n) {
  return _mm512_mask_loadu_ps(v_set(-INFINITY), (__mmask16)((1u << n) - 1), p);
}
static inline vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
static inline vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
static inline vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
static inline vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
// Where lane < n: a, elsewhere b.
static inline vec v_first(size_t n, vec a, vec b) {
  return _mm512_mask_blend_ps((__mmask16)((1u << n) - 1), b, a);
}
static inline unsigned v_equal(vec a, vec b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
// The low bits of t as an exponent.
static inline vec v_exponent(vec t) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(t), 23));
}
static inline counts c_zero(void) { return _mm512_setzero_si512(); }
static inline counts c_above(counts n, vec x, vec threshold) {
  return _mm512_mask_add_epi32(n, _mm512_cmp_ps_mask(x, threshold, _CMP_GT_OQ), n,
                               _mm512_set1_epi32(1));
}
static inline uint32_t c_total(counts n) { return (uint32_t)_mm512_reduce_add_epi32(n); }
static inline float v_largest(vec v) { return _mm512_reduce_max_ps(v); }
static inline double v_total(vec v) {
  __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
  return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_cvtps_pd(_mm512_castps512_ps256(v)),
                                            _mm512_cvtps_pd(high)));
}

#else

#define WIDTH 4
typedef __m128 vec;
typedef __m128i counts;

static inline vec v_set(float x) { return _mm_set1_ps(x); }
static inline vec v_load(const float *p) { return _mm_loadu_ps(p); }
static inline vec v_load_tail(const float *p, size_t n) {
  return _mm_setr_ps(p[0], n > 1 ? p[1] : -INFINITY, n > 2 ? p[2] : -INFINITY, -INFINITY);
}
static inline vec v_add(vec a, vec b) { return _mm_add_ps(a, b); }
static inline vec v_sub(vec a, vec b) { return _mm_sub_ps(a, b); }
static inline vec v_mul(vec a, vec b) { return _mm_mul_ps(a, b); }
static inline vec v_max(vec a, vec b) { return _mm_max_ps(a, b); }
static inline vec v_fma(vec a, vec b, vec c) {
#ifdef __FMA__
  return _mm_fmadd_ps(a, b, c);
#else
  return v_add(v_mul(a, b), c);
#endif
}
static inline vec v_first(size_t n, vec a, vec b) {
  const __m128i lanes = _mm_cmplt_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32((int)n));
  return _mm_blendv_ps(b, a, _mm_castsi128_ps(lanes));
}
static inline unsigned v_equal(vec a, vec b) {
  return (unsigned)_mm_movemask_ps(_mm_cmpeq_ps(a, b));
}
static inline vec v_exponent(vec t) {
  return _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(t), 23));
}
static inline counts c_zero(void) { return _mm_setzero_si128(); }
static inline counts c_above(counts n, vec x, vec threshold) {
  return _mm_sub_epi32(n, _mm_castps_si128(_mm_cmpgt_ps(x, threshold)));
}
static inline uint32_t c_total(counts n) {
  n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0x4e));
  n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0xb1));
  return (uint32_t)_mm_cvtsi128_si32(n);
}
static inline float v_largest(vec v) {
  v = _mm_max_ps(v, _mm_movehl_ps(v, v));
  v = _mm_max_ss(v, _mm_shuffle_ps(v, v, 1));
  return _mm_cvtss_f32(v);
}
static inline double v_total(vec v) {
  const __m128d pair = _mm_add_pd(_mm_cvtps_pd(v), _mm_cvtps_pd(_mm_movehl_ps(v, v)));
  return _mm_cvtsd_f64(pair) + _mm_cvtsd_f64(_mm_unpackhi_pd(pair, pair));
}

#endif
