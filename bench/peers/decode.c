// FFmpeg as a peer: for each line "run" every file of a list is decoded by a process of its own, so many at a time, to a pipe that is read and dropped; answers with milliseconds.
//   decode LIST AT_ONCE      LIST: a path a line
//   gcc -O2 decode.c -o decode -lpthread
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char *files[100000];
static int count, next;
static long long bytes;
static int failed;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static void decode(const char *path) {
    char input[4200];
    snprintf(input, sizeof input, "file:%s", path);
    // The flags of Signals/Files/FfmpegProcess.cs for decoding alone.
    char *arguments[] = {"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "level+error", "-max_alloc", "536870912", "-cpuflags", "0", "-timelimit", "900", "-threads", "1",
        "-protocol_whitelist", "file,pipe", "-format_whitelist", "aac,ac3,aiff,ape,asf,au,caf,eac3,flac,matroska,mov,mp3,mpc,mpc8,ogg,tak,tta,w64,wv",
        "-bitexact", "-reinit_filter", "0", "-i", input, "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1", NULL};
    int ends[2], status;
    pid_t child;
    char block[1 << 16];
    if (pipe2(ends, O_CLOEXEC)) { failed = 1; return; }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (posix_spawnp(&child, "ffmpeg", &actions, NULL, arguments, environ)) { failed = 1; return; }
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) __atomic_add_fetch(&bytes, got, __ATOMIC_RELAXED);
    close(ends[0]);
    if (waitpid(child, &status, 0) < 0 || status != 0) failed = 1;
}

static void *work(void *unused) {
    for (int i; (i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED)) < count;) decode(files[i]);
    return unused;
}

int main(int argc, char **argv) {
    char line[4096];
    FILE *list = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (!list) { printf("usage: decode LIST AT_ONCE\n"); return 1; }
    while (count < 100000 && fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = 0;
        files[count++] = strdup(line);
    }
    int threads = atoi(argv[2]);
    pthread_t running[64];
    printf("ready FFmpeg, %d processes at a time\n", threads);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        double start = now();
        next = 0; bytes = 0; failed = 0;
        for (int i = 0; i < threads; i++) pthread_create(&running[i], NULL, work, NULL);
        for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
        if (failed || bytes < 44LL * count) { printf("FFmpeg failed\n"); return 1; }
        printf("%.6f\n", now() - start);
        fflush(stdout);
    }
    return 0;
}
