"""A stand-in for Firebase Cloud Messaging: takes and refuses what FCM does, and fails when told to."""
