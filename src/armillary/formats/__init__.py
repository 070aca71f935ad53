"""FILES <-> ARRAYS: every format read and written, sniffed and never flagged."""
