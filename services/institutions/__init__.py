"""Institutions: the register of off-campus training institutions of a county."""
