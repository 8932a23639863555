"""What people and authorities do about the epidemic: tests, staying at home, tracing, uploads.

`response.of` makes a `Response`, which is asked three times a day. The chapter is
`spec/simulator/response.md`.
"""
