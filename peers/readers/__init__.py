"""What runs a client of somebody else, in the environment of peers/requirements.lock.

Nothing of the project but this package is imported here: that environment has none of its
libraries. Each module reads a task (JSON) from standard input and writes what it read to the file
named by its argument.
"""
