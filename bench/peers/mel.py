"""torchaudio (Debian) as a peer: for each line "RATE FFT HOP MELS" one log-mel of 60 s on one thread, answered with milliseconds."""
import ctypes
import sys
import time

import torch
import torchaudio

# Two settings that show this build at its best and keep one thread true: freed memory is used again, and OpenBLAS gets one thread too.
libc = ctypes.CDLL(None)
libc.mallopt(-4, 0)
libc.mallopt(-1, 2**31 - 1)
torch.set_num_threads(1)
try:
    ctypes.CDLL("libopenblas.so.0").openblas_set_num_threads(1)
except OSError:
    pass

works = {}
print(f"ready torchaudio {torchaudio.__version__}, torch {torch.__version__}", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        rate, fft, hop, mels = map(int, line.split())
        if line not in works:
            torch.manual_seed(0)
            works[line] = (torch.randn(1, rate * 60), torchaudio.transforms.MelSpectrogram(rate, fft, hop_length=hop, n_mels=mels))
        wave, transform = works[line]
        start = time.perf_counter()
        torch.log(transform(wave) + 1e-6)
        print((time.perf_counter() - start) * 1000, flush=True)
