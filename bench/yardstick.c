// The same fused pass in C, as a yardstick: rows of f32 logits to loss,
// predicted class, rank of the target, confidence, p(target) and the sum of
// squared probabilities, with the algorithm of assembly/score-logits-f32.ts
// on 128-bit SSE4.1 vectors.
//
//   gcc -O3 -msse4.1 -o yardstick bench/yardstick.c -lm
//   ./yardstick CLASSES ROWS SECONDS   prints the best and the median GB/s

#include <float.h>
#include <math.h>
#include <smmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 512

typedef struct {
  double loss, confidence, target_probability, squares, normalizer;
  uint32_t prediction, rank, tied;
} row_score;

static inline __m128 exp2_ps(__m128 y) {
  const __m128 magic = _mm_set1_ps(12583039.0f);
  y = _mm_max_ps(y, _mm_set1_ps(-127.0f));
  __m128 t = _mm_add_ps(y, magic);
  __m128 f = _mm_sub_ps(y, _mm_sub_ps(t, magic));
  __m128 p = _mm_add_ps(_mm_mul_ps(f, _mm_set1_ps(0.001326472731307149f)),
                        _mm_set1_ps(0.009671512991189957f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(0.05550733581185341f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(0.24022242426872253f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(0.6931470036506653f));
  p = _mm_add_ps(_mm_mul_ps(p, f), _mm_set1_ps(1.0f));
  return _mm_mul_ps(p, _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(t), 23)));
}

static inline float hmax(__m128 v) {
  v = _mm_max_ps(v, _mm_movehl_ps(v, v));
  v = _mm_max_ss(v, _mm_shuffle_ps(v, v, 1));
  return _mm_cvtss_f32(v);
}

static inline double hsum(__m128 v) {
  __m128d pair = _mm_add_pd(_mm_cvtps_pd(v), _mm_cvtps_pd(_mm_movehl_ps(v, v)));
  return _mm_cvtsd_f64(pair) + _mm_cvtsd_f64(_mm_unpackhi_pd(pair, pair));
}

static inline uint32_t hcount(__m128i v) {
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return (uint32_t)-_mm_cvtsi128_si32(v);
}

// classes must be a multiple of 4 here: the yardstick is measured at 1000, 32000 and the like.
static void score(const float *x, size_t rows, size_t classes, const int32_t *targets,
                  row_score *out) {
  for (size_t r = 0; r < rows; r++, x += classes) {
    const size_t target = (size_t)targets[r], vector = target & ~(size_t)3;
    const float zt = x[target];
    const __m128 above = _mm_set1_ps(zt), at_least = _mm_set1_ps(nextafterf(zt, -INFINITY));
    const __m128i lanes = _mm_cmplt_epi32(_mm_setr_epi32(0, 1, 2, 3), _mm_set1_epi32(target & 3));
    const __m128 mixed = _mm_blendv_ps(above, at_least, _mm_castsi128_ps(lanes));
    int tied = (_mm_movemask_ps(_mm_cmpeq_ps(_mm_loadu_ps(x + vector), above)) >>
                ((target & 3) + 1)) != 0;
    float max = -INFINITY;
    size_t max_block = 0;
    double sum = 0, squares = 0;
    __m128i beaten = _mm_setzero_si128();
    for (size_t b = 0; b < classes; b += BLOCK) {
      const size_t end = b + BLOCK < classes ? b + BLOCK : classes;
      float block_max = -INFINITY;
      for (size_t from = b; from < end;) {
        size_t to = end;
        __m128 threshold = above;
        if (from < vector) {
          if (vector < to) to = vector;
          threshold = at_least;
        } else if (from == vector) {
          to = from + 4;
          threshold = mixed;
        }
        __m128 part = _mm_set1_ps(-INFINITY);
        size_t i = from;
        for (; i + 16 <= to; i += 16) {
          __m128 a = _mm_loadu_ps(x + i), c = _mm_loadu_ps(x + i + 4);
          __m128 d = _mm_loadu_ps(x + i + 8), e = _mm_loadu_ps(x + i + 12);
          part = _mm_max_ps(part, _mm_max_ps(_mm_max_ps(a, c), _mm_max_ps(d, e)));
          __m128i n = _mm_add_epi32(_mm_castps_si128(_mm_cmpgt_ps(a, threshold)),
                                    _mm_castps_si128(_mm_cmpgt_ps(c, threshold)));
          __m128i m = _mm_add_epi32(_mm_castps_si128(_mm_cmpgt_ps(d, threshold)),
                                    _mm_castps_si128(_mm_cmpgt_ps(e, threshold)));
          beaten = _mm_add_epi32(beaten, _mm_add_epi32(n, m));
        }
        for (; i < to; i += 4) {
          __m128 a = _mm_loadu_ps(x + i);
          part = _mm_max_ps(part, a);
          beaten = _mm_add_epi32(beaten, _mm_castps_si128(_mm_cmpgt_ps(a, threshold)));
        }
        float reached = hmax(part);
        if (from > vector && reached == zt) tied = 1;
        if (reached > block_max) block_max = reached;
        from = to;
      }
      if (block_max > max) {
        if (sum != 0) {
          double shrink = exp((double)max - (double)block_max);
          sum *= shrink;
          squares *= shrink * shrink;
        }
        max = block_max;
        max_block = b;
      }
      const __m128 reference = _mm_set1_ps(max == -INFINITY ? 0 : max);
      const __m128 log2e = _mm_set1_ps(1.44269504f);
      __m128 s = _mm_setzero_ps(), q = _mm_setzero_ps();
      size_t i = b;
      for (; i + 16 <= end; i += 16) {
        __m128 e0 = exp2_ps(_mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(x + i), reference), log2e));
        __m128 e1 = exp2_ps(_mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(x + i + 4), reference), log2e));
        __m128 e2 = exp2_ps(_mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(x + i + 8), reference), log2e));
        __m128 e3 = exp2_ps(_mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(x + i + 12), reference), log2e));
        s = _mm_add_ps(s, _mm_add_ps(_mm_add_ps(e0, e1), _mm_add_ps(e2, e3)));
        q = _mm_add_ps(q, _mm_add_ps(_mm_add_ps(_mm_mul_ps(e0, e0), _mm_mul_ps(e1, e1)),
                                     _mm_add_ps(_mm_mul_ps(e2, e2), _mm_mul_ps(e3, e3))));
      }
      for (; i < end; i += 4) {
        __m128 e = exp2_ps(_mm_mul_ps(_mm_sub_ps(_mm_loadu_ps(x + i), reference), log2e));
        s = _mm_add_ps(s, e);
        q = _mm_add_ps(q, _mm_mul_ps(e, e));
      }
      sum += hsum(s);
      squares += hsum(q);
    }
    const uint32_t rank = hcount(beaten);
    size_t prediction = target;
    if (rank != 0) {
      const __m128 wanted = _mm_set1_ps(max);
      for (prediction = max_block;; prediction += 4) {
        int mask = _mm_movemask_ps(_mm_cmpeq_ps(_mm_loadu_ps(x + prediction), wanted));
        if (mask) {
          prediction += (size_t)__builtin_ctz((unsigned)mask);
          break;
        }
      }
    }
    const double log_sum = log(sum), confidence = 1 / sum;
    out[r] = (row_score){(double)max - zt + log_sum,
                         confidence,
                         exp((double)zt - max) * confidence,
                         squares * confidence * confidence,
                         max + log_sum,
                         (uint32_t)prediction,
                         rank,
                         zt == max && (tied || rank != 0)};
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  const double d = *(const double *)a - *(const double *)b;
  return (d > 0) - (d < 0);
}

int main(int argc, char **argv) {
  if (argc != 4 || atol(argv[1]) % 4 != 0) {
    fprintf(stderr, "usage: yardstick CLASSES ROWS SECONDS (CLASSES a multiple of 4)\n");
    return 2;
  }
  const size_t classes = (size_t)atol(argv[1]), rows = (size_t)atol(argv[2]);
  const double seconds = atof(argv[3]);
  float *x = malloc(rows * classes * sizeof *x);
  int32_t *targets = malloc(rows * sizeof *targets);
  row_score *out = malloc(rows * sizeof *out);
  uint32_t state = 12345;
  for (size_t i = 0; i < rows * classes; i++) {
    float total = 0;
    for (int k = 0; k < 4; k++) {
      state = state * 1664525u + 1013904223u;
      total += (float)(state >> 8) / 16777216.0f;
    }
    x[i] = (total - 2) * 6;
  }
  for (size_t r = 0; r < rows; r++) {
    state = state * 1664525u + 1013904223u;
    targets[r] = (int32_t)((state >> 8) % classes);
  }
  double times[4096], spent = 0;
  int n = 0;
  score(x, rows, classes, targets, out);
  while (n < 4096 && (spent < seconds || n < 5)) {
    const double start = now();
    score(x, rows, classes, targets, out);
    times[n] = now() - start;
    spent += times[n++];
  }
  double loss = 0;
  for (size_t r = 0; r < rows; r++) loss += out[r].loss;
  qsort(times, (size_t)n, sizeof *times, by_value);
  const double gigabytes = (double)(rows * classes * sizeof *x) * 1e-9;
  printf("{\"classes\": %zu, \"rows\": %zu, \"best\": %.4f, \"median\": %.4f, \"meanLoss\": %.17g}\n",
         classes, rows, gigabytes / times[0], gigabytes / times[n / 2], loss / (double)rows);
  return 0;
}
