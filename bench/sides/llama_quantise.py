"""A GGUF file in Q4_0, by llama.cpp's own quantiser: llama_quantise.py FROM TO."""

import ctypes
import sys

import llama_cpp

how = llama_cpp.llama_model_quantize_default_params()
how.ftype, how.allow_requantize = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0, True
sys.exit(llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(how)))
