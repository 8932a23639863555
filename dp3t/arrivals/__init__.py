"""The entry declaration: sealed to the authority, with a receipt that is checked offline."""
