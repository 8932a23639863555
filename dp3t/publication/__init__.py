"""Publication: how a secret becomes public, from upload code to signed batch."""
