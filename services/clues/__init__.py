"""Clues: what the public and the grids report, triaged, answered, and followed by receipt."""
