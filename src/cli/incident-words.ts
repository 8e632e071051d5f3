import { clockStanding, type Clock, type Exposure, type ExposureDifference, type Incident, type IncidentDocument, type IncidentSummary, type InsurerStanding } from '../incidents/index.ts';

/** Incident words that a data-protection officer reads. French. */
export const STATE_WORDS = { suspected: 'soupçonné', confirmed: 'établi', contained: 'contenu', closed: 'clos', dismissed: 'écarté' } as const;
const DUTY_WORDS = { authority: 'notifier à la CNIL', 'tell-insurer': 'prévenir l’assureur', acknowledge: 'accuser réception', 'tell-persons': 'informer les personnes' } as const;
const NOTIFICATION_WORDS = { undecided: 'à décider', notify: 'oui', none: 'non' } as const;
const FIELD_NAMES: Readonly<Record<string, string>> = { verdict: 'couvert ou non', period: 'dates', rule: 'règle', amounts: 'montants', guarantee: 'n° d’accord', reason: 'motif' };
const KIND_WORDS: Readonly<Record<string, string>> = { 'insurer-pack': 'dossier chiffré', 'authority-file': 'formulaire CNIL (JSON)', 'authority-pdf': 'formulaire CNIL (PDF)', 'professional-letter': 'lettre au professionnel', 'case-file': 'dossier technique' };
const LEFT_WORDS: Readonly<Record<string, string>> = { severity: 'évaluer la gravité', notification: 'décider de notifier ou non', exposure: 'établir la liste pour le périmètre actuel, jusqu’à la fin de la fuite, avec tout ce qui a été effacé ou perdu', clocks: 'tenir les délais en cours', packs: 'envoyer aux assureurs les dossiers de la dernière liste' };

const time = (at: Date | null): string => (at === null ? '—' : at.toLocaleString('fr-FR', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'short' }));

/** One line of a list of incidents. */
export function summaryLine(one: IncidentSummary): string {
  return `${one.id}  ${STATE_WORDS[one.state]}  ${time(one.openedAt)}  ${one.title}${one.drill ? '  [exercice]' : ''}  ${one.persons === null ? 'liste à établir' : `${one.persons} personnes, ${one.insurers} assureurs`}${one.nextDueAt === null ? '' : `  prochain délai ${time(one.nextDueAt)}`}\n`;
}

/** How long is left, in words. */
export function clockLine(clock: Clock, now: Date): string {
  const { state, leftMs, endsOn } = clockStanding(clock, now);
  const hours = leftMs === null ? '' : `${Math.abs(Math.trunc(leftMs / 3_600_000))} h ${Math.abs(Math.trunc((leftMs / 60_000) % 60))} min`;
  const words = { met: 'fait', 'met-late': `fait en retard (${clock.lateReason ?? ''})`, running: `reste ${hours}`, soon: `BIENTÔT : reste ${hours}`, late: `EN RETARD de ${hours}` }[state];
  return `   ${clock.id}  ${DUTY_WORDS[clock.kind]} (${clock.amcNumber ?? 'exploitant'}) avant ${time(clock.dueAt)}${endsOn === undefined || clock.metAt !== null ? '' : ` — ${endsOn.name} : le délai court quand même`} : ${words}\n`;
}

/** An incident on one page. */
export function incidentPage(parts: { readonly incident: Incident; readonly clocks: readonly Clock[]; readonly left: readonly string[]; readonly now: Date }): string {
  const { incident, clocks, left, now } = parts;
  return `Incident ${incident.id} : ${incident.title}${incident.drill ? ' [exercice]' : ''}
État : ${STATE_WORDS[incident.state]}, ouvert le ${time(incident.openedAt)} par ${incident.openedBy}
Connu le ${time(incident.awareAt)} · contenu le ${time(incident.containedAt)}
Gravité : ${incident.severity === null ? 'à évaluer' : `${incident.severity.level} (${incident.severity.score})`} · notifier : ${NOTIFICATION_WORDS[incident.notification]}${incident.notificationReason === null ? '' : ` (${incident.notificationReason})`}
${clocks.length === 0 ? '' : `Délais :\n${clocks.map((clock) => clockLine(clock, now)).join('')}`}${left.length === 0 ? '' : `Avant de clore : ${left.map((one) => LEFT_WORDS[one] ?? one).join(', ')}.\n`}`;
}

/** A list of exposed persons as counts. */
export function exposurePage(exposure: Exposure, differences: readonly ExposureDifference[]): string {
  const { totals } = exposure;
  const head = `Du ${time(exposure.from)} au ${time(exposure.to)} : ${totals.persons} personnes dont des données ont été lues (${totals.records} contrats, ${totals.disclosures} réponses), dont ${totals.former} sans contrat en cours ; ${totals.asked} questions sans personne nommée.\n`;
  const lines = exposure.insurers.map((one) => `   ${one.amcNumber}  ${one.name} : ${one.persons} personnes, ${one.disclosures} réponses (${Object.entries(one.fields).map(([name, n]) => `${FIELD_NAMES[name] ?? name} ${n}`).join(', ')}), demandé sans réponse nominative ${Object.values(one.asked).reduce((sum, n) => sum + n, 0)}\n`);
  const notes = [...exposure.notDeterminable.map((period) => `NON DÉTERMINABLE : du ${period.from} au ${period.to}, le journal a été effacé à son terme, ou perdu.\n`), ...(exposure.purgedSince ? ['Une autre période a été effacée ou perdue depuis : refaites la liste.\n'] : []),
    ...(exposure.unattributed > 0 ? [`${exposure.unattributed} consultations d’accords par les mêmes logiciels ne nomment aucun utilisateur : élargir à l’installation si sa clé est en cause.\n`] : []),
    ...(exposure.packs.length > 0 ? [`Dossiers chiffrés téléchargés : ${exposure.packs.join(', ')}. Ils ne s’ouvrent qu’avec la clé de l’assureur.\n`] : []), ...(exposure.decoysLeftOut > 0 ? [`${exposure.decoysLeftOut} leurres laissés de côté.\n`] : [])];
  const changes = differences.filter((one) => one.added + one.removed > 0).map((one) => `   ${one.amcNumber} : ${one.added} ajoutées, ${one.removed} retirées, ${one.kept} inchangées\n`);
  return head + lines.join('') + notes.join('') + (changes.length === 0 ? '' : `Depuis la liste précédente :\n${changes.join('')}`);
}

/** One line of a document. */
export function documentLine(one: IncidentDocument): string {
  return `   ${one.id}  ${KIND_WORDS[one.kind] ?? one.kind} v${one.version} pour ${one.recipient} · ${one.sealedAt === null ? 'en cours' : `${one.bytes} octets, SHA-256 ${one.hash?.slice(0, 16)}…`} · ${one.sentAt === null ? 'pas envoyé' : `envoyé le ${time(one.sentAt)} par ${one.sentBy?.join(' et ')} (${one.sentVia})`}${one.acknowledgedAt === null ? '' : ` · reçu le ${time(one.acknowledgedAt)}`}\n`;
}

/** One line of an insurer's standing. */
export function standingLine(one: InsurerStanding): string {
  return `   ${one.amcNumber}  ${one.name} : ${one.persons} personnes · ${one.sentAt === null ? 'PAS PRÉVENU' : `prévenu ${time(one.sentAt)}`} · ${one.acknowledgedAt === null ? 'pas d’accusé' : `reçu ${time(one.acknowledgedAt)}`} · ${one.told === null ? 'aucune personne informée' : `${one.told}/${one.persons} informées`}${one.nextDueAt === null ? '' : ` · prochain délai ${time(one.nextDueAt)}`}\n`;
}
