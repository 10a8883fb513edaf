# What the desk says, in English. A number is written as the language does; whatever is an id comes as text.

## The page
view-review = Review
view-label = Label
view-write = Write
view-export = Export
view-results = Results
view-models = Models
you-are = You are
languages = Language
sign-out = Sign out

## Keys
keys-button = Keyboard shortcuts
keys = Keys
key-approve = approve, and open the next
key-bring-back = bring back what was held back
key-edit = edit; Ctrl Enter saves, Esc leaves it
key-reject = reject: type why, then Enter
key-step = next, back
key-undo = undo
key-all = decide on all that match
key-comment = comment
key-grid = the grid, where the arrows walk; again: the list
key-pairs = compare two: 1 or 2 is better, 0 cannot say
key-search = search for words, then Enter; Esc leaves it
key-keys = these keys
