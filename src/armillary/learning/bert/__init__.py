"""A text becomes a model that fills blanks: an encoder that sees both sides, learned by hiding tokens from it."""
