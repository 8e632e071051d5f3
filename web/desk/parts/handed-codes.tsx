import type { Dispatch, ReactNode, SetStateAction } from 'react';
import { Button } from 'react-aria-components';
import { useLanguage } from '../language.tsx';
import type { TwoRequest } from '../shapes.ts';
import { RequestSentence } from './request-sentence.tsx';

/** This officer's half of a one-time code, until it is handed over. */
export interface HandedCode {
  readonly request: TwoRequest;
  readonly code: string;
}

export interface CodesProps {
  readonly codes: readonly HandedCode[];
  readonly onCodes: Dispatch<SetStateAction<readonly HandedCode[]>>;
}

/** Whether its two signatures make a code: each officer is given one half. */
export const makesCode = ({ kind }: Pick<TwoRequest, 'kind'>): boolean => kind === 'officer-new' || kind === 'officer-recovery';

/** Halves to hand over, shown once in their lives. */
export function HandedCodes({ codes, onCodes }: CodesProps): ReactNode {
  const { t } = useLanguage();
  return (
    <div role="status">{codes.map(({ request, code }) => (
      <div key={request.id} className="card due">
        <p><strong><RequestSentence request={request} /></strong></p>
        <p className="code">{t('handOver')} <code>{code}</code></p>
        <p className="small">{t('halfWhy')}</p>
        <Button onPress={() => onCodes((before) => before.filter((each) => each.code !== code))}>{t('handedOver')}</Button>
      </div>
    ))}</div>
  );
}
