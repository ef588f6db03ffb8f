"""The webhook inbox: a service that verifies what vendors send, stores it as it came, and answers.

It knows nothing else: what a webhook means is found out when the streams that it feeds are read
(extractors/inbox.py). How to set it up: docs/inbox.md
"""
