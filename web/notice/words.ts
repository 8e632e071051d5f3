/** Every text of the page, French first. */
export const WORDS = {
  fr: {
    title: 'Vérifier un courrier',
    intro: 'Vous avez reçu un courrier qui parle de vos données. Tapez le code imprimé dessus : cette page dit s’il figure sur un courrier que votre organisme a vraiment envoyé.',
    label: 'Code du courrier', hint: '16 lettres et chiffres, par exemple ABCD-EFGH-JKMN-PQRS.', check: 'Vérifier', checking: 'Vérification…', language: 'English',
    fault: 'Le code a 16 lettres et chiffres. Recopiez-le en entier, tel qu’il est imprimé.',
    privateTitle: 'Votre code ne quitte pas votre appareil',
    private: 'La page charge un lot de réponses chiffrées, toujours de la même taille, et cherche la vôtre sur place. Personne ne sait quel code vous avez tapé. Aucun numéro de sécurité sociale ne vous sera demandé.',
    known: 'Ce code est bien d’un courrier envoyé', knownBy: (insurer: string, day: string) => `Envoyé par ${insurer}, daté du ${day}.`, incident: (number: number) => `Incident n° ${number}.`,
    knownAdvice: ['Comparez avec votre courrier : l’organisme et la date doivent être les mêmes.', 'Un code peut être recopié. Un vrai courrier ne vous demande ni paiement, ni mot de passe, ni numéro de carte bancaire.', 'En cas de doute, appelez le numéro imprimé sur votre carte de complémentaire santé, pas celui du courrier.'],
    unknown: 'Ce code n’est d’aucun courrier que nous connaissons',
    unknownAdvice: ['Relisez le code, lettre par lettre.', 'S’il est juste, ne suivez pas ce que demande le courrier : ne payez rien, ne donnez aucun mot de passe.', 'Appelez le numéro imprimé sur votre carte de complémentaire santé.', 'Pour signaler un courrier suspect : 17Cyber (17cyber.gouv.fr).'],
    undetermined: 'Nous n’avons pas pu vérifier',
    undeterminedAdvice: ['Cela ne dit rien de votre courrier.', 'Réessayez dans quelques minutes, ou appelez le numéro imprimé sur votre carte de complémentaire santé.'],
    insurerUnknown: (amc: string) => `l’organisme n° ${amc}`,
  },
  en: {
    title: 'Check a letter',
    intro: 'You received a letter about your data. Type the code printed on it: this page tells whether it stands on a letter that your insurer really sent.',
    label: 'Code of the letter', hint: '16 letters and digits, for example ABCD-EFGH-JKMN-PQRS.', check: 'Check', checking: 'Checking…', language: 'Français',
    fault: 'The code has 16 letters and digits. Copy it whole, as it is printed.',
    privateTitle: 'Your code does not leave your device',
    private: 'The page loads a batch of encrypted answers, always of one size, and looks for yours on the spot. Nobody knows which code you typed. You will never be asked for a social security number.',
    known: 'This code is of a letter that was sent', knownBy: (insurer: string, day: string) => `Sent by ${insurer}, dated ${day}.`, incident: (number: number) => `Incident no. ${number}.`,
    knownAdvice: ['Compare with your letter: insurer and date must be the same.', 'A code can be copied. A true letter asks for no payment, no password and no bank card number.', 'When in doubt, call the number printed on your complementary health card, not the one on the letter.'],
    unknown: 'This code is of no letter that we know',
    unknownAdvice: ['Read the code again, letter by letter.', 'If it is right, do not do what the letter asks: pay nothing, give no password.', 'Call the number printed on your complementary health card.', 'To report a suspicious letter: 17Cyber (17cyber.gouv.fr).'],
    undetermined: 'We could not check',
    undeterminedAdvice: ['This says nothing about your letter.', 'Try again in a few minutes, or call the number printed on your complementary health card.'],
    insurerUnknown: (amc: string) => `insurer no. ${amc}`,
  },
} as const;

export type Language = keyof typeof WORDS;
