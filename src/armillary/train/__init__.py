"""Learning: from text, or from baskets of anything, to points."""
