"""RSA keys of given primes, for tests of blind signatures."""

from cryptography.hazmat.primitives.asymmetric import rsa

from dp3t.primitives import BlindRsaPrivateKey


def private_of(p: int, q: int) -> BlindRsaPrivateKey:
    """Return the private key of two primes."""
    d = pow(65_537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(65_537, p * q),
    )
    return BlindRsaPrivateKey(numbers.private_key())
