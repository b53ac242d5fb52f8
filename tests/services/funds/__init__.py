"""Tests of the supervision of prepaid fees."""
