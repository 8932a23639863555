"""`dp3t demo --presence`: a market, a school and a hospital, and who has to be warned."""
