"""What-if: scanners, officers, dogs and lanes; delay, harm found and what one more minute would bring."""
