"""Privacy-preserving, decentralized exposure notification."""
