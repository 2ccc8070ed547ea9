"""Whether the model deserves to be argued with: tests V1 to V9, each row with its bar, its value and a verdict."""
