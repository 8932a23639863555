"""Taking the statements of health authorities."""

from dp3t import Instant, PolicyError
from dp3t.publication import Statement, commitment_digest
from dp3t_server.parts import Parts


async def take_statement(parts: Parts, signed: bytes, *, now: Instant) -> Statement:
    """Store the hashes that a signed statement authorises [COMMITMENT-12].

    Raises:
        MalformedError: the bytes are not a signed statement.
        VerificationError: no authority of the region has signed it.
        PolicyError: it is not good now, for another region, of a design that is not run, or the
            region takes none, or the service has ended [COMMITMENT-10] [COMMITMENT-17].
    """
    config = parts.config
    if "bound" not in config.authorizations:
        raise PolicyError("this server takes no statements; see `authorizations`")
    statement = Statement.open(
        signed, authorities=config.trusted_authorities, region=config.region, now=now
    )
    if statement.design not in config.designs:
        raise PolicyError("this server does not run the design")
    key = parts.secrets.load().digest_key
    digests = [commitment_digest(value, key=key) for value in statement.hashes]
    async with parts.store.writing() as transaction:
        await transaction.commitments.authorize(digests, expires=statement.expires)
        await transaction.require_service()
    return statement
