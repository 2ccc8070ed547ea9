"""What a late-reported count will come to, with its doubt, beside what has been reported."""
