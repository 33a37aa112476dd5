"""`make suite`: the Firebase CLI's own emulator suite, with our Firestore emulator in the place of Google's."""
