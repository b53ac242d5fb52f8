"""Tests of the read compiler over tables of their own."""
