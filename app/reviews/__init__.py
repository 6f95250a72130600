"""The review queue: money that is held until a person decides.

A held attempt gets a case (`open`), in the transaction that holds it. An analyst takes it (`queue`, `locks`), looks at
it (`detail`, `linked`), talks about it (`notes`) and gives a verdict with a label (`decide`), which is carried out a
few seconds later, so that it can be taken back (`act`). A case follows its payment: whoever ends the hold, ends the
case. No hold runs out silently (`expiry`).
"""
