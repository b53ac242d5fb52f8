"""Figures: deltas written with the change, folded into totals, exact at any moment."""
