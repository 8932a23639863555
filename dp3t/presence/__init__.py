"""QR check-in at public places: visits that stay on the phone, traces that only visitors read."""
