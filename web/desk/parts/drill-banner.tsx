import type { ReactNode } from 'react';
import { useLanguage } from '../language.tsx';
import { useReading, type DeskProps } from '../use-desk.ts';

/** On every page while a drill is under way. */
export function DrillBanner(props: DeskProps): ReactNode {
  const { t } = useLanguage();
  const { data } = useReading<readonly number[]>(props, '/desk/v1/drills');
  if (data === undefined || data.length === 0) return null;
  return <p className="drill" role="note" aria-label={t('drillWord')}><strong>{t('drillBanner')} ({data.map((id) => t('incidentNumber', { n: id })).join(', ')})</strong></p>;
}
