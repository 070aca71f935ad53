"""The script that a user of llama-cpp-python writes for `armillary next TEXT --in FILE.gguf --json`."""

import json
import sys

import llama_cpp
import numpy as np

model = llama_cpp.Llama(sys.argv[1], n_ctx=512, n_threads=2, n_threads_batch=2, verbose=False)
model.eval(model.tokenize(sys.argv[2].encode()))
scores = np.ctypeslib.as_array(llama_cpp.llama_get_logits(model._ctx.ctx), (model.n_vocab(),))
print(json.dumps({"next": [{"id": int(scores.argmax())}]}))
