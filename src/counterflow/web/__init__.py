"""What the console and the API share: who is asking, what they may do, what may come in, and how errors are told."""
