"""safetensors in, torch.save's zip file out: python3 save_bin.py IN.safetensors OUT.bin"""
import json
import struct
import sys
from collections import OrderedDict

import torch

source, target = sys.argv[1:]
with open(source, "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header, data = json.loads(file.read(size)), bytearray(file.read())
types = {"F32": torch.float32, "BF16": torch.bfloat16}
state = OrderedDict()
for name, entry in header.items():
    if name != "__metadata__":
        begin, end = entry["data_offsets"]
        state[name] = torch.frombuffer(data, dtype=types[entry["dtype"]], offset=begin, count=(end - begin) // (4 if entry["dtype"] == "F32" else 2)).view(entry["shape"]).clone()
torch.save(state, target)
