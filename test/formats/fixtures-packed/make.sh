#!/bin/sh
# Packs one CSV as the zstd command does, in the ways that it has. Needs zstd.
set -eu
cd "$(dirname "$0")"
/usr/bin/python3 - <<'PY' > rows.csv
print("id,p_a,p_b,label")
for i in range(400):
    p = ((i * 7919) % 1000 + 0.5) / 1000
    print(f"row-{i},{p},{1 - p},{'ab'[i % 3 == 0]}")
PY
for level in 1 3 19; do zstd -q -f -$level rows.csv -o level-$level.zst; done
zstd -q -f --no-check rows.csv -o no-check.zst
# From a pipe nobody knows the size: a window, no single segment.
zstd -q -f -c < rows.csv > piped.zst
zstd -q -f --long=27 -c < rows.csv > window-27.zst
zstd -q -f --long=28 --ultra -c < rows.csv > window-28.zst
# Two frames with one between them that is skipped.
head -c 5000 rows.csv | zstd -q -c > several.zst
printf '\120\052\115\030\003\000\000\000abc' >> several.zst
tail -c +5001 rows.csv | zstd -q -c >> several.zst
# A bomb: 256 MiB of zeros.
head -c 268435456 /dev/zero | zstd -q -19 --no-check -c > zeros.zst
