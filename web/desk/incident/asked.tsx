import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import type { WholeIncident } from '../shapes.ts';

interface AskedProps {
  readonly incident: WholeIncident;
  readonly kind: string;
  /** The step, where the request is for one. */
  readonly to?: string;
}

/** Beside what takes two: that it was asked for, and by whom, until another officer decides. */
export function Asked({ incident, kind, to }: AskedProps): ReactNode {
  const { t } = useLanguage();
  const request = incident.requests.find((each) => each.kind === kind && (to === undefined || each.subject['to'] === to));
  return <span role="status">{request === undefined ? '' : t('askedWaits', { name: request.askedBy })}</span>;
}
