"""Grids: which places a unit watches, and the officers who watch them."""
