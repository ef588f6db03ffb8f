"""Clients that others wrote, reading the sandbox."""
