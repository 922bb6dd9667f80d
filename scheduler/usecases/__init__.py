"""What Heliotrope can do: one verb a file; the only thing the command line and the API call.

Nothing is imported here: each verb brings only the libraries it needs.
"""
