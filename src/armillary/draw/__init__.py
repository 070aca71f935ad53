"""PICTURES: arrays and strings in, SVG, HTML or terminal text out."""
