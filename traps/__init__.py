"""What vendors do that a naive reader gets wrong, and the proof that each handling is needed."""
