# Vad skrivbordet säger, på svenska. Tal skrivs som språket gör; det som är en beteckning kommer som text.

## Sidan
view-review = Granska
view-label = Etikett
view-write = Skriv
view-export = Exportera
view-results = Resultat
view-models = Modeller
you-are = Du är
languages = Språk
sign-out = Logga ut

## Tangenter
keys-button = Kortkommandon
keys = Tangenter
key-approve = godkänn och öppna nästa
key-bring-back = ta fram det som lagts åt sidan
key-edit = ändra; Ctrl Enter sparar, Esc avbryter
key-reject = avvisa: skriv varför, sedan Enter
key-step = nästa, föregående
key-undo = ångra
key-all = besluta om alla som stämmer
key-comment = kommentera
key-grid = rutnätet, där piltangenterna går; igen: listan
key-pairs = jämför två: 1 eller 2 är bäst, 0 kan inte säga
key-search = sök efter ord, sedan Enter; Esc avbryter
key-keys = de här tangenterna
