"""A seeded synthetic world, served as the vendors' own APIs on loopback. Truth is kept apart."""
