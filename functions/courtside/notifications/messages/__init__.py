"""What notifications say: texts by language, dates and money as the reader writes them, and e-mails made of them."""
