"""Files: uploads that wait to be attached, what they really are, and who may read them."""
