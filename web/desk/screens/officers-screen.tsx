import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { Failure } from '../parts/failure.tsx';
import { HandedCodes, makesCode, type CodesProps } from '../parts/handed-codes.tsx';
import { OrderDialog } from '../parts/order-dialog.tsx';
import type { OfficerLine } from '../shapes.ts';
import { useReading, type DeskProps } from '../use-desk.ts';
import { ROLE_WORDS } from '../words.ts';

/** Who sits at the desk; naming, removing and recovering takes two others. */
export function OfficersScreen({ codes, onCodes, ...props }: DeskProps & CodesProps): ReactNode {
  const { t, both, moment } = useLanguage();
  const { session, officer, onOver } = props;
  const { data, failure, reload } = useReading<readonly OfficerLine[]>(props, '/desk/v1/officers');
  const may = officer.powers.includes('officers');
  const askFor = async (kind: string, subject: object, reason: string): Promise<void> => {
    const asked = await session.askForTwo({ kind, subject, reason });
    if (makesCode(asked.request)) onCodes((before) => [...before, asked]);
    await reload();
  };
  const ask = (kind: string, about: OfficerLine) => (_: unknown, reason: string): Promise<void> => askFor(kind, { officer: about.id }, reason);
  return (
    <section>
      <h1>{t('officers')}</h1>
      <p>{t('officersWhy')}</p>
      <Failure cause={failure} unattended />
      <HandedCodes codes={codes} onCodes={onCodes} />
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
        onOrder={(values, reason) => askFor('officer-new', { ...values }, reason)} />}
    </section>
  );
}
