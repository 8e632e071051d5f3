import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import type { WholeIncident } from '../shapes.ts';
import { DOCUMENT_WORDS } from '../incident-words.ts';

/** What goes out: each version with its hash, its proof of sending, who has acknowledged, how many persons were told. */
export function DocumentsBlock({ incident }: { readonly incident: WholeIncident }): ReactNode {
  const { t, both, moment, number } = useLanguage();
  if (incident.documents.length === 0) return <p>{t('noDocument')}</p>;
  return (
    <div className="scroll" role="region" aria-label={t('documentsTable')} tabIndex={0}>
      <table>
        <thead><tr><th scope="col">{t('recipient')}</th><th scope="col">{t('document')}</th><th scope="col">{t('sealed')}</th><th scope="col">{t('sent')}</th><th scope="col">{t('acknowledged')}</th><th scope="col">{t('personsTold')}</th></tr></thead>
        <tbody>
          {incident.documents.map((each) => (
            <tr key={each.id}>
              <th scope="row">{each.insurer ?? each.recipient}</th>
              <td>{both(DOCUMENT_WORDS[each.kind] ?? { fr: each.kind, en: each.kind })} v{each.version}</td>
              <td>{each.sealedAt === null ? t('beingMade') : <><span className="hash" title={each.hash ?? ''}>{each.hash?.slice(0, 10)}…</span> {number(Math.ceil((each.bytes ?? 0) / 1024))} ko</>}</td>
              <td className="wrap">{each.sentAt === null ? '–' : `${moment(each.sentAt)} · ${incident.drill ? t('drillNotSent') : each.sentVia ?? ''} · ${(each.sentBy ?? []).join(', ')}`}</td>
              <td>{each.acknowledgedAt === null ? '–' : moment(each.acknowledgedAt)}</td>
              <td className="number">{each.insurer === null || incident.progress[each.insurer] === undefined ? '–' : number(incident.progress[each.insurer] ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
