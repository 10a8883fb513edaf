"""The noun `Share`: how many of how many, and how sure that is."""

from dataclasses import dataclass
from math import sqrt

REACH = 1.6449  # standard deviations to each side in a 90 % interval


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, each one of them or not, independently of the others."""

    part: int
    whole: int

    def __add__(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def value(self) -> float:
        """0 to 1; 0 of nothing is 0."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval of what `value` would be with no end of trials; 0 to 1 where there were none.

        Wilson's score interval (1927), which Brown, Cai and DasGupta (2001), "Interval Estimation for a Binomial
        Proportion", recommend where counts are small: it never leaves 0 to 1, and is not of width 0 at either end.
        """
        if not self.whole:
            return 0.0, 1.0
        share, z2 = self.value, REACH**2 / self.whole
        middle = (share + z2 / 2) / (1 + z2)
        half = REACH * sqrt(share * (1 - share) / self.whole + z2 / (4 * self.whole)) / (1 + z2)
        return max(0.0, middle - half), min(1.0, middle + half)
