"""Labels of the enums, for frontends."""
