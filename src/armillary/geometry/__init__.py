"""QUESTIONS OF ANY SPACE: arrays and row numbers in, arrays out; no labels, no models."""
