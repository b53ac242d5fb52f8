"""Policies of grids: how many officers a grid has."""

from tenants.policies import policy

_SOURCE = "S0-4 蒲教发〔2022〕66号 “选聘1-3名网格化管理员”"

OFFICERS_MIN = policy("grid.officers.min", 1, "officers", _SOURCE)
OFFICERS_MAX = policy("grid.officers.max", 3, "officers", _SOURCE)
"""A value of null removes the bound, as community grids do (Huangshan: 189 officers, 36 grids)."""
