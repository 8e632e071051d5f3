import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useLanguage } from './language.tsx';
import { DrillBanner } from './parts/drill-banner.tsx';
import type { CodesProps, HandedCode } from './parts/handed-codes.tsx';
import { SessionEnding } from './parts/session-ending.tsx';
import { FreezesScreen } from './screens/freezes-screen.tsx';
import { IncidentsScreen } from './screens/incidents-screen.tsx';
import { LookScreen } from './screens/look-screen.tsx';
import { NowScreen } from './screens/now-screen.tsx';
import { OfficersScreen } from './screens/officers-screen.tsx';
import { RequestsScreen } from './screens/requests-screen.tsx';
import { SignalsScreen } from './screens/signals-screen.tsx';
import { SignInScreen } from './screens/sign-in-screen.tsx';
import type { DeskSession, Officer } from './session/session.ts';
import { Seat, type DeskProps } from './use-desk.ts';
import { ROLE_WORDS } from './words.ts';

const SCREENS = ['now', 'freezes', 'incidents', 'signals', 'requests', 'look', 'officers'] as const;
type Screen = (typeof SCREENS)[number];

/** Who sits here. `turn` changes with the officer, so that nothing of one is shown to the next. */
interface Opened {
  readonly session: DeskSession;
  readonly officer: Officer;
  readonly turn: number;
}

/** The whole desk: who sits here, always on screen; one screen at a time. */
export function App(): ReactNode {
  const { t } = useLanguage();
  const [opened, setOpened] = useState<Opened>();
  const [over, setOver] = useState(false);
  const [screen, setScreen] = useState<Screen>('now');
  const [incident, setIncident] = useState<number>();
  const main = useRef<HTMLElement>(null);
  useEffect(() => { document.title = `${t(opened === undefined || over ? 'signInTitle' : screen)} · ${t('appName')}`; }, [t, screen, opened, over]);
  const show = useCallback((next: Screen, id?: number): void => {
    setIncident(id);
    setScreen(next);
    main.current?.focus();
  }, []);
  const end = useCallback((): void => setOver(true), []);
  const leave = (): void => {
    opened?.session.call('POST', '/desk/v1/session/end', { body: {} }).catch(() => undefined);
    setOpened(undefined);
    setOver(false);
  };
  const enter = useCallback((entered: { session: DeskSession; officer: Officer }): void => {
    setOver(false);
    // The same officer comes back to what was typed; another one to nothing of it.
    setOpened((was) => ({ ...entered, turn: was?.officer.id === entered.officer.id ? was.turn : (was?.turn ?? 0) + 1 }));
  }, []);
  return (
    <>
      <a className="skip" href="#main">{t('skip')}</a>
      <Bar officer={over ? undefined : opened?.officer} screen={screen} onShow={show} onLeave={leave} />
      <main id="main" ref={main} tabIndex={-1}>
        {(opened === undefined || over) && <SignInScreen over={over} onOpened={enter} />}
        {opened !== undefined && <Desk key={opened.turn} session={opened.session} officer={opened.officer} over={over} onOver={end} screen={screen} incident={incident} onShow={show} />}
      </main>
    </>
  );
}

interface CurrentProps extends DeskProps {
  readonly screen: Screen;
  readonly incident: number | undefined;
  readonly onShow: (screen: Screen, id?: number) => void;
}

// Out of sight while the session is over, and not undone.
function Desk({ over, ...props }: CurrentProps & { readonly over: boolean }): ReactNode {
  const { session, officer, onOver } = props;
  const seat = useMemo(() => ({ session, officer, onOver, over }), [session, officer, onOver, over]);
  // Shown once in their lives: neither a refresh nor another screen may lose them; nor are they left in an unattended page.
  const [codes, setCodes] = useState<readonly HandedCode[]>([]);
  return (
    <Seat value={seat}>
      <div hidden={over}>
        <SessionEnding />
        <DrillBanner session={session} officer={officer} onOver={onOver} />
        <Current {...props} codes={over ? [] : codes} onCodes={setCodes} />
      </div>
    </Seat>
  );
}

function Current({ screen, incident, onShow, codes, onCodes, ...props }: CurrentProps & CodesProps): ReactNode {
  switch (screen) {
    case 'now': return <NowScreen {...props} onShow={onShow} />;
    case 'freezes': return <FreezesScreen {...props} onIncident={(id) => onShow('incidents', id)} />;
    case 'incidents': return <IncidentsScreen {...props} id={incident} onOpen={(id) => onShow('incidents', id)} />;
    case 'signals': return <SignalsScreen {...props} />;
    case 'requests': return <RequestsScreen {...props} codes={codes} onCodes={onCodes} />;
    case 'look': return <LookScreen {...props} />;
    case 'officers': return <OfficersScreen {...props} codes={codes} onCodes={onCodes} />;
  }
}

interface BarProps {
  readonly officer: Officer | undefined;
  readonly screen: Screen;
  readonly onShow: (screen: Screen) => void;
  readonly onLeave: () => void;
}

function Bar({ officer, screen, onShow, onLeave }: BarProps): ReactNode {
  const { t, both, language, toggle } = useLanguage();
  const mine = SCREENS.filter((each) => each !== 'look' || officer?.powers.includes('look'));
  return (
    <header className="bar">
      <span className="brand"><img src="/icon.svg" alt="" width="28" height="28" /> {t('appName')}</span>
      {officer !== undefined && (
        <>
          <nav aria-label={t('appName')}>
            {mine.map((each) => <Button key={each} className="tab" aria-current={each === screen ? 'page' : 'false'} onPress={() => onShow(each)}>{t(each)}</Button>)}
          </nav>
          <p className="who"><strong>{officer.name}</strong><span>{both(ROLE_WORDS[officer.role])}</span></p>
        </>
      )}
      <div className="tools">
        {officer !== undefined && <Button className="quiet" onPress={onLeave}>{t('leave')}</Button>}
        <Button className="quiet" lang={language === 'fr' ? 'en' : 'fr'} onPress={toggle}>{t('otherLanguage')}</Button>
      </div>
    </header>
  );
}
