"""Tular: a brand's story, passed on by its fans, and what came of it.

The map of the package, from top to bottom; a part imports only what stands below it:

app            create_app(): the one meeting place
cli            one command for each job of an operator
web            pages
api            the same areas as JSON
notices        what leaves by mail, read from the outbox
spread         who told whom: measures, layout, drawing, exchange
events         exhibitions: passes, scans at their doors, and credit for who brought somebody
sales          what a fan's word became worth, and whose word it was
credits        the ledger of who earned what
introductions  A told B: the edges, and how somebody who was told arrives
clicks         visits to links
links          codes, targets, QR
fans           people in campaigns
campaigns      stories and the terms promised
people         personal data, and nowhere else
brands         brands, members, roles, keys
plumbing       database, transaction, outbox, mail, languages, signing, clock, migrations
config         settings
errors         refusals
"""
