"""Learning: from features and past outcomes to a calibrated chance per harm class, judged on time splits."""
