"""The house that both doors share: what is listed, for whom, and why. Knows neither HTTP nor DNS packets."""
