"""Tests of the institution register."""
