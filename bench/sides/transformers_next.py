"""The script that a user of transformers writes for `armillary next TEXT --in FILE.gguf --json`."""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

path = Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
with torch.no_grad():
    scores = model(**tokenizer(sys.argv[2], return_tensors="pt")).logits[0, -1]
best = int(scores.argmax())
print(json.dumps({"next": [{"id": best, "token": tokenizer.decode([best])}]}))
