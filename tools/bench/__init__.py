"""`make bench`: payments per second through the real processes, and an audit of the books afterwards.

A stub speaks Stripe's wire form (`stub`), a generator sends payments at a rate that does not wait for answers (`load`),
the real web server, workers and clock stand between them (`stack`), the highest rate that is kept up is looked for
(`search`), and three sets of books are compared in the end (`audit`). Everything shares two cores.
"""
