"""Pairs of texts become a translator: read, planned, learned, written as a folder that opens anywhere, and asked."""
