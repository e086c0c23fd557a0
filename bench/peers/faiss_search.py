"""faiss (Debian) as a peer, on one thread: /usr/bin/python3 faiss_search.py ROWS DIMENSION VECTORS QUERIES [TRUTH].

Makes the files of vectors and queries (float32) when they are not there: 1000 clusters with noise, length 1, as embeddings are rather than plain noise.
Each line of the input is one work, answered with one number: "flat N" searches the first N queries for 10 neighbours (milliseconds);
"build LINKS BREADTH" makes an HNSW index (milliseconds), "hnsw EF" searches all queries in it (milliseconds), "recall EF" compares with TRUTH (int64, 10 a query).
"""
import ctypes
import os
import sys
import time

import faiss
import numpy as np

rows, dimension, vectors, queries = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]


def make():
    rng = np.random.default_rng(0)
    centre, x = rng.standard_normal((1000, dimension), dtype=np.float32), np.empty((rows, dimension), np.float32)
    for i in range(0, rows, 50_000):
        part = x[i:i + 50_000]
        part[:] = centre[rng.integers(0, 1000, len(part))] + 0.6 * rng.standard_normal(part.shape, dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    q = x[rng.integers(0, rows, 256)] + 0.6 / dimension ** 0.5 * rng.standard_normal((256, dimension), dtype=np.float32)
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    q.tofile(queries)
    x.tofile(vectors + ".partial")
    os.replace(vectors + ".partial", vectors)


if not (os.path.exists(vectors) and os.path.exists(queries)):
    make()

# Batches of 20 queries and more go through OpenBLAS, which does not hear faiss's setting.
faiss.omp_set_num_threads(1)
ctypes.CDLL("libopenblas.so.0").openblas_set_num_threads(1)
x, q = np.fromfile(vectors, np.float32).reshape(rows, dimension), np.fromfile(queries, np.float32).reshape(-1, dimension)
flat, hnsw, truth = None, None, None
print(f"ready faiss {faiss.__version__}", flush=True)
for line in sys.stdin:
    work, *numbers = line.split()
    numbers = [int(n) for n in numbers]
    if work == "flat" and flat is None:
        flat = faiss.IndexFlatIP(dimension)
        flat.add(x)
        x = None
    if work in ("hnsw", "recall"):
        hnsw.hnsw.efSearch = numbers[0]
    start = time.perf_counter()
    if work == "flat":
        flat.search(q[:numbers[0]], 10)
    elif work == "build":
        hnsw = faiss.IndexHNSWFlat(dimension, numbers[0], faiss.METRIC_INNER_PRODUCT)
        hnsw.hnsw.efConstruction = numbers[1]
        hnsw.add(x)
    elif work == "hnsw":
        hnsw.search(q, 10)
    elif work == "recall":
        truth = np.fromfile(sys.argv[5], np.int64).reshape(-1, 10) if truth is None else truth
        found = hnsw.search(q, 10)[1]
        print(float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth)])), flush=True)
        continue
    else:
        sys.exit(f"unknown work: {line}")
    print((time.perf_counter() - start) * 1000, flush=True)
