//! Helpers of the suites: cities, databases, certificates and patience.
