"""A text becomes a model: looked at, planned, learned, written as a folder that opens anywhere, and told on a card."""
