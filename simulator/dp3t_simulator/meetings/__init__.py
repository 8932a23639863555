"""Who meets whom on a day, when, for how long and how near: computed when asked, never stored.

`table.meetings_of` prepares what does not change; `contacts.contacts_of` answers for one person and
day, of today or of any day before, with what `history` says of who stayed at home. The chapter is
`spec/simulator/meetings.md`.
"""
