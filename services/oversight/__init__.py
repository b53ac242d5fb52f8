"""Asking across counties: figures with numerator, denominator and what is missing."""
