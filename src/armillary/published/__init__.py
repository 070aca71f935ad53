"""Models that others published: their config keys and tensor names, told in ours. No family is named elsewhere."""
