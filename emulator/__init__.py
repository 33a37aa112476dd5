"""An embedded Firestore emulator in pure Python."""
