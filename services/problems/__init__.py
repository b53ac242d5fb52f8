"""Problems: found, confirmed, rectified, re-checked, written off (动态销号)."""
