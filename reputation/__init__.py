"""What all doors share: what is listed, for whom, and why. It knows neither HTTP nor DNS packets."""
