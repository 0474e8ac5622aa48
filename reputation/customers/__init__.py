"""For whom the service answers: organizations with their people, codes, policies, mail servers, tokens and requests.

It knows no door.
"""
