"""Figures across counties below the API."""
