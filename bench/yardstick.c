// The same fused pass in C, as a yardstick: rows of f32 logits to loss,
// predicted class, rank of the target, confidence, p(target) and the sum of
// squared probabilities, with the algorithm of assembly/scores/score-logits.ts.
//
//   gcc -O3 -msse4.1 -o yardstick bench/yardstick.c -lm        as plain wasm SIMD
//   gcc -O3 -mfma -mprefer-vector-width=128 …                  as relaxed wasm SIMD
//   gcc -O3 -mavx512f …                                        wider than wasm can be
//   gcc -O3 -march=native -DREADING …                          reads the scores and no more
//
//   ./yardstick SCORES TARGETS ROWS CLASSES SECONDS
//
// SCORES and TARGETS are files of f32 and i32. Prints the mean loss, the
// number of right rows and the seconds of every pass as JSON.

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_PASSES 4096

typedef struct {
  double loss, confidence, target_probability, squares, normalizer;
  uint32_t prediction, rank, tied;
} row_score;

#ifdef READING

// Eight accumulators, which the compiler makes as wide as the processor has them.
static void score(const float *x, size_t rows, size_t classes, const int32_t *targets,
                  row_score *out) {
  (void)targets;
  typedef uint32_t wide __attribute__((vector_size(64), aligned(4)));
  const wide *p = (const wide *)x;
  const size_t n = rows * classes / 16;
  wide sums[8] = {{0}};
  for (size_t i = 0; i + 8 <= n; i += 8)
    for (int k = 0; k < 8; k++) sums[k] ^= p[i + k];
  for (int k = 1; k < 8; k++) sums[0] ^= sums[k];
  out[0].rank = sums[0][0];
}

#else

#include "yardstick-vectors.h"

#define BLOCK 512

static inline vec exp2_vec(vec y) {
  const vec magic = v_set(12583039.0f);
  y = v_max(y, v_set(-127.0f));
  const vec t = v_add(y, magic);
  const vec f = v_sub(y, v_sub(t, magic));
  vec p = v_fma(f, v_set(0.001326472731307149f), v_set(0.009671512991189957f));
  p = v_fma(p, f, v_set(0.05550733581185341f));
  p = v_fma(p, f, v_set(0.24022242426872253f));
  p = v_fma(p, f, v_set(0.6931470036506653f));
  p = v_fma(p, f, v_set(1.0f));
  return v_mul(p, v_exponent(t));
}

static void score(const float *x, size_t rows, size_t classes, const int32_t *targets,
                  row_score *out) {
  const vec log2e = v_set(1.44269504f);
  for (size_t r = 0; r < rows; r++, x += classes) {
    const size_t target = (size_t)targets[r], lane = target % WIDTH, vector = target - lane;
    const float zt = x[target];
    const vec above = v_set(zt), at_least = v_set(nextafterf(zt, -INFINITY));
    const vec mixed = v_first(lane, at_least, above);
    const vec own = vector + WIDTH <= classes ? v_load(x + vector)
                                              : v_load_tail(x + vector, classes - vector);
    int tied = v_equal(own, above) >> (lane + 1) != 0;
    float max = -INFINITY;
    size_t max_block = 0;
    double sum = 0, squares = 0;
    counts beaten = c_zero();
    for (size_t b = 0; b < classes; b += BLOCK) {
      const size_t end = b + BLOCK < classes ? b + BLOCK : classes;
      const size_t whole = end - (end - b) % WIDTH;
      float block_max = -INFINITY;
      for (size_t from = b; from < whole;) {
        size_t to = whole;
        vec threshold = above;
        if (from < vector) {
          if (vector < to) to = vector;
          threshold = at_least;
        } else if (from == vector) {
          to = from + WIDTH;
          threshold = mixed;
        }
        vec part = v_set(-INFINITY);
        size_t i = from;
        for (; i + 4 * WIDTH <= to; i += 4 * WIDTH) {
          const vec x0 = v_load(x + i), x1 = v_load(x + i + WIDTH);
          const vec x2 = v_load(x + i + 2 * WIDTH), x3 = v_load(x + i + 3 * WIDTH);
          part = v_max(part, v_max(v_max(x0, x1), v_max(x2, x3)));
          beaten = c_above(beaten, x0, threshold);
          beaten = c_above(beaten, x1, threshold);
          beaten = c_above(beaten, x2, threshold);
          beaten = c_above(beaten, x3, threshold);
        }
        for (; i < to; i += WIDTH) {
          const vec x0 = v_load(x + i);
          part = v_max(part, x0);
          beaten = c_above(beaten, x0, threshold);
        }
        const float reached = v_largest(part);
        if (from > vector && reached == zt) tied = 1;
        if (reached > block_max) block_max = reached;
        from = to;
      }
      if (whole < end) {
        const vec x0 = v_load_tail(x + whole, end - whole);
        beaten = c_above(beaten, x0, whole < vector ? at_least : whole == vector ? mixed : above);
        const float reached = v_largest(x0);
        if (whole > vector && reached == zt) tied = 1;
        if (reached > block_max) block_max = reached;
      }
      if (block_max > max) {
        if (sum != 0) {
          const double shrink = exp((double)max - (double)block_max);
          sum *= shrink;
          squares *= shrink * shrink;
        }
        max = block_max;
        max_block = b;
      }
      const vec reference = v_set(max == -INFINITY ? 0 : max);
      vec s = v_set(0), q = v_set(0);
      size_t i = b;
      for (; i + 4 * WIDTH <= whole; i += 4 * WIDTH) {
        const vec e0 = exp2_vec(v_mul(v_sub(v_load(x + i), reference), log2e));
        const vec e1 = exp2_vec(v_mul(v_sub(v_load(x + i + WIDTH), reference), log2e));
        const vec e2 = exp2_vec(v_mul(v_sub(v_load(x + i + 2 * WIDTH), reference), log2e));
        const vec e3 = exp2_vec(v_mul(v_sub(v_load(x + i + 3 * WIDTH), reference), log2e));
        s = v_add(s, v_add(v_add(e0, e1), v_add(e2, e3)));
        q = v_add(q, v_add(v_fma(e0, e0, v_mul(e1, e1)), v_fma(e2, e2, v_mul(e3, e3))));
      }
      for (; i < end; i += WIDTH) {
        const vec x0 = i < whole ? v_load(x + i) : v_load_tail(x + i, end - i);
        const vec e = exp2_vec(v_mul(v_sub(x0, reference), log2e));
        s = v_add(s, e);
        q = v_fma(e, e, q);
      }
      sum += v_total(s);
      squares += v_total(q);
    }
    const uint32_t rank = c_total(beaten);
    size_t prediction = target;
    if (rank != 0) {
      const vec wanted = v_set(max);
      // The scores end with padding, so that whole vectors may be loaded here.
      for (prediction = max_block;; prediction += WIDTH) {
        const unsigned mask = v_equal(v_load(x + prediction), wanted);
        if (mask) {
          prediction += (size_t)__builtin_ctz(mask);
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

#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *read_all(const char *path, size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
  FILE *file = fopen(path, "rb");
  if (!memory || !file || fread(memory, 1, bytes, file) != bytes) {
    fprintf(stderr, "yardstick: cannot read %zu bytes of %s\n", bytes, path);
    exit(3);
  }
  fclose(file);
  memset((char *)memory + bytes, 0, 64);
  return memory;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: yardstick SCORES TARGETS ROWS CLASSES SECONDS\n");
    return 2;
  }
  const size_t rows = (size_t)atol(argv[3]), classes = (size_t)atol(argv[4]);
  const double seconds = atof(argv[5]);
  const float *x = read_all(argv[1], rows * classes * sizeof *x);
  const int32_t *targets = read_all(argv[2], rows * sizeof *targets);
  row_score *out = calloc(rows, sizeof *out);
  static double times[MOST_PASSES];
  double spent = 0;
  int n = 0;
  score(x, rows, classes, targets, out);
  while (n < MOST_PASSES && (spent < seconds || n < 3)) {
    const double start = now();
    score(x, rows, classes, targets, out);
    times[n] = now() - start;
    spent += times[n++];
  }
  double loss = 0;
  size_t right = 0;
  for (size_t r = 0; r < rows; r++) {
    loss += out[r].loss;
    right += out[r].rank == 0;
  }
  printf("{\"meanLoss\": %.17g, \"right\": %zu, \"seconds\": [", loss / (double)rows, right);
  for (int i = 0; i < n; i++) printf("%s%.9f", i ? ", " : "", times[i]);
  printf("]}\n");
  return 0;
}
