"""What every part stands on: database, transaction, outbox, mail, languages, signing, clock, migrations."""
