"""The published rules that turn attenuation and time into a score, each exactly as published.

`readings` is what all of them start from. `gaen_v1` and `gaen_v2` are Google's two generations,
`daily_summaries` adds the windows of the second up, `cwa` is Corona-Warn-App's rule over the same
windows, and `exposure_score` is DP-3T's own. `cases` runs files of cases with known results. The
chapter is `spec/proximity/scoring.md`.
"""
