"""Payments: instructing a bank by our id, its statements, and whether the two agree."""
