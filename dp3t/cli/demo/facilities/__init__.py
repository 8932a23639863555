"""A week of a district's schools and clinics, as the public record and the map tell it."""
