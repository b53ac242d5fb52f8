"""The read compiler: one selection set becomes one SQL statement whose result is JSON."""
