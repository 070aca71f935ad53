"""What a reader of untrusted files allows, in one table.

Every length that a file states is first held against the bytes that are there (see `bounded`); these limits are for
what the size of the file does not bound. `Accept(huge=True)` lifts the first group.
"""

# Lifted by Accept.huge
LINE = 1 << 20
"""Bytes of a text line apart from its numbers."""
NUMBER = 32
"""Bytes of one number in text: a line may have LINE + dim * NUMBER."""
RATIO = 50
"""Bytes that one byte of a compressed file may unpack to, measured once RATIO_FROM bytes have come out."""
RATIO_FROM = 8 << 20
UNPACKED = 64 << 30
"""Bytes that a compressed file may unpack to in all."""

# For good
WORD = 64 << 10
"""Bytes of one word in a binary file."""
DIGITS = 128
"""Bytes of one number in text, where several of them average out to NUMBER."""
DIMENSION = 1 << 17
"""Numbers in one vector."""
HEAD = 64 << 10
"""Bytes by which a file is recognised."""
TOKENS = 1 << 24
"""Tokens that a tokenizer may have, and one more than its highest id."""
TENSORS = 1 << 20
"""Tensors of a model file."""
FACTS = 1 << 20
"""Facts that a model file states of itself."""
FACT = 64 << 20
"""Bytes of a text among them."""
FACT_LIST = 1 << 26
"""Entries of a list among them."""
