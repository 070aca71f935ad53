"""The engine that computes with quantised numbers as they are: kernels compiled once, no torch, nothing dequantised."""
