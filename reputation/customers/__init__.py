"""For whom: organizations, their people, activation codes, policies and mail servers. Knows neither door."""
