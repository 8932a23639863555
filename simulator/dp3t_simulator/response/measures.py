"""What the response came to on one day."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Measures:
    """Counts of one day, complete once `Response.write_history` has run [RESPONSE-13].

    Attributes:
        tests: samples taken.
        positives: positive results that came in.
        false_positives: those among them of people who were not infected when the sample was taken.
        isolated: people at home because of symptoms or a positive result.
        quarantined_household: people at home, not isolated, whose quarantine began because
            somebody of their household was positive.
        quarantined_app: likewise because their phone found them near an infected person.
        quarantined_venue: likewise because it found them at a venue with one.
        quarantined_manual: likewise because an infected person named them.
        days_out: people in quarantine who went out all the same.
        released_early: quarantines that a negative result ended.
        interviews: infected people asked for their contacts.
        interviews_waiting: those whose turn has come and who still wait at the end of the day.
        interviews_given_up: those who had waited for as long as a quarantine lasts.
        traced: people whom somebody named in an interview.
    """

    tests: int = 0
    positives: int = 0
    false_positives: int = 0
    isolated: int = 0
    quarantined_household: int = 0
    quarantined_app: int = 0
    quarantined_venue: int = 0
    quarantined_manual: int = 0
    days_out: int = 0
    released_early: int = 0
    interviews: int = 0
    interviews_waiting: int = 0
    interviews_given_up: int = 0
    traced: int = 0

    @property
    def quarantined(self) -> int:
        """Return how many stay at home because of a quarantine and not of an isolation."""
        return (
            self.quarantined_household
            + self.quarantined_app
            + self.quarantined_venue
            + self.quarantined_manual
        )

    @property
    def at_home(self) -> int:
        """Return how many stay at home."""
        return self.isolated + self.quarantined
