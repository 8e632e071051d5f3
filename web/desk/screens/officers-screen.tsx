import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import type { OfficerLine } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { ROLE_WORDS } from '../words.ts';

/** Who sits at the desk; naming, removing and recovering takes two others. */
export function OfficersScreen(props: DeskProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const { session, officer, onOver } = props;
  const { data, failure, reload } = useReading<readonly OfficerLine[]>(props, '/desk/v1/officers');
  const may = officer.powers.includes('officers');
  const ask = (kind: string, about: OfficerLine) => async (_: unknown, reason: string): Promise<void> => {
    await session.askForTwo({ kind, subject: { officer: about.id }, reason });
    await reload();
  };
  return (
    <section>
      <h1>{t('officers')}</h1>
      <p>{t('officersWhy')}</p>
      <Failure cause={failure} />
      <ul className="cards">
        {data?.filter((each) => each.removedAt === null).map((each) => (
          <li key={each.id} className="card">
            <h2>{each.name}</h2>
            <p>{both(ROLE_WORDS[each.role])} · {each.passkeys === 0 ? t('noPasskey') : t('passkeys', { n: each.passkeys })}{each.lastSeenAt === null ? '' : ` · ${t('lastSeen', { at: moment(each.lastSeenAt) })}`}</p>
            {may && each.id !== officer.id && (
              <p className="row">
                <OrderDialog button={t('recover')} title={t('recoverOf', { name: each.name })} explain={t('recoverWhy')} confirm={t('signAsk')} onOver={onOver} onOrder={ask('officer-recovery', each)} />
                <OrderDialog button={t('remove')} title={t('removeOf', { name: each.name })} explain={t('removeWhy')} confirm={t('signAsk')} onOver={onOver} onOrder={ask('officer-remove', each)} />
              </p>
            )}
          </li>
        ))}
      </ul>
      {may && <OrderDialog button={t('newOfficer')} title={t('newOfficer')} explain={t('newOfficerWhy')} confirm={t('signAsk')} primary onOver={onOver}
        fields={[{ name: 'name', label: t('name') }, { name: 'role', label: t('role'), options: Object.entries(ROLE_WORDS).map(([id, words]) => [id, both(words)] as const) }]}
        onOrder={async (values, reason) => { await session.askForTwo({ kind: 'officer-new', subject: { ...values }, reason }); await reload(); }} />}
    </section>
  );
}
