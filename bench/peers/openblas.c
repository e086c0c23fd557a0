// OpenBLAS as a peer: for each line "M N K THREADS" one y[M,N] = x[M,K] * w[N,K]^T, as a linear layer has it; answers with milliseconds.
//   gcc -O2 openblas.c -o openblas -lopenblas
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static float *noise(long n) {
    static unsigned s = 20240826;
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    for (long i = 0; i < n; i++) {
        s ^= s << 13; s ^= s >> 17; s ^= s << 5;
        x[i] = (int)s * 4.6566e-10f;
    }
    return x;
}

int main(void) {
    long most = 2048L * 4096;
    float *x = noise(most), *w = noise(most), *y = noise(most);
    char line[200];
    printf("ready %.40s %s\n", openblas_get_config(), openblas_get_corename());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        int m, n, k, threads;
        if (sscanf(line, "%d %d %d %d", &m, &n, &k, &threads) != 4 || (long)m * k > most || (long)n * k > most || (long)m * n > most) {
            printf("what is %s\n", line);
            return 1;
        }
        openblas_set_num_threads(threads);
        // Short products are repeated, so that waking the threads does not stand for the product.
        int runs = 1 + (int)(2e8 / (2.0 * m * n * k));
        double start = now();
        for (int r = 0; r < runs; r++) cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k, w, k, 0, y, n);
        printf("%.6f\n", (now() - start) / runs);
        fflush(stdout);
    }
}
