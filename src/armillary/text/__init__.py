"""TEXT -> TOKENS: splitting, numbering, hashing; no vectors."""
