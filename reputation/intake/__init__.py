"""What comes in: published lists, tables of origins, our own listings, and evidence of spam with what it comes to.

Evidence comes from traps, complaints, mail logs, the API and people. It knows neither HTTP nor DNS packets.
"""
