"""Files in the API: announced by a mutation, sent as a form, read by signed links."""
