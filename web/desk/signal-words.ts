import type { Words } from '../shared/language.tsx';

/** What a signal says, by the last part of its event. */
export const SIGNAL_WORDS: Readonly<Record<string, Words>> = {
  'credential-compromise': { fr: 'Moyens de connexion compromis', en: 'Credentials compromised' },
  'session-revoked': { fr: 'Session révoquée', en: 'Session revoked' },
  'account-enabled': { fr: 'Signal retiré', en: 'Signal taken back' },
  verification: { fr: 'Vérification', en: 'Verification' },
};

/** What a signal did here. */
export const EFFECT_WORDS: Readonly<Record<string, Words>> = {
  new: { fr: 'pas encore lu', en: 'not read yet' },
  waiting: { fr: 'attend que la personne vienne', en: 'waits until the person comes' },
  frozen: { fr: 'a gelé', en: 'froze' },
  'step-up': { fr: 'un geste est demandé', en: 'a touch is asked for' },
  already: { fr: 'déjà gelé', en: 'frozen already' },
  nothing: { fr: 'rien', en: 'nothing' },
  retracted: { fr: 'retiré', en: 'taken back' },
  expired: { fr: 'trop ancien', en: 'too old' },
};

/** Why a peer must be looked at. */
export const PEER_ALARM_WORDS: Readonly<Record<string, Words>> = {
  ceiling: { fr: 'au-dessus de son plafond de gels, un geste est demandé à la place', en: 'over its ceiling of freezes; a touch is asked for instead' },
  flood: { fr: 'trop de signaux en une heure', en: 'too many signals in an hour' },
  'pair-key': { fr: 'sa clé de paire n’est pas la nôtre', en: 'its pair key is not ours' },
  unreachable: { fr: 'ne répond pas', en: 'does not answer' },
  refused: { fr: 'refuse nos signaux', en: 'refuses our signals' },
};

/** Whether a stream runs. */
export const STREAM_WORDS: Readonly<Record<string, Words>> = {
  enabled: { fr: 'ouvert', en: 'open' },
  paused: { fr: 'en pause', en: 'paused' },
  disabled: { fr: 'fermé', en: 'closed' },
};
