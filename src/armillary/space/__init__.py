"""POINTS WITH LABELS: the one type of the whole project, and the questions that can be asked of it."""

from armillary.space.direction import Direction
from armillary.space.point import Point
from armillary.space.space import Space

__all__ = ["Direction", "Point", "Space"]
