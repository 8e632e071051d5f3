import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useLanguage } from './language.tsx';
import { DrillBanner } from './parts/drill-banner.tsx';
import { FreezesScreen } from './screens/freezes-screen.tsx';
import { IncidentsScreen } from './screens/incidents-screen.tsx';
import { LookScreen } from './screens/look-screen.tsx';
import { NowScreen } from './screens/now-screen.tsx';
import { OfficersScreen } from './screens/officers-screen.tsx';
import { RequestsScreen } from './screens/requests-screen.tsx';
import { SignalsScreen } from './screens/signals-screen.tsx';
import { SignInScreen } from './screens/sign-in-screen.tsx';
import type { DeskSession, Officer } from './session/session.ts';
import type { DeskProps } from './use-desk.ts';
import { ROLE_WORDS } from './words.ts';

const SCREENS = ['now', 'freezes', 'incidents', 'signals', 'requests', 'look', 'officers'] as const;
type Screen = (typeof SCREENS)[number];

/** The whole desk: who sits here, always on screen; one screen at a time. */
export function App(): ReactNode {
  const { t } = useLanguage();
  const [opened, setOpened] = useState<{ session: DeskSession; officer: Officer }>();
  const [over, setOver] = useState(false);
  const [screen, setScreen] = useState<Screen>('now');
  const [incident, setIncident] = useState<number>();
  const main = useRef<HTMLElement>(null);
  useEffect(() => { document.title = `${t(opened === undefined ? 'signInTitle' : screen)} · ${t('appName')}`; }, [t, screen, opened]);
  const show = useCallback((next: Screen, id?: number): void => {
    setIncident(id);
    setScreen(next);
    main.current?.focus();
  }, []);
  const end = useCallback((): void => {
    setOpened(undefined);
    setOver(true);
  }, []);
  const leave = (): void => {
    opened?.session.call('POST', '/desk/v1/session/end', { body: {} }).catch(() => undefined);
    setOpened(undefined);
    setOver(false);
  };
  const enter = useCallback((entered: { session: DeskSession; officer: Officer }): void => {
    setOver(false);
    setOpened(entered);
  }, []);
  return (
    <>
      <a className="skip" href="#main">{t('skip')}</a>
      <Bar officer={opened?.officer} screen={screen} onShow={show} onLeave={leave} />
      <main id="main" ref={main} tabIndex={-1}>
        {opened !== undefined && <DrillBanner {...opened} onOver={end} />}
        {opened === undefined ? <SignInScreen over={over} onOpened={enter} /> : <Current screen={screen} incident={incident} onShow={show} {...opened} onOver={end} />}
      </main>
    </>
  );
}

function Current({ screen, incident, onShow, ...props }: DeskProps & { readonly screen: Screen; readonly incident: number | undefined; readonly onShow: (screen: Screen, id?: number) => void }): ReactNode {
  switch (screen) {
    case 'now': return <NowScreen {...props} onShow={onShow} />;
    case 'freezes': return <FreezesScreen {...props} onIncident={(id) => onShow('incidents', id)} />;
    case 'incidents': return <IncidentsScreen {...props} id={incident} onOpen={(id) => onShow('incidents', id)} />;
    case 'signals': return <SignalsScreen {...props} />;
    case 'requests': return <RequestsScreen {...props} />;
    case 'look': return <LookScreen {...props} />;
    case 'officers': return <OfficersScreen {...props} />;
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
