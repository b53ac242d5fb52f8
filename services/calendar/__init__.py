"""工作日历 — working days, rest days and make-up workdays, and periods counted on them."""
