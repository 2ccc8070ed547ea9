"""Price, purity, dose and mass of what is seized; doses with bounds."""
